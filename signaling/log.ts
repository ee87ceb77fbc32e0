/**
 * Logs: one JSON line per step of a life. Who logs passes ids and names; should a secret ever come along, it is cut out here.
 */
import pino from "pino";

export type Log = pino.Logger;

const SECRET_KEYS = [
  "password",
  "passwordHash",
  "code",
  "token",
  "tokenHash",
  "secret",
  "seed",
  "totpSeed",
  "otpauth",
  "sdp",
  "candidate",
  "credential",
  "signature",
  "challenge",
  "privateKey",
  "storeKey",
  "cookie",
  "authorization",
  "set-cookie",
];

export interface LogOptions {
  readonly level: string;
  /** For tests; standard output otherwise. */
  readonly destination?: pino.DestinationStream;
}

export function createLog(options: LogOptions): Log {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { part: "signaling" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    redact: {
      // redact knows no depth of its own: the top and the two levels below
      paths: SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]),
      censor: "[cut out]",
    },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** One line per step of a session's life, JSON on standard output. Never SDP, keys, credentials or what is typed. */
import { type Logger, pino } from "pino";

export type Log = Logger;

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `destination`: where lines go, standard output unless told. */
export function openLog(level: LogLevel, destination?: { write(line: string): void }): Log {
  const options = {
    name: "agent",
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: ["sdp", "signature", "credential", "username", "iceServers", "privateKey", "text", "code"],
      censor: "…",
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Failures the other side is told about (error-table.ts), and why a session ended. */
import { z } from "zod";
import { type ErrorCode as Code, ERRORS } from "./error-table.ts";

export const ERROR_CODES = Object.keys(ERRORS) as Code[];
export const ErrorCode = z.enum(ERROR_CODES);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** Why a session ended. Shown to people in words, kept in the record. */
export const END_REASONS = [
  "viewer-left",
  "signed-out",
  "sign-in-expired",
  "taken-over",
  "in-use",
  "silence",
  "resume-expired",
  "negotiation-timeout",
  "relay-unreachable",
  "device-unknown",
  "signature-invalid",
  "fingerprint-mismatch",
  "agent-not-trusted",
  "device-removed",
  "device-expired",
  "grant-removed",
  "person-disabled",
  "terminal-disabled",
  "terminal-expired",
  "locked-out",
  "administrator",
  "agent-left",
  "agent-stopped",
  "desktop-unavailable",
  "no-common-codec",
  "cover-unavailable",
  "not-locked",
  "idle",
  "hours-over",
  "session-too-long",
  "policy-unknown",
  "place-not-allowed",
  "unconfirmed",
  "internal",
] as const;
export const EndReason = z.enum(END_REASONS);
export type EndReason = z.infer<typeof EndReason>;

/** Why the desk refused, by its code and the facts of its sentence (desk-refusals.ts). A code may be newer than the one who reads it. */
export const Refusal = z.strictObject({
  why: z.string().max(40),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Refusal = z.infer<typeof Refusal>;

/** A failure the other side is told about. Anything else is a bug and reaches it only as INTERNAL. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: ErrorCode;
  /** Facts for the one who asked, e.g. who holds a busy terminal. Never secrets. */
  readonly details: Record<string, string | number> | undefined;
  readonly refusal: Refusal | undefined;
  constructor(
    code: ErrorCode,
    message: string,
    options?: ErrorOptions & { details?: Record<string, string | number>; refusal?: Refusal },
  ) {
    super(message, options);
    this.code = code;
    this.details = options?.details;
    this.refusal = options?.refusal;
  }
}

/** WebSocket close codes (RFC 6455 §7.4: 4000–4999 are ours). 1000 is kept for a wished end. */
export const CLOSE = {
  badMessage: 4400,
  notSignedIn: 4401,
  forbidden: 4403,
  replaced: 4409,
  slow: 4413,
  tooMany: 4429,
  internal: 4500,
  restarting: 4503,
} as const;

/** Always true at compile time; a case that was forgotten fails there, and at run time with its value. */
export function unreachable(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}

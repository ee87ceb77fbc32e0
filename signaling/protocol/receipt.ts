/**
 * What an office PC says of a session when it is over, signed with its own key: who, when, over what. The server keeps the very text
 * that was signed; nobody but that office PC can have written it.
 */
import { z } from "zod";
import { EndReason } from "./errors.ts";
import { Login, SessionId, TerminalId } from "./ids.ts";
import { PolicyId } from "./policy.ts";

/** Ways between home and office. There is none for the clipboard, for files or for printing. */
export const RECEIPT_CHANNELS = ["picture", "control", "pointer"] as const;

export const MAX_RECEIPT_CHARS = 2_000;
const Count = z.int().min(0);

/** Times by the office PC's clock, epoch ms: when it was seen first, and when it was over. */
export const Receipt = z.strictObject({
  version: z.literal(1),
  session: SessionId,
  terminal: TerminalId,
  login: Login,
  person: z.string().max(200),
  from: Count,
  to: Count,
  channels: z.array(z.enum(RECEIPT_CHANNELS)).max(RECEIPT_CHANNELS.length),
  /** No key and no click of the viewer's counted. */
  viewOnly: z.boolean(),
  /** The set of rules that held at the end; null: this PC's own settings alone. */
  policy: PolicyId.nullable(),
  /** Of pictures and messages, without what encryption and the relay add. */
  sentBytes: Count,
  receivedBytes: Count,
  reason: EndReason,
});
export type Receipt = z.infer<typeof Receipt>;

/** Undefined: it is none. */
export function parseReceipt(text: string): Receipt | undefined {
  try {
    return Receipt.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

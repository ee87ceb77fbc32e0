/** Receipts of sessions (protocol/receipt.ts): kept as the office PC signed them, and noted in the audit by their digest. */
import { createHash } from "node:crypto";
import { appendAudit } from "../audit/chain.ts";
import { verifyNow } from "../auth/terminal-proof.ts";
import type { SessionId } from "../protocol/ids.ts";
import { parseReceipt, type Receipt } from "../protocol/receipt.ts";
import { receiptText } from "../protocol/signed.ts";
import type { Records, SignedReceipt, Terminal } from "../records.ts";
import type { Queries } from "../store/queries.ts";
import { type Desk, DeskError, look } from "./desk.ts";
import { placeOfSession } from "./sessions.ts";

export async function keepReceipt(
  q: Queries,
  terminal: Terminal,
  { text, signature }: SignedReceipt,
  at: number,
): ReturnType<Records["receipt"]> {
  const receipt = parseReceipt(text);
  const isIts = receipt?.terminal === terminal.id && verifyNow(terminal.publicKey, signature, receiptText(text));
  if (!receipt || !isIts) return "not-signed";
  const session = await q.sessions.byId(receipt.session);
  if (session?.terminalId !== terminal.id || session.login !== receipt.login) return "not-its-session";
  const own = { sessionId: session.id, organisationId: session.organisationId, terminalId: terminal.id, at };
  if (!(await q.receipts.insert({ ...own, publicKey: terminal.publicKey, text, signature }))) return "kept";
  const { id, terminalId, login } = session;
  const about = { session: id, terminal: terminalId, login, digest: digestOf(text) };
  const actor = `terminal:${terminal.id}` as const;
  await appendAudit(q, { event: "session.receipt-kept", at, actor, organisation: session.organisationId, about });
  return "kept";
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface KeptReceipt extends SignedReceipt {
  readonly receipt: Receipt;
  readonly publicKey: string;
  /** The signature holds, with the key that the office PC had then; and the key is the one it has now. */
  readonly isSigned: boolean;
  readonly isItsKeyNow: boolean;
  /** As the audit's `session.receipt-kept` has it. */
  readonly digest: string;
}

/** Undefined: the office PC has said nothing of this session, or has not yet. */
export async function receiptOf(q: Queries, session: SessionId): Promise<KeptReceipt | undefined> {
  const row = await q.receipts.of(session);
  const receipt = row && parseReceipt(row.text);
  if (!row || !receipt) return undefined;
  const { text, signature, publicKey } = row;
  const terminal = await q.terminals.byId(row.terminalId);
  return {
    ...{ receipt, text, signature, publicKey, digest: digestOf(text) },
    isSigned: verifyNow(publicKey, signature, receiptText(text)) && receipt.session === session,
    isItsKeyNow: terminal?.publicKey === publicKey,
  };
}

/** For who may see the session. */
export function sessionReceipt(desk: Desk, id: SessionId): Promise<KeptReceipt | undefined> {
  return look(desk, async (q, ask) => {
    const place = await placeOfSession(q, await q.sessions.byId(id));
    if (!place || !ask.may("session.read", place)) {
      ask.mustSomewhere("session.read");
      throw new DeskError("session-unknown", { session: id });
    }
    return receiptOf(q, id);
  });
}

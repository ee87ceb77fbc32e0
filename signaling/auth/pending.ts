/** Browsers that gave the right password and code, are not registered, and wait for an administrator. */
import type { PublicKey } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, PersonRow } from "../store/rows/tables.ts";

/** Browsers of one person that wait for an administrator, and how long they wait. */
const MAX_PENDING = 5;
const PENDING_TTL_MS = 24 * 3_600_000;
/** Two browsers of one person that begin to wait within this time stand out: one may be somebody else's. */
const PENDING_TOGETHER_MS = 3_600_000;
/** `again`: it asked before, or beside another one (`others`), which whoever approves has to know. */
export async function putPending(
  q: Queries,
  person: PersonRow,
  publicKey: PublicKey,
  code: DeviceRow["code"],
  at: number,
): Promise<{ again: boolean; asked: number; others: number }> {
  await q.devices.dropExpiredPending(at);
  const waiting = await q.devices.pendingOf(person.id, at);
  const asked = (waiting.find((one) => one.publicKey === publicKey)?.asked ?? 0) + 1;
  const others = waiting.filter((one) => one.publicKey !== publicKey && one.seenAt > at - PENDING_TOGETHER_MS).length;
  const row = { organisationId: person.organisationId, personId: person.id, publicKey, code };
  await q.devices.putPending({ ...row, seenAt: at, expiresAt: at + PENDING_TTL_MS }, MAX_PENDING);
  return { again: asked > 1 || others > 0, asked, others };
}

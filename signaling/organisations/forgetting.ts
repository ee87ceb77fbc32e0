/** Office PCs forget a device: who knows it, what they still have to be told, and that they have. */
import { appendAudit } from "../audit/chain.ts";
import type { PersonId, TerminalId } from "../protocol/ids.ts";
import type { ForgetWish, ForgottenDevice } from "../protocol/signal.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow } from "../store/rows/tables.ts";
import type { Store } from "../store/store.ts";

/** Orders that are told in one look: more wait until some are carried out. */
const MAX_TOLD = 10_000;

/** Where this device may stand on an office PC's own list: where it was let in, and where its person may go. */
export async function placesKnowing(
  q: Queries,
  { personId, publicKey }: Pick<DeviceRow, "personId" | "publicKey">,
): Promise<Set<TerminalId>> {
  const known = await q.forgets.knownBy(personId, publicKey);
  const granted = await q.terminals.grantsOf({ person: personId });
  return new Set([...known, ...granted].map(({ terminalId }) => terminalId));
}

/** Returns how many office PCs are to forget it. Before its person's grants are taken away: these say where it may be known. */
export async function orderForget(
  q: Queries,
  device: Pick<DeviceRow, "personId" | "publicKey" | "code" | "organisationId">,
  at: number,
): Promise<number> {
  const { organisationId, personId, code } = device;
  const terminals = await placesKnowing(q, device);
  for (const terminalId of terminals)
    await q.forgets.order({ organisationId, terminalId, personId, code, orderedAt: at });
  return terminals.size;
}

export async function toForget(
  q: Queries,
  of: { terminals: readonly TerminalId[] } | { persons: readonly PersonId[] } | "everybody",
): Promise<Map<TerminalId, ForgetWish[]>> {
  const owed = Map.groupBy(await q.forgets.owed(of, MAX_TOLD), ({ terminalId }) => terminalId);
  return new Map([...owed].map(([id, all]) => [id, all.map(({ code, login }) => ({ code, login }))]));
}

/** The office PC's own word. Returns how many of these had been asked for. */
export function forgotten(
  store: Store,
  terminal: TerminalId,
  devices: readonly ForgottenDevice[],
  at: number,
): Promise<number> {
  return store.write(async (q) => {
    let count = 0;
    for (const { code, login, known } of devices) {
      const organisation = await q.forgets.done({ terminalId: terminal, login, code }, at);
      if (organisation === undefined) continue;
      count += 1;
      const about = { terminal, login, code, known: known ? 1 : 0 };
      await appendAudit(q, { event: "device.forgotten", at, actor: `terminal:${terminal}`, organisation, about });
    }
    return count;
  });
}

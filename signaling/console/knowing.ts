/** Which office PCs know a device, and which have forgotten it. Whoever sees the device sees where it was let in. */
import type { ItemOf, KnowingTerminal } from "../protocol/console.ts";
import type { TerminalId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";

/** By name. */
export async function knowingTerminals(
  q: Queries,
  { person: { id: person }, code }: ItemOf<"devices">,
): Promise<KnowingTerminal[]> {
  const device = (await q.devices.allOf(person)).findLast((one) => one.code === code);
  if (!device) return [];
  const found = new Map<TerminalId, KnowingTerminal>();
  for (const { terminalId, terminalName, lastAt } of await q.forgets.knownBy(person, device.publicKey))
    found.set(terminalId, { terminal: { id: terminalId, name: terminalName }, state: "knows", at: lastAt });
  for (const { terminalId, terminalName, orderedAt, doneAt } of await q.forgets.of(person, code)) {
    const terminal = { id: terminalId, name: terminalName };
    const at = doneAt ?? orderedAt;
    // in a session since then it was let in again
    if ((found.get(terminalId)?.at ?? 0) <= at)
      found.set(terminalId, { terminal, state: doneAt === null ? "told" : "forgotten", at });
  }
  return [...found.values()].sort((a, b) => a.terminal.name.localeCompare(b.terminal.name, "ja"));
}

/**
 * What may still be used and was not seen for long: of a person a sign-in, of a device its use, of an office PC its connection. The
 * command line does not know which office PCs are connected at this moment: one that has been for all that time is among them.
 */
import type { KeyCode, PersonId, TerminalId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { ListFilter } from "../store/queries/console-lists.ts";
import type { Whose } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import { type Desk, look } from "./desk.ts";
import { Places } from "./places.ts";

export interface Unseen {
  /** As the command line names it: whose it is, or the ID. */
  readonly is: string;
  readonly name: string;
  readonly organisation: string;
  /** Epoch ms; null: never. */
  readonly lastAt: number | null;
}

export interface UnseenDevice extends Unseen {
  readonly code: KeyCode;
  readonly whose: Whose;
}

const DAY_MS = 86_400_000;
const AT_ONCE = 500;

export function unseenPeople(desk: Desk, days: number): Promise<Unseen[]> {
  return look(desk, async (q, ask) => {
    const reach = await ask.mustReach(q, "people.read");
    const ids = await idsOf(q, desk, { list: "people", reach }, days);
    const found: Unseen[] = [];
    for (const some of slices(ids as PersonId[], AT_ONCE)) {
      const rows = await q.rows.people(some);
      const places = await Places.around(q, rows);
      for (const row of rows)
        found.push({
          is: places.who(row),
          name: row.name,
          organisation: row.organisationName,
          lastAt: row.lastSignInAt,
        });
    }
    return found.sort(byName);
  });
}

export function unseenTerminals(desk: Desk, days: number): Promise<Array<Unseen & { readonly is: TerminalId }>> {
  return look(desk, async (q, ask) => {
    const reach = await ask.mustReach(q, "terminal.read");
    const ids = await idsOf(q, desk, { list: "terminals", reach }, days);
    const found: Array<Unseen & { readonly is: TerminalId }> = [];
    for (const some of slices(ids as TerminalId[], AT_ONCE))
      for (const { id, name, organisationName, lastSeenAt } of await q.rows.terminals(some))
        found.push({ is: id, name, organisation: organisationName, lastAt: lastSeenAt });
    return found.sort(byName);
  });
}

export function unseenDevices(desk: Desk, days: number): Promise<UnseenDevice[]> {
  return look(desk, async (q, ask) => {
    const reach = await ask.mustReach(q, "device.read");
    const ids = await idsOf(q, desk, { list: "devices", reach }, days);
    const found: UnseenDevice[] = [];
    for (const some of slices(ids, AT_ONCE)) {
      const rows = await q.rows.devices(some);
      const places = await Places.around(q, rows);
      for (const row of rows) {
        const whose = places.who(row);
        const { code, personName: name, organisationName: organisation, lastUsedAt: lastAt } = row;
        found.push({ is: `${whose} ${code}`, code, whose, name, organisation, lastAt });
      }
    }
    return found.sort(byName);
  });
}

async function idsOf(q: Queries, desk: Desk, of: Pick<ListFilter, "list" | "reach">, days: number): Promise<string[]> {
  const now = desk.now();
  const nobody = { now, maxFailures: Number.MAX_SAFE_INTEGER, online: new Set<string>(), inUse: [] };
  const list = q.lists.of({ ...of, words: [], unseenSince: now - days * DAY_MS }, nobody);
  const sort = of.list === "devices" ? "code" : "name";
  const ids: string[] = [];
  for (let after: { key: string | number; id: string } | undefined; ; ) {
    const heads = await list.page({ sort, descending: false, after, limit: AT_ONCE });
    ids.push(...heads.map(({ id }) => id));
    after = heads.at(-1);
    if (heads.length < AT_ONCE) return ids;
  }
}

const byName = (one: Unseen, other: Unseen): number => (one.is < other.is ? -1 : 1);

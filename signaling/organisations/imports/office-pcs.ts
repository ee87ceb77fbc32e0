/** Which office PCs lines of a file name: by their IDs, or by names as long as these are one PC's each. */
import { setImmediate } from "node:timers/promises";
import { TerminalId } from "../../protocol/ids.ts";
import { slices } from "../../slices.ts";
import type { TerminalStanding } from "../../store/queries/terminals.ts";
import type { Queries } from "../../store/queries.ts";
import { key } from "./lines.ts";
import type { Town } from "./towns.ts";

/** Rows in one question. */
const AT_ONCE = 500;

/** `総務-01 (K7QM-2Z9P-X4TD)`, as the list of grants writes it, or the ID alone. */
const idIn = (text: string): TerminalId | undefined =>
  TerminalId.safeParse((/\(([^()]+)\)$/.exec(text)?.[1] ?? text).trim().toUpperCase()).data;

export class OfficePcs {
  readonly #byId = new Map<string, TerminalStanding>();
  readonly #byName = new Map<string, TerminalStanding[]>();

  static async of(q: Queries, { row: { id: organisation } }: Town, texts: readonly string[]): Promise<OfficePcs> {
    const found = new OfficePcs();
    const ids = [...new Set(texts.flatMap((text) => idIn(text) ?? []))];
    for (const some of slices(ids, AT_ONCE)) {
      for (const row of await q.terminals.standings(some))
        if (row.organisationId === organisation) found.#byId.set(row.id, row);
      await setImmediate();
    }
    const names = new Set(texts.filter((text) => idIn(text) === undefined).map(key));
    if (names.size === 0) return found;
    // names are compared in another way than the store does
    for (let after: TerminalStanding | undefined; ; ) {
      const rows = await q.terminals.standingsOf(organisation, after, AT_ONCE);
      for (const row of rows) if (names.has(key(row.name))) found.#name(row);
      after = rows.at(-1);
      if (rows.length < AT_ONCE) return found;
      await setImmediate();
    }
  }

  #name(row: TerminalStanding): void {
    const name = key(row.name);
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), row]);
  }

  /** Those it may mean. */
  called(text: string): readonly TerminalStanding[] {
    const id = idIn(text);
    const row = id && this.#byId.get(id);
    if (id !== undefined) return row ? [row] : [];
    return this.#byName.get(key(text)) ?? [];
  }
}

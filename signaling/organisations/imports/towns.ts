/** The organisations that lines of a file are about, with their divisions. */
import { setImmediate } from "node:timers/promises";
import type { Action } from "../../auth/permissions.ts";
import type { ImportColumn } from "../../protocol/console-import.ts";
import type { DivisionId, OrganisationCode, OrganisationId } from "../../protocol/ids.ts";
import type { Queries } from "../../store/queries.ts";
import type { DivisionRow, OrganisationRow } from "../../store/rows/tables.ts";
import { type Asking, DeskError } from "../desk.ts";
import { organisationNamed } from "../organisation-named.ts";
import { Places, placeOf } from "../places.ts";
import { type FileLine, key, type LinePlan, pathKey, textOf } from "./lines.ts";

export class Town {
  readonly row: OrganisationRow;
  readonly places: Places;
  readonly divisions: readonly DivisionRow[];
  /** By each way to say which: the whole path, or its end. */
  readonly #ends = new Map<string, DivisionId[]>();
  readonly #paths = new Map<string, DivisionId>();

  private constructor(row: OrganisationRow, places: Places, divisions: readonly DivisionRow[]) {
    this.row = row;
    this.places = places;
    this.divisions = divisions;
    for (const { id } of divisions) {
      const names = places.path(id).split("/").map(key);
      this.#paths.set(names.join("/"), id);
      for (let i = 0; i < names.length; i += 1) {
        const end = names.slice(i).join("/");
        this.#ends.set(end, [...(this.#ends.get(end) ?? []), id]);
      }
    }
  }

  static async of(q: Queries, row: OrganisationRow): Promise<Town> {
    const divisions = await q.organisations.divisionsOf(row.id);
    const standings = divisions.map(({ id, organisationId }) => ({ organisationId, divisionId: id }));
    return new Town(row, await Places.around(q, [{ organisationId: row.id }, ...standings]), divisions);
  }

  /** By the whole path and nothing else. */
  divisionAt(path: string): DivisionId | undefined {
    return this.#paths.get(path);
  }

  divisionsCalled(path: string): readonly DivisionId[] {
    const exact = this.#paths.get(path);
    return exact === undefined ? (this.#ends.get(path) ?? []) : [exact];
  }

  /** Undefined: it is not known which, and said. Without a column for it things stay where they are: `now`. */
  division(plan: LinePlan, column: ImportColumn, now: DivisionId | null): DivisionId | null | undefined {
    plan.lookForLost(column);
    if (!plan.has(column)) return now;
    const path = pathKey(plan.text(column));
    if (path === "") return null;
    const found = this.divisionsCalled(path);
    const own = found.find((id) => id === now);
    const [first, ...more] = found;
    if (own !== undefined) return own; // of several with this name the one they are in
    if (first !== undefined && more.length === 0) return first;
    if (first === undefined) plan.wrong(column, "no-division");
    else {
      const paths = found.map((id) => this.places.path(id)).sort();
      plan.wrong(column, "which-division", paths.join(", "));
    }
    return undefined;
  }
}

export class Towns {
  readonly #towns: ReadonlyMap<string, Town>;

  private constructor(towns: ReadonlyMap<string, Town>) {
    this.#towns = towns;
  }

  /** By what the lines call them; without a name, the only one in which this principal may do it. */
  static async named(q: Queries, ask: Asking, action: Action, lines: readonly FileLine[]): Promise<Towns> {
    const towns = new Map<string, Town>();
    const known = new Map<OrganisationId, Town>();
    for (const name of new Set(lines.map((line) => textOf(line, "organisation")))) {
      await setImmediate();
      const row = await (name === "" ? onlyOne(q, ask, action) : organisationCalled(q, ask, action, name));
      const town = row && (known.get(row.id) ?? (await Town.of(q, row)));
      if (!row || !town) continue;
      towns.set(name, town);
      known.set(row.id, town);
    }
    return new Towns(towns);
  }

  of(line: FileLine): Town | undefined {
    return this.#towns.get(textOf(line, "organisation"));
  }

  /** To tell lines apart by, whether there is such a town or not. */
  nameOf(line: FileLine): string {
    return this.of(line)?.row.id ?? textOf(line, "organisation");
  }

  /** Each with the lines that are about it. */
  with(lines: readonly FileLine[]): Array<readonly [Town, FileLine[]]> {
    const all = [...Map.groupBy(lines, (line) => this.of(line))];
    return all.flatMap(([town, own]) => (town ? [[town, own] as const] : []));
  }

  /** Undefined: there is none, and it is said. */
  ask(line: FileLine, plan: LinePlan): Town | undefined {
    const town = this.of(line);
    if (!town) plan.wrong("organisation", textOf(line, "organisation") ? "no-organisation" : "which-organisation");
    return town;
  }
}

const onlyOne = (q: Queries, ask: Asking, action: Action): Promise<OrganisationRow | undefined> =>
  organisationNamed(q, ask, action, undefined).catch((error: unknown) => {
    if (error instanceof DeskError) return undefined;
    throw error;
  });

/** Who may do nothing there is told that there is none. */
async function organisationCalled(
  q: Queries,
  ask: Asking,
  action: Action,
  name: string,
): Promise<OrganisationRow | undefined> {
  const code = name.toLowerCase() as OrganisationCode;
  const row = (await q.organisations.byCode(code)) ?? (await q.organisations.byName(name));
  const place = row && (await placeOf(q, { organisationId: row.id }));
  return place && ask.mayWithin(action, place) ? row : undefined;
}

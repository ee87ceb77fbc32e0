/**
 * People from a file: what would become of each line, as things stand. Nothing is changed here (import-apply.ts does that), and
 * the table is asked for each line as it would be for one person.
 */
import { setImmediate } from "node:timers/promises";
import type { Action } from "../auth/permissions.ts";
import type { ImportColumn, ImportLine, LineProblem } from "../protocol/console-import.ts";
import { type DivisionId, Login, type OrganisationCode, type OrganisationId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow, PersonRow } from "../store/rows/tables.ts";
import { type Asking, DeskError } from "./desk.ts";
import { organisationNamed } from "./organisation-named.ts";
import { Places, placeOf } from "./places.ts";

/** A line as it came. Undefined: the file has no such column, and so nothing to say about it. */
export interface FileLine {
  readonly row: number;
  readonly cells: readonly string[];
  readonly login: string;
  readonly name: string;
  readonly organisation: string | undefined;
  readonly division: string | undefined;
  /** It has more cells than the header: a comma that is none of CSV's moved them. */
  readonly isTooLong: boolean;
}

/** What is to be done, where a line comes to something. */
export type Deed =
  | { readonly type: "add"; readonly login: Login; readonly name: string; readonly at: Standing }
  | {
      readonly type: "change";
      readonly person: PersonRow;
      readonly name?: string;
      readonly divisionId?: DivisionId | null;
    };

interface Standing {
  readonly organisation: OrganisationRow;
  readonly divisionId: DivisionId | null;
}

export interface PlannedLine {
  readonly line: ImportLine;
  readonly deed: Deed | undefined;
}

/** Logins in one question. */
const AT_ONCE = 500;
const MAX_NAME_CHARS = 200;

/** In the order of the file. Throws NotAllowed for who may add people nowhere. */
export async function planPeople(q: Queries, ask: Asking, file: readonly FileLine[]): Promise<PlannedLine[]> {
  ask.mustSomewhere("people.add");
  const towns = await townsNamed(q, ask, file);
  const town = (line: FileLine): Town | undefined => towns.get(clean(line.organisation ?? ""));
  for (const [one, lines] of Map.groupBy(file, town)) if (one) await one.meet(q, lines.map(loginOf));
  const twins = twinsIn(file, town);
  return file.map((line) => {
    const planned = new LinePlan(line, town(line), ask).made();
    const twin = twins.get(line);
    return twin === undefined ? planned : refused(planned.line, line, "login", "twice", twin);
  });
}

/** The line as it was shown, refused: what it would come to now is something else, and was not asked for. */
export const changedMeanwhile = (shown: ImportLine, line: FileLine): PlannedLine =>
  refused(shown, line, "login", "changed-meanwhile");

function refused(
  line: ImportLine,
  { cells }: FileLine,
  column: ImportColumn,
  problem: LineProblem,
  fact?: string,
): PlannedLine {
  const problems = [...line.problems, { column, problem, ...(fact !== undefined && { fact }) }];
  return { line: { ...line, fate: "wrong", changes: [], problems, cells: [...cells] }, deed: undefined };
}

/** Full-width letters and half-width kana are what they stand for; spaces, however many and wide, are one. */
export const clean = (text: string): string => text.normalize("NFKC").replace(/\s+/g, " ").trim();

const loginOf = ({ login }: FileLine): string => clean(login).toLowerCase();

/**
 * To compare by. What goes through Shift_JIS comes back with another wave dash, minus or bar than it went (JIS X 0208 and
 * Microsoft's table differ there): these are not told apart.
 */
const key = (text: string): string =>
  clean(text)
    .replace(/[\u301c\uff5e]/g, "~")
    .replace(/[\u2010-\u2015\u2212\u2500]/g, "-")
    .replace(/\u2225/g, "\u2016");

/** Which lines say a login that others say too, and which others. Of lines that say the same the first one counts. */
function twinsIn(file: readonly FileLine[], town: (line: FileLine) => Town | undefined): Map<FileLine, string> {
  const found = new Map<FileLine, string>();
  const whose = (line: FileLine): string => `${town(line)?.row.id ?? clean(line.organisation ?? "")} ${loginOf(line)}`;
  for (const lines of Map.groupBy(file, whose).values()) {
    const [first, ...others] = lines;
    if (!first || others.length === 0 || loginOf(first) === "") continue;
    const says = (line: FileLine): string => `${key(line.name)}\n${key(line.division ?? "")}`;
    const isOneSaying = others.every((line) => says(line) === says(first));
    for (const line of isOneSaying ? others : lines) {
      const rest = lines.filter((one) => one !== line).slice(0, 5);
      found.set(line, isOneSaying ? `${first.row}` : rest.map(({ row }) => row).join(", "));
    }
  }
  return found;
}

/** An organisation that lines are about, with its divisions and the people whom they name. */
class Town {
  readonly row: OrganisationRow;
  readonly places: Places;
  readonly #people = new Map<string, PersonRow>();
  readonly #zeros = new Map<string, Login>();
  /** By each way to say which: the whole path, or its end. */
  readonly #divisions = new Map<string, DivisionId[]>();
  readonly #paths = new Map<string, DivisionId>();

  private constructor(row: OrganisationRow, places: Places, divisions: readonly DivisionId[]) {
    this.row = row;
    this.places = places;
    for (const id of divisions) {
      const names = places.path(id).split("/").map(key);
      this.#paths.set(names.join("/"), id);
      for (let i = 0; i < names.length; i += 1) {
        const end = names.slice(i).join("/");
        this.#divisions.set(end, [...(this.#divisions.get(end) ?? []), id]);
      }
    }
  }

  static async of(q: Queries, row: OrganisationRow): Promise<Town> {
    const divisions = await q.organisations.divisionsOf(row.id);
    const standings = divisions.map(({ id, organisationId }) => ({ organisationId, divisionId: id }));
    const places = await Places.around(q, [{ organisationId: row.id }, ...standings]);
    return new Town(
      row,
      places,
      divisions.map(({ id }) => id),
    );
  }

  /** Reads whom these logins name. */
  async meet(q: Queries, logins: readonly string[]): Promise<void> {
    const known = [...new Set(logins)].flatMap((login) => Login.safeParse(login).data ?? []);
    for (const some of slices(known, AT_ONCE)) {
      for (const row of await q.people.byLogins(this.row.id, some)) this.#people.set(row.login, row);
      await setImmediate();
    }
    const digits = known.filter((login) => /^[0-9]+$/.test(login) && !this.#people.has(login)).map(withoutZeros);
    for (const some of slices(digits, AT_ONCE))
      for (const login of await q.people.withZeros(this.row.id, some)) this.#zeros.set(withoutZeros(login), login);
  }

  person(login: string): PersonRow | undefined {
    return this.#people.get(login);
  }

  /** Somebody's login that is this one but for zeros before it, which spreadsheets take off numbers. */
  zeros(login: string): Login | undefined {
    return this.#zeros.get(withoutZeros(login));
  }

  divisions(path: string): readonly DivisionId[] {
    const exact = this.#paths.get(path);
    return exact === undefined ? (this.#divisions.get(path) ?? []) : [exact];
  }
}

const withoutZeros = (login: string): string => login.replace(/^0+/, "");

/** By what the lines call them; without a name, the only one there is for this principal. */
async function townsNamed(q: Queries, ask: Asking, file: readonly FileLine[]): Promise<Map<string, Town>> {
  const towns = new Map<string, Town>();
  const known = new Map<OrganisationId, Town>();
  for (const name of new Set(file.map(({ organisation }) => clean(organisation ?? "")))) {
    await setImmediate();
    const row = name === "" ? await onlyOne(q, ask) : await organisationCalled(q, ask, name);
    const town = row && (known.get(row.id) ?? (await Town.of(q, row)));
    if (!row || !town) continue;
    towns.set(name, town);
    known.set(row.id, town);
  }
  return towns;
}

const onlyOne = (q: Queries, ask: Asking): Promise<OrganisationRow | undefined> =>
  organisationNamed(q, ask, "people.add", undefined).catch((error: unknown) => {
    if (error instanceof DeskError) return undefined;
    throw error;
  });

/** Who may do nothing there is told that there is none. */
async function organisationCalled(q: Queries, ask: Asking, name: string): Promise<OrganisationRow | undefined> {
  const code = name.toLowerCase() as OrganisationCode;
  const row = (await q.organisations.byCode(code)) ?? (await q.organisations.byName(name));
  const place = row && (await placeOf(q, { organisationId: row.id }));
  return place && ask.mayWithin("people.add", place) ? row : undefined;
}

/** One line on its way to its fate. */
class LinePlan {
  readonly #line: FileLine;
  readonly #town: Town | undefined;
  readonly #ask: Asking;
  readonly #problems: ImportLine["problems"] = [];
  readonly #login: string;
  readonly #name: string;

  constructor(line: FileLine, town: Town | undefined, ask: Asking) {
    this.#line = line;
    this.#town = town;
    this.#ask = ask;
    this.#login = loginOf(line);
    this.#name = clean(line.name);
  }

  made(): PlannedLine {
    this.#lookAtWords();
    const town = this.#town;
    const person = town?.person(this.#login);
    if (!town) this.#wrong("organisation", this.#line.organisation ? "no-organisation" : "which-organisation");
    const divisionId = town && this.#division(town, person);
    const deed = town && divisionId !== undefined && this.#deed(town, person, divisionId);
    const fate = this.#problems.length > 0 ? "wrong" : deed ? deed.type : "same";
    const to = divisionId === undefined ? clean(this.#line.division ?? "") : (town?.places.path(divisionId) ?? "");
    const line: ImportLine = {
      ...{ row: this.#line.row, fate, login: this.#login, name: this.#name, division: to },
      organisation: town?.row.name ?? clean(this.#line.organisation ?? ""),
      changes: fate === "change" && deed && deed.type === "change" && town ? changesOf(deed, town, to) : [],
      problems: this.#problems,
      ...(fate === "wrong" && { cells: [...this.#line.cells] }),
    };
    return { line, deed: fate === "wrong" ? undefined : deed || undefined };
  }

  #wrong(column: ImportColumn, problem: LineProblem, fact?: string): void {
    this.#problems.push({ column, problem, ...(fact !== undefined && { fact }) });
  }

  #lookAtWords(): void {
    if (this.#line.isTooLong) this.#wrong("name", "too-many-cells");
    if (this.#login === "") this.#wrong("login", "missing");
    else if (!Login.safeParse(this.#login).success) this.#wrong("login", "bad-login");
    if (this.#name === "") this.#wrong("name", "missing");
    else if (this.#name.length > MAX_NAME_CHARS || /\p{Cc}/u.test(this.#name)) this.#wrong("name", "bad-name");
    // what Shift_JIS has no letter for is saved as a question mark
    if (/[?\uFFFD]/.test(this.#name)) this.#wrong("name", "lost-letter");
    if (/[?\uFFFD]/.test(this.#line.division ?? "")) this.#wrong("division", "lost-letter");
  }

  /** Undefined: it is not known which. Without a column for it people stay where they are. */
  #division(town: Town, person: PersonRow | undefined): DivisionId | null | undefined {
    const { division } = this.#line;
    if (division === undefined) return person?.divisionId ?? null;
    const path = division.split(/[/／]/).map(key).filter(Boolean).join("/");
    if (path === "") return null;
    const found = town.divisions(path);
    const own = found.find((id) => id === person?.divisionId);
    const [first, ...more] = found;
    if (own !== undefined) return own; // of several with this name the one they are in
    if (first !== undefined && more.length === 0) return first;
    if (first === undefined) this.#wrong("division", "no-division");
    else {
      const paths = found.map((id) => town.places.path(id)).sort();
      this.#wrong("division", "which-division", paths.join(", "));
    }
    return undefined;
  }

  /** False: nothing is to be done. */
  #deed(town: Town, person: PersonRow | undefined, divisionId: DivisionId | null): Deed | false {
    const organisationId = town.row.id;
    const there = town.places.of({ organisationId, divisionId });
    if (!person) {
      const login = Login.safeParse(this.#login).data;
      const zeros = town.zeros(this.#login);
      if (zeros !== undefined) this.#wrong("login", "zeros", zeros);
      if (!this.#ask.may("people.add", there)) this.#wrong("division", "forbidden");
      return (
        login !== undefined && { type: "add", login, name: this.#name, at: { organisation: town.row, divisionId } }
      );
    }
    const here = town.places.of(person);
    const name = key(person.name) === key(this.#name) ? undefined : this.#name;
    const isMoved = person.divisionId !== divisionId;
    const needed: Action[] = [
      ...(name === undefined ? [] : ["people.rename" as const]),
      ...(isMoved ? ["people.move" as const] : []),
    ];
    if (!this.#ask.may("people.read", here) || !needed.every((action) => this.#ask.may(action, here)))
      this.#wrong("login", "forbidden");
    else if (isMoved && !this.#ask.may("people.move", there)) this.#wrong("division", "forbidden");
    if (needed.length === 0) return false;
    return { type: "change", person, ...(name !== undefined && { name }), ...(isMoved && { divisionId }) };
  }
}

const changesOf = (
  { person, name, divisionId }: Extract<Deed, { type: "change" }>,
  town: Town,
  to: string,
): ImportLine["changes"] => [
  ...(name === undefined ? [] : [{ column: "name" as const, from: person.name, to: name }]),
  ...(divisionId === undefined ? [] : [{ column: "division" as const, from: town.places.path(person.divisionId), to }]),
];

/**
 * The words of a search as conditions on one list's rows. What a word names besides, organisations and divisions, and people and
 * office PCs where the list only refers to them, is looked up first:
 *
 *   few are found    by one word, the rows are taken by their ids, and the rest of the table is not read
 *   many are found   then many rows fit: a page is full soon, in whatever order
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "../rows/tables.ts";
import { withAllBelow } from "./below.ts";
import { type Base, type Phrases, REFERRED, type Referred } from "./console-bases.ts";
import { anyOf } from "./lists.ts";

/** A word that a row has to hold: anywhere, or in one of its fields. Both folded (rows/folded.ts). */
export interface Word {
  readonly text: string;
  readonly field?: "organisation" | "division" | "person" | "terminal" | undefined;
}

/** A question for ids, by a column `id`; and those, where they are few. */
interface Named {
  readonly ids: RawBuilder<unknown>;
  readonly few: readonly string[] | undefined;
}

/** The rows of which a column is one of those, or of which something else is true. */
type Way = { readonly column: RawBuilder<unknown>; readonly named: Named } | { readonly is: RawBuilder<boolean> };

/** So many are taken one by one sooner than the whole table is read. */
export const FEW = 2_000;

export class FoundWords {
  readonly #db: Kysely<Tables>;
  readonly #phrases: Phrases;
  readonly #words: readonly Word[];
  readonly #few: number;
  readonly #named = new Map<string, Promise<Named>>();

  constructor(db: Kysely<Tables>, of: { phrases: Phrases; words: readonly Word[]; few: number }) {
    this.#db = db;
    this.#phrases = of.phrases;
    this.#words = of.words;
    this.#few = of.few;
  }

  /** `areFew`: one of the words leaves so few rows that they are put in order afterwards. */
  async conditionsOn(base: Base): Promise<{ all: RawBuilder<boolean>[]; areFew: boolean }> {
    const words: Way[][] = [];
    for (const word of this.#words) words.push(await this.#waysOf(word, base));
    const first = words.find((ways) => ways.every((way) => "named" in way && way.named.few !== undefined));
    return {
      all: words.map((ways) => anyOf(ways.map((way) => this.#condition(way, ways === first)))),
      areFew: first !== undefined,
    };
  }

  async #waysOf({ text, field }: Word, base: Base): Promise<Way[]> {
    const { organisation, division, refers } = base;
    const isAsked = (one: NonNullable<Word["field"]>) => field === undefined || field === one;
    const ways: Way[] = [];
    const add = (column: RawBuilder<unknown>, named: Named) => {
      if (named.few?.length !== 0) ways.push({ column, named });
    };
    if (base.text && (field === undefined || field === base.text.field)) ways.push(...(await this.#own(base, text)));
    for (const [one, column] of Object.entries(refers ?? {}) as [Referred, RawBuilder<unknown>][])
      if (isAsked(one)) add(column, await this.#referred(one, text));
    if (isAsked("division")) {
      if (division) add(division, await this.#divisions(text));
      const [first] = base.standsWith ?? [];
      const column = first && refers?.[first];
      if (column) add(column, await this.#standing(first, text));
    }
    if (isAsked("organisation")) add(organisation, await this.#organisations(text));
    return ways;
  }

  /** Where its rows are found by other things, too, they are not all read for this. */
  async #own({ text: own, refers, id, table, alias }: Base, text: string): Promise<Way[]> {
    if (!own || own.letters?.test(text) === false) return [];
    const is = this.#phrases.holds(own.column, text);
    if (!refers) return [{ is }];
    const named = await this.#once(`${alias} ${text}`, () => sql`select ${id} as id from ${table} where ${is}`);
    return named.few?.length === 0 ? [] : [{ column: id, named }];
  }

  /**
   * Only the first one's column is bare: the rows are taken by an index on it. By the others they are sorted out: two indexes
   * together would be tried in each combination.
   */
  #condition(way: Way, isFirst: boolean): RawBuilder<boolean> {
    if ("is" in way) return way.is;
    const { column, named } = way;
    const set = named.few ? this.#phrases.many(named.few) : sql`(${named.ids})`;
    return isFirst ? sql`${column} in ${set}` : sql`coalesce(${column}, '') in ${set}`;
  }

  #organisations(text: string): Promise<Named> {
    return this.#once(`organisations ${text}`, () => sql`select id from organisations where ${this.#folded(text)}`);
  }

  /** And all below them. */
  #divisions(text: string): Promise<Named> {
    return this.#once(`divisions ${text}`, () => withAllBelow("divisions", this.#folded(text)));
  }

  #referred(one: Referred, text: string): Promise<Named> {
    return this.#once(`${one} ${text}`, () => sql`select id from ${REFERRED[one].table} where ${this.#folded(text)}`);
  }

  async #standing(one: Referred, text: string): Promise<Named> {
    const { ids, few } = await this.#divisions(text);
    if (few?.length === 0) return { ids, few };
    const divisions = few ? this.#phrases.many(few) : sql`(${ids})`;
    return this.#once(
      `${one} in ${text}`,
      () => sql`select id from ${REFERRED[one].table} where division_id in ${divisions}`,
    );
  }

  #folded(text: string): RawBuilder<boolean> {
    return this.#phrases.holds(sql`folded`, text);
  }

  #once(key: string, ids: () => RawBuilder<unknown>): Promise<Named> {
    const known = this.#named.get(key) ?? this.#look(ids());
    this.#named.set(key, known);
    return known;
  }

  async #look(ids: RawBuilder<unknown>): Promise<Named> {
    const { rows } = await sql<{ id: string }>`select id from (${ids}) named limit ${this.#few + 1}`.execute(this.#db);
    return { ids, few: rows.length > this.#few ? undefined : rows.map(({ id }) => id) };
  }
}

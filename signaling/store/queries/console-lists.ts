/** The console's lists: a page at a time by key and not by number, so that nothing is missed or shown twice while rows come and go. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { List } from "../../protocol/console.ts";
import type { DivisionId, OrganisationId, PersonId, TerminalId } from "../../protocol/ids.ts";
import type { AuditRow } from "../rows/audit.ts";
import type { Tables } from "../rows/tables.ts";
import {
  BASES,
  type Base,
  isIn,
  type Moment,
  type Phrases,
  REFERRED,
  type Referred,
  stateOf,
} from "./console-bases.ts";
import { FEW, FoundWords, type Word } from "./console-words.ts";
import { anyOf, isOneOf, type Reach } from "./lists.ts";

export interface ListFilter {
  readonly list: List;
  readonly reach: Reach;
  readonly words: readonly Word[];
  readonly state?: string | undefined;
  /** Of these only. */
  readonly only?: { id?: string; person?: PersonId; terminal?: TerminalId; division?: DivisionId } | undefined;
  /** Of these only those that were not seen since then, epoch ms. */
  readonly unseenSince?: number | undefined;
  /** Of divisions those right below this one, or below none that is in reach. */
  readonly below?: DivisionId | "top" | undefined;
}

export type Key = string | number;

export interface PageWish {
  /** One of KEYS. */
  readonly sort: string;
  readonly descending: boolean;
  /** The last row of the page before. */
  readonly after?: { readonly key: Key; readonly id: string } | undefined;
  readonly limit: number;
}

/** A row of a page: what it is, and where it stands in the order. */
export interface Head {
  readonly id: string;
  readonly key: Key;
  readonly state: string;
}

/** Rows that are counted of what grows for ever. */
const COUNTED = 10_000;
/** Records of the audit that are looked at for what a word or a thing is about, the newest. */
const LOOKED_AT = 50_000;
/** Of one thing's history. */
const TIMELINE = 100;

export class ConsoleListQueries {
  readonly #db: Kysely<Tables>;
  readonly #phrases: Phrases;

  constructor(db: Kysely<Tables>, phrases: Phrases) {
    this.#db = db;
    this.#phrases = phrases;
  }

  /** What is left of a list, to be paged and counted. `few`: as console-words.ts has it. */
  of(filter: ListFilter, moment: Moment, few = FEW): FilteredList {
    const words = new FoundWords(this.#db, { phrases: this.#phrases, words: filter.words, few });
    return new FilteredList(this.#db, { phrases: this.#phrases, filter, moment, words });
  }

  /** What the audit says of something, newest first. `marks`: one of them stands in the record; `actors`: or one of them did it. */
  async timeline(
    organisation: OrganisationId,
    marks: readonly string[],
    actors: readonly string[],
  ): Promise<AuditRow[]> {
    const fits = [
      ...marks.map((mark) => sql<boolean>`about like ${like(mark)} escape '\\'`),
      ...actors.map((actor) => sql<boolean>`actor = ${actor}`),
    ];
    const newest = this.#db
      .selectFrom("audit")
      .selectAll()
      .where("organisationId", "=", organisation)
      .orderBy("seq", "desc")
      .limit(LOOKED_AT);
    return this.#db
      .selectFrom(newest.as("newest"))
      .selectAll()
      .where(sql<boolean>`(${sql.join(fits, sql` or `)})`)
      .orderBy("seq", "desc")
      .limit(TIMELINE)
      .execute();
  }

  /** When sessions in reach began and ended, of those that were live after `since`. */
  async spans(reach: Reach, since: number): Promise<Array<{ liveAt: number; endedAt: number | null }>> {
    const [base] = BASES.sessions;
    const { rows } = await sql<{ liveAt: number; endedAt: number | null }>`
      select s.live_at as live_at, s.ended_at as ended_at from sessions s
      where s.live_at is not null and (s.ended_at is null or s.requested_at > ${since})
        and ${base ? inReach(reach, base) : sql`1 = 0`}`.execute(this.#db);
    return rows;
  }
}

export class FilteredList {
  readonly #db: Kysely<Tables>;
  readonly #phrases: Phrases;
  readonly #filter: ListFilter;
  readonly #moment: Moment;
  readonly #words: FoundWords;

  constructor(db: Kysely<Tables>, of: { phrases: Phrases; filter: ListFilter; moment: Moment; words: FoundWords }) {
    this.#db = db;
    this.#phrases = of.phrases;
    this.#filter = of.filter;
    this.#moment = of.moment;
    this.#words = of.words;
  }

  async page({ sort, descending, after, limit }: PageWish): Promise<Head[]> {
    const { list, state } = this.#filter;
    const way = descending ? sql`desc` : sql`asc`;
    const parts: RawBuilder<unknown>[] = [];
    for (const base of BASES[list]) {
      const column = base.keys[sort];
      if (!column) throw new Error(`${list} are not sorted by ${sort}`);
      const by = typeof column === "string" ? column : undefined;
      const key = typeof column === "string" ? REFERRED[column].key : column;
      const states = base.states(this.#moment, this.#phrases);
      const wanted = state === undefined ? sql<boolean>`1 = 1` : isIn(states, state);
      if (!wanted) continue;
      const { all, areFew } = await this.#conditions(base, by);
      if (after) all.push(behind({ key, id: base.id }, after, descending));
      parts.push(sql`
        select ${base.id} as id, ${key} as key, ${stateOf(states)} as state
        from ${joined(base, by, areFew)} and ${sql.join([...all, wanted], sql` and `)}`);
    }
    if (parts.length === 0) return [];
    const { rows } = await sql<Head>`
      ${sql.join(parts, sql` union all `)} order by key ${way}, id ${way} limit ${limit}`.execute(this.#db);
    return rows;
  }

  /** How many there are in each state, whatever state is asked for. Of what grows for ever the newest 10,000. */
  async counts(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const base of BASES[this.#filter.list]) {
      const states = base.states(this.#moment, this.#phrases);
      const names = states.map(([name]) => name);
      // the last state has what is left
      const sums = names
        .slice(0, -1)
        .map(
          (name, i) => sql`coalesce(sum(case when ${isIn(states, name)} then 1 else 0 end), 0) as ${sql.ref(`in${i}`)}`,
        );
      const { rows } = await sql<Record<string, number>>`
        select ${sql.join([sql`count(*) as total`, ...sums])} from ${await this.#counted(base)}`.execute(this.#db);
      let left = Number(rows[0]?.["total"] ?? 0);
      for (const [i, name] of names.entries()) {
        const count = i === names.length - 1 ? left : Number(rows[0]?.[`in${i}`] ?? 0);
        left -= count;
        found.set(name, (found.get(name) ?? 0) + count);
      }
    }
    return found;
  }

  /** Of one state. */
  async count(state: string): Promise<number> {
    let sum = 0;
    for (const base of BASES[this.#filter.list]) {
      const wanted = isIn(base.states(this.#moment, this.#phrases), state);
      if (!wanted) continue;
      const { all } = await this.#conditions(base);
      const { rows } = await sql<{ total: number }>`
        select count(*) as total from ${base.table} where ${sql.join([...all, wanted], sql` and `)}`.execute(this.#db);
      sum += Number(rows[0]?.total ?? 0);
    }
    return sum;
  }

  async #counted(base: Base): Promise<RawBuilder<unknown>> {
    const { table, alias, grows } = base;
    const { all } = await this.#conditions(base);
    const where = sql.join(all, sql` and `);
    if (!grows) return sql`${table} where ${where}`;
    return sql`(select * from ${table} where ${where} order by ${grows} desc limit ${COUNTED}) ${sql.ref(alias)}`;
  }

  /** `areFew`: then its own table is the first by which rows are taken, else the one it is sorted `by`. */
  async #conditions(base: Base, by?: Referred): Promise<{ all: RawBuilder<boolean>[]; areFew: boolean }> {
    const { list, reach, only, words, state, unseenSince, below } = this.#filter;
    let found = await this.#words.conditionsOn(base);
    const isRare = base.rare === "all" || (state !== undefined && base.rare?.includes(state) === true);
    const areFew = found.areFew || isRare || reach !== "everywhere" || only !== undefined;
    // what is known of the other row sorts it out before its own are looked for
    if (by && !areFew)
      found = await this.#words.conditionsOn({ ...base, refers: { ...base.refers, [by]: REFERRED[by].id } });
    const all = [inReach(reach, base), ...found.all];
    if (base.only) all.push(base.only(this.#moment));
    if (unseenSince !== undefined)
      all.push(base.unseen?.(unseenSince, this.#moment, this.#phrases) ?? sql<boolean>`1 = 0`);
    if (below !== undefined) all.push(below === "top" ? atTop(reach) : sql`v.parent_id = ${below}`);
    // a word that stands nowhere would read the records of years
    if (list === "audit" && words.length > 0) all.push(sql`a.seq > (select max(seq) from audit) - ${LOOKED_AT}`);
    const { id, refers, division } = base;
    for (const [column, wanted] of [
      [id, only?.id],
      [refers?.person, only?.person],
      [refers?.terminal, only?.terminal],
      [division, only?.division],
    ] as const)
      if (wanted !== undefined) all.push(column ? sql`${column} = ${wanted}` : sql`1 = 0`);
    return { all, areFew };
  }
}

/** Its rows and where they are joined. That table is first by which they are taken: by their order, or, where they are few, their own. */
function joined({ table, refers }: Base, by: Referred | undefined, areFew: boolean): RawBuilder<unknown> {
  const column = by && refers?.[by];
  if (!column) return sql`${table} where 1 = 1`;
  const other = REFERRED[by];
  const [first, second] = areFew ? [table, other.joined] : [other.joined, table];
  return sql`${first} cross join ${second} where ${column} = ${other.id}`;
}

interface Place<T> {
  readonly key: T;
  readonly id: T;
}

/** `key >= …` says the same once more, in the form for which there is an index. */
function behind(of: Place<RawBuilder<unknown>>, { key, id }: Place<Key>, descending: boolean): RawBuilder<boolean> {
  return descending
    ? sql`${of.key} <= ${key} and (${of.key} < ${key} or ${of.id} < ${id})`
    : sql`${of.key} >= ${key} and (${of.key} > ${key} or ${of.id} > ${id})`;
}

function inReach(reach: Reach, { organisation, division, refers, standsWith = [] }: Base): RawBuilder<boolean> {
  if (reach === "everywhere") return sql`1 = 1`;
  const inDivisions = (column: RawBuilder<unknown>) => isOneOf(column, reach.divisions);
  const withThose = standsWith.flatMap((one) => {
    const column = refers?.[one];
    const there = inDivisions(sql`division_id`);
    return column && there.length > 0
      ? [sql<boolean>`${column} in (select id from ${REFERRED[one].table} where ${anyOf(there)})`]
      : [];
  });
  return anyOf([
    ...isOneOf(organisation, reach.organisations),
    ...(division ? inDivisions(division) : []),
    ...withThose,
  ]);
}

/** Of divisions those above which there is none, or none that is in reach. */
function atTop(reach: Reach): RawBuilder<boolean> {
  if (reach === "everywhere") return sql`v.parent_id is null`;
  const above = anyOf([
    ...isOneOf(sql`v.organisation_id`, reach.organisations),
    ...isOneOf(sql`v.parent_id`, reach.divisions),
  ]);
  return sql`(v.parent_id is null or not (${above}))`;
}

const like = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

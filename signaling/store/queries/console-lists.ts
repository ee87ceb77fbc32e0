/** The console's lists: a page at a time by key and not by number, so that nothing is missed or shown twice while rows come and go. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { List } from "../../protocol/console.ts";
import type { DivisionId, OrganisationId, PersonId, TerminalId } from "../../protocol/ids.ts";
import type { AuditRow, Tables } from "../rows/tables.ts";
import { BASES, KEYS, type ManyIds, type Moment } from "./console-bases.ts";
import { type Reach, within } from "./lists.ts";

/** A word that a row has to hold: anywhere, or in one of its fields. Both folded (rows/folded.ts). */
export interface Word {
  readonly text: string;
  readonly field?: "organisation" | "division" | "person" | "terminal" | undefined;
}

export interface ListFilter {
  readonly list: List;
  readonly reach: Reach;
  readonly words: readonly Word[];
  readonly state?: string | undefined;
  /** Only what may be used and has not been since (epoch ms). */
  readonly unseenSince?: number | undefined;
  /** Of these only. */
  readonly only?: { id?: string; person?: PersonId; terminal?: TerminalId; division?: DivisionId } | undefined;
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

/** The same in every list's rows. */
const STANDING = { organisation: "organisationId", divisions: ["divisionId", "otherDivisionId"] } as const;
/** Rows that are counted of what grows for ever. */
const COUNTED = 10_000;
const GROWING: readonly List[] = ["sessions", "audit"];
/** Records of the audit that are looked at for what a word or a thing is about, the newest. */
const LOOKED_AT = 50_000;
/** Of one thing's history. */
const TIMELINE = 100;

export class ConsoleListQueries {
  readonly #db: Kysely<Tables>;
  readonly #many: ManyIds;

  constructor(db: Kysely<Tables>, many: ManyIds) {
    this.#db = db;
    this.#many = many;
  }

  async page(filter: ListFilter, moment: Moment, wish: PageWish): Promise<Head[]> {
    const { sort, descending, after, limit } = wish;
    const key = KEYS[filter.list][sort];
    if (!key) throw new Error(`${filter.list} are not sorted by ${sort}`);
    const way = descending ? sql`desc` : sql`asc`;
    const rows = await sql<Head>`
      select id, key, state from (${this.#base(filter, moment, key)}) listed
      where ${this.#condition(filter)} ${after ? sql`and ${behind(after, descending)}` : sql``}
      order by key ${way}, id ${way} limit ${limit}`.execute(this.#db);
    return rows.rows;
  }

  /** How many there are in each state, whatever state is asked for. Of what grows for ever the newest 10,000. */
  async counts(filter: ListFilter, moment: Moment): Promise<Map<string, number>> {
    const { list } = filter;
    const newest = list === "sessions" ? KEYS.sessions["requested-at"] : KEYS.audit["id"];
    const isGrowing = GROWING.includes(list);
    const bound = isGrowing ? sql`order by key desc limit ${COUNTED}` : sql``;
    const { rows } = await sql<{ state: string; count: number }>`
      select state, count(*) as count from (
        select state from (${this.#base(filter, moment, (isGrowing && newest) || sql`''`)}) listed
        where ${this.#condition({ ...filter, state: undefined })} ${bound}
      ) counted group by state`.execute(this.#db);
    return new Map(rows.map(({ state, count }) => [state, Number(count)]));
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
    const { rows } = await sql<{ liveAt: number; endedAt: number | null }>`
      select live_at, ended_at from (
        select s.live_at as live_at, s.ended_at as ended_at, s.organisation_id as organisation_id,
          t.division_id as division_id, null as other_division_id
        from sessions s join terminals t on t.id = s.terminal_id
        where s.live_at is not null and (s.ended_at is null or s.requested_at > ${since})
      ) lived where ${within(reach, STANDING)}`.execute(this.#db);
    return rows;
  }

  #base({ list, words }: ListFilter, moment: Moment, key: RawBuilder<unknown>): RawBuilder<unknown> {
    const base = BASES[list](key, moment, this.#many);
    // a word that stands nowhere would read the records of years
    const bounded = list === "audit" && words.length > 0;
    return bounded ? sql`${base} where a.seq > (select max(seq) from audit) - ${LOOKED_AT}` : base;
  }

  #condition({ list, reach, words, state, only, unseenSince }: ListFilter): RawBuilder<boolean> {
    const all: RawBuilder<boolean>[] = [within(reach, STANDING), ...words.map(holds)];
    if (state !== undefined) all.push(sql`state = ${state}`);
    if (unseenSince !== undefined) all.push(isUnseen(list, unseenSince));
    if (only?.id !== undefined) all.push(sql`id = ${only.id}`);
    if (only?.person !== undefined) all.push(sql`person_id = ${only.person}`);
    if (only?.terminal !== undefined) all.push(sql`terminal_id = ${only.terminal}`);
    if (only?.division !== undefined) all.push(sql`division_id = ${only.division}`);
    return sql<boolean>`${sql.join(all, sql` and `)}`;
  }
}

/** `key >= …` says the same once more, in the form for which there is an index. */
function behind({ key, id }: { key: Key; id: string }, descending: boolean): RawBuilder<boolean> {
  return descending
    ? sql`key <= ${key} and (key < ${key} or id < ${id})`
    : sql`key >= ${key} and (key > ${key} or id > ${id})`;
}

function holds({ text, field }: Word): RawBuilder<boolean> {
  const pattern = like(text);
  const inDivision = sql<boolean>`division_id in (${divisionsBelow(sql`folded like ${pattern} escape '\\'`)})`;
  const inOrganisation = sql<boolean>`organisation_id in (select id from organisations where folded like ${pattern} escape '\\')`;
  if (field === "organisation") return inOrganisation;
  if (field === "division") return inDivision;
  if (field === "person") return sql`person_folded like ${pattern} escape '\\'`;
  if (field === "terminal") return sql`terminal_folded like ${pattern} escape '\\'`;
  return sql`(folded like ${pattern} escape '\\' or ${inDivision} or ${inOrganisation})`;
}

/** Those for which the condition holds, and all below them. */
const divisionsBelow = (condition: RawBuilder<unknown>) => sql`
  with recursive part (id) as (
    select id from divisions where ${condition}
    union select lower.id from divisions lower join part on lower.parent_id = part.id
  ) select id from part`;

/** What is new has not been away for long; what is stopped already needs no look. An office PC that is here has not gone. */
function isUnseen(list: List, since: number): RawBuilder<boolean> {
  if (list === "terminals")
    return sql`(state in ('offline', 'not-enrolled')
      and id in (select id from terminals where coalesce(last_seen_at, created_at) < ${since}))`;
  if (list === "devices")
    return sql`(state = 'registered'
      and id in (select id from devices where coalesce(last_used_at, approved_at) < ${since}))`;
  return sql`(state <> 'disabled' and id in (select id from people where created_at < ${since})
    and id not in (select person_id from devices where last_used_at >= ${since}))`;
}

const like = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

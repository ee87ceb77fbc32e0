/**
 * What the console's lists are made of, to be searched, counted and paged alike (console-lists.ts). Each is read from a table of its
 * own; people and office PCs are joined only where it is sorted by their names. Plain SQL of the standard; names in snake case.
 */
import { type RawBuilder, sql } from "kysely";
import { GRANT_ENDING_MS, type List } from "../../protocol/console.ts";
import type { TerminalId } from "../../protocol/ids.ts";

/** What the store does not know, or what changes by itself. */
export interface Moment {
  /** Epoch ms. */
  readonly now: number;
  /** A person with so many failures is barred. */
  readonly maxFailures: number;
  readonly online: Members;
  /** Fewer than are online. */
  readonly inUse: readonly TerminalId[];
}

export interface Members {
  has(id: string): boolean;
  keys(): Iterable<string>;
}

/** What each database says in words of its own. */
export interface Phrases {
  /** A long list of ids as one parameter: `(select …)`. */
  many(ids: readonly string[]): RawBuilder<unknown>;
  /** True where the column's text is among them, however many there are: asked for each row, and nothing is copied. */
  isAmong(column: RawBuilder<unknown>, members: Members): RawBuilder<boolean>;
  /** True where the column holds the text, letter by letter. */
  holds(column: RawBuilder<unknown>, text: string): RawBuilder<boolean>;
}

type Column = RawBuilder<unknown>;
/** The first whose condition holds is the state; the last one has none. No condition is ever null. */
export type States = ReadonlyArray<readonly [state: string, condition?: RawBuilder<boolean>]>;

export interface Base {
  readonly table: RawBuilder<unknown>;
  /** As its table is called there. */
  readonly alias: string;
  readonly id: Column;
  readonly organisation: Column;
  /** Its own, where it has one. */
  readonly division?: Column;
  /** Whom and what it is about: it is found by their names as well. */
  readonly refers?: Readonly<Partial<Record<Referred, Column>>>;
  /** Those whose division it stands in: in one of them it is in reach, and the first one's is searched. */
  readonly standsWith?: readonly Referred[];
  /** In which the words of a search stand (rows/folded.ts), the field they are of, and letters without which it holds none. */
  readonly text?: { readonly column: Column; readonly field?: Referred; readonly letters?: RegExp };
  /** By the names of SORTS (protocol/console.ts), without the sign. */
  readonly keys: Readonly<Record<string, Column | Referred>>;
  readonly states: (moment: Moment, phrases: Phrases) => States;
  /** Those in which there are few rows. */
  readonly rare?: "all" | readonly string[];
  /** Of the table only those. */
  readonly only?: (moment: Moment) => RawBuilder<boolean>;
  /** It grows for ever, in this order. */
  readonly grows?: Column;
  /**
   * Those that may still be used and have not been since then: what is new has not been away for long, and an office PC that is
   * here has not gone. Left out: none.
   */
  readonly unseen?: (since: number, moment: Moment, phrases: Phrases) => RawBuilder<boolean>;
}

/** What lists refer to; `joined` and `key` where they are sorted by it. */
export const REFERRED = {
  person: { table: sql`people`, joined: sql`people p`, id: sql`p.id`, key: sql`p.login` },
  terminal: { table: sql`terminals`, joined: sql`terminals t`, id: sql`t.id`, key: sql`t.name` },
} as const;
export type Referred = keyof typeof REFERRED;

/** Later than all times; as a literal, because an index is on it. */
const NEVER = sql.lit(2 ** 53 - 1);

/** Letters of a device's code (protocol/ids.ts), folded, and parts of it. */
const CODE = /^[0-9a-hjkmnp-tv-z-]+$/;

const people: Base = {
  ...{ table: sql`people p`, alias: "p", id: sql`p.id` },
  ...{ organisation: sql`p.organisation_id`, division: sql`p.division_id` },
  text: { column: sql`p.folded`, field: "person" },
  keys: { login: sql`p.login`, name: sql`p.name`, "created-at": sql`p.created_at` },
  states: ({ maxFailures }) => [
    ["disabled", sql`p.disabled_at is not null`],
    ["barred", sql`p.failures >= ${maxFailures}`],
    ["no-code-yet", sql`p.seed_confirmed_at is null`],
    ["must-change", sql`p.must_change = 1`],
    ["active"],
  ],
  unseen: (since) => sql`(p.disabled_at is null and p.created_at < ${since}
    and p.id not in (select person_id from devices where last_used_at >= ${since}))`,
};

const terminals: Base = {
  ...{ table: sql`terminals t`, alias: "t", id: sql`t.id` },
  ...{ organisation: sql`t.organisation_id`, division: sql`t.division_id` },
  text: { column: sql`t.folded`, field: "terminal" },
  keys: {
    name: sql`t.name`,
    id: sql`t.id`,
    since: sql`coalesce(t.last_seen_at, 0)`,
    "enrolled-at": sql`coalesce(t.enrolled_at, 0)`,
  },
  states: ({ online, inUse }, { many, isAmong }) => [
    ["disabled", sql`t.disabled_at is not null`],
    ["not-enrolled", sql`t.enrolled_at is null`],
    ["set-aside", sql`t.id in (select terminal_id from twins)`],
    ["in-use", sql`t.id in ${many(inUse)}`],
    ["online", isAmong(sql`t.id`, online)],
    ["offline"],
  ],
  unseen: (
    since,
    { online },
    { isAmong },
  ) => sql`(t.disabled_at is null and coalesce(t.last_seen_at, t.created_at) < ${since}
    and not (${isAmong(sql`t.id`, online)}) and t.id not in (select terminal_id from twins))`,
};

const devices: Base = {
  ...{ table: sql`devices d`, alias: "d", id: sql`d.id`, organisation: sql`d.organisation_id` },
  refers: { person: sql`d.person_id` },
  text: { column: sql`lower(d.code)`, letters: CODE },
  standsWith: ["person"],
  keys: {
    "added-at": sql`d.added_at`,
    person: "person",
    "last-used-at": sql`coalesce(d.last_used_at, 0)`,
    code: sql`d.code`,
  },
  states: () => [["removed", sql`d.removed_at is not null`], ["registered"]],
  rare: ["removed"],
  unseen: (since) => sql`(d.removed_at is null and coalesce(d.last_used_at, d.approved_at) < ${since})`,
};

/** These have no id of their own. */
const waitingDevices: Base = {
  ...{ table: sql`pending_devices w`, alias: "w", id: sql`w.person_id || '.' || w.code` },
  ...{ organisation: sql`w.organisation_id`, refers: { person: sql`w.person_id` }, standsWith: ["person"] },
  text: { column: sql`lower(w.code)`, letters: CODE },
  keys: { "added-at": sql`w.seen_at`, person: "person", "last-used-at": sql`cast(0 as bigint)`, code: sql`w.code` },
  states: () => [["waiting"]],
  rare: "all",
  only: ({ now }) => sql`w.expires_at > ${now}`,
};

/** Those of the people, and those for the office PCs, that are in reach. */
const grants: Base = {
  ...{ table: sql`grants g`, alias: "g", id: sql`g.person_id || '.' || g.terminal_id` },
  ...{ organisation: sql`g.organisation_id`, refers: { person: sql`g.person_id`, terminal: sql`g.terminal_id` } },
  standsWith: ["person", "terminal"],
  keys: { person: "person", terminal: "terminal", until: sql`coalesce(g.until, ${NEVER})`, since: sql`g.created_at` },
  states: ({ now }) => [
    ["ended", sql`coalesce(g.until, ${NEVER}) <= ${now}`],
    ["ending", sql`coalesce(g.until, ${NEVER}) <= ${now + GRANT_ENDING_MS}`],
    ["lasting"],
  ],
  rare: ["ended", "ending"],
};

const divisions: Base = {
  ...{ table: sql`divisions v`, alias: "v", id: sql`v.id`, organisation: sql`v.organisation_id`, division: sql`v.id` },
  text: { column: sql`v.folded` },
  keys: { name: sql`v.name` },
  states: () => [[""]],
};

/** A session stands where its office PC does. */
const sessions: Base = {
  ...{ table: sql`sessions s`, alias: "s", id: sql`s.id`, organisation: sql`s.organisation_id` },
  refers: { person: sql`s.person_id`, terminal: sql`s.terminal_id` },
  standsWith: ["terminal"],
  keys: {
    "requested-at": sql`s.requested_at`,
    "ended-at": sql`coalesce(s.ended_at, ${NEVER})`,
    person: "person",
    terminal: "terminal",
  },
  states: () => [["open", sql`s.ended_at is null`], ["ended"]],
  rare: ["open"],
  grows: sql`s.requested_at`,
};

/** A lock stands where that is which it is on. */
const locks: Base = {
  ...{ table: sql`locks l`, alias: "l", id: sql`l.id`, organisation: sql`l.organisation_id` },
  division: sql`coalesce(l.division_id, (select division_id from terminals where id = l.terminal_id),
    (select division_id from people where id = l.person_id))`,
  refers: { person: sql`l.person_id`, terminal: sql`l.terminal_id` },
  text: { column: sql`lower(l.id || ' ' || l.reason || ' ' || coalesce(l.device_code, ''))` },
  keys: { "created-at": sql`l.created_at`, until: sql`coalesce(l.until, ${NEVER})`, id: sql`l.id` },
  states: ({ now }) => [
    ["lifted", sql`l.lifted_at is not null`],
    ["ended", sql`coalesce(l.until, ${NEVER}) <= ${now}`],
    ["in-force"],
  ],
  rare: "all",
};

const audit: Base = {
  ...{ table: sql`audit a`, alias: "a", id: sql`cast(a.seq as text)`, organisation: sql`a.organisation_id` },
  text: { column: sql`lower(a.event || ' ' || a.actor || ' ' || a.about)` },
  keys: { id: sql`a.seq` },
  states: () => [[""]],
  grows: sql`a.seq`,
};

/** Registered and removed devices, and those that wait, are one list. */
export const BASES: Readonly<Record<List, readonly Base[]>> = {
  people: [people],
  terminals: [terminals],
  devices: [devices, waitingDevices],
  grants: [grants],
  divisions: [divisions],
  sessions: [sessions],
  locks: [locks],
  audit: [audit],
};

export function stateOf(states: States): RawBuilder<string> {
  const last = sql<string>`${sql.lit(states.at(-1)?.[0] ?? "")}`;
  const whens = states.flatMap(([state, is]) => (is ? [sql`when ${is} then ${sql.lit(state)}`] : []));
  return whens.length === 0 ? last : sql`case ${sql.join(whens, sql` `)} else ${last} end`;
}

/** True for the rows in this state. Undefined: none ever is. */
export function isIn(states: States, state: string): RawBuilder<boolean> | undefined {
  const at = states.findIndex(([name]) => name === state);
  if (at === -1) return undefined;
  const own = states[at]?.[1];
  const all = [...(own ? [sql`(${own})`] : []), ...states.slice(0, at).map(([, is]) => sql`not (${is})`)];
  return all.length === 0 ? sql`1 = 1` : sql`${sql.join(all, sql` and `)}`;
}

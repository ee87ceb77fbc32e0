/**
 * The rows of each of the console's lists in one shape, to be searched, counted and paged alike (console-lists.ts):
 *
 *   id  key (what it is sorted by)  state  organisation_id  division_id  other_division_id  person_id  terminal_id
 *   folded (all that is searched)  person_folded  terminal_folded
 *
 * Plain SQL of the standard; names in snake case.
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
  readonly online: readonly TerminalId[];
  readonly inUse: readonly TerminalId[];
}

/** A long list of ids as one parameter: `(select …)` in this database's words. */
export type ManyIds = (ids: readonly string[]) => RawBuilder<unknown>;

type Base = (key: RawBuilder<unknown>, moment: Moment, many: ManyIds) => RawBuilder<unknown>;

/** By the names of SORTS (protocol/console.ts), without the sign. */
export const KEYS: Readonly<Record<List, Readonly<Record<string, RawBuilder<unknown>>>>> = {
  people: { login: sql`p.login`, name: sql`p.name`, "created-at": sql`p.created_at` },
  terminals: {
    name: sql`t.name`,
    id: sql`t.id`,
    since: sql`coalesce(t.last_seen_at, 0)`,
    "enrolled-at": sql`coalesce(t.enrolled_at, 0)`,
  },
  devices: {
    "added-at": sql`d.added_at`,
    person: sql`p.login`,
    "last-used-at": sql`coalesce(d.last_used_at, 0)`,
    code: sql`d.code`,
  },
  grants: {
    person: sql`p.login`,
    terminal: sql`t.name`,
    until: sql`coalesce(g.until, ${2 ** 53 - 1})`,
    since: sql`g.created_at`,
  },
  divisions: { name: sql`v.name` },
  sessions: {
    "requested-at": sql`s.requested_at`,
    "ended-at": sql`coalesce(s.ended_at, ${2 ** 53 - 1})`,
    person: sql`s.login`,
    terminal: sql`t.name`,
  },
  locks: {
    "created-at": sql`l.created_at`,
    until: sql`coalesce(l.until, ${2 ** 53 - 1})`,
    id: sql`l.id`,
  },
  audit: { id: sql`a.seq` },
};

export const BASES: Readonly<Record<List, Base>> = {
  people: (key, { maxFailures }) => sql`
    select p.id as id, ${key} as key, ${personState(maxFailures)} as state,
      p.organisation_id as organisation_id, p.division_id as division_id, null as other_division_id,
      p.id as person_id, null as terminal_id,
      p.folded as folded, p.folded as person_folded, '' as terminal_folded
    from people p`,

  terminals: (key, { online, inUse }, many) => sql`
    select t.id as id, ${key} as key,
      case when t.disabled_at is not null then 'disabled'
        when t.public_key is null then 'not-enrolled'
        when t.id in (select terminal_id from twins) then 'set-aside'
        when t.id in ${many(inUse)} then 'in-use'
        when t.id in ${many(online)} then 'online'
        else 'offline' end as state,
      t.organisation_id as organisation_id, t.division_id as division_id, null as other_division_id,
      null as person_id, t.id as terminal_id,
      t.folded as folded, '' as person_folded, t.folded as terminal_folded
    from terminals t`,

  /** Registered and removed ones, and those that wait: these have no id of their own. */
  devices: (key, { now }) => sql`
    select d.id as id, ${key} as key, d.state as state,
      p.organisation_id as organisation_id, p.division_id as division_id, null as other_division_id,
      p.id as person_id, null as terminal_id,
      p.folded || ' ' || lower(d.code) as folded, p.folded as person_folded, '' as terminal_folded
    from (
      select id, person_id, code, added_at, last_used_at,
        case when removed_at is null then 'registered' else 'removed' end as state
      from devices
      union all
      select person_id || '.' || code as id, person_id, code, seen_at as added_at, null as last_used_at,
        'waiting' as state
      from pending_devices where expires_at > ${now}
    ) d join people p on p.id = d.person_id`,

  /** Those of the people, and those for the office PCs, that are in reach. */
  grants: (key, { now }) => sql`
    select g.person_id || '.' || g.terminal_id as id, ${key} as key,
      case when g.until is null then 'lasting' when g.until <= ${now} then 'ended'
        when g.until <= ${now + GRANT_ENDING_MS} then 'ending' else 'lasting' end as state,
      g.organisation_id as organisation_id, p.division_id as division_id, t.division_id as other_division_id,
      g.person_id as person_id, g.terminal_id as terminal_id,
      p.folded || ' ' || t.folded as folded, p.folded as person_folded, t.folded as terminal_folded
    from grants g join people p on p.id = g.person_id join terminals t on t.id = g.terminal_id`,

  divisions: (key) => sql`
    select v.id as id, ${key} as key, '' as state,
      v.organisation_id as organisation_id, v.id as division_id, null as other_division_id,
      null as person_id, null as terminal_id,
      v.folded as folded, '' as person_folded, '' as terminal_folded
    from divisions v`,

  /** A session stands where its office PC does. */
  sessions: (key) => sql`
    select s.id as id, ${key} as key, case when s.ended_at is null then 'open' else 'ended' end as state,
      s.organisation_id as organisation_id, t.division_id as division_id, null as other_division_id,
      s.person_id as person_id, s.terminal_id as terminal_id,
      p.folded || ' ' || t.folded as folded, p.folded as person_folded, t.folded as terminal_folded
    from sessions s join terminals t on t.id = s.terminal_id join people p on p.id = s.person_id`,

  /** A lock stands where that is which it is on. */
  locks: (key, { now }) => sql`
    select l.id as id, ${key} as key,
      case when l.lifted_at is not null then 'lifted' when l.until <= ${now} then 'ended' else 'in-force' end as state,
      l.organisation_id as organisation_id, coalesce(l.division_id, t.division_id, p.division_id) as division_id,
      null as other_division_id, l.person_id as person_id, l.terminal_id as terminal_id,
      lower(l.id || ' ' || l.reason || ' ' || coalesce(l.device_code, '')) || ' ' || coalesce(p.folded, '') || ' ' || coalesce(t.folded, '') as folded,
      coalesce(p.folded, '') as person_folded, coalesce(t.folded, '') as terminal_folded
    from locks l left join people p on p.id = l.person_id left join terminals t on t.id = l.terminal_id`,

  audit: (key) => sql`
    select cast(a.seq as text) as id, ${key} as key, '' as state,
      a.organisation_id as organisation_id, null as division_id, null as other_division_id,
      null as person_id, null as terminal_id,
      lower(a.event || ' ' || a.actor || ' ' || a.about) as folded, '' as person_folded, '' as terminal_folded
    from audit a`,
};

const personState = (maxFailures: number) => sql`
  case when p.disabled_at is not null then 'disabled' when p.failures >= ${maxFailures} then 'barred'
    when p.seed_confirmed_at is null then 'no-code-yet' when p.must_change = 1 then 'must-change' else 'active' end`;

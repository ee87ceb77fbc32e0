/** What waits for an answer, with what somebody has to know who answers it. */

import type { Principal } from "../auth/principal.ts";
import type { PersonId } from "../protocol/ids.ts";
import type { Approval, Approvals } from "../protocol/requests.ts";
import type { RequestListed } from "../store/queries/requests.ts";
import type { Queries } from "../store/queries.ts";
import { Asking, type Desk, look } from "./desk.ts";
import { approverOf } from "./duties.ts";
import { workedThisMonth } from "./labour.ts";
import { Places, type Standing } from "./places.ts";
import { reachOf } from "./reach.ts";
import { answersOf, hasAnswered, keptAnswersOf, stateOf } from "./request-state.ts";
import { sharedOf } from "./requests.ts";

const MAX_WAITING = 200;
const MAX_DECIDED = 30;
const DECIDED_MS = 2 * 24 * 3_600_000;

export function approvalsFor(desk: Desk): Promise<Approvals> {
  return look(desk, async (q, ask) => {
    const reach = await ask.mustReach(q, "request.read");
    const at = desk.now();
    const waiting = await q.requests.waiting(reach, at, MAX_WAITING);
    const decided = await q.requests.decided(reach, at - DECIDED_MS, MAX_DECIDED);
    const shown = await asked(q, ask, [...waiting, ...decided], at);
    return { at, waiting: shown.slice(0, waiting.length), decided: shown.slice(waiting.length) };
  });
}

/** How many wait for this person to answer them on the page of staff; undefined: they answer nobody's there. */
export function waitingFor({ store, now }: Pick<Desk, "store" | "now">, person: PersonId): Promise<number | undefined> {
  return store.read(async (q) => {
    const principal = await approverOf(q, person);
    return principal && countToAnswer(q, principal, now(), MAX_WAITING);
  });
}

/** How many wait for an answer of theirs; more than `limit` are not looked at. */
export async function countToAnswer(q: Queries, principal: Principal, at: number, limit: number): Promise<number> {
  const rows = await q.requests.waiting(await reachOf(q, principal, "request.decide"), at, limit);
  const places = await placesAround(q, rows);
  const ask = new Asking({ principal });
  return rows.filter((row) => mayAnswer(ask, places, row, at)).length;
}

const terminalOf = ({ organisationId, terminalDivisionId }: RequestListed) => ({
  ...{ organisationId, divisionId: terminalDivisionId },
});
const placesAround = (q: Queries, rows: readonly RequestListed[]): Promise<Places> =>
  Places.around(q, [...rows, ...rows.map(terminalOf)]);

/** Not their own, not twice, and an office PC only where that is theirs to give, too. */
function mayAnswer(ask: Asking, places: Places, row: RequestListed, at: number): boolean {
  if (stateOf(row, at) !== "waiting" || ask.principal.person === row.personId) return false;
  const may = (standing: Standing): boolean => ask.may("request.decide", places.of(standing));
  return (
    may(row) && (row.terminalId === null || may(terminalOf(row))) && !hasAnswered(ask.principal, keptAnswersOf(row))
  );
}

/** By who approved it, or who administers; their own they withdraw. */
function mayTakeBack(ask: Asking, places: Places, row: RequestListed, at: number): boolean {
  if (row.kind !== "overtime" || stateOf(row, at) !== "approved" || ask.principal.person === row.personId) return false;
  const place = places.of(row);
  const isTheirs = hasAnswered(ask.principal, keptAnswersOf(row)) && ask.may("request.decide", place);
  return isTheirs || ask.may("request.take-back", place);
}

async function asked(q: Queries, ask: Asking, rows: readonly RequestListed[], at: number): Promise<Approval[]> {
  const people = [...new Set(rows.map(({ personId }) => personId))];
  const places = await placesAround(q, rows);
  const overtime = await workedThisMonth(q, people, at);
  const uses = new Map(await Promise.all(people.map(async (id) => [id, await q.sessions.lastOf(id)] as const)));
  return rows.map((row) => {
    const last = uses.get(row.personId);
    return {
      ...sharedOf(row),
      state: stateOf(row, at),
      person: { id: row.personId, login: row.login, name: row.personName },
      division: places.path(row.divisionId),
      expiresAt: row.expiresAt,
      answers: answersOf(row),
      ...(last && {
        lastUse: {
          terminal: last.terminalName,
          at: last.requestedAt,
          ...(last.endedAt !== null && { end: last.endedAt }),
        },
      }),
      overtimeMs: overtime.get(row.personId) ?? 0,
      mayAnswer: mayAnswer(ask, places, row, at),
      mayTakeBack: mayTakeBack(ask, places, row, at),
    };
  });
}

/** What waits for an answer, with what somebody has to know who answers it. */

import type { PersonId } from "../protocol/ids.ts";
import type { Approval, Approvals } from "../protocol/requests.ts";
import type { RequestListed } from "../store/queries/requests.ts";
import type { Queries } from "../store/queries.ts";
import { type Asking, type Desk, look } from "./desk.ts";
import { approverOf } from "./duties.ts";
import { workedThisMonth } from "./labour.ts";
import { Places } from "./places.ts";
import { reachOf } from "./reach.ts";
import { answersOf, stateOf } from "./request-state.ts";
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
    if (!principal) return undefined;
    const waiting = await q.requests.waiting(await reachOf(q, principal, "request.decide"), now(), MAX_WAITING);
    return waiting.filter(({ personId }) => personId !== person).length;
  });
}

async function asked(q: Queries, ask: Asking, rows: readonly RequestListed[], at: number): Promise<Approval[]> {
  const people = [...new Set(rows.map(({ personId }) => personId))];
  const terminals = rows.map(({ organisationId, terminalDivisionId }) => ({
    ...{ organisationId, divisionId: terminalDivisionId },
  }));
  const places = await Places.around(q, [...rows, ...terminals]);
  const overtime = await workedThisMonth(q, people, at);
  const uses = new Map(await Promise.all(people.map(async (id) => [id, await q.sessions.lastOf(id)] as const)));
  return rows.map((row) => {
    const { organisationId, terminalDivisionId } = row;
    const answers = answersOf(row);
    const mayDecide =
      ask.may("request.decide", places.of(row)) &&
      (row.terminalId === null ||
        ask.may("request.decide", places.of({ organisationId, divisionId: terminalDivisionId })));
    const { who, person } = ask.principal;
    const isOpen = stateOf(row, at) === "waiting" && person !== row.personId;
    const last = uses.get(row.personId);
    return {
      ...sharedOf(row),
      state: stateOf(row, at),
      person: { id: row.personId, login: row.login, name: row.personName },
      division: places.path(row.divisionId),
      expiresAt: row.expiresAt,
      answers,
      ...(last && {
        lastUse: {
          terminal: last.terminalName,
          at: last.requestedAt,
          ...(last.endedAt !== null && { end: last.endedAt }),
        },
      }),
      overtimeMs: overtime.get(row.personId) ?? 0,
      mayAnswer: mayDecide && isOpen && !answers.some((answer) => answer.who === who),
    };
  });
}

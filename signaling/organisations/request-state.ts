/** A request as it stands at one moment. Pure. */
import type { Principal } from "../auth/principal.ts";
import { PersonId } from "../protocol/ids.ts";
import { RequestAnswer, type RequestState } from "../protocol/requests.ts";
import type { RequestRow } from "../store/rows/requests.ts";

/** As it is shown: with what the clock has made of it. */
export function stateOf({ state, until, expiresAt }: RequestRow, now: number): RequestState {
  if (state === "waiting" && expiresAt <= now) return "lapsed";
  return state === "approved" && until <= now ? "ended" : state;
}

/** As it is kept: with whom it is of, whatever the code of their organisation is by now. */
const KeptAnswer = RequestAnswer.extend({ person: PersonId.optional() });
type KeptAnswer = RequestAnswer & { readonly person?: PersonId | undefined };

export const keptAnswersOf = ({ answers }: Pick<RequestRow, "answers">): KeptAnswer[] =>
  KeptAnswer.array().parse(JSON.parse(answers));

export const answersOf = (row: Pick<RequestRow, "answers">): RequestAnswer[] =>
  keptAnswersOf(row).map(({ person: _, ...answer }) => answer);

/** As the audit names them. */
export const approversOf = (row: Pick<RequestRow, "answers">): string[] =>
  keptAnswersOf(row).flatMap(({ who, yes }) => (yes ? [who] : []));

/** Until when it is or was in force; undefined: it never was. What was given up before it began is not later than that. */
export function approvedUntil({ state, until, decidedAt }: Pick<RequestRow, "state" | "until" | "decidedAt">) {
  if (state === "approved") return until;
  return state === "taken-back" || state === "given-up" ? Math.min(until, decidedAt ?? until) : undefined;
}

/** One of these is theirs. */
export const hasAnswered = ({ who, person }: Principal, answers: readonly KeptAnswer[]): boolean =>
  answers.some((answer) => answer.who === who || (person !== undefined && answer.person === person));

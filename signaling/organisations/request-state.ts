/** A request as it stands at one moment. Pure. */
import { RequestAnswer, type RequestState } from "../protocol/requests.ts";
import type { RequestRow } from "../store/rows/requests.ts";

/** As it is shown: with what the clock has made of it. */
export function stateOf({ state, until, expiresAt }: RequestRow, now: number): RequestState {
  if (state === "waiting" && expiresAt <= now) return "lapsed";
  return state === "approved" && until <= now ? "ended" : state;
}

export const answersOf = ({ answers }: Pick<RequestRow, "answers">): RequestAnswer[] =>
  RequestAnswer.array().parse(JSON.parse(answers));

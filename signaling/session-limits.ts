/** Who may open one more session now. Pure; the numbers protect the relay's ports and everybody else's turn. */
import { RequestError } from "./protocol/errors.ts";
import type { PersonId } from "./protocol/ids.ts";

export interface SessionLimits {
  /** Sessions one person may have at once, on different office PCs. */
  readonly perPerson: number;
  /** Sessions on this node. */
  readonly total: number;
  /** Attempts being negotiated at once; more wait for their turn by asking again (Retry-After). */
  readonly negotiating: number;
}

export interface Load {
  readonly sessions: Iterable<{ readonly person: PersonId; readonly negotiating: boolean }>;
}

/** Returns why not, or undefined: admitted. `resuming`: the session already counts. */
export function refusal(
  load: Load,
  request: { person: PersonId; resuming: boolean },
  limits: SessionLimits,
): RequestError | undefined {
  let total = 0;
  let own = 0;
  let negotiating = 0;
  for (const session of load.sessions) {
    total += 1;
    if (session.person === request.person) own += 1;
    if (session.negotiating) negotiating += 1;
  }
  if (negotiating >= limits.negotiating)
    return new RequestError("SERVER_BUSY", "many sessions are being opened", { details: { retryAfterS: 2 } });
  if (request.resuming) return undefined;
  if (own >= limits.perPerson)
    return new RequestError("TOO_MANY_SESSIONS", `at most ${limits.perPerson} sessions per person`);
  if (total >= limits.total)
    return new RequestError("SERVER_BUSY", "this server is full", { details: { retryAfterS: 30 } });
  return undefined;
}

/** Who asks at the console, with what they may do at this very moment, and what their question is answered from. */

import { type Action, reachOf } from "../auth/permissions.ts";
import type { Principal } from "../auth/principal.ts";
import { MAX_FAILURES } from "../auth/throttle.ts";
import type { Hub } from "../hub/hub.ts";
import type { List } from "../protocol/console.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Moment } from "../store/queries/console-bases.ts";
import { type Reach, wholeOrganisations } from "../store/queries/reach.ts";
import type { Queries } from "../store/queries.ts";

/** Who is here now: the store does not know it. */
export type Presence = Pick<Hub, "agents" | "sessions">;

export interface Question {
  readonly q: Queries;
  readonly principal: Principal;
  readonly presence: Presence;
  /** Epoch ms. */
  readonly now: number;
}

export const READ: Readonly<Record<List, Action>> = {
  people: "people.read",
  terminals: "terminal.read",
  devices: "device.read",
  grants: "grant.read",
  divisions: "division.read",
  sessions: "session.read",
  audit: "audit.read",
};

/** Throws FORBIDDEN for who may read this list nowhere. */
export function readReach(principal: Principal, list: List): Reach {
  const reach = reachOf(principal, READ[list]);
  if (reach !== "everywhere" && reach.length === 0)
    throw new RequestError("FORBIDDEN", `you may not do this (${READ[list]})`);
  return list === "audit" ? wholeOrganisations(reach) : reach;
}

export const mayRead = (principal: Principal, list: List): boolean => {
  const reach = reachOf(principal, READ[list]);
  return reach === "everywhere" || reach.length > 0;
};

export function momentOf({ presence, now }: Pick<Question, "presence" | "now">): Moment {
  return {
    now,
    maxFailures: MAX_FAILURES,
    online: [...presence.agents.keys()],
    inUse: [...presence.sessions.values()].map(({ record }) => record.terminal),
  };
}

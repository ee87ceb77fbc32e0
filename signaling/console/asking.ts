/** Who asks at the console, with what they may do at this very moment, and what their question is answered from. */

import { type Action, dutiesFor } from "../auth/permissions.ts";
import type { Principal } from "../auth/principal.ts";
import { MAX_FAILURES } from "../auth/throttle.ts";
import type { Everywhere } from "../hub/everywhere.ts";
import type { Hub } from "../hub/hub.ts";
import type { LineUse } from "../line-use.ts";
import type { PolicyKeepers } from "../organisations/policies.ts";
import { reachOf } from "../organisations/reach.ts";
import type { List } from "../protocol/console.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Moment } from "../store/queries/console-bases.ts";
import type { Reach } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";

/** Who is here now, on whatever node: the store does not know it. */
export interface Presence extends Pick<Everywhere, "agents" | "sessions"> {
  readonly lockOrders: Pick<Hub["lockOrders"], "keepers">;
  readonly policies: PolicyKeepers;
  /** Left out where nobody counts. */
  readonly line?: Pick<LineUse, "points">;
}

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
  locks: "lock.read",
  audit: "audit.read",
};

export const mayRead = (principal: Principal, list: List): boolean => dutiesFor(principal, READ[list]).length > 0;

/**
 * Throws FORBIDDEN for who may read this list nowhere. What stands in no division, as the audit does, is not for who looks after a
 * division only.
 */
export async function readReach({ q, principal }: Pick<Question, "q" | "principal">, list: List): Promise<Reach> {
  if (!mayRead(principal, list)) throw new RequestError("FORBIDDEN", `you may not do this (${READ[list]})`);
  const reach = await reachOf(q, principal, READ[list]);
  return reach === "everywhere" || list !== "audit" ? reach : { ...reach, divisions: [] };
}

export function momentOf({ presence, now }: Pick<Question, "presence" | "now">): Moment {
  return {
    now,
    maxFailures: MAX_FAILURES,
    online: presence.agents,
    inUse: [...presence.sessions.values()].map(({ record }) => record.terminal),
  };
}

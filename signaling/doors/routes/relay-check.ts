import type { RequestHandler } from "express";
import { SourceThrottle } from "../../auth/throttle.ts";
import type { RelayChecks } from "../../organisations/relay-checks.ts";
import { RelayCheckRequest, type RelayCheckResponse } from "../../protocol/api.ts";
import { parseBody } from "./answer.ts";

/** A signature is verified for each; hundreds of office PCs may stand behind one address translator. */
const PER_SOURCE = { points: 120, durationS: 60 } as const;

/** POST /api/relay-check */
export function relayCheckRoute(checks: RelayChecks): RequestHandler {
  const throttle = new SourceThrottle(PER_SOURCE);
  return async (request, response) => {
    const body = parseBody(RelayCheckRequest, request.body);
    await throttle.admit(request.socket.remoteAddress ?? "");
    response.json({ iceServer: await checks.issue(body) } satisfies RelayCheckResponse);
  };
}

import type { RequestHandler } from "express";
import { SourceThrottle } from "../../auth/throttle.ts";
import type { Enrolment } from "../../organisations/enrolment.ts";
import { EnrolRequest } from "../../protocol/api.ts";
import { parseBody } from "./answer.ts";

/** A token cannot be guessed (256 bits); the limit spares the record and the processor. A roll-out enrols hundreds from one address translator. */
const PER_SOURCE = { points: 300, durationS: 60 } as const;

/** POST /api/enrol */
export function enrolRoute(enrolment: Enrolment): RequestHandler {
  const throttle = new SourceThrottle(PER_SOURCE);
  return async (request, response) => {
    const address = request.socket.remoteAddress ?? "";
    const body = parseBody(EnrolRequest, request.body);
    await throttle.admit(address);
    response.json(await enrolment.enrol(body, address));
  };
}

/** 労務管理, over HTTP (protocol/labour.ts). */
import type { Request, RequestHandler } from "express";
import { PersonThrottle } from "../auth/throttle.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { queryOf } from "../doors/routes/query.ts";
import { asRequestErrors } from "../organisations/as-request-errors.ts";
import { labourOf } from "../organisations/labour.ts";
import { type Labour, LabourQuery } from "../protocol/labour.ts";
import type { Asker, ConsoleParts } from "./routes.ts";

/** Each reads a month, and is a record. */
const LOOKS = { points: 30, durationS: 60 } as const;

export function labourRoute(
  { desk, records }: Pick<ConsoleParts, "desk" | "records">,
  asker: (request: Request) => Promise<Asker>,
): RequestHandler {
  const looks = new PersonThrottle(LOOKS);
  return async (request, response) => {
    const { signedIn, principal } = await asker(request);
    const { month, as } = parseBody(LabourQuery, queryOf(request));
    await looks.admit(signedIn.person);
    await records.touch(signedIn.signInId);
    const labour = await asRequestErrors(() => labourOf({ ...desk, principal }, month, as === "csv"));
    response.json(labour satisfies Labour);
  };
}

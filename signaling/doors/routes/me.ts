import type { RequestHandler } from "express";
import { mustOwn } from "../../auth/own.ts";
import type { SignIns } from "../../auth/sign-in.ts";
import { tokenFromCookies } from "../../auth/token.ts";
import { markProven } from "../../edge/proof.ts";
import type { WhoAmI } from "../../protocol/api.ts";
import { ROUTES } from "./access.ts";
import { meOf } from "./sign-in.ts";

/** GET /api/me. Asking is not use: a page that asks on its own must not keep a sign-in alive. */
export function meRoute(o: { signIns: SignIns; cookieName: string }): RequestHandler {
  return async (request, response) => {
    const token = tokenFromCookies(request.headers.cookie, o.cookieName);
    const signedIn = token === undefined ? undefined : await o.signIns.byToken(token);
    if (signedIn) mustOwn(signedIn, ROUTES.outside["GET /api/me"]);
    if (signedIn) markProven(request.socket);
    const asks = (await o.signIns.asksOrganisation()) ? ({ asksOrganisation: true } as const) : {};
    const answer: WhoAmI = signedIn ? { ...meOf(signedIn, o.signIns.limits), ...asks } : { signedOut: true, ...asks };
    response.json(answer);
  };
}

import type { RequestHandler } from "express";
import type { SignIns } from "../../auth/sign-in.ts";
import { tokenFromCookies } from "../../auth/token.ts";
import { markProven } from "../../edge/proof.ts";
import type { WhoAmI } from "../../protocol/api.ts";
import { meOf } from "./sign-in.ts";

/** GET /api/me. Asking is not use: a page that asks on its own must not keep a sign-in alive. */
export function meRoute(o: { signIns: SignIns; cookieName: string }): RequestHandler {
  return async (request, response) => {
    const token = tokenFromCookies(request.headers.cookie, o.cookieName);
    const signedIn = token === undefined ? undefined : await o.signIns.byToken(token);
    if (signedIn) markProven(request.socket);
    const answer: WhoAmI = signedIn ? meOf(signedIn, o.signIns.limits) : { signedOut: true };
    response.json(answer);
  };
}

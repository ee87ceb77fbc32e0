import type { RequestHandler } from "express";
import type { SignIns } from "../../auth/sign-in.ts";
import { clearCookie, tokenFromCookies } from "../../auth/token.ts";

/** POST /api/sign-out. Succeeds for everybody: whoever asks is signed out afterwards. */
export function signOutRoute(o: { signIns: SignIns; cookieName: string }): RequestHandler {
  return async (request, response) => {
    const token = tokenFromCookies(request.headers.cookie, o.cookieName);
    if (token !== undefined) await o.signIns.signOut(token);
    response.set("Set-Cookie", clearCookie(o.cookieName)).status(204).end();
  };
}

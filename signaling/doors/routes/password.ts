import type { RequestHandler } from "express";
import type { PasswordChanges } from "../../auth/password-change.ts";
import { setCookie, tokenFromCookies } from "../../auth/token.ts";
import { PasswordChangeRequest } from "../../protocol/api.ts";
import { RequestError } from "../../protocol/errors.ts";
import { parseBody } from "./answer.ts";
import { meOf } from "./sign-in.ts";

/** POST /api/password. The cookie of before is worth nothing afterwards. */
export function passwordRoute(o: { passwordChanges: PasswordChanges; cookieName: string }): RequestHandler {
  return async (request, response) => {
    const body = parseBody(PasswordChangeRequest, request.body);
    const token = tokenFromCookies(request.headers.cookie, o.cookieName);
    if (token === undefined) throw new RequestError("NOT_SIGNED_IN", "nobody is signed in");
    const changed = await o.passwordChanges.change(token, body);
    response
      .set("Set-Cookie", setCookie(o.cookieName, changed.token))
      .json(meOf(changed.holder, o.passwordChanges.limits));
  };
}

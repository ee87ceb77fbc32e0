import type { RequestHandler } from "express";
import { browserName } from "../../auth/browser-name.ts";
import type { Holder } from "../../auth/holder.ts";
import type { SignIns } from "../../auth/sign-in.ts";
import { type SignInLimits, setCookie, tokenFromCookies } from "../../auth/token.ts";
import { markProven } from "../../edge/proof.ts";
import type { Metrics } from "../../metrics.ts";
import { type ChallengeResponse, type Me, SignInRequest } from "../../protocol/api.ts";
import { RequestError } from "../../protocol/errors.ts";
import { parseBody } from "./answer.ts";

/** POST /api/sign-in/challenge */
export function challengeRoute(signIns: SignIns): RequestHandler {
  return (_request, response) => {
    response.json({ challenge: signIns.challenge() } satisfies ChallengeResponse);
  };
}

/** POST /api/sign-in. A cookie that was valid until now is worth nothing afterwards. */
export function signInRoute(o: { signIns: SignIns; cookieName: string; metrics: Metrics }): RequestHandler {
  return async (request, response) => {
    const body = parseBody(SignInRequest, request.body);
    // the guard has compared it with the allowed origins; the address is the socket's own, never a header's
    const address = request.socket.remoteAddress ?? "";
    const browser = browserName(request.headers["user-agent"]);
    const source = { origin: request.headers.origin ?? "", address, browser };
    try {
      const { token, signedIn } = await o.signIns.signIn(body, source);
      o.metrics.signIn("accepted");
      markProven(request.socket);
      const before = tokenFromCookies(request.headers.cookie, o.cookieName);
      if (before !== undefined) await o.signIns.signOut(before);
      response.set("Set-Cookie", setCookie(o.cookieName, token)).json(meOf(signedIn, o.signIns.limits));
    } catch (error) {
      o.metrics.signIn(resultOf(error));
      throw error;
    }
  };
}

export function meOf(signedIn: Holder, { idleMs }: SignInLimits): Me {
  const { login, name, organisation, endsAt, mustChange, before } = signedIn;
  const { at, refusals, elsewhere } = before;
  return {
    ...{ login, name, organisation: organisation.name, idleMs, endsAt, mustChange },
    before: { ...(at !== undefined && { at }), refusals, elsewhere },
  };
}

function resultOf(error: unknown): "throttled" | "busy" | "refused" {
  const code = error instanceof RequestError ? error.code : undefined;
  if (code === "TOO_MANY_ATTEMPTS") return "throttled";
  return code === "SERVER_BUSY" ? "busy" : "refused";
}

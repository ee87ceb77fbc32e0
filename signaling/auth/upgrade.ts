/**
 * Who may open a WebSocket. A browser sends cookies along with any page's upgrade, so the Origin decides first (CSWSH, ASVS
 * 4.4.2); an agent is no browser and sends neither.
 */
import type { IncomingMessage } from "node:http";
import { ERRORS } from "../protocol/error-table.ts";
import type { SignedIn } from "../records.ts";
import type { SignIns } from "./sign-in.ts";
import { tokenFromCookies } from "./token.ts";

type RefusalCode = "FORBIDDEN" | "NOT_SIGNED_IN" | "PASSWORD_CHANGE_REQUIRED";
export type Refusal = { ok: false; status: 401 | 403; code: RefusalCode };

const refusal = (code: RefusalCode): Refusal => ({ ok: false, status: ERRORS[code].http, code });

/** Exactly one of the origins, letter for letter: no case folding, no suffixes, no "null". */
export function originAllowed(origin: string | undefined, allowed: readonly string[]): origin is string {
  return origin !== undefined && allowed.includes(origin);
}

/** For the viewer's WebSocket. */
export async function authenticateUpgrade(
  request: IncomingMessage,
  o: { origins: readonly string[]; cookieName: string; signIns: Pick<SignIns, "byToken"> },
): Promise<{ ok: true; signedIn: SignedIn } | Refusal> {
  if (!originAllowed(request.headers.origin, o.origins)) return refusal("FORBIDDEN");
  const token = tokenFromCookies(request.headers.cookie, o.cookieName);
  const signedIn = token === undefined ? undefined : await o.signIns.byToken(token);
  if (!signedIn) return refusal("NOT_SIGNED_IN");
  return signedIn.mustChange ? refusal("PASSWORD_CHANGE_REQUIRED") : { ok: true, signedIn };
}

/** For the agent's WebSocket and everything else inside: a request that a browser made has no business there. */
export function comesFromBrowser(request: IncomingMessage): boolean {
  return request.headers.cookie !== undefined || request.headers.origin !== undefined;
}

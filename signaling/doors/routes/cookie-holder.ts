import type { Request } from "express";
import type { Holder } from "../../auth/holder.ts";
import type { SignIns } from "../../auth/sign-in.ts";
import { tokenFromCookies } from "../../auth/token.ts";
import { RequestError } from "../../protocol/errors.ts";

/** Who asks. Throws NOT_SIGNED_IN, and PASSWORD_CHANGE_REQUIRED for who has to choose one first. */
export async function cookieHolder(
  request: Pick<Request, "headers">,
  { signIns, cookieName }: { readonly signIns: Pick<SignIns, "byToken">; readonly cookieName: string },
): Promise<Holder> {
  const token = tokenFromCookies(request.headers.cookie, cookieName);
  const holder = token === undefined ? undefined : await signIns.byToken(token);
  if (!holder) throw new RequestError("NOT_SIGNED_IN", "nobody is signed in");
  if (holder.mustChange) throw new RequestError("PASSWORD_CHANGE_REQUIRED", "a new password has to be chosen first");
  return holder;
}

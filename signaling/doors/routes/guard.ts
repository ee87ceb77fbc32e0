/** Who may talk to a listener at all. */
import type { RequestHandler } from "express";
import { comesFromBrowser, originAllowed } from "../../auth/upgrade.ts";
import { RequestError } from "../../protocol/errors.ts";

const SAFE_METHODS = ["GET", "HEAD"];

/** Whatever can change something must come from our own page, which browsers say in Origin. A missing one is refused too. */
export function requireOrigin(allowed: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    if (!SAFE_METHODS.includes(request.method) && !originAllowed(request.headers.origin, allowed)) {
      throw new RequestError("FORBIDDEN", "the request does not come from this server's page");
    }
    next();
  };
}

/** What is asked for by a page must be our own, which browsers say in Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/). A missing one is refused too. */
export const requireSameOrigin: RequestHandler = (request, _response, next) => {
  if (request.headers["sec-fetch-site"] !== "same-origin")
    throw new RequestError("FORBIDDEN", "the request does not come from this server's page");
  next();
};

/** Inside there are no pages: what a browser sends is refused, so that no page can use an administrator's browser to get in. */
export const refuseBrowsers: RequestHandler = (request, _response, next) => {
  if (comesFromBrowser(request)) throw new RequestError("FORBIDDEN", "this listener is not for browsers");
  next();
};

import type { RequestHandler } from "express";
import { browserName } from "../../auth/browser-name.ts";
import type { MailCodeRequests } from "../../auth/mail-code-requests.ts";
import type { Metrics } from "../../metrics.ts";
import { MailCodeRequest, type SignInWaysResponse } from "../../protocol/api.ts";
import { RequestError } from "../../protocol/errors.ts";
import { parseBody } from "./answer.ts";

/** Undefined: this server has no mail server. */
type Requests = MailCodeRequests | undefined;

/** GET /api/sign-in/ways */
export function waysRoute(requests: Requests): RequestHandler {
  return (_request, response) => {
    response.json({ mail: requests !== undefined } satisfies SignInWaysResponse);
  };
}

/** POST /api/sign-in/mail-code. No cookie is set, and nobody is known better by it. */
export function mailCodeRoute(requests: Requests, metrics: Metrics): RequestHandler {
  return async (request, response) => {
    if (!requests) throw new RequestError("NOT_FOUND", "this server sends no mails");
    const body = parseBody(MailCodeRequest, request.body);
    const address = request.socket.remoteAddress ?? "";
    const browser = browserName(request.headers["user-agent"]);
    const answer = await requests.request(body, { origin: request.headers.origin ?? "", address, browser });
    metrics.mailCodeAsked();
    response.json(answer);
  };
}

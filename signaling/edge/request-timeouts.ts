import { EventEmitter } from "node:events";
import type { ServerOptions } from "node:http";

/** The largest request is a sign-in of 900 bytes: a slow line needs a second, a client that trickles would stay for ever. */
export const REQUEST_TIMEOUTS: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 5_000,
};

/**
 * An http.Server that never listens does not start the check behind `headersTimeout` and `requestTimeout`: Node sets it
 * up on "listening". Without it a client could send its headers one by one, for ever.
 */
export function startRequestTimeouts(web: unknown): void {
  if (web instanceof EventEmitter) web.emit("listening");
}

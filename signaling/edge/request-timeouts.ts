import { EventEmitter } from "node:events";

/**
 * An http.Server that never listens does not start the check behind `headersTimeout` and `requestTimeout`: Node sets it
 * up on "listening". Without it a client could send its headers one by one, for ever.
 */
export function startRequestTimeouts(web: unknown): void {
  if (web instanceof EventEmitter) web.emit("listening");
}

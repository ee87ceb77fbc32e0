/**
 * How the edge hears that a connection belongs to somebody who proved who they are. The web server has the edge's own
 * socket and says it there; where nobody listens (a socket that came by another way), it is said to nobody.
 */
import type { EventEmitter } from "node:events";

const PROVEN = Symbol("engawa: proven");

export function markProven(socket: EventEmitter): void {
  socket.emit(PROVEN);
}

export function onProven(socket: EventEmitter, listener: () => void): void {
  socket.once(PROVEN, listener);
}

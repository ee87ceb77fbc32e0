/**
 * Ends that this page has chosen, until the server has heard of them: a WebSocket that has died without a word takes whatever
 * is said to it, and an end that is lost becomes an interruption, which waits two minutes for nobody.
 *
 *   told ──session-end (or its refusal) comes back──▶ heard
 *     │ a moment later: `late`        ▲
 *     ├── the socket opens again, or the server could not hear of it yet ─┘ told anew
 *     ▼ the grace period is over, in which the server ends by itself whoever is gone: `lost`
 */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { SessionId } from "../../signaling/protocol/ids.ts";
import { RESUME_GRACE_MS } from "../../signaling/protocol/limits.ts";
import type { ToViewer, ViewerMessage } from "../../signaling/protocol/signal.ts";

/** An answer is a matter of milliseconds; nobody reads of one that takes less than this, ms. */
export const LATE_MS = 2_000;
/** After a refusal that may pass (the session is another server's, the store is not there), ms. */
const AGAIN_MS = 1_000;
/** A page has one session; another one may begin while the end of the last is under way. */
const MAX_UNHEARD = 4;

export type Unheard = "late" | "lost";

export interface EndsOptions {
  /** False when the socket is not open. */
  readonly send: (message: ViewerMessage) => boolean;
  /** Is the server still there? Opens the socket anew when it is not. */
  readonly probe: () => void;
  readonly changed: () => void;
}

interface Told {
  readonly reason: EndReason;
  timer: ReturnType<typeof setTimeout>;
  again?: ReturnType<typeof setTimeout>;
  late: boolean;
}

export class Ends {
  readonly #options: EndsOptions;
  readonly #told = new Map<SessionId, Told>();
  #isLost = false;

  constructor(options: EndsOptions) {
    this.#options = options;
  }

  /** What is to be said of an end that was not heard yet. */
  get unheard(): Unheard | undefined {
    if (this.#isLost) return "lost";
    return [...this.#told.values()].some(({ late }) => late) ? "late" : undefined;
  }

  tell(session: SessionId, reason: EndReason): void {
    this.#isLost = false;
    this.#forget(session);
    const [oldest] = this.#told.keys();
    if (oldest !== undefined && this.#told.size >= MAX_UNHEARD) this.#forget(oldest);
    this.#told.set(session, { reason, late: false, timer: setTimeout(() => this.#late(session), LATE_MS) });
    this.#send(session, reason);
    this.#options.probe();
    this.#options.changed();
  }

  /** The socket is open, perhaps a new one. */
  opened(): void {
    this.#isLost = false;
    for (const [session, { reason }] of this.#told) this.#send(session, reason);
    this.#options.changed();
  }

  /** What the server says of a session is an answer: that it is over, or that it is none of ours. */
  receive(message: ToViewer): void {
    if (message.type !== "session-end" && message.type !== "error") return;
    const { session } = message;
    const told = session === undefined ? undefined : this.#told.get(session);
    if (session === undefined || !told) return;
    if (message.type === "error" && message.code !== "SESSION_UNKNOWN") {
      clearTimeout(told.again);
      told.again = setTimeout(() => this.#send(session, told.reason), AGAIN_MS);
      return;
    }
    this.#forget(session);
    this.#options.changed();
  }

  /** The sign-in is over, and with it every session. */
  clear(): void {
    for (const session of [...this.#told.keys()]) this.#forget(session);
    this.#isLost = false;
  }

  #send(session: SessionId, reason: EndReason): void {
    this.#options.send({ type: "session-end", session, reason });
  }

  #late(session: SessionId): void {
    const told = this.#told.get(session);
    if (!told) return;
    told.late = true;
    told.timer = setTimeout(() => this.#lost(session), RESUME_GRACE_MS - LATE_MS);
    this.#options.changed();
  }

  #lost(session: SessionId): void {
    this.#forget(session);
    this.#isLost = true;
    this.#options.changed();
  }

  #forget(session: SessionId): void {
    const told = this.#told.get(session);
    clearTimeout(told?.timer);
    clearTimeout(told?.again);
    this.#told.delete(session);
  }
}

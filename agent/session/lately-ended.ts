/**
 * The last sessions that ended here and why, for the next server: the one that wished it, or heard it, may have been cut off from its
 * store or have died before it was kept.
 */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { SessionId } from "../../signaling/protocol/ids.ts";
import { MAX_ENDED_TOLD } from "../../signaling/protocol/limits.ts";

export class LatelyEnded {
  readonly #reasons = new Map<SessionId, EndReason>();

  add(session: SessionId, reason: EndReason): void {
    this.#reasons.delete(session);
    this.#reasons.set(session, reason);
    const [oldest] = this.#reasons.keys();
    if (this.#reasons.size > MAX_ENDED_TOLD && oldest !== undefined) this.#reasons.delete(oldest);
  }

  /** Oldest first, as the message `sessions` has it. */
  all(): { session: SessionId; reason: EndReason }[] {
    return [...this.#reasons].map(([session, reason]) => ({ session, reason }));
  }
}

/** When each office PC that wakes was asked to, by this page's clock. */
import type { TerminalId } from "../signaling/protocol/ids.ts";
import type { TerminalView } from "../signaling/protocol/signal.ts";

export class WakeClock {
  readonly #began = new Map<TerminalId, number>();

  /** `terminals`: the whole list. What does not wake, or is no longer on it, is forgotten. `now`: ms, monotonic. */
  update(terminals: readonly TerminalView[], now: number): void {
    const waking = new Set<TerminalId>();
    for (const { id, wake } of terminals) {
      if (wake?.state !== "waking") continue;
      waking.add(id);
      const began = now - wake.elapsedMs; // a message that lay around makes it later, never earlier
      this.#began.set(id, Math.min(began, this.#began.get(id) ?? began));
    }
    for (const id of this.#began.keys()) if (!waking.has(id)) this.#began.delete(id);
  }

  began(id: TerminalId): number | undefined {
    return this.#began.get(id);
  }
}

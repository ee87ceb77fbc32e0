/**
 * Which lost packets are sent again. Bounded three ways, because on a line that is too slow every retransmission makes more loss:
 * what is remembered (bytes and age), how often one packet goes out again, and how much of the rate all of them may take.
 */
import { OVERHEAD_BYTES } from "./packets.ts";

/** Several keyframes' worth, and longer than a viewer keeps asking. */
const HISTORY_BYTES = 1_000_000;
const HISTORY_MS = 3_000;
const MAX_TRIES = 4;
/** A viewer asks again every round trip or so; a second request for what is just under way is not a second loss. */
const RETRY_AFTER_MS = 60;
const SHARE_OF_RATE = 0.25;
const BUDGET_BURST_BYTES = 48_000;

interface Remembered<Packet> {
  readonly packet: Packet;
  readonly at: number;
  tries: number;
  triedAt: number;
}

export class Retransmission<Packet extends { readonly sequence: number; readonly payload: Uint8Array }> {
  readonly #history = new Map<number, Remembered<Packet>>();
  #bytes = 0;
  #budget = BUDGET_BURST_BYTES;
  #budgetAt = Number.NEGATIVE_INFINITY;

  remember(packet: Packet, now: number): void {
    this.#forget(packet.sequence);
    this.#history.set(packet.sequence, { packet, at: now, tries: 0, triedAt: Number.NEGATIVE_INFINITY });
    this.#bytes += packet.payload.length;
    for (const [sequence, old] of this.#history) {
      if (this.#bytes <= HISTORY_BYTES && now - old.at <= HISTORY_MS) break;
      this.#forget(sequence);
    }
  }

  /** The viewer misses these (RFC 4585 §6.2.1). Returns those to send again. */
  lost(sequences: readonly number[], rateBps: number, now: number): Packet[] {
    this.#earn(rateBps, now);
    const again: Packet[] = [];
    for (const sequence of sequences) {
      const found = this.#history.get(sequence);
      if (!found || now - found.at > HISTORY_MS || found.tries >= MAX_TRIES || now - found.triedAt < RETRY_AFTER_MS)
        continue;
      const bytes = found.packet.payload.length + OVERHEAD_BYTES;
      if (bytes > this.#budget) break;
      this.#budget -= bytes;
      found.tries += 1;
      found.triedAt = now;
      again.push(found.packet);
    }
    return again;
  }

  clear(): void {
    this.#history.clear();
    this.#bytes = 0;
  }

  #earn(rateBps: number, now: number): void {
    const earned = (Math.max(0, now - this.#budgetAt) * rateBps * SHARE_OF_RATE) / 8_000;
    this.#budget = Math.min(BUDGET_BURST_BYTES, this.#budget + earned);
    this.#budgetAt = now;
  }

  #forget(sequence: number): void {
    const old = this.#history.get(sequence);
    if (old && this.#history.delete(sequence)) this.#bytes -= old.packet.payload.length;
  }
}

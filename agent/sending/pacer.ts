/**
 * Packets leave at the estimated rate instead of all at once: a keyframe in one burst overruns the next queue on the way.
 * A token bucket; repeated packets go before new ones. Bounded by the streamer, which asks for no picture while much is waiting.
 */
import type { Congestion } from "./congestion.ts";
import { OVERHEAD_BYTES } from "./packets.ts";

/**
 * What may leave at once: about ten packets, less than the smallest router queue we know of; on a slow line two, or each burst would be a queue
 * that the line has to be slowed down for.
 */
const BURST_BYTES = 12_000;
const MIN_BURST_BYTES = 2_400;
const BURST_MS = 40;

export class Pacer<Packet extends { readonly payload: Uint8Array }> {
  readonly #congestion: Congestion;
  #first: Packet[] = [];
  #then: Packet[] = [];
  #tokens = BURST_BYTES;
  #at = Number.NEGATIVE_INFINITY;
  #waitingBytes = 0;

  constructor(congestion: Congestion) {
    this.#congestion = congestion;
  }

  get isEmpty(): boolean {
    return this.#first.length === 0 && this.#then.length === 0;
  }

  /** How long what is waiting will take at the present rate, ms. */
  get waitingMs(): number {
    return (this.#waitingBytes * 8_000) / this.#congestion.rateBps;
  }

  push(packets: readonly Packet[]): void {
    this.#then.push(...packets);
    for (const packet of packets) this.#waitingBytes += weight(packet);
  }

  pushFirst(packets: readonly Packet[]): void {
    this.#first.push(...packets);
    for (const packet of packets) this.#waitingBytes += weight(packet);
  }

  /** The next packet if it may leave now. */
  next(now: number): Packet | undefined {
    if (this.isEmpty) return undefined;
    this.#refill(now);
    if (this.#tokens <= 0 || !this.#congestion.mayHaveMoreUnderWay(now)) {
      this.#congestion.heldBack(now);
      return undefined;
    }
    const packet = this.#first.shift() ?? this.#then.shift();
    if (packet) {
      this.#tokens -= weight(packet);
      this.#waitingBytes -= weight(packet);
    }
    return packet;
  }

  clear(): void {
    this.#first = [];
    this.#then = [];
    this.#waitingBytes = 0;
  }

  #refill(now: number): void {
    const elapsedMs = Math.max(0, now - this.#at);
    const bytesPerMs = this.#congestion.rateBps / 8_000;
    const burst = Math.min(BURST_BYTES, Math.max(MIN_BURST_BYTES, bytesPerMs * BURST_MS));
    this.#tokens = Math.min(burst, this.#tokens + elapsedMs * bytesPerMs);
    this.#at = now;
  }
}

const weight = (packet: { readonly payload: Uint8Array }): number => packet.payload.length + OVERHEAD_BYTES;

/**
 * What was sent and not yet reported as arrived. A viewer notices a gap by the packet behind it, so of the last packet before a
 * pause nobody would notice the loss: the office's answer to a key would stay away until the next key. When the report on it
 * is late, it is sent once more, and what the answer to that shows as missing before it (as RFC 8985 §7 does for TCP).
 *
 * Pure arithmetic: the caller says what time it is.
 */
import type { TransportFeedback } from "./congestion.ts";

/** Further back the viewer sees the gap by what followed. */
const MAX_KEPT = 64;
/** Chromium reports arrivals 50 to 250 ms after them. */
const MIN_TIMEOUT_MS = 300;
const MAX_TIMEOUT_MS = 1_000;
/** The first at the timeout, each further one after twice the time: within what is kept for retransmission. */
const MAX_PROBES = 3;
/** RFC 6298 §2. */
const [ALPHA, BETA, K] = [1 / 8, 1 / 4, 4];

interface Sent {
  readonly sequence: number;
  readonly at: number;
}

export class Unreported {
  /** Transport-wide number → packet, in the order of sending. */
  readonly #sent = new Map<number, Sent>();
  #probes = 0;
  /** The transport-wide numbers that went out in place of an answer. */
  readonly #probing = new Set<number>();
  #everReported = false;
  #smoothedMs: number | undefined;
  #variationMs = 0;

  /** `probe`: it is the one that `late` asked for. */
  sent(wide: number, sequence: number, now: number, { probe = false } = {}): void {
    if (probe) this.#probing.add(wide);
    else this.#probes = 0;
    this.#sent.delete(wide);
    this.#sent.set(wide, { sequence, at: now });
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= MAX_KEPT) break;
      this.#drop(oldest);
    }
  }

  /** Returns the sequence numbers of what is lost though no viewer can see a gap. */
  reported(feedback: TransportFeedback, now: number): number[] {
    const lost: number[] = [];
    for (const { wide, arrivedAtMs } of feedback) {
      const found = arrivedAtMs === undefined ? undefined : this.#sent.get(wide);
      if (!found) continue;
      this.#everReported = true;
      this.#learn(now - found.at);
      if (this.#probing.has(wide)) lost.push(...this.#before(wide, found.sequence));
      this.#drop(wide);
    }
    return lost;
  }

  /** How long after the last packet its report is late, ms; undefined: there is nothing to wait for. */
  get lateAfterMs(): number | undefined {
    if (this.#sent.size === 0 || this.#probes >= MAX_PROBES) return undefined;
    return this.#timeoutMs * 2 ** this.#probes;
  }

  /** The report is late: what to send again. Of a viewer that never reported anything, all. */
  late(): number[] {
    this.#probes += 1;
    const sequences = [...this.#sent.values()].map(({ sequence }) => sequence);
    return this.#everReported ? sequences.slice(-1) : [...new Set(sequences)];
  }

  get #timeoutMs(): number {
    const usual = (this.#smoothedMs ?? 0) + K * this.#variationMs;
    return Math.min(Math.max(usual, MIN_TIMEOUT_MS), MAX_TIMEOUT_MS);
  }

  #learn(ms: number): void {
    const smoothed = this.#smoothedMs;
    this.#variationMs =
      smoothed === undefined ? ms / 2 : (1 - BETA) * this.#variationMs + BETA * Math.abs(smoothed - ms);
    this.#smoothedMs = smoothed === undefined ? ms : (1 - ALPHA) * smoothed + ALPHA * ms;
  }

  /** What went out before this one and was not reported with it, or earlier. */
  #before(wide: number, own: number): number[] {
    const sequences = new Set<number>();
    for (const [other, { sequence }] of this.#sent) {
      if (other === wide) break;
      sequences.add(sequence);
      this.#drop(other);
    }
    sequences.delete(own);
    return [...sequences];
  }

  #drop(wide: number): void {
    this.#sent.delete(wide);
    this.#probing.delete(wide);
  }
}

/** From the browser's counters to what a person is told about the line: pure arithmetic. */
import type { Codec } from "../../signaling/protocol/signal.ts";

/** Counters of one moment. `at` in ms, monotonic; `relay` is udp, tcp or tls. */
export interface Sample {
  readonly at: number;
  readonly bytes: number;
  readonly packets: number;
  /** Pictures that arrived in full, decoded or not. */
  readonly whole: number;
  readonly frames: number;
  readonly freezes: number;
  readonly lost: number;
  readonly codec: Codec | undefined;
  readonly relay: string | undefined;
}

/** `unknown` until the first round trip was measured. */
export type Grade = "unknown" | "good" | "fair" | "slow" | "stalled";

export interface Quality {
  readonly grade: Grade;
  readonly kbps: number;
  readonly fps: number;
  readonly roundTripMs: number | undefined;
  readonly relay: string | undefined;
  readonly codec: Codec | undefined;
}

/** Typing feels immediate below this, and is tiring above `FAIR_MS`. */
const GOOD_MS = 100;
const FAIR_MS = 250;
/** Round trips remembered for the grade: the middle one of these, so that one late answer changes nothing. */
const KEPT = 5;

export class QualityMeter {
  #last: Sample | undefined;
  #trips: number[] = [];
  #kbps = 0;
  #fps = 0;

  roundTrip(ms: number): void {
    this.#trips = [...this.#trips, ms].slice(-KEPT);
  }

  sample(sample: Sample): void {
    const last = this.#last;
    this.#last = sample;
    const seconds = last ? (sample.at - last.at) / 1000 : 0;
    if (!last || seconds <= 0) return;
    this.#kbps = Math.max(0, ((sample.bytes - last.bytes) * 8) / 1000 / seconds);
    this.#fps = Math.max(0, (sample.frames - last.frames) / seconds);
  }

  quality(stalled: boolean): Quality {
    const sorted = [...this.#trips].sort((a, b) => a - b);
    const roundTripMs = sorted[Math.floor(sorted.length / 2)];
    return {
      grade: stalled ? "stalled" : grade(roundTripMs),
      kbps: Math.round(this.#kbps),
      fps: Math.round(this.#fps),
      roundTripMs: roundTripMs === undefined ? undefined : Math.round(roundTripMs),
      relay: this.#last?.relay,
      codec: this.#last?.codec,
    };
  }
}

function grade(roundTripMs: number | undefined): Grade {
  if (roundTripMs === undefined) return "unknown";
  if (roundTripMs <= GOOD_MS) return "good";
  return roundTripMs <= FAIR_MS ? "fair" : "slow";
}

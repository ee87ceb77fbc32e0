/** Reads the browser's counters of one path, again and again: what they say of the line, and whether a picture comes. */
import type { Codec } from "../../signaling/protocol/signal.ts";
import { type Quality, QualityMeter, type Sample } from "./quality.ts";

/** How often the counters are read: while a first picture is awaited, and later. */
const SAMPLE_STARTING_MS = 250;
const SAMPLE_LIVE_MS = 1_000;

export interface SamplerOptions {
  readonly read: () => Promise<Sample | undefined>;
  /** The first picture is still awaited. */
  readonly isStarting: () => boolean;
  /** `moved`: packets have come since the last time. */
  readonly sampled: (sample: Sample, moved: boolean) => void;
}

/** For one path. Its figures stay when it is stopped. */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #meter = new QualityMeter();
  #last: Sample | undefined;
  #next: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  start(): void {
    if (!this.#isStopped) void this.#sample();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#next);
    this.#last = undefined;
  }

  roundTrip(ms: number): void {
    this.#meter.roundTrip(ms);
  }

  quality(stalled: boolean): Quality {
    return this.#meter.quality(stalled);
  }

  /** Of what arrives now. */
  get codec(): Codec | undefined {
    return this.#last?.codec;
  }

  async #sample(): Promise<void> {
    const sample = await this.#options.read();
    if (this.#isStopped) return;
    if (sample) this.#take(sample);
    if (this.#isStopped) return; // by what was made of it
    this.#next = setTimeout(() => this.start(), this.#options.isStarting() ? SAMPLE_STARTING_MS : SAMPLE_LIVE_MS);
  }

  #take(sample: Sample): void {
    const before = this.#last;
    this.#last = sample;
    this.#meter.sample(sample);
    this.#options.sampled(sample, before !== undefined && sample.packets > before.packets);
  }
}

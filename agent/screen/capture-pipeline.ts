/**
 * One screen watched with one encoder: what changed is taken over into the encoder's planes, and one picture comes out
 * for each that is asked for. The newest screen wins; nothing queues.
 *
 *   damaged ──2 ms──▶ take over ──▶ changed ──▶ (the streamer asks) ──▶ encode ──▶ picture
 *                        ▲                                                │
 *                        └──────────── damage meanwhile waits ────────────┘
 *
 * The planes are written only while no encode is under way; until then the X server gathers the damage.
 */

import type { EncodeRequest } from "../desktop/desktop.ts";
import type { ReportOf } from "../desktop/reports.ts";
import type { Encoder } from "../picture/encoder.ts";
import type { ScreenCapture } from "./capture/capture.ts";

/** A program paints one change in several requests; this long they are waited for. */
const COALESCE_MS = 2;
/** While a reported change is not asked for, the screen is looked at again this seldom: a film would cost a core. */
const UNASKED_INTERVAL_MS = 33;

export interface WatchingHandlers {
  report(report: ReportOf<"changed" | "picture">): void;
  /** The encoder failed; this watching is over. */
  failed(error: unknown): void;
}

export class CapturePipeline {
  readonly #capture: ScreenCapture;
  readonly #encoder: Encoder;
  readonly #handlers: WatchingHandlers;
  /** When the damage that is not taken over yet was noticed. */
  #damagedAt: number | undefined;
  /** What the next picture brings: pixels, and when the first of them was noticed. */
  #changedPixels = 0;
  #changedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #encoding = false;
  /** Asked for while one is being made; a second one takes its place and keeps its wish for a keyframe. */
  #next: EncodeRequest | undefined;
  #over = false;
  #done: Promise<void> = Promise.resolve();

  constructor(capture: ScreenCapture, encoder: Encoder, handlers: WatchingHandlers) {
    this.#capture = capture;
    this.#encoder = encoder;
    this.#handlers = handlers;
    this.damaged(Date.now());
  }

  /** The capture says that there is something to take. */
  damaged(at: number): void {
    if (this.#over || this.#damagedAt !== undefined) return;
    this.#damagedAt = at;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#encoding || this.#timer || this.#over || this.#damagedAt === undefined) return;
    const wait = this.#changedPixels > 0 ? UNASKED_INTERVAL_MS : COALESCE_MS;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const changed = this.#takeOver();
      if (changed === 0) return;
      this.#handlers.report({ type: "changed", share: this.#shareOf(changed), at: this.#changedAt ?? Date.now() });
    }, wait);
  }

  /** How many pixels really differ. */
  #takeOver(): number {
    const at = this.#damagedAt;
    if (at === undefined) return 0;
    this.#damagedAt = undefined;
    const changed = this.#capture.take(this.#encoder.planes);
    if (changed === 0) return 0;
    this.#changedPixels += changed;
    this.#changedAt ??= at;
    return changed;
  }

  #shareOf(pixels: number): number {
    return Math.min(1, pixels / (this.#capture.width * this.#capture.height));
  }

  encode(request: EncodeRequest): void {
    if (this.#over) return;
    if (this.#encoding) this.#next = { ...request, key: request.key || (this.#next?.key ?? false) };
    else this.#done = this.#encode(request);
  }

  async #encode(request: EncodeRequest): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#takeOver();
    const [share, changedAt] = [this.#shareOf(this.#changedPixels), this.#changedAt ?? Date.now()];
    this.#changedPixels = 0;
    this.#changedAt = undefined;
    this.#encoding = true;
    try {
      const { data, key, quality } = await this.#encoder.encode(request);
      const { width, height } = this.#capture;
      const picture = { data, key, quality, share, width, height, changedAt, encodedAt: Date.now() };
      if (!this.#over) this.#handlers.report({ type: "picture", ...picture });
    } catch (error) {
      if (!this.#over) this.#handlers.failed(error);
      return;
    } finally {
      this.#encoding = false;
    }
    const next = this.#next;
    this.#next = undefined;
    if (next) this.encode(next);
    else this.#schedule();
  }

  /** Ends watching and frees the encoder; the capture belongs to the caller. Idempotent. */
  async close(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    await this.#done;
    await this.#encoder.close();
  }
}

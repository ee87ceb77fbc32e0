/**
 * One screen watched with one encoder: what changed is taken over into the encoder's planes, and one picture comes out
 * for each that is asked for. The newest screen wins; nothing queues.
 *
 *   damaged ──2 ms──▶ take over ──▶ changed ──▶ (the streamer asks) ──▶ encode ──▶ picture
 *                        ▲  └ moves by itself: held back until a picture of the movement is asked for
 *                        │                                                │
 *                        └──────────── damage meanwhile waits ────────────┘
 *
 * The planes are written only while no encode is under way; until then the X server gathers the damage.
 */

import type { EncodeRequest } from "../desktop/desktop.ts";
import type { ReportOf } from "../desktop/reports.ts";
import type { Encoder, PictureRequest } from "../picture/encoder.ts";
import { Movement } from "../picture/movement.ts";
import type { Rectangle } from "../picture/rectangles.ts";
import type { ScreenCapture, Wish } from "./capture/capture.ts";

/** A program paints one change in several requests; this long they are waited for. */
const COALESCE_MS = 2;
/** While a reported change is not asked for, the screen is looked at again this seldom: a film would cost a core. */
const UNASKED_INTERVAL_MS = 33;

/** What was taken over besides when a picture of a movement was asked for is made as well as letters are. */
const LETTERS_QUALITY = 35;

export interface WatchingHandlers {
  report(report: ReportOf<"changed" | "picture">): void;
  /** The encoder failed; this watching is over. */
  failed(error: unknown): void;
}

export class CapturePipeline {
  readonly #capture: ScreenCapture;
  readonly #encoder: Encoder;
  readonly #handlers: WatchingHandlers;
  readonly #movement: Movement;
  /** When the damage that is not taken over yet was noticed. */
  #damagedAt: number | undefined;
  /** What the next picture brings: pixels, and when the first of them was noticed. */
  #changedPixels = 0;
  #changedAt: number | undefined;
  /** As last reported; 0 again with each picture. */
  #owedShare = 0;
  #timer: NodeJS.Timeout | undefined;
  #restTimer: NodeJS.Timeout | undefined;
  #encoding = false;
  /** Asked for while one is being made; a second one takes its place and keeps its wish for a keyframe. */
  #next: EncodeRequest | undefined;
  #over = false;
  #done: Promise<void> = Promise.resolve();

  constructor(capture: ScreenCapture, encoder: Encoder, handlers: WatchingHandlers) {
    this.#capture = capture;
    this.#encoder = encoder;
    this.#handlers = handlers;
    this.#movement = new Movement(encoder.planes);
    this.damaged(Date.now());
  }

  /** The capture says that there is something to take. */
  damaged(at: number): void {
    if (this.#over || this.#damagedAt !== undefined) return;
    this.#damagedAt = at;
    this.#schedule();
  }

  /** Somebody uses keyboard or mouse, from afar or at the office: what changes now is the answer. */
  acted(): void {
    this.#movement.acted(Date.now());
  }

  #schedule(): void {
    if (this.#encoding || this.#timer || this.#over || this.#damagedAt === undefined) return;
    const wait = this.#changedPixels > 0 ? UNASKED_INTERVAL_MS : this.#coalesceMs(this.#damagedAt);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell(this.#takeOver());
    }, wait);
  }

  /** What came while a picture was made has been waited for. */
  #coalesceMs(damagedAt: number): number {
    return Math.min(COALESCE_MS, Math.max(0, damagedAt + COALESCE_MS - Date.now()));
  }

  #tell(changed: number): void {
    const owed = this.#movement.owedShare;
    if (changed === 0 && owed <= this.#owedShare) return;
    this.#owedShare = owed;
    const at = this.#changedAt ?? Date.now();
    this.#handlers.report({ type: "changed", share: this.#shareOf(changed), moving: owed, at });
  }

  /** How many pixels really differ. What moves by itself is taken over when all is wanted, or when it has come to rest. */
  #takeOver(all = false): number {
    const at = this.#damagedAt;
    const movement = this.#movement;
    const now = Date.now();
    let changed = 0;
    if (at !== undefined) {
      this.#damagedAt = undefined;
      const hold = (rectangle: Rectangle) => (all ? [rectangle] : movement.hold(rectangle, now));
      changed = this.#take({ also: [], hold }, { now, at });
    }
    // after that: what was seen to change just now does not rest
    const also = all ? movement.release() : movement.rested(now);
    if (also.length > 0) changed += this.#take({ also, hold: undefined }, { now });
    this.#awaitRest(now);
    if (changed === 0) return 0;
    this.#changedPixels += changed;
    this.#changedAt ??= at ?? now;
    return changed;
  }

  /** Only what moves; other damage waits. */
  #takeMovement(): void {
    const now = Date.now();
    this.#take({ also: this.#movement.release(), hold: undefined }, { now });
    this.#awaitRest(now);
  }

  #take(wish: Wish, { now, at = now }: { now: number; at?: number }): number {
    const changed = this.#capture.take(this.#encoder.planes, wish);
    this.#movement.took(now, at);
    return changed;
  }

  #awaitRest(now: number): void {
    clearTimeout(this.#restTimer);
    const { restsAt } = this.#movement;
    if (restsAt === undefined || this.#over) return;
    this.#restTimer = setTimeout(() => this.#rest(), Math.max(restsAt - now, COALESCE_MS));
  }

  #rest(): void {
    if (this.#encoding) this.#awaitRest(Date.now());
    else this.damaged(Date.now());
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
    const wish = this.#prepare(request);
    const [share, changedAt] = [this.#shareOf(this.#changedPixels), this.#changedAt ?? Date.now()];
    this.#changedPixels = 0;
    this.#changedAt = undefined;
    this.#owedShare = 0;
    this.#encoding = true;
    try {
      const { data, key, quality } = await this.#encoder.encode(wish);
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
    else this.#goOn();
  }

  #goOn(): void {
    this.#tell(0);
    this.#schedule();
  }

  /** Takes over what the picture shall bring. One of the movement brings nothing else, because all of it is coarse. */
  #prepare(request: EncodeRequest): PictureRequest {
    const { moving = false, ...wish } = request;
    if (moving && !wish.key && this.#changedPixels === 0) {
      this.#takeMovement();
      return wish;
    }
    const quality = moving ? Math.min(wish.quality, LETTERS_QUALITY) : wish.quality;
    this.#takeOver(wish.key);
    return { ...wish, quality, held: wish.key ? undefined : this.#movement.blocks };
  }

  /** Ends watching and frees the encoder; the capture belongs to the caller. Idempotent. */
  async close(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#restTimer);
    await this.#done;
    await this.#encoder.close();
  }
}

/**
 * The wish to cover the office's monitors, and whether it is fulfilled.
 *
 *   off ──set──▶ covering ──verified──▶ covered ──verification fails──▶ covering …
 *    ▲               │ failed: tried again soon; after MAX_TRIES said, and then seldom
 *    └──────set──────┴──────────────────────┘
 *
 * Where the cover is required, pictures are allowed while covered and at no other time. Work is done one after another.
 */
import { type Protection, UNPROTECTED } from "../../desktop/commands.ts";
import { toProblem } from "../../desktop/problem.ts";
import type { CoverState } from "../../desktop/reports.ts";
import type { Cover, OpenCover } from "./cover.ts";

/** A window that comes to lie over the cover is seen for as long as this. */
const CHECK_MS = 250;
/** A monitor that is just being switched takes a moment. */
const RETRY_MS = 300;
const MAX_TRIES = 3;
const RETRY_LATER_MS = 10_000;

export interface CoveringHandlers {
  /** `allows` may have another answer now. */
  changed(): void;
  /** Once for each change: it holds, or why it does not. */
  covered(state: CoverState): void;
}

export class Covering {
  readonly #open: OpenCover;
  readonly #handlers: CoveringHandlers;
  #wish: Protection = UNPROTECTED;
  #cover: Cover | undefined;
  #verified = false;
  /** As was told. */
  #allowed = true;
  #failures = 0;
  #said: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(open: OpenCover, handlers: CoveringHandlers) {
    this.#open = open;
    this.#handlers = handlers;
  }

  /** Pictures may be made. */
  get allows(): boolean {
    return this.#wish.cover !== "required" || this.#verified;
  }

  /** Resolves when it was tried once. Rejects when the cover before it cannot be taken away; it was tried all the same. */
  set(wish: Protection): Promise<void> {
    return this.#inTurn(async () => {
      const sameWords = wish.words === this.#wish.words;
      if (sameWords && wish.cover === this.#wish.cover) return;
      // one that is there stays: its monitors must not show for a moment what it covers
      const stays = sameWords && wish.cover !== "off" && this.#wish.cover !== "off";
      this.#wish = wish; // first: whatever fails now, nothing is allowed that is not wished for
      this.#failures = 0;
      this.#said = undefined;
      try {
        if (!stays) await this.#drop();
      } finally {
        this.#tellChange();
        await this.#check();
      }
    });
  }

  close(): Promise<void> {
    return this.set(UNPROTECTED);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined); // whoever asked hears of it; the next one has its turn all the same
    return done;
  }

  /** Work that nobody waits for: what fails in it is said as the state of the cover, and tried again. */
  #byItself(work: () => Promise<void>): void {
    this.#inTurn(work).catch((error: unknown) => {
      this.#say({ ok: false, reason: toProblem(error).message });
      if (this.#wish.cover !== "off") this.#checkIn(RETRY_LATER_MS);
    });
  }

  async #check(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#wish.cover === "off") return;
    const problem = await this.#problem();
    if (problem === undefined) {
      this.#failures = 0;
      this.#setVerified(true);
      this.#say({ ok: true, reason: "" });
      this.#checkIn(CHECK_MS);
      return;
    }
    this.#failures += 1;
    const stuck = await this.#drop().then(
      () => undefined,
      (error: unknown) => toProblem(error).message,
    );
    if (stuck !== undefined || this.#failures >= MAX_TRIES) this.#say({ ok: false, reason: stuck ?? problem });
    this.#checkIn(this.#failures >= MAX_TRIES ? RETRY_LATER_MS : RETRY_MS);
  }

  async #problem(): Promise<string | undefined> {
    try {
      this.#cover ??= await this.#open(this.#wish.words, {
        changed: () => this.#byItself(async () => (this.#verified ? this.#check() : undefined)),
      });
      return await this.#cover.verify();
    } catch (error) {
      return toProblem(error).message;
    }
  }

  #checkIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#byItself(() => this.#check()), ms);
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#timer);
    const cover = this.#cover;
    this.#cover = undefined;
    this.#setVerified(false);
    await cover?.close();
  }

  #setVerified(verified: boolean): void {
    this.#verified = verified;
    this.#tellChange();
  }

  #tellChange(): void {
    if (this.allows === this.#allowed) return;
    this.#allowed = this.allows;
    this.#handlers.changed();
  }

  #say(state: CoverState): void {
    const text = JSON.stringify(state);
    if (text === this.#said) return;
    this.#said = text;
    this.#handlers.covered(state);
  }
}

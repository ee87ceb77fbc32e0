/**
 * The screens of Windows: the whole virtual screen as one picture, all monitors at their places, black between them.
 * Nothing in Windows calls when something changes, so one timer looks: at the pixels, at the pointer, and now and then at
 * whether the monitors still stand where they stood and whether Windows shows the desktop that we are on.
 */
import type { InputEvent } from "../../desktop/commands.ts";
import { exactTimers } from "../../native/win32/clock.ts";
import { followInputDesktop } from "../../native/win32/desktop.ts";
import { readLayout, type ScreenLayout } from "../../native/win32/screen.ts";
import { idleMs } from "../../native/win32/session.ts";
import { convert } from "../../picture/convert.ts";
import type { PixelSource } from "../../picture/pixels.ts";
import type { Planes } from "../../picture/planes.ts";
import { cut, type Rectangle } from "../../picture/rectangles.ts";
import { countRows, joinRows, type Rows } from "../../picture/rows.ts";
import { type CaptureHandlers, EVERYTHING, type ScreenCapture, type Wish, wanted } from "./capture.ts";
import { openDuplication } from "./duplication.ts";
import { GdiPixels } from "./gdi.ts";
import { Pace } from "./pace.ts";
import { PointerPoll } from "./pointer-windows.ts";

/** Positions at most 60 times a second, and seldom while the pointer stands still: each time wakes the processor. */
const POINTER_EVERY_MS = { busy: 16, idle: 100, resting: 250 } as const;
const SURROUNDINGS_EVERY_MS = 500;
/** While Windows shows a desktop that we may not see, this often for whether it went away. */
const HIDDEN_EVERY_MS = 250;
/** What was seen this short ago is the newest: looking again would double the time to the picture. */
const YOUNG_MS = 10;
/** Windows may refuse the screen for a moment, while it changes the mode or the desktop. */
const PATIENCE_MS = 3000;

/** Throws DesktopFailure. */
export function openWindowsCapture(handlers: CaptureHandlers): ScreenCapture {
  const hidden = followInputDesktop() === "refused";
  const layout = readLayout();
  const duplication = openDuplication(layout);
  const pixels = typeof duplication === "string" ? new GdiPixels(layout, duplication) : duplication;
  handlers.report({ type: "note", words: pixels.about });
  return new WindowsCapture({ layout, pixels, hidden, handlers });
}

class WindowsCapture implements ScreenCapture {
  readonly width: number;
  readonly height: number;
  readonly #layout: ScreenLayout;
  readonly #pixels: PixelSource;
  readonly #handlers: CaptureHandlers;
  readonly #pointer: PointerPoll;
  readonly #pace = new Pace(performance.now());
  /** Undefined: timers are as coarse as Windows likes. */
  #restoreTimers: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Rows that changed and were not taken. */
  #dirty: readonly Rows[] = [];
  #damageSaid = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #surroundingsAt: number;
  #refusedSince: number | undefined;
  /** Windows shows a desktop that we may not see. */
  #hidden: boolean;
  /** The planes that hold all that was taken so far. */
  #filled: Planes | undefined;
  #ended = false;
  #closed = false;

  constructor(o: { layout: ScreenLayout; pixels: PixelSource; hidden: boolean; handlers: CaptureHandlers }) {
    ({ width: this.width, height: this.height } = o.layout);
    this.#layout = o.layout;
    this.#pixels = o.pixels;
    this.#hidden = o.hidden;
    this.#handlers = o.handlers;
    this.#pointer = new PointerPoll(o.layout, o.handlers);
    this.#surroundingsAt = performance.now();
    o.handlers.report({ type: "secure-desktop", shown: o.hidden });
    this.#pointer.look(this.#surroundingsAt);
    this.#schedule();
  }

  hint(input: InputEvent["type"]): void {
    if (this.#ended || this.#closed) return;
    const now = performance.now();
    const isMore = input === "move" && this.#pace.isBusy(now);
    if (input === "move") this.#pace.stirred(now);
    else this.#pace.acted(now);
    if (isMore) return; // looked at often already
    clearTimeout(this.#timer);
    this.#schedule();
  }

  #schedule(): void {
    const now = performance.now();
    const isResting = this.#pace.isResting(now);
    this.#timeExactly(!this.#hidden && (this.#damageSaid || !isResting)); // what was found is fetched before it is old
    const pointer = POINTER_EVERY_MS[this.#pace.isBusy(now) ? "busy" : isResting ? "resting" : "idle"];
    const pixels = this.#damageSaid ? Number.POSITIVE_INFINITY : this.#pace.due(now) - now;
    const wait = this.#hidden ? HIDDEN_EVERY_MS : Math.max(1, Math.min(pointer, pixels));
    this.#timer = setTimeout(() => this.#tick(), wait);
  }

  /** Exact timers keep the processor of a whole PC from sleeping well. */
  #timeExactly(wanted: boolean): void {
    if (wanted) this.#restoreTimers ??= exactTimers();
    else {
      this.#restoreTimers?.();
      this.#restoreTimers = undefined;
    }
  }

  #tick(): void {
    const now = performance.now();
    const every = this.#hidden ? HIDDEN_EVERY_MS : SURROUNDINGS_EVERY_MS;
    if (now - this.#surroundingsAt >= every) this.#lookAround(now);
    if (!this.#hidden && !this.#ended) {
      if (this.#pointer.look(now)) this.#pace.stirred(now);
      if (!this.#damageSaid && this.#pace.due(now) <= now) this.#lookForDamage();
    }
    if (!this.#ended && !this.#closed) this.#schedule();
  }

  /** Another desktop and other monitors need everything anew. */
  #lookAround(now: number): void {
    this.#surroundingsAt = now;
    const idle = idleMs();
    this.#pace.used(now - idle); // somebody at the office may only type
    if (idle < SURROUNDINGS_EVERY_MS) this.#handlers.input();
    const desktop = followInputDesktop();
    if (desktop === "refused") this.#hide();
    else if (desktop === "switched" || this.#hidden || !this.#stands()) this.#end(() => this.#handlers.resized());
  }

  #stands(): boolean {
    try {
      return JSON.stringify(readLayout()) === JSON.stringify(this.#layout);
    } catch {
      return false; // opening anew says why
    }
  }

  #hide(): void {
    if (this.#hidden) return;
    this.#hidden = true;
    this.#handlers.report({ type: "secure-desktop", shown: true });
  }

  #lookForDamage(): void {
    this.#look();
    if (this.#ended || this.#dirty.length === 0) return;
    this.#damageSaid = true;
    this.#handlers.damaged(Date.now());
  }

  #look(): void {
    if (this.#hidden) return;
    const before = performance.now();
    const seen = this.#pixels.look();
    const now = performance.now();
    if (seen === "changed-places") this.#end(() => this.#handlers.resized());
    else if (seen === "refused") this.#refused(now);
    else {
      this.#refusedSince = undefined;
      this.#lookedAt = now;
      this.#dirty = joinRows([...this.#dirty, ...seen]);
    }
    this.#pace.looked({ now, costMs: now - before, changed: countRows(this.#dirty) / this.height });
  }

  #refused(now: number): void {
    this.#lookAround(now);
    if (this.#hidden) return;
    this.#refusedSince ??= now;
    if (now - this.#refusedSince < PATIENCE_MS) return;
    const message = "Windows does not let the screen be read any more.";
    this.#end(() => this.#handlers.lost({ code: "capture-lost", message }));
  }

  #end(say: () => void): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    say();
  }

  take(planes: Planes, wish: Wish = EVERYTHING): number {
    if (this.#ended || this.#closed) return 0;
    const isNew = this.#filled !== planes;
    const isYoung = this.#damageSaid && performance.now() - this.#lookedAt < YOUNG_MS;
    if (isNew || !isYoung) this.#look();
    if (this.#ended) return 0;
    this.#filled = planes;
    return wanted(this, isNew, wish, () => this.#changed()).reduce((sum, part) => {
      const { x, y, width, height } = part;
      return sum + convert(cut(this.#pixels.pixels, this.width, part), planes, x, y, width, height);
    }, 0);
  }

  #changed(): Rectangle[] {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#damageSaid = false;
    return dirty.map(({ top, bottom }) => ({ x: 0, y: top, width: this.width, height: bottom - top }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#pointer.close();
    this.#pixels.close();
    this.#timeExactly(false);
  }
}

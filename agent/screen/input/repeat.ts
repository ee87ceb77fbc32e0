/**
 * A key that is held repeats, as the keyboard's driver makes it do at the office. SendInput is past that driver, so
 * whoever uses it repeats by himself; the X server repeats XTEST's keys as any others.
 *
 *   idle ──press──▶ delay ──▶ period ──▶ period …        the newest key only
 *    ▲                │          │
 *    └── its release, another key, stop ──┘
 */
import type { PhysicalKey } from "../../../signaling/protocol/keys.ts";

export interface RepeatRate {
  /** From the press to the first repetition, ms. */
  readonly delayMs: number;
  /** Between repetitions, ms. */
  readonly periodMs: number;
}

/** As a person sets it in the control panel: SPI_GETKEYBOARDDELAY and SPI_GETKEYBOARDSPEED of winuser.h. */
export interface RepeatSettings {
  /** 0–3: 250, 500, 750, 1000 ms. */
  readonly delay: number;
  /** 0–31: about 2.5 to about 30 repetitions a second. */
  readonly speed: number;
}

/** What Windows has unless somebody changes it. */
const DEFAULTS: RepeatSettings = { delay: 1, speed: 31 };
const DELAY_STEP_MS = 250;
const MAX_DELAY = 3;
const MAX_SPEED = 31;
const SLOWEST_PER_S = 2.5;
const FASTEST_PER_S = 30;

/** Settings that cannot be read, or make no sense, are the defaults. */
export function repeatRate(settings: RepeatSettings | undefined): RepeatRate {
  const within = (value: number | undefined, max: number, otherwise: number) =>
    value !== undefined && Number.isInteger(value) && value >= 0 && value <= max ? value : otherwise;
  const delay = within(settings?.delay, MAX_DELAY, DEFAULTS.delay);
  const speed = within(settings?.speed, MAX_SPEED, DEFAULTS.speed);
  return {
    delayMs: (delay + 1) * DELAY_STEP_MS,
    periodMs: 1000 / (SLOWEST_PER_S + (speed * (FASTEST_PER_S - SLOWEST_PER_S)) / MAX_SPEED),
  };
}

/**
 * Modifiers, locks, keys that change the input method, and keys that act once: holding them must not press them anew.
 * (半角/全角 of a JIS keyboard is Backquote, a letter elsewhere: who knows the layout leaves it out.)
 */
const ONCE: ReadonlySet<PhysicalKey> = new Set([
  ...(["ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight"] as const),
  ...(["AltLeft", "AltRight", "MetaLeft", "MetaRight", "ContextMenu"] as const),
  ...(["CapsLock", "NumLock", "ScrollLock", "PrintScreen", "Pause"] as const),
  ...(["Convert", "NonConvert", "KanaMode", "Lang1", "Lang2"] as const),
]);

/** A timer that comes late makes up for this many repetitions; more are dropped, or a pause would end in a burst. */
const MAX_LATE = 2;

export interface KeyRepeatOptions {
  /** Asked at each press: a person may change it. */
  readonly rate: () => RepeatRate;
  readonly again: (code: PhysicalKey) => void;
  /** Monotonic, ms. */
  readonly now?: () => number;
}

export class KeyRepeat {
  readonly #options: KeyRepeatOptions;
  readonly #now: () => number;
  #held: { readonly code: PhysicalKey; readonly periodMs: number; dueAt: number } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KeyRepeatOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** It went down: no other key repeats any more, and this one does if it is of that kind. */
  press(code: PhysicalKey): void {
    this.stop();
    if (ONCE.has(code)) return;
    const { delayMs, periodMs } = this.#options.rate();
    this.#held = { code, periodMs, dueAt: this.#now() + delayMs };
    this.#wait();
  }

  /** The release of another key than the one that repeats changes nothing. */
  release(code: PhysicalKey): void {
    if (this.#held?.code === code) this.stop();
  }

  stop(): void {
    this.#held = undefined;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#held) this.#timer = setTimeout(() => this.#due(), Math.max(0, this.#held.dueAt - this.#now()));
  }

  /** By the time it was due, not when the timer came: Windows counts in steps of 16 ms, and the rate must not suffer. */
  #due(): void {
    const held = this.#held;
    if (!held) return;
    held.dueAt = Math.max(held.dueAt, this.#now() - MAX_LATE * held.periodMs);
    while (this.#held === held && held.dueAt <= this.#now()) {
      held.dueAt += held.periodMs;
      this.#options.again(held.code);
    }
    if (this.#held === held) this.#wait();
  }
}

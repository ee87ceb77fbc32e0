/** Binds the keyboard to an element while it has the focus, and to the office PC. */
import type { LockStates, LockWish } from "../../signaling/protocol/channels.ts";
import type { PhysicalKey } from "../../signaling/protocol/keys.ts";
import { type KeyLike, Keys, type ModifierLike, type Platform } from "./keys.ts";
import { Locks } from "./locks.ts";
import { LONE_TAP_MS, type Stroke } from "./lone-keys.ts";

export interface KeyboardOptions {
  readonly target: HTMLElement;
  /** False when nobody takes it; then nothing counts as held. */
  readonly send: (stroke: Stroke, held: number) => boolean;
  /** The office's locks are to be made like ours. */
  readonly sendLocks: (wish: LockWish) => void;
  readonly releaseAll: () => void;
  /** Ctrl+Alt+Shift, pressed and let go without another key: the way out of the screen without a mouse. */
  readonly leave: () => void;
}

export class Keyboard {
  /** Nothing goes to the office: the keys are the browser's. */
  isOff = false;
  readonly #options: KeyboardOptions;
  readonly #keys = new Keys(platformHere());
  readonly #locks = new Locks(platformHere());
  readonly #off = new AbortController();
  /** The three modifiers of the way out are down, and nothing else was pressed since. */
  #leaving = false;
  #tap: ReturnType<typeof setTimeout> | undefined;

  constructor(options: KeyboardOptions) {
    this.#options = options;
    const { target } = options;
    const { signal } = this.#off;
    target.addEventListener("keydown", (event) => this.#key(event), { signal });
    target.addEventListener("keyup", (event) => this.#key(event), { signal });
    target.addEventListener("blur", () => this.release(), { signal });
    window.addEventListener("blur", () => this.release(), { signal });
    window.addEventListener("pagehide", () => this.release(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.release(), { signal });
  }

  get held(): number {
    return this.#keys.held;
  }

  /** The locks of the office's keyboard, where they are known. */
  set office(states: LockStates | undefined) {
    this.#locks.office = states;
  }

  /** Any mouse event knows the modifiers too. */
  modifiers(event: ModifierLike): void {
    this.#send(this.#keys.readModifiers(event));
  }

  /** A button or the wheel is about to be sent: Alt and Win that wait belong to it. */
  flush(): void {
    this.#send(this.#keys.flush());
  }

  /** Presses the keys in order and lets them go in reverse, for the on-screen strip. */
  chord(codes: readonly PhysicalKey[]): void {
    this.flush();
    for (const code of codes) this.#options.send({ code, down: true }, this.held + 1);
    for (const code of [...codes].reverse()) this.#options.send({ code, down: false }, this.held);
  }

  /** The office lets everything go at once, so that no Alt goes up as if it had been pressed alone. */
  release(): void {
    this.#leaving = false;
    clearTimeout(this.#tap);
    this.#keys.clear();
    this.#locks.forget();
    this.#options.releaseAll();
  }

  async close(): Promise<void> {
    if (this.#off.signal.aborted) return;
    this.#off.abort();
    this.release();
  }

  #key(event: KeyboardEvent): void {
    if (!this.isOff) this.#take(event);
    this.#watchForLeaving(event);
  }

  #take(event: KeyboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    const wish = this.#locks.before(event);
    if (wish) this.#options.sendLocks(wish);
    if (!this.#locks.isAll(event)) this.#send(this.#keys.read(event));
    this.#watchForTap();
  }

  #watchForTap(): void {
    clearTimeout(this.#tap);
    if (!this.#keys.unsettled) return;
    this.#tap = setTimeout(() => document.hasFocus() && this.#send(this.#keys.settle()), LONE_TAP_MS);
  }

  #watchForLeaving(event: KeyLike): void {
    const all = event.ctrlKey && event.altKey && event.shiftKey;
    if (event.type === "keydown") {
      if (!event.repeat) this.#leaving = all && /^(Control|Alt|Shift)/.test(event.code);
    } else if (this.#leaving) {
      this.release();
      this.#options.leave();
    }
  }

  #send(strokes: readonly Stroke[]): void {
    for (const stroke of strokes) this.#options.send(stroke, this.held);
  }
}

function platformHere(): Platform {
  const name = navigator.platform.toLowerCase();
  if (name.startsWith("win")) return "windows";
  return name.startsWith("mac") ? "mac" : "other";
}

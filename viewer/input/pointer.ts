/** Binds mouse, pen and touch on the screen to the office PC. */
import type { Button } from "../session/wire.ts";
import { Held } from "./held.ts";
import type { ModifierLike } from "./keys.ts";
import { buttonChanges, Moves, Notches, type Point } from "./motion.ts";

/** A finger that rests this long means the right button; one that moved this far (CSS px) means a drag. */
const LONG_PRESS_MS = 500;
const DRAG_PX = 8;

export interface PointerOptions {
  readonly target: HTMLElement;
  /** Where on the office screen a point of the window is. */
  readonly locate: (clientX: number, clientY: number) => Point;
  readonly move: (point: Point) => boolean;
  readonly button: (button: Button, down: boolean, at: Point, held: number) => boolean;
  readonly wheel: (dx: number, dy: number, held: number) => boolean;
  readonly modifiers: (event: ModifierLike) => void;
  /** A mouse moved over the screen (the pointer is where the hand is), or a finger touched it. */
  readonly moved: (kind: "mouse" | "touch", at: Point, client: Point) => void;
}

interface Touch {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly at: Point;
  readonly timer: ReturnType<typeof setTimeout>;
  state: "resting" | "dragging" | "spent";
}

export class Pointer {
  /** Nothing goes to the office: wheel and fingers are the browser's. */
  isOff = false;
  readonly #options: PointerOptions;
  readonly #held = new Held<Button>();
  readonly #moves = new Moves();
  readonly #notches = new Notches();
  readonly #off = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #touch: Touch | undefined;
  #at: Point = { x: 0, y: 0 };

  constructor(options: PointerOptions) {
    this.#options = options;
    const { target } = options;
    const { signal } = this.#off;
    for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"] as const) {
      target.addEventListener(type, (event) => this.#pointer(event), { signal });
    }
    target.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    // The side buttons would go back in the browser's history, the middle one would start its scrolling.
    for (const type of ["mousedown", "mouseup", "auxclick", "contextmenu", "dragstart"] as const) {
      target.addEventListener(type, (event) => event.preventDefault(), { signal });
    }
  }

  get held(): number {
    return this.#held.size;
  }

  release(): void {
    clearTimeout(this.#touch?.timer);
    this.#touch = undefined;
    for (const button of this.#held.clear()) this.#options.button(button, false, this.#at, 0);
  }

  async close(): Promise<void> {
    if (this.#off.signal.aborted) return;
    this.#off.abort();
    clearTimeout(this.#timer);
    this.release();
  }

  #pointer(event: PointerEvent): void {
    if (!this.isOff) this.#options.modifiers(event);
    if (event.pointerType === "touch") {
      if (!this.isOff) this.#touched(event);
      return;
    }
    const at = this.#options.locate(event.clientX, event.clientY);
    this.#options.moved("mouse", at, { x: event.clientX, y: event.clientY });
    const { target } = this.#options;
    if (event.type === "pointerdown") {
      target.focus({ preventScroll: true });
      target.setPointerCapture(event.pointerId);
    }
    if (this.isOff) return;
    const mask = event.type === "pointercancel" ? 0 : event.buttons;
    const changes = buttonChanges(this.#held, mask);
    for (const { button, down } of changes) this.#press(button, down, at);
    if (changes.length === 0) this.#move(at);
  }

  #press(button: Button, down: boolean, at: Point): void {
    this.#at = at;
    this.#moves.forget(at);
    if (!(down ? this.#held.press(button) : this.#held.release(button))) return;
    if (!this.#options.button(button, down, at, this.#held.size)) this.#held.release(button);
  }

  #move(at: Point): void {
    this.#at = at;
    const now = performance.now();
    const due = this.#moves.offer(at, now);
    if (due) this.#options.move(due);
    this.#later(now);
  }

  #later(now: number): void {
    clearTimeout(this.#timer);
    const wait = this.#moves.waitMs(now);
    if (wait === undefined) return;
    this.#timer = setTimeout(() => {
      const later = performance.now();
      const due = this.#moves.due(later);
      if (due) this.#options.move(due);
      this.#later(later);
    }, wait);
  }

  #wheel(event: WheelEvent): void {
    if (this.isOff) return;
    event.preventDefault();
    this.#options.modifiers(event);
    const notches = this.#notches.add(event, performance.now());
    if (notches) this.#options.wheel(notches.dx, notches.dy, this.#held.size);
  }

  /** One finger: a tap is a click where it was, a rest is a right click, a movement drags. */
  #touched(event: PointerEvent): void {
    const at = this.#options.locate(event.clientX, event.clientY);
    if (event.type === "pointerdown") {
      this.#touchBegins(event, at);
      return;
    }
    const touch = this.#touch;
    if (!touch || touch.id !== event.pointerId) return;
    this.#options.moved("touch", at, { x: event.clientX, y: event.clientY });
    if (event.type === "pointermove") {
      const far = Math.hypot(event.clientX - touch.x, event.clientY - touch.y) > DRAG_PX;
      if (touch.state === "resting" && far) {
        clearTimeout(touch.timer);
        touch.state = "dragging";
        this.#press(0, true, touch.at);
      }
      if (touch.state === "dragging") this.#move(at);
      return;
    }
    clearTimeout(touch.timer);
    this.#touch = undefined;
    if (touch.state === "resting" && event.type === "pointerup") this.#press(0, true, touch.at);
    this.#press(0, false, at);
  }

  #touchBegins(event: PointerEvent, at: Point): void {
    if (this.#touch) return; // a second finger is for the page: pinch and pan
    const { target } = this.#options;
    target.focus({ preventScroll: true });
    target.setPointerCapture(event.pointerId);
    this.#options.moved("touch", at, { x: event.clientX, y: event.clientY });
    const timer = setTimeout(() => {
      touch.state = "spent";
      this.#press(2, true, at);
      this.#press(2, false, at);
    }, LONG_PRESS_MS);
    const touch: Touch = { id: event.pointerId, x: event.clientX, y: event.clientY, at, timer, state: "resting" };
    this.#touch = touch;
    this.#move(at);
  }
}

/** Input by XTest. Physical keys go by keycode (evdev + 8), so the office PC's own layout says what they mean. */

import type { XConnection } from "../native/x11.ts";
import { XInput } from "../native/x11-input.ts";
import type { Press } from "./held.ts";
import type { RawInput } from "./injector.ts";
import { KEYS } from "./keys.ts";
import { type SpareKeys, Typist } from "./typist.ts";

/** X keycodes are evdev codes plus 8: 0–7 are reserved (X protocol §1.1, keycodes lie in 8–255). */
const EVDEV_OFFSET = 8;
/** MouseEvent.button → X button; 4–7 are the wheel. */
const BUTTONS = [1, 2, 3, 8, 9];
const WHEEL = { up: 4, down: 5, left: 6, right: 7 } as const;
/** More notches at once than anyone turns. */
const MAX_NOTCHES = 32;
const UNICODE_KEYSYMS = { from: 0x01000000, to: 0x0110ffff } as const;

/** Takes the connection over. Releases at once what a predecessor left pressed. `lost`: the display went away. */
export function openX11Input(connection: XConnection, lost: () => void): RawInput {
  try {
    return new X11Input(connection, lost);
  } catch (error) {
    connection.close();
    throw error;
  }
}

class X11Input implements RawInput {
  readonly #connection: XConnection;
  readonly #input: XInput;
  readonly #typist: Typist;
  #closed = false;

  constructor(connection: XConnection, lost: () => void) {
    this.#connection = connection;
    this.#input = new XInput(connection);
    connection.selectScreenSize();
    this.#releaseLeftovers();
    this.#typist = new Typist(spareKeys(this.#input, () => connection.flush()));
    // nothing is asked for, but the server sends every client the changes of the keyboard's map: they must be read
    connection.watch({ event: () => undefined, drained: () => undefined, lost });
  }

  #releaseLeftovers(): void {
    const { keycodes, buttons } = this.#input.held();
    for (const keycode of keycodes) this.#input.key(keycode, false);
    for (const button of buttons) this.#input.button(button, false);
    this.#connection.flush();
  }

  get #usable(): boolean {
    return !this.#closed && !this.#connection.lost;
  }

  press(press: Press): void {
    if (!this.#usable) return;
    if (press.kind === "key") this.#input.key(KEYS[press.code].evdev + EVDEV_OFFSET, press.down);
    else this.#input.button(BUTTONS[press.button] ?? 1, press.down);
    this.#connection.flush();
  }

  move(x: number, y: number): void {
    if (!this.#usable) return;
    const { width, height } = this.#connection.size;
    this.#input.move(clamp(x, width - 1), clamp(y, height - 1));
    this.#connection.flush();
  }

  wheel(dx: number, dy: number): void {
    if (!this.#usable) return;
    this.#notches(dy < 0 ? WHEEL.up : WHEEL.down, Math.abs(dy));
    this.#notches(dx < 0 ? WHEEL.left : WHEEL.right, Math.abs(dx));
    this.#connection.flush();
  }

  #notches(button: number, count: number): void {
    for (let left = Math.min(count, MAX_NOTCHES); left > 0; left--) {
      this.#input.button(button, true);
      this.#input.button(button, false);
    }
  }

  async type(text: string): Promise<void> {
    if (!this.#usable) return;
    await this.#typist.type(text);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#usable) this.#typist.close();
    this.#closed = true;
    this.#connection.close();
  }
}

const clamp = (value: number, max: number) => Math.min(Math.max(value, 0), max);

/**
 * Keycodes without a keysym that are no physical key of ours. One that holds nothing but a Unicode keysym and is on no
 * physical keyboard was left by a predecessor that died while typing: it is ours as well.
 */
function spareKeys(input: XInput, flush: () => void): SpareKeys {
  const physical = new Set(Object.values(KEYS).map(({ evdev }) => evdev + EVDEV_OFFSET));
  const isSpare = (keysyms: number[]) =>
    keysyms.every((keysym) => keysym >= UNICODE_KEYSYMS.from && keysym <= UNICODE_KEYSYMS.to);
  const keycodes = [...input.keysyms()]
    .filter(([keycode, keysyms]) => !physical.has(keycode) && isSpare(keysyms))
    .map(([keycode]) => keycode);
  return {
    keycodes,
    map: (changes) => {
      for (const [first, keysyms] of runs(changes)) input.mapKeycodes(first, keysyms);
    },
    tap: (keycode) => {
      input.key(keycode, true);
      input.key(keycode, false);
      flush(); // before the next change of the map, not with it
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

/** Neighbouring keycodes together: each request makes every program read the map anew. */
function runs(changes: ReadonlyMap<number, number>): Map<number, number[]> {
  const found = new Map<number, number[]>();
  let run: number[] = [];
  let previous = Number.NaN;
  for (const [keycode, keysym] of [...changes].sort(([a], [b]) => a - b)) {
    if (keycode !== previous + 1) {
      run = [];
      found.set(keycode, run);
    }
    run.push(keysym);
    previous = keycode;
  }
  return found;
}

/** Input by XTest. Physical keys go by keycode (evdev + 8), so the office PC's own layout says what they mean. */

import type { LockStates, LockWish } from "../../../signaling/protocol/channels.ts";
import { KEY_CODES } from "../../../signaling/protocol/keys.ts";
import { XInput } from "../../native/x11/input.ts";
import type { XConnection } from "../../native/x11/x11.ts";
import { opensMenu, type Press } from "./held.ts";
import type { RawInput, Typing } from "./injector.ts";
import { KEYS } from "./keys.ts";
import { type SpareKeys, Typist } from "./typist.ts";

/** X keycodes are evdev codes plus 8: 0–7 are reserved (X protocol §1.1, keycodes lie in 8–255). */
const EVDEV_OFFSET = 8;
/** MouseEvent.button → X button; 4–7 are the wheel. */
const BUTTONS = [1, 2, 3, 8, 9];
const WHEEL = { up: 4, down: 5, left: 6, right: 7 } as const;
/** More notches at once than anyone turns. */
const MAX_NOTCHES = 32;
const PHYSICAL: ReadonlySet<number> = new Set(Object.values(KEYS).map(({ evdev }) => evdev + EVDEV_OFFSET));
const MENU_KEYCODES: ReadonlySet<number> = new Set(
  KEY_CODES.filter((code) => opensMenu({ type: "key", code, down: false })).map(
    (code) => KEYS[code].evdev + EVDEV_OFFSET,
  ),
);
const UNICODE_KEYSYMS = { from: 0x01000000, to: 0x0110ffff } as const;

export interface X11InputHandlers {
  /** The display went away. */
  lost(): void;
  locksChanged(): void;
}

/** Takes the connection over. Releases at once what a predecessor left pressed. */
export function openX11Input(connection: XConnection, handlers: X11InputHandlers): RawInput {
  try {
    return new X11Input(connection, handlers);
  } catch (error) {
    connection.close();
    throw error;
  }
}

class X11Input implements RawInput {
  readonly #connection: XConnection;
  readonly #input: XInput;
  readonly #typist: Typist;
  /** A keycode that means nothing to any program. Undefined: every one has a meaning. */
  readonly #noKey: number | undefined;
  readonly #locks: { readonly event: number } | undefined;
  #closed = false;

  constructor(connection: XConnection, { lost, locksChanged }: X11InputHandlers) {
    this.#connection = connection;
    this.#input = new XInput(connection);
    connection.selectScreenSize();
    const keysyms = this.#input.keysyms();
    this.#noKey = [...keysyms].findLast(([keycode, { length }]) => length === 0 && !PHYSICAL.has(keycode))?.[0];
    this.#releaseLeftovers();
    const keycodes = spareKeycodes(keysyms).filter((keycode) => keycode !== this.#noKey);
    this.#typist = new Typist(spareKeys(this.#input, keycodes, () => connection.flush()));
    this.#locks = this.#input.watchLocks();
    // beside these, the server sends every client the changes of the keyboard's map: they must be read
    const event = (type: number) => type === this.#locks?.event && locksChanged();
    connection.watch({ event, drained: () => undefined, lost });
  }

  #releaseLeftovers(): void {
    const { keycodes, buttons } = this.#input.held();
    if (keycodes.some((keycode) => MENU_KEYCODES.has(keycode))) this.#tapNoKey();
    for (const keycode of keycodes) this.#input.key(keycode, false);
    for (const button of buttons) this.#input.button(button, false);
    this.#connection.flush();
  }

  get #usable(): boolean {
    return !this.#closed && !this.#connection.lost;
  }

  /** Between the press and the release of a key: it was not pressed alone. */
  #tapNoKey(): void {
    if (this.#noKey === undefined) return;
    for (const down of [true, false]) this.#input.key(this.#noKey, down);
  }

  release(presses: readonly Press[]): void {
    if (!this.#usable) return;
    if (presses.some(opensMenu)) this.#tapNoKey();
    for (const press of presses) this.press(press);
  }

  press(press: Press): void {
    if (!this.#usable) return;
    if (press.type === "key") this.#input.key(KEYS[press.code].evdev + EVDEV_OFFSET, press.down);
    else this.#input.button(BUTTONS[press.button] ?? 1, press.down);
    this.#connection.flush();
  }

  /** X11 has no lock for kana: that is the input method's. */
  locks(): LockStates | undefined {
    return this.#usable && this.#locks ? { ...this.#input.locks(), kana: false } : undefined;
  }

  /** By the state itself, not by the key: that of a JIS layout is 英数. */
  setLocks(wish: LockWish): void {
    const now = this.locks();
    if (!now) return;
    for (const lock of ["caps", "num"] as const) {
      const on = wish[lock];
      if (on !== null && on !== now[lock]) this.#input.setLock(lock, on);
    }
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

  async type(text: string, typing: Typing): Promise<void> {
    if (!this.#usable) return;
    await this.#typist.type(text, typing);
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
function spareKeycodes(keysyms: ReadonlyMap<number, number[]>): number[] {
  const isSpare = (keysyms: number[]) =>
    keysyms.every((keysym) => keysym >= UNICODE_KEYSYMS.from && keysym <= UNICODE_KEYSYMS.to);
  return [...keysyms].filter(([keycode, its]) => !PHYSICAL.has(keycode) && isSpare(its)).map(([keycode]) => keycode);
}

function spareKeys(input: XInput, keycodes: readonly number[], flush: () => void): SpareKeys {
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

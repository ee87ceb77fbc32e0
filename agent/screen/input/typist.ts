/**
 * Types characters that are on no key: spare keycodes of the keyboard's map are given the characters, pressed, and
 * given back when nothing was typed for a while.
 *
 * A program looks up the map when it handles the key event, which may be long after we sent it, and nobody says when.
 * So a keycode keeps its character as long as others are free, the one unused longest is taken next, and one that was
 * pressed lately is not taken before programs had time to see it.
 *
 * Every character is given as a Unicode keysym, 'a' too (0x01000061 instead of 0x61): toolkits take it for the same
 * letter, while an input method leaves it alone instead of beginning a conversion with it.
 */

import { isTypable, typableCharacters } from "../../desktop/characters.ts";
import type { Typing } from "./injector.ts";

export interface SpareKeys {
  /** Keycodes nothing else uses. */
  readonly keycodes: readonly number[];
  /** Sets keysyms of keycodes (0: none) and waits until the server has done so. */
  map(changes: ReadonlyMap<number, number>): void;
  /** Down and up, sent at once. */
  tap(keycode: number): void;
  /** Resolves after so many ms. */
  sleep(ms: number): Promise<void>;
}

/** Programs are told of a changed map asynchronously; measured: GTK 3 under load needs up to about 20 ms. */
const SETTLE_MS = 40;
/**
 * A program that has keys to read reads them all before it draws: without a pause a long text stands still on its first
 * letter and comes all at once. Measured: GTK 3 with an input method reads a key in 3 ms.
 */
const STEP_CHARACTERS = 4;
const STEP_PAUSE_MS = 20;
/** A keycode pressed this recently is not given another character. */
const REUSE_AFTER_MS = 500;
/** After this long without text the keycodes are given back. */
const RESTORE_AFTER_MS = 3000;

const UNICODE_KEYSYM = 0x01000000;
const RETURN = 0xff0d;
const TAB = 0xff09;

/** Keysym of a character; undefined for control characters, which nobody may type. */
export function keysymOf(character: string): number | undefined {
  if (character === "\n" || character === "\r") return RETURN;
  if (character === "\t") return TAB;
  return isTypable(character) ? UNICODE_KEYSYM | (character.codePointAt(0) ?? 0) : undefined;
}

export class Typist {
  readonly #keys: SpareKeys;
  readonly #now: () => number;
  /** Keysym → keycode, the one used longest ago first. */
  readonly #assigned = new Map<number, number>();
  readonly #usedAt = new Map<number, number>();
  #restore: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(keys: SpareKeys, now: () => number = () => performance.now()) {
    this.#keys = keys;
    this.#now = now;
  }

  async type(text: string, typing: Typing): Promise<void> {
    clearTimeout(this.#restore);
    let rest = typableCharacters(text)
      .map(keysymOf)
      .filter((keysym) => keysym !== undefined);
    while (rest.length > 0 && !this.#closed && !typing.stop.aborted) rest = await this.#typeSome(rest, typing);
    if (this.#closed) return;
    this.#restore = setTimeout(() => this.restore(), RESTORE_AFTER_MS);
    this.#restore.unref();
  }

  /** As many as there are keycodes for; returns the others. */
  async #typeSome(keysyms: number[], { typed, stop }: Typing): Promise<number[]> {
    const size = this.#keys.keycodes.length;
    if (size === 0) return [];
    const distinct = new Set<number>();
    const end = keysyms.findIndex((keysym) => distinct.add(keysym).size > size);
    const batch = end < 0 ? keysyms : keysyms.slice(0, end);
    await this.#assign(new Set(batch));
    for (let at = 0; at < batch.length; at += STEP_CHARACTERS) {
      if (at > 0) await this.#keys.sleep(STEP_PAUSE_MS);
      if (this.#closed || stop.aborted) return [];
      const step = batch.slice(at, at + STEP_CHARACTERS);
      for (const keysym of step) this.#tap(keysym);
      typed(step.length);
    }
    return keysyms.slice(batch.length);
  }

  #tap(keysym: number): void {
    const keycode = this.#assigned.get(keysym);
    if (keycode === undefined) return;
    this.#assigned.delete(keysym);
    this.#assigned.set(keysym, keycode);
    this.#usedAt.set(keycode, this.#now());
    this.#keys.tap(keycode);
  }

  async #assign(wanted: ReadonlySet<number>): Promise<void> {
    const missing = [...wanted].filter((keysym) => !this.#assigned.has(keysym));
    if (missing.length === 0) return;
    const taken = new Set(this.#assigned.values());
    const free = this.#keys.keycodes.filter((keycode) => !taken.has(keycode));
    const changes = new Map<number, number>();
    let wait = 0;
    for (const keysym of missing) {
      const keycode = free.shift() ?? this.#takeOldest(wanted);
      if (keycode === undefined) break;
      wait = Math.max(wait, (this.#usedAt.get(keycode) ?? Number.NEGATIVE_INFINITY) + REUSE_AFTER_MS - this.#now());
      changes.set(keycode, keysym);
    }
    if (wait > 0) await this.#keys.sleep(wait);
    if (this.#closed) return;
    for (const [keycode, keysym] of changes) this.#assigned.set(keysym, keycode);
    this.#keys.map(changes);
    await this.#keys.sleep(SETTLE_MS);
  }

  #takeOldest(except: ReadonlySet<number>): number | undefined {
    for (const [keysym, keycode] of this.#assigned) {
      if (except.has(keysym)) continue;
      this.#assigned.delete(keysym);
      return keycode;
    }
    return undefined;
  }

  /** Gives all keycodes back. */
  restore(): void {
    clearTimeout(this.#restore);
    if (this.#assigned.size === 0) return;
    this.#keys.map(new Map([...this.#assigned.values()].map((keycode) => [keycode, 0])));
    this.#assigned.clear();
  }

  close(): void {
    this.#closed = true;
    this.restore();
  }
}

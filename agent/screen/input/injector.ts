/**
 * Input into the desktop: a port. Adapters implement RawInput: x11, recording. The Injector over them is one and the
 * same: it keeps account of what is held, keeps the order while text is being typed, and bounds what waits.
 */

import type { LockStates, LockWish } from "../../../signaling/protocol/channels.ts";
import { countCharacters } from "../../desktop/characters.ts";
import type { InputEvent } from "../../desktop/commands.ts";
import { Held, type Press } from "./held.ts";

/** What an operating system has to offer. All but `type` are done when the call returns. */
export interface RawInput {
  press(press: Press): void;
  /** All these go up because nobody holds them any more: no menu may open for an Alt or Win among them. */
  release(presses: readonly Press[]): void;
  /** Undefined: there are none, or none that can be read. */
  locks(): LockStates | undefined;
  /** Makes them so, as far as it can at this moment. */
  setLocks(wish: LockWish): void;
  /** Clips to the screen. */
  move(x: number, y: number): void;
  /** Notches: positive dy down, positive dx right. */
  wheel(dx: number, dy: number): void;
  /**
   * Types text that need not be on the keyboard, not faster than a program shows it. Once `stop` is aborted, nothing of it
   * is typed any more. Rejects when the display went away.
   */
  type(text: string, typing: Typing): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Events that may wait while text is typed; more are dropped, except the release of what is down by then. */
const MAX_WAITING = 1024;

const isPress = (event: InputEvent): event is Press => event.type === "key" || event.type === "button";
const isRelease = (event: InputEvent): event is Press => isPress(event) && !event.down;
const nameOf = (press: Press): string => (press.type === "key" ? press.code : `button ${press.button}`);
export interface Typing {
  /** So many characters more. */
  typed(characters: number): void;
  readonly stop: AbortSignal;
}

export interface InjectorHandlers {
  /** So many characters of text more are dealt with: typed, or given up. */
  typed(characters: number): void;
  /** Too much waits: an event was forgotten. */
  dropped(): void;
}

const NOBODY: InjectorHandlers = { typed: () => undefined, dropped: () => undefined };

export class Injector {
  readonly #raw: RawInput;
  readonly #handlers: InjectorHandlers;
  readonly #held = new Held();
  #waiting: InputEvent[] = [];
  #typing: Promise<void> | undefined;
  #stop = new AbortController();
  #closed = false;

  constructor(raw: RawInput, handlers: InjectorHandlers = NOBODY) {
    this.#raw = raw;
    this.#handlers = handlers;
  }

  inject(event: InputEvent): void {
    if (this.#closed) return;
    if (this.#typing) this.#wait(event);
    else this.#now(event);
  }

  #wait(event: InputEvent): void {
    const last = this.#waiting.at(-1);
    if (event.type === "move" && last?.type === "move") this.#waiting.pop();
    if (this.#waiting.length < MAX_WAITING || this.#mustBeReleased(event)) this.#waiting.push(event);
    else if (!isRelease(event)) {
      if (event.type === "text") this.#handlers.typed(countCharacters(event.text));
      this.#handlers.dropped();
    }
  }

  /** A release that changes something: there are never more of them than keys and buttons. */
  #mustBeReleased(event: InputEvent): boolean {
    if (!isRelease(event)) return false;
    const before = this.#waiting.findLast((other) => isPress(other) && nameOf(other) === nameOf(event)) as
      | Press
      | undefined;
    return before?.down ?? this.#held.has(event);
  }

  #now(event: InputEvent): void {
    switch (event.type) {
      case "key":
      case "button":
        if (this.#held.apply(event)) this.#raw.press(event);
        return;
      case "move":
        this.#raw.move(event.x, event.y);
        return;
      case "wheel":
        this.#raw.wheel(event.dx, event.dy);
        return;
      case "locks":
        this.#raw.setLocks(event);
        return;
      case "text":
        this.#typing = this.#type(event.text)
          .catch(() => undefined) // the display is gone: whoever watches it says so
          .then(() => this.#typed());
        return;
    }
  }

  async #type(text: string): Promise<void> {
    let left = countCharacters(text);
    const typed = (characters: number) => {
      left -= characters;
      this.#handlers.typed(characters);
    };
    try {
      await this.#raw.type(text, { typed, stop: this.#stop.signal });
    } finally {
      if (left > 0) this.#handlers.typed(left); // what cannot be typed
    }
  }

  /** Of the office's keyboard, at this moment. */
  locks(): LockStates | undefined {
    return this.#closed ? undefined : this.#raw.locks();
  }

  #typed(): void {
    this.#typing = undefined;
    while (!this.#typing) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#now(next);
    }
  }

  /** Everything held goes up now, and what waits behind text being typed is forgotten, except more text. */
  releaseAll(): void {
    this.#waiting = this.#waiting.filter((event) => event.type === "text");
    const presses = this.#held.releaseAll();
    if (presses.length > 0) this.#raw.release(presses);
  }

  /** Text that is not typed yet is not typed any more: who sent it does not see where it would go. */
  forgetText(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    for (const event of this.#waiting) if (event.type === "text") this.#handlers.typed(countCharacters(event.text));
    this.#waiting = this.#waiting.filter((event) => event.type !== "text");
  }

  /** Releases everything, lets go. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop.abort();
    this.#waiting = [];
    this.releaseAll();
    await this.#raw.close();
    await this.#typing;
  }
}

/**
 * CapsLock and NumLock: the state at home goes before the keys it matters for, so that letters and digits come out at the
 * office as they are meant, whatever was left there. Pure. カナ cannot be told: no browser says it.
 */

import type { LockStates, LockWish } from "../../signaling/protocol/channels.ts";
import type { KeyLike, Platform } from "./keys.ts";
import { keypadMeaning } from "./numpad.ts";

const LOCK_KEYS: ReadonlySet<string> = new Set(["CapsLock", "NumLock"]);
const MODIFIER = /^(Shift|Control|Alt|Meta)(Left|Right)$/;
const DIGIT = /^[0-9.,]$/;

export class Locks {
  readonly #platform: Platform;
  #office: LockStates | undefined;
  #sent: LockWish | undefined;
  /** Macs and some others have no NumLock to tell of. */
  #tellsNumLock: boolean;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#tellsNumLock = platform !== "mac";
  }

  /** Undefined: an agent that does not know of locks, and must not be told. A change there is made good with the next key. */
  set office(states: LockStates | undefined) {
    const before = this.#office;
    this.#office = states;
    const sent = this.#sent;
    if (!states || !before || !sent) this.#sent = undefined;
    else if (isChanged("caps", before, states, sent) || isChanged("num", before, states, sent)) this.#sent = undefined;
  }

  /** The next key tells it anew: the focus went, and with it what is known of the office. */
  forget(): void {
    this.#sent = undefined;
  }

  /** On a Mac the key itself has nothing to say beside it: it goes down when the lock goes on, and up when it goes off. */
  isAll(event: Pick<KeyLike, "code">): boolean {
    return this.#office !== undefined && this.#platform === "mac" && event.code === "CapsLock";
  }

  /** What is to be sent before this event's own strokes, if anything. */
  before(event: KeyLike): LockWish | undefined {
    if (!this.#office) return undefined;
    if (this.isAll(event)) return this.#send({ caps: event.type === "keydown", num: null });
    if (LOCK_KEYS.has(event.code)) this.#sent = undefined;
    if (event.type !== "keydown" || event.repeat || LOCK_KEYS.has(event.code) || MODIFIER.test(event.code))
      return undefined;
    // a shortcut has no use for them, and with Ctrl or Alt held the office could not press its lock keys
    if (event.ctrlKey || event.altKey || event.metaKey || event.getModifierState("AltGraph")) return undefined;
    const wish = { caps: event.getModifierState("CapsLock"), num: this.#numLock(event) };
    const sent = this.#sent;
    if (sent && sent.caps === wish.caps && (wish.num === null || wish.num === sent.num)) return undefined;
    return this.#send(wish);
  }

  #send(wish: LockWish): LockWish {
    this.#sent = { caps: wish.caps, num: wish.num ?? this.#sent?.num ?? null };
    return wish;
  }

  /** A digit of the keypad means that it is on, whatever the browser says. */
  #numLock(event: KeyLike): boolean | null {
    const isOn = event.getModifierState("NumLock");
    const isDigit = event.code.startsWith("Numpad") && keypadMeaning(event) === undefined && DIGIT.test(event.key);
    if (isDigit && !isOn) this.#tellsNumLock = false;
    return isDigit ? true : this.#tellsNumLock ? isOn : null;
  }
}

/** Somebody else changed it: what it is now is not what was wished for. */
const isChanged = (lock: "caps" | "num", before: LockStates, now: LockStates, sent: LockWish): boolean =>
  before[lock] !== now[lock] && now[lock] !== sent[lock];

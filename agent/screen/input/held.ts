/** What is held down. Pure: says what to do, does nothing. Whatever is pressed will be released. */
import type { PhysicalKey } from "../../../signaling/protocol/keys.ts";
import type { InputEvent } from "../../desktop/commands.ts";

export type Press = Extract<InputEvent, { type: "key" | "button" }>;

const MENU_KEYS: readonly PhysicalKey[] = ["AltLeft", "AltRight", "MetaLeft", "MetaRight"];

/** Going up after nothing else was pressed, it would open a menu. */
export const opensMenu = (press: Press): boolean => press.type === "key" && MENU_KEYS.includes(press.code);

export class Held {
  readonly #keys = new Set<PhysicalKey>();
  readonly #buttons = new Set<number>();

  /** False: it changes nothing (down while down, up while up) and must not be injected. */
  apply(press: Press): boolean {
    return press.type === "key"
      ? change(this.#keys, press.code, press.down)
      : change(this.#buttons, press.button, press.down);
  }

  has(press: Press): boolean {
    return press.type === "key" ? this.#keys.has(press.code) : this.#buttons.has(press.button);
  }

  /** The releases of everything held, newest first: a modifier goes up after the key it was held for. */
  releaseAll(): Press[] {
    const keys = [...this.#keys].reverse().map((code): Press => ({ type: "key", code, down: false }));
    const buttons = [...this.#buttons].reverse().map((button): Press => ({ type: "button", button, down: false }));
    this.#keys.clear();
    this.#buttons.clear();
    return [...keys, ...buttons];
  }
}

function change<T>(held: Set<T>, item: T, down: boolean): boolean {
  if (!down) return held.delete(item);
  if (held.has(item)) return false;
  held.add(item);
  return true;
}

/**
 * Waking a sleeping office PC, as the list shows it: the seconds that pass, what came of it, and what to check when nothing
 * did. The server knows how far it is; only the seconds are counted here.
 */
import type { ErrorCode } from "../../signaling/protocol/errors.ts";
import type { TerminalId } from "../../signaling/protocol/ids.ts";
import type { TerminalView, WakeView } from "../../signaling/protocol/signal.ts";
import { el, setText } from "../dom.ts";
import { WakeClock } from "../wake-clock.ts";
import type { Words } from "../words/strings.ts";

export class Waking {
  /** What just came of it; read out at once. */
  readonly news = el("p", { class: "list-status", testId: "wake-news", attributes: { role: "status" } });
  readonly #words: Words;
  readonly #clock = new WakeClock();
  #counters: Array<{ element: HTMLElement; began: number }> = [];
  readonly #second = setInterval(() => this.#count(), 1_000);

  constructor(words: Words) {
    this.#words = words;
  }

  changed(before: readonly TerminalView[], now: readonly TerminalView[]): void {
    this.#clock.update(now, performance.now());
    for (const { id, name, state, wake } of now) {
      if (wake?.state === "waking") {
        setText(this.news, "");
        continue;
      }
      const former = before.find((each) => each.id === id)?.wake;
      if (former?.state !== "waking" || !former.mine) continue;
      if (state !== "offline") setText(this.news, this.#words.text("woken", { terminal: name }));
      else if (wake?.state === "failed") setText(this.news, this.#words.text("notWoken", { terminal: name }));
    }
  }

  refused(code: ErrorCode, retryAfterS: number | undefined): void {
    const { what, todo } = this.#words.error(code);
    const then = retryAfterS === undefined ? todo : this.#words.text("waitSeconds", { seconds: retryAfterS });
    setText(this.news, `${what}${this.#words.language === "ja" ? "。" : ". "}${then}`);
  }

  /** The rows are made anew: the former ones' counters are gone. */
  redrawn(): void {
    this.#counters = [];
  }

  /** What stands below the state, in words. */
  more({ id, wake }: TerminalView): HTMLElement | undefined {
    const words = this.#words;
    if (wake?.state === "waking") return this.#progress(id);
    if (wake?.state !== "failed") return undefined;
    if (wake.why === "not-sent") return el("p", { testId: "wake-failed" }, words.text("wakeNotSentTodo"));
    const checks = ["wakeCheckPower", "wakeCheckCable", "wakeCheckSettings"] as const;
    return el(
      "div",
      { class: "wake-failed", testId: "wake-failed" },
      el("p", {}, words.text("wakeCheck")),
      el("ul", {}, ...checks.map((key) => el("li", {}, words.text(key)))),
    );
  }

  close(): void {
    clearInterval(this.#second);
  }

  #progress(id: TerminalId): HTMLElement {
    const element = el("span", { class: "wake-elapsed", testId: "wake-elapsed" });
    this.#counters.push({ element, began: this.#clock.began(id) ?? performance.now() });
    this.#count();
    return el("p", { testId: "wake-progress" }, this.#words.text("wakingHowLong"), element);
  }

  #count(): void {
    for (const { element, began } of this.#counters) {
      const seconds = Math.max(0, Math.floor((performance.now() - began) / 1_000));
      setText(element, this.#words.text("wakingElapsed", { seconds }));
    }
  }
}

/** `since`: when it was seen last, in words. */
export function wakeWords(words: Words, wake: WakeView, since: string): string {
  if (wake.state === "possible") return words.text("stateAsleep", { since });
  if (wake.state === "waking") return words.text("waking");
  return words.text(wake.why === "not-sent" ? "wakeNotSent" : "wakeNoAnswer");
}

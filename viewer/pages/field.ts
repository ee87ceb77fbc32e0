/** Parts of a form: a labelled box with its hint and its own problem below it, and what the forms have in common. */

import { button, el, setText } from "../dom.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";

export interface FieldOptions {
  /** For tests, and for the ids. */
  readonly testId: string;
  readonly label: string;
  readonly hint?: string;
  readonly digits?: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

export class Field {
  readonly row: HTMLElement;
  readonly box: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #problem: HTMLElement;
  readonly #hint: HTMLElement | undefined;

  constructor({ testId, label, hint, digits = false, attributes }: FieldOptions) {
    const id = `field-${testId}`;
    const problemId = `${id}-problem`;
    const hintId = `${id}-hint`;
    this.#problem = el("p", {
      class: "problem-line",
      id: problemId,
      testId: `${testId}-problem`,
      attributes: { role: "alert" },
    });
    this.input = el("input", {
      id,
      testId,
      class: digits ? "input digits" : "input",
      attributes: {
        name: testId,
        required: true,
        "aria-describedby": hint === undefined ? problemId : `${hintId} ${problemId}`,
        ...attributes,
      },
    });
    this.box = el("div", { class: "input-box" }, this.input);
    this.#hint = hint === undefined ? undefined : el("p", { class: "hint", id: hintId }, hint);
    this.row = el(
      "div",
      { class: "field" },
      el("label", { attributes: { for: id } }, label),
      this.box,
      this.#hint,
      this.#problem,
    );
  }

  /** Says what is wrong next to the field, aloud too, and puts the cursor there. */
  complain(text: string): void {
    setText(this.#problem, text);
    this.input.setAttribute("aria-invalid", "true");
    this.input.focus();
  }

  /** Another one than it began with. */
  hint(text: string): void {
    if (this.#hint) setText(this.#hint, text);
  }

  clear(): void {
    setText(this.#problem, "");
    this.input.removeAttribute("aria-invalid");
  }
}

/** A button in the first of these boxes shows and hides what stands in all of them. */
export function revealable(words: Words, testId: string, ...fields: readonly [Field, ...Field[]]): void {
  const toggle = (): void => {
    const visible = fields[0].input.type === "password";
    for (const { input } of fields) input.type = visible ? "text" : "password";
    show.setAttribute("aria-pressed", String(visible));
    setText(show, words.text(visible ? "passwordHide" : "passwordShow"));
  };
  const show = button(words.text("passwordShow"), testId, toggle, "quiet");
  show.setAttribute("aria-pressed", "false");
  fields[0].box.append(show);
}

/** The box for a one-time code. */
export const codeField = (words: Words, testId = "one-time-code"): Field =>
  new Field({
    testId,
    label: words.text("oneTimeCode"),
    hint: words.text("oneTimeCodeHint"),
    digits: true,
    attributes: { autocomplete: "one-time-code", inputmode: "numeric", maxlength: "12" },
  });

/** Full-width letters are what a Japanese keyboard gives when the input method is on; they are meant as half-width. */
export const half = (text: string): string => text.normalize("NFKC").trim();

/** The six digits in it, if that is what it is; or the eight of a mail, where these count. */
export function digitsOf(field: Field, isMailed = false): string | undefined {
  const digits = half(field.input.value).replace(/\s/g, "");
  return /^[0-9]{6}$/.test(digits) || (isMailed && MAILED.test(digits)) ? digits : undefined;
}

/** By mail. */
const MAILED = /^[0-9]{8}$/;

/** What a browser's password store takes for a form, sent by Enter or its button. */
export function form(send: () => Promise<void>, ...content: readonly Node[]): HTMLFormElement {
  const submit = (event: Event): void => {
    event.preventDefault();
    void send();
  };
  return el(
    "form",
    { class: "form", attributes: { novalidate: true, autocomplete: "on" }, on: { submit } },
    ...content,
  );
}

/** The button that sends the form; while the server thinks, it says so and cannot be pressed. */
export class Submit {
  readonly element: HTMLButtonElement;
  readonly #words: Words;
  readonly #label: TextKey;

  constructor(words: Words, testId: string, label: TextKey) {
    this.#words = words;
    this.#label = label;
    const attributes = { type: "submit" };
    this.element = el("button", { class: "button primary wide", testId, attributes }, words.text(label));
  }

  busy(now: boolean): void {
    this.element.disabled = now;
    setText(this.element, this.#words.text(now ? "signingIn" : this.#label));
  }
}

/** 「あと 5 秒」, counted down in one line. */
export class Countdown {
  readonly #words: Words;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(words: Words) {
    this.#words = words;
  }

  start(seconds: number, line: HTMLElement): void {
    const until = Date.now() + seconds * 1000;
    const tick = (): void => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left <= 0) clearInterval(this.#timer);
      setText(line, left > 0 ? this.#words.text("waitSeconds", { seconds: left }) : "");
    };
    clearInterval(this.#timer);
    this.#timer = setInterval(tick, 1000);
    tick();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

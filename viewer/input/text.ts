/** One line that is written with the input method of the home PC and travels as text when it is done. */
import { button, el } from "../dom.ts";
import type { Words } from "../words/strings.ts";

export interface TextBox {
  readonly element: HTMLElement;
  focus(): void;
}

export interface TextBoxOptions {
  readonly words: Words;
  /** False when nobody takes it; the line then stays. */
  readonly send: (text: string) => boolean;
  /** Enter on an empty line: the Enter key itself. */
  readonly enter: () => void;
  /** Esc: back to the screen. */
  readonly leave: () => void;
  readonly pasteRefused: () => void;
}

export function textBox({ words, send, enter, leave, pasteRefused }: TextBoxOptions): TextBox {
  const input = el("input", {
    class: "input text-input",
    testId: "text-input",
    attributes: {
      type: "text",
      "aria-label": words.text("textLabel"),
      placeholder: words.text("textPlaceholder"),
      autocomplete: "off",
      autocorrect: "off",
      spellcheck: "false",
      lang: "ja",
    },
  });
  const submit = (): void => {
    if (input.value === "") enter();
    else if (send(input.value)) input.value = "";
  };
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    // The Enter that ends a composition is the input method's. Safari reports it after the end, as key code 229.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter") submit();
    if (event.key === "Escape") leave();
  });
  input.addEventListener("beforeinput", (event) => {
    if (!/^insertFrom(Paste|Drop|Yank)/.test(event.inputType)) return;
    event.preventDefault();
    pasteRefused();
  });
  const element = el(
    "div",
    { class: "text-bar", testId: "text-bar", attributes: { hidden: true } },
    input,
    button(words.text("textSend"), "text-send", () => {
      submit();
      input.focus();
    }),
  );
  return { element, focus: () => input.focus() };
}

/** The server has given this tab's connection to newer ones: it rests until it is asked for again. */
import { button, el } from "../dom.ts";
import { type Frame, framed, type Page } from "./page.ts";

export interface SetAsideOptions extends Frame {
  readonly useHere: () => void;
}

export function setAsidePage(options: SetAsideOptions): Page {
  const { words, useHere } = options;
  const card = el(
    "section",
    { class: "card" },
    el("h1", {}, words.text("otherTab")),
    el("p", {}, words.text("otherTabTodo")),
    button(words.text("useHere"), "use-here", useHere, "primary"),
  );
  return { element: framed(options, el("div", { class: "column" }, card)), close: async () => {} };
}

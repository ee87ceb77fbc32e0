/** What every page is: an element, and an end. */

import { el } from "../dom.ts";
import type { Unheard } from "../session/ends.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";

export interface Page {
  readonly element: HTMLElement;
  close(): Promise<void>;
}

export interface Frame {
  readonly words: Words;
  readonly switchLanguage: () => void;
  /** Right side of the header. */
  readonly extra?: readonly Node[];
}

/** The quiet frame around sign-in and list: the name, the language, the content. */
export function framed(frame: Frame, ...content: readonly Node[]): HTMLElement {
  const { words } = frame;
  const language = el(
    "button",
    {
      class: "button quiet",
      testId: "language",
      attributes: {
        type: "button",
        "aria-label": words.text("languageLabel"),
        lang: words.language === "ja" ? "en" : "ja",
      },
      on: { click: frame.switchLanguage },
    },
    words.text("language"),
  );
  return el(
    "div",
    { class: "framed" },
    el(
      "header",
      { class: "header" },
      brand(words),
      el("div", { class: "header-side" }, ...(frame.extra ?? []), language),
    ),
    el("main", { class: "main" }, ...content),
  );
}

export function brand(words: Words): HTMLElement {
  const logo = el("img", { class: "logo", attributes: { src: logoUrl, alt: "", width: "36", height: "36" } });
  return el("span", { class: "brand" }, logo, el("span", { class: "brand-name" }, words.text("product")));
}

export const logoUrl = new URL("../../signaling/client/look/engawa.svg", import.meta.url).href;

/** A notice in words: what happened, what to do. `alert` is read out at once. */
/** What is said of an end that the server has not heard. */
export const UNHEARD: Readonly<Record<Unheard, TextKey>> = { late: "endUnheard", lost: "endLost" };

export function notice(kind: "problem" | "info", what: string, testId: string, ...more: readonly Node[]): HTMLElement {
  return el(
    "div",
    { class: `notice ${kind}`, testId, attributes: { role: kind === "problem" ? "alert" : "status", tabindex: "-1" } },
    el("p", { class: "notice-what" }, what),
    ...more,
  );
}

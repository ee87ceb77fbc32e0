/** Asks for the part of an office PC's confirmation code that the page does not show. */
import type { KeyCode } from "../../signaling/protocol/ids.ts";
import { codeGroups, el, setText } from "../dom.ts";
import { fits, GROUP_LETTERS, MAX_SHOWN, MAX_TRIES, type Recognition } from "../pairing-code.ts";
import type { Words } from "../words/strings.ts";
import { askPerson } from "./dialog.ts";

export interface PairingDialogOptions {
  readonly words: Words;
  /** The office PC's name, as the server tells it. */
  readonly name: string;
  readonly code: KeyCode;
  /** Which group of the code is left out, 0–3. */
  readonly group: number;
  readonly recognition: Exclude<Recognition, { kind: "imitation" }>;
}

/** True when the person typed what was missing. */
export function askPairing({ words, name, code, group, recognition }: PairingDialogOptions): Promise<boolean> {
  const input = groupInput(words, group);
  const problem = el("p", { class: "problem-line", testId: "pair-problem", attributes: { role: "alert" } });
  let tries = 0;
  const check = (): "yes" | "no" | "stay" => {
    if (fits(code, group, input.value)) return "yes";
    tries += 1;
    if (tries >= MAX_TRIES) return "no";
    setText(problem, words.text("pairWrong", { left: MAX_TRIES - tries }));
    input.setAttribute("aria-invalid", "true");
    input.select();
    return "stay";
  };
  return askPerson({
    title: words.text(TITLES[recognition.kind], { terminal: name }),
    content: [
      ...warning(words, recognition),
      el("p", {}, words.text(recognition.kind === "first" ? "pairText" : "pairNow", { terminal: name })),
      codeWithGap(code, group, input),
      el("p", { class: "question" }, words.text("pairQuestion")),
      problem,
      el("p", { class: "hint" }, words.text("pairHint")),
      el("p", { class: "hint" }, words.text("pairNoCode")),
    ],
    yes: words.text("pairSame"),
    no: words.text("pairDifferent"),
    testId: "pair-dialog",
    yesLook: recognition.kind === "first" ? "primary" : "danger",
    check,
    // where there is something to read first, nothing is to be typed at once
    ...(recognition.kind === "first" ? { focus: input } : {}),
  });
}

const TITLES = { first: "pairTitle", other: "pairOtherTitle", "same-name": "pairSameNameTitle" } as const;

function warning(words: Words, recognition: PairingDialogOptions["recognition"]): Node[] {
  if (recognition.kind === "first") return [];
  const text = words.text(recognition.kind === "other" ? "pairOtherText" : "pairSameNameText");
  const known = recognition.known
    .slice(0, MAX_SHOWN)
    .flatMap((pin) => [
      el("p", { class: "hint" }, words.text("pairKnown", { terminal: pin.name })),
      codeGroups(pin.code, "pair-known-code"),
    ]);
  return [
    el(
      "div",
      { class: "notice problem", testId: "pair-warning", attributes: { role: "alert" } },
      el("p", {}, text),
      el("p", {}, words.text("pairCallIt")),
    ),
    ...known,
  ];
}

function groupInput(words: Words, group: number): HTMLInputElement {
  return el("input", {
    class: "input code-gap",
    testId: "pair-typed",
    attributes: {
      type: "text",
      name: "pair-typed",
      size: String(GROUP_LETTERS),
      // room for spaces and full-width letters; what is too long does not fit anyway
      maxlength: String(2 * GROUP_LETTERS),
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      "aria-label": words.text("pairGap", { place: group + 1 }),
    },
  });
}

/** The missing group is nowhere in the page: it cannot be copied off the screen. */
function codeWithGap(code: KeyCode, gap: number, input: HTMLInputElement): HTMLElement {
  const shown = code
    .split("-")
    .map((group, place) => (place === gap ? input : el("span", { class: "code-group" }, group)));
  const row = el("div", { class: "code", testId: "pair-code" }, ...shown);
  row.dataset["gap"] = String(gap);
  return row;
}

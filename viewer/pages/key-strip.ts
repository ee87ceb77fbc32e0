/** Keys that a browser or the operating system at home keeps for itself, and Japanese keys that a foreign keyboard lacks. */
import type { PhysicalKey } from "../../signaling/protocol/keys.ts";
import { el } from "../dom.ts";
import type { Words } from "../words/strings.ts";
import "./key-strip.css";

interface StripKey {
  readonly label: string;
  readonly codes: readonly PhysicalKey[];
}

function strip(words: Words): ReadonlyArray<readonly StripKey[]> {
  const functions = Array.from({ length: 12 }, (_, index): StripKey => {
    const name = `F${index + 1}` as PhysicalKey;
    return { label: name, codes: [name] };
  });
  return [
    [
      { label: "Ctrl+Alt+Del", codes: ["ControlLeft", "AltLeft", "Delete"] },
      { label: "Alt+Tab", codes: ["AltLeft", "Tab"] },
      { label: words.text("keyWin"), codes: ["MetaLeft"] },
      { label: "Win+L", codes: ["MetaLeft", "KeyL"] },
      { label: "Esc", codes: ["Escape"] },
      { label: "PrintScreen", codes: ["PrintScreen"] },
    ],
    [
      // A JIS keyboard names 半角/全角 after its place, left of the 1.
      { label: words.text("keyHankaku"), codes: ["Backquote"] },
      { label: words.text("keyConvert"), codes: ["Convert"] },
      { label: words.text("keyNonConvert"), codes: ["NonConvert"] },
      { label: words.text("keyKana"), codes: ["KanaMode"] },
    ],
    functions,
  ];
}

export function keyStrip(words: Words, press: (codes: readonly PhysicalKey[]) => void): HTMLElement {
  const groups = strip(words).map((keys) =>
    el(
      "div",
      { class: "strip-group" },
      ...keys.map(({ label, codes }) =>
        el(
          "button",
          {
            class: "key",
            testId: `key-${codes.join("-")}`,
            attributes: { type: "button" },
            // The screen keeps the focus, and with it what is held there.
            on: {
              pointerdown: (event) => event.preventDefault(),
              mousedown: (event) => event.preventDefault(),
              click: () => press(codes),
            },
          },
          label,
        ),
      ),
    ),
  );
  return el(
    "div",
    {
      class: "strip",
      testId: "key-strip",
      attributes: { role: "group", "aria-label": words.text("keysLabel"), hidden: true },
    },
    ...groups,
  );
}

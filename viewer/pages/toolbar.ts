/** The slim bar over the screen: where I am, how the line is, and the few things one needs. */

import { button, el, setText } from "../dom.ts";
import { IME_SIGNS } from "../ime.ts";
import { codecName } from "../session/codecs.ts";
import type { Quality } from "../session/quality.ts";
import type { SessionView } from "../session/session-view.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";
import { logoUrl } from "./page.ts";
import "./toolbar.css";

export interface ToolbarOptions {
  readonly words: Words;
  readonly terminal: string;
  readonly toggleScale: () => void;
  readonly toggleFullScreen: () => void;
  readonly toggleKeys: () => void;
  readonly toggleText: () => void;
  readonly extend: () => void;
  readonly end: () => void;
}

export interface BarState {
  readonly scale: "fit" | "actual";
  readonly full: boolean;
  readonly keys: boolean;
  readonly text: boolean;
  readonly extension: "none" | "may" | "waits";
}

const GRADES: Record<Quality["grade"], TextKey> = {
  unknown: "gradeUnknown",
  good: "gradeGood",
  fair: "gradeFair",
  slow: "gradeSlow",
  stalled: "gradeStalled",
};

const COVERS: Readonly<Record<SessionView["cover"], TextKey>> = {
  off: "coverOff",
  covered: "covered",
  impossible: "coverImpossible",
};

const LOCKS: ReadonlyArray<{ lock: "caps" | "num" | "kana"; sign: TextKey; name: TextKey }> = [
  { lock: "caps", sign: "lockCaps", name: "lockCapsName" },
  { lock: "num", sign: "lockNum", name: "lockNumName" },
  { lock: "kana", sign: "lockKana", name: "lockKanaName" },
];

/** The last minutes before the end by the clock are counted in seconds. */
const COUNTED_S = 5 * 60;

export class Toolbar {
  readonly element: HTMLElement;
  readonly #words: Words;
  readonly #chip: HTMLButtonElement;
  readonly #grade = el("span", { class: "grade" });
  readonly #figures = el("span", { class: "figures" });
  readonly #ime = el("span", { class: "ime", testId: "ime", attributes: { role: "img", hidden: true } });
  readonly #locks = el("span", { class: "locks", testId: "locks", attributes: { role: "img", hidden: true } });
  readonly #cover = el("span", { class: "cover", testId: "cover", attributes: { role: "status", hidden: true } });
  readonly #viewOnly: HTMLElement;
  readonly #ending = el("span", { class: "ending", testId: "ending", attributes: { hidden: true } });
  readonly #details: HTMLElement;
  readonly #values: Readonly<Record<string, HTMLElement>>;
  readonly #scale: HTMLButtonElement;
  readonly #full: HTMLButtonElement;
  readonly #keys: HTMLButtonElement;
  readonly #text: HTMLButtonElement;
  readonly #extend: HTMLButtonElement;

  constructor(options: ToolbarOptions) {
    const { words } = options;
    this.#words = words;
    this.#scale = button(words.text("actual"), "scale", options.toggleScale, "quiet");
    this.#full = button(words.text("fullScreen"), "full-screen", options.toggleFullScreen, "quiet");
    this.#keys = button(words.text("keys"), "keys", options.toggleKeys, "quiet");
    this.#text = button(words.text("textInput"), "text", options.toggleText, "quiet");
    this.#extend = button(words.text("extend"), "extend", options.extend, "quiet");
    this.#extend.hidden = true;
    this.#viewOnly = el(
      "span",
      { class: "view-only", testId: "view-only", attributes: { title: words.text("viewOnlyMore"), hidden: true } },
      words.text("viewOnly"),
    );
    const rows = detailRows(words);
    this.#values = Object.fromEntries(rows.map(([name, , value]) => [name, value]));
    this.#details = el(
      "div",
      { class: "details", id: "quality-details", testId: "quality-details", attributes: { hidden: true } },
      el("dl", {}, ...rows.flatMap(([, label, value]) => [el("dt", {}, label), value])),
    );
    this.#chip = el(
      "button",
      {
        class: "chip",
        testId: "quality",
        attributes: { type: "button", "aria-expanded": "false", "aria-controls": "quality-details" },
        on: { click: () => this.#toggleDetails() },
      },
      el("span", { class: "chip-label" }, words.text("quality")),
      this.#grade,
      this.#figures,
    );
    this.element = el(
      "div",
      { class: "toolbar", testId: "toolbar", attributes: { role: "toolbar", "aria-label": words.text("toolbar") } },
      el("img", { class: "toolbar-logo", attributes: { src: logoUrl, alt: "", width: "24", height: "24" } }),
      el("h1", { class: "toolbar-name", testId: "session-terminal" }, options.terminal),
      this.#chip,
      this.#ime,
      this.#locks,
      this.#details,
      this.#viewOnly,
      this.#cover,
      this.#ending,
      this.#extend,
      el("span", { class: "toolbar-space" }),
      this.#scale,
      this.#full,
      this.#keys,
      this.#text,
      button(words.text("end"), "end", options.end, "danger"),
    );
  }

  focus(): void {
    this.#chip.focus();
  }

  update(view: SessionView, state: BarState): void {
    const words = this.#words;
    const { quality } = view;
    const grade = view.phase === "live" ? quality.grade : view.phase === "interrupted" ? "stalled" : "unknown";
    this.#chip.dataset["grade"] = grade;
    setText(this.#grade, words.text(GRADES[grade]));
    setText(this.#figures, view.phase === "live" ? figures(quality) : "");
    this.#drawIme(view);
    this.#drawLocks(view);
    this.#cover.hidden = view.cover === "off" || view.phase !== "live";
    this.#cover.dataset["state"] = view.cover;
    setText(this.#cover, words.text(COVERS[view.cover]));
    this.#viewOnly.hidden = !view.viewOnly || view.phase !== "live";
    this.#keys.hidden = view.viewOnly;
    this.#text.hidden = view.viewOnly;
    this.#drawEnding(view);
    this.#drawExtension(view, state.extension);
    for (const [name, value] of Object.entries(detailValues(words, view))) {
      const element = this.#values[name];
      if (element) setText(element, value);
    }
    setText(this.#scale, words.text(state.scale === "fit" ? "actual" : "fit"));
    setText(this.#full, words.text(state.full ? "fullScreenEnd" : "fullScreen"));
    this.#keys.setAttribute("aria-pressed", String(state.keys));
    this.#text.setAttribute("aria-pressed", String(state.text));
  }

  #drawEnding({ phase, ending }: SessionView): void {
    this.#ending.hidden = phase !== "live" || ending === undefined;
    const leftS = Math.max(0, Math.ceil(((ending?.at ?? 0) - Date.now()) / 1_000));
    this.#ending.dataset["near"] = String(leftS <= COUNTED_S);
    const clock = `${Math.floor(leftS / 60)}:${String(leftS % 60).padStart(2, "0")}`;
    const words = this.#words;
    setText(
      this.#ending,
      leftS <= COUNTED_S
        ? words.text("endsInClock", { clock })
        : words.text("endsIn", { minutes: Math.ceil(leftS / 60) }),
    );
  }

  /** More time is for hours only; the answer comes by itself. */
  #drawExtension({ phase, ending }: SessionView, extension: BarState["extension"]): void {
    this.#extend.hidden = phase !== "live" || ending?.by !== "hours" || extension === "none";
    this.#extend.disabled = extension === "waits";
    setText(this.#extend, this.#words.text(extension === "waits" ? "extendWaits" : "extend"));
  }

  #drawIme({ phase, office }: SessionView): void {
    const shown = phase === "live" ? IME_SIGNS[office.ime] : undefined;
    this.#ime.hidden = shown === undefined;
    if (!shown || this.#ime.textContent === shown.sign) return;
    const label = this.#words.text("imeLabel", { mode: this.#words.text(shown.name) });
    setText(this.#ime, shown.sign);
    this.#ime.title = label;
    this.#ime.setAttribute("aria-label", label);
  }

  /** Those that are on. */
  #drawLocks({ phase, locks }: SessionView): void {
    const words = this.#words;
    const on = phase === "live" && locks ? LOCKS.filter(({ lock }) => locks[lock]) : [];
    this.#locks.hidden = on.length === 0;
    setText(this.#locks, on.map(({ sign }) => words.text(sign)).join(" "));
    const label = words.text("locksLabel", { locks: on.map(({ name }) => words.text(name)).join(" ") });
    if (this.#locks.title === label) return;
    this.#locks.title = label;
    this.#locks.setAttribute("aria-label", label);
  }

  #toggleDetails(): void {
    this.#details.hidden = !this.#details.hidden;
    this.#chip.setAttribute("aria-expanded", String(!this.#details.hidden));
  }
}

function figures({ roundTripMs, kbps }: Quality): string {
  return roundTripMs === undefined ? "" : `${roundTripMs} ms · ${kbps} kbit/s`;
}

function detailRows(words: Words): ReadonlyArray<readonly [name: string, label: string, value: HTMLElement]> {
  const row = (name: string, key: TextKey) => [name, words.text(key), el("dd", { testId: `detail-${name}` })] as const;
  return [
    row("speed", "detailSpeed"),
    row("frames", "detailFrames"),
    row("round-trip", "detailRoundTrip"),
    row("relay", "detailRelay"),
    row("codec", "detailCodec"),
    row("picture", "detailPicture"),
    row("cover", "detailCover"),
    row("since", "detailSince"),
  ];
}

const RELAYS: Readonly<Record<string, string>> = { udp: "TURN / UDP", tcp: "TURN / TCP", tls: "TURN / TLS" };

function detailValues(words: Words, { quality, picture, cover, liveSince }: SessionView): Record<string, string> {
  const { kbps, fps, roundTripMs, relay, codec } = quality;
  return {
    speed: `${kbps} kbit/s`,
    frames: words.text("perSecond", { count: fps }),
    "round-trip": roundTripMs === undefined ? "–" : words.text("milliseconds", { count: roundTripMs }),
    relay: relay === undefined ? "–" : (RELAYS[relay] ?? relay),
    codec: codec === undefined ? "–" : codecName(codec),
    picture: words.text(picture),
    cover: words.text(COVERS[cover]),
    since: liveSince === undefined ? "–" : words.time(liveSince, Date.now()),
  };
}

/** What lies over the screen while it is not simply usable: connecting, reconnecting, ended, and small news at the top. */

import type { Explanation } from "../../signaling/protocol/error-words.ts";
import type { EndReason } from "../../signaling/protocol/errors.ts";
import { button, el, setText } from "../dom.ts";
import type { Cause } from "../session/session-shape.ts";
import type { SessionView } from "../session/session-view.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";
import { UNHEARD } from "./page.ts";
import "./curtain.css";

export interface CurtainOptions {
  readonly words: Words;
  readonly back: () => void;
  readonly again: () => void;
}

/** Input refusals are shown for this long. */
const NEWS_MS = 4_000;
/** Long enough to read what is said once at the beginning. */
const OPENING_WORDS_MS = 20_000;
/** From here on the end is counted down, and before it is said for a while at each mark. */
const COUNTDOWN_MS = 60_000;
const ENDING_WORDS_MS = 20_000;
/** Before that it is said when it ends, and after it that it ends soon. */
const SOON_MS = 15 * 60_000;

const STEPS: Partial<Record<SessionView["step"], TextKey>> = {
  requesting: "stepRequest",
  negotiating: "stepOffice",
  starting: "stepPicture",
};

type BannerFacts = Pick<
  SessionView,
  | "phase"
  | "stalled"
  | "desktop"
  | "secureDesktop"
  | "office"
  | "idleUntil"
  | "ending"
  | "viewOnly"
  | "locking"
  | "liveSince"
  | "online"
  | "typing"
>;

export class Curtain {
  /** Over the whole screen. */
  readonly element: HTMLElement;
  /** A line at the top that leaves the picture in sight. */
  readonly banner = el("div", { class: "banner", testId: "banner", attributes: { role: "status", hidden: true } });
  readonly #options: CurtainOptions;
  readonly #title = el("h2", { testId: "curtain-title" });
  readonly #text = el("p", { class: "curtain-text", testId: "curtain-text" });
  readonly #todo: HTMLElement;
  readonly #spinner = el("div", { class: "spinner", attributes: { "aria-hidden": "true" } });
  readonly #answers: HTMLElement;
  readonly #back: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  #shown: SessionView["phase"] | undefined;
  #news: { text: string; until: number } | undefined;

  constructor(options: CurtainOptions) {
    const { words } = options;
    this.#options = options;
    this.#back = button(words.text("backToList"), "back-to-list", options.back, "plain");
    this.#again = button(words.text("tryAgain"), "connect-again", options.again, "primary");
    this.#todo = el("p", { class: "curtain-todo", testId: "curtain-todo" });
    this.#answers = el("div", { class: "dialog-answers" }, this.#back, this.#again);
    this.element = el(
      "div",
      { class: "curtain", testId: "curtain", attributes: { role: "status" } },
      el("div", { class: "curtain-card" }, this.#spinner, this.#title, this.#text, this.#todo, this.#answers),
    );
  }

  tell(text: string, ms = NEWS_MS): void {
    this.#news = { text, until: Date.now() + ms };
  }

  update(view: SessionView, warning: string | undefined): void {
    const { words } = this.#options;
    const changed = view.phase !== this.#shown;
    this.#shown = view.phase;
    this.element.dataset["phase"] = view.phase;
    this.element.hidden = view.phase === "live";
    const ended = view.phase === "ended";
    this.#spinner.hidden = ended;
    setText(this.#back, words.text(view.waitsForTurn ? "queuedLeave" : "backToList"));
    this.#answers.hidden = view.phase === "live" || view.phase === "interrupted";
    this.#again.hidden = !ended || (view.cause !== undefined && isFinal(view.cause));
    this.#todo.hidden = !ended;
    this.#text.dataset["alarm"] = String(view.unlocked);
    if (view.cause) {
      const { what, todo } = explain(words, view.cause);
      const more = lockText(view) ?? (view.unheard && UNHEARD[view.unheard]);
      this.#say(what, more ? words.text(more) : "", todo);
    } else if (view.phase === "interrupted") {
      const seconds = Math.max(0, Math.ceil(((view.giveUpAt ?? 0) - Date.now()) / 1000));
      this.#say(words.text("interrupted"), words.text("interruptedMore", { seconds }), "");
    } else if (view.waitsForTurn) {
      this.#say(words.text("queued"), words.text("queuedMore"), "");
    } else {
      const step = view.online ? (STEPS[view.step] ?? "stepRequest") : "waitingForLine";
      this.#say(words.text("connecting"), words.text(step), "");
    }
    this.#drawBanner(view, warning);
    if (changed && ended) (this.#again.hidden ? this.#answers.querySelector("button") : this.#again)?.focus();
  }

  #say(title: string, text: string, todo: string): void {
    setText(this.#title, title);
    setText(this.#text, text);
    setText(this.#todo, todo);
  }

  #drawBanner(view: SessionView, warning: string | undefined): void {
    const news = this.#news && this.#news.until > Date.now() ? this.#news.text : undefined;
    const text = bannerText(this.#options.words, view, { news, warning });
    this.banner.hidden = text === undefined;
    setText(this.banner, text ?? "");
  }
}

/** The one thing to say over a live picture: first what keeps people from working, then news, then what is good to know. */
export function bannerText(
  words: Words,
  facts: BannerFacts,
  { news, warning }: { news: string | undefined; warning: string | undefined },
  now = Date.now(),
): string | undefined {
  const { phase, stalled, desktop, secureDesktop, office, viewOnly, idleUntil, locking, liveSince, online, typing } =
    facts;
  if (phase !== "live") return undefined;
  if (stalled) return words.text("stalled");
  if (desktop === "restarting") return words.text("desktopRestarting");
  if (idleUntil !== undefined) {
    const seconds = Math.max(0, Math.ceil((idleUntil - now) / 1000));
    return words.text(locking?.whenIdle ? "idleSoon" : "idleSoonOpen", { seconds });
  }
  const ending = endingText(words, facts, now);
  // what has just moved the end says why it is near
  if (ending) return news ? `${news} ${ending}` : ending;
  if (secureDesktop) return words.text("secureDesktop");
  if (office.refusesInput && !viewOnly) return words.text("refusesInput");
  if (news) return news;
  if (typing) return words.text("typing", { typed: words.number(typing.typed), of: words.number(typing.of) });
  if (office.operated) return words.text("operated");
  if (!online) return words.text("serverAway");
  if (locking?.before === "impossible" && now < (liveSince ?? 0) + OPENING_WORDS_MS) return words.text("shownUnlocked");
  return warning;
}

/** The end by the clock: in words at each mark, and in seconds at last. */
function endingText(
  words: Words,
  { ending, locking, viewOnly }: Pick<BannerFacts, "ending" | "locking" | "viewOnly">,
  now: number,
): string | undefined {
  if (!ending) return undefined;
  const leftMs = Math.max(0, ending.at - now);
  const isNear = leftMs <= COUNTDOWN_MS;
  if (!isNear && now >= ending.saidAt + ENDING_WORDS_MS) return undefined;
  if (leftMs > SOON_MS) return endsLater(words, leftMs, ending.at, now);
  const why = words.text(ending.by === "hours" ? "endsHours" : "endsLong");
  if (isNear) {
    const seconds = Math.ceil(leftMs / 1_000);
    return `${why}${words.text(locking?.whenIdle ? "endsSeconds" : "endsSecondsOpen", { seconds })}`;
  }
  const minutes = Math.ceil(leftMs / 60_000);
  return `${why}${words.text(viewOnly ? "endsMinutesLooking" : "endsMinutes", { minutes })}`;
}

/** Nobody has to hurry yet: the time of the clock says more than minutes do. */
const endsLater = (words: Words, leftMs: number, at: number, now: number): string =>
  words.text("endsAt", { time: words.time(at, now), minutes: Math.ceil(leftMs / 60_000) });

/** What is to be known of the office PC's lock after the end. */
export function lockText({
  unlocked,
  locking,
  cause,
}: Pick<SessionView, "unlocked" | "locking" | "cause">): TextKey | undefined {
  if (unlocked) return "notLocked";
  const isByItself = cause?.kind === "reason" && BY_ITSELF.includes(cause.reason);
  return isByItself && locking?.whenIdle === false ? "leftOpen" : undefined;
}

/** Ends that nobody chose, and that come with a lock where the policy locks at all. */
const BY_ITSELF: readonly EndReason[] = ["idle", "hours-over", "session-too-long"];

const FINAL_CODES: ReadonlySet<string> = new Set(["TERMINAL_YOURS_ELSEWHERE", "TERMINAL_EXPIRED"]);

/** Connecting again would end the same way, or must first be thought about. */
function isFinal(cause: Cause): boolean {
  const final: readonly EndReason[] = [
    "signed-out",
    "sign-in-expired",
    "signature-invalid",
    "fingerprint-mismatch",
    "agent-not-trusted",
    "device-unknown",
    "device-removed",
    "device-expired",
    "grant-removed",
    "person-disabled",
    "terminal-disabled",
    "terminal-expired",
    "locked-out",
    "hours-over",
    "no-common-codec",
    "cover-unavailable",
    "taken-over",
    "place-not-allowed",
  ];
  if (cause.kind === "reason") return final.includes(cause.reason);
  return cause.kind === "unknown-terminal" || (cause.kind === "refused" && FINAL_CODES.has(cause.code));
}

/** Behind what is said of a lock. */
const lockedUntil = (words: Words, until: number): string =>
  words.text("lockedUntil", { time: words.time(until, Date.now()) });

export function explain(words: Words, cause: Cause): Explanation {
  switch (cause.kind) {
    case "reason":
      return words.end(cause.reason);
    case "refused": {
      const { what, todo } = words.error(cause.code);
      const { name: holder, until, next } = cause.details;
      if (cause.code === "OUTSIDE_HOURS" && typeof next === "number")
        return { what: `${what}${words.text("hoursFrom", { time: words.time(next, Date.now()) })}`, todo };
      if (cause.code === "LOCKED_OUT" && typeof until === "number")
        return { what: `${what}${lockedUntil(words, until)}`, todo };
      return cause.code === "TERMINAL_BUSY" && holder !== undefined
        ? { what: words.text("busyWith", { name: holder }), todo }
        : { what, todo };
    }
    case "unknown-terminal":
      return { what: words.text("pairTitle"), todo: "" };
    case "no-answer":
      return { what: words.text("noAnswer"), todo: words.text("noAnswerTodo") };
  }
}

/**
 * 自分の情報. When I signed in last and what was refused since, my sign-ins, sessions and browsers, each with the button that ends it,
 * and the rules that hold for me with their reasons.
 */

import type { Failure, Result } from "../../signaling/client/account.ts";
import type { Me } from "../../signaling/protocol/api.ts";
import type { Own, OwnDevice, OwnSession, OwnSignIn } from "../../signaling/protocol/own.ts";
import { button, el } from "../dom.ts";
import type { OwnEnd } from "../own-requests.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";
import { askPerson, type Question } from "./dialog.ts";
import { rulesOf } from "./own-rules.ts";
import { type Frame, framed, notice, type Page } from "./page.ts";
import "./own.css";

export interface OwnOptions extends Frame {
  readonly me: Me;
  readonly load: () => Promise<Result<Own>>;
  readonly end: (end: OwnEnd) => Promise<Result<Own>>;
  /** The server knows of no sign-in any longer. */
  readonly lost: () => void;
  readonly changePassword: () => void;
  readonly back: () => void;
}

/** One thing in a list: what it is, what is known of it, what can be done. */
interface Line {
  readonly what: string;
  /** `quiet`: nothing to notice. */
  readonly mark: { readonly text: string; readonly look: "here" | "open" | "warn" | "quiet" } | undefined;
  readonly facts: readonly (string | false | undefined)[];
  readonly act: HTMLElement | undefined;
}

export class OwnPage implements Page {
  readonly element: HTMLElement;
  readonly #options: OwnOptions;
  readonly #news = el("div", { class: "message", testId: "own-news" });
  readonly #content = el("div", { class: "own", testId: "own-content" });
  #isClosed = false;

  constructor(options: OwnOptions) {
    this.#options = options;
    const { words, back } = options;
    this.element = framed(
      { ...options, extra: [button(words.text("ownBack"), "own-back", back, "quiet")] },
      el("div", { class: "column" }, el("h1", {}, words.text("ownTitle")), this.#news, this.#content),
    );
    void this.#load();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #load(): Promise<void> {
    const { words, load } = this.#options;
    this.#content.replaceChildren(el("p", { class: "hint", attributes: { role: "status" } }, words.text("ownLoading")));
    const answer = await load();
    if (this.#isClosed) return;
    if (answer.ok) this.#draw(answer.value);
    else
      this.#fail(
        answer.failure,
        button(words.text("ownAgain"), "own-again", () => void this.#load()),
      );
  }

  /** Asks first; then what is left takes the place of what there was, and what was done is said and has the focus. */
  async #end(question: Pick<Question, "title" | "content" | "yes">, end: OwnEnd, done: TextKey): Promise<void> {
    const { words } = this.#options;
    const rest = { no: words.text("cancel"), testId: "own-dialog", yesLook: "danger" } as const;
    if (!(await askPerson({ ...question, ...rest }))) return;
    const answer = await this.#options.end(end);
    if (this.#isClosed) return;
    if (!answer.ok) return this.#fail(answer.failure);
    this.#draw(answer.value);
    this.#say(notice("info", words.text(done), "own-done"));
  }

  #fail(failure: Failure, again?: HTMLElement): void {
    const { words, lost } = this.#options;
    if (failure.code === "NOT_SIGNED_IN") {
      lost();
      return;
    }
    const { what, todo } = words.error(failure.code);
    if (again) this.#content.replaceChildren(again);
    this.#say(notice("problem", what, "own-problem", el("p", {}, todo)));
  }

  #say(said: HTMLElement): void {
    this.#news.replaceChildren(said);
    said.focus();
  }

  #draw(own: Own): void {
    const { words, changePassword } = this.#options;
    this.#news.replaceChildren();
    const password = button(words.text("passwordTitle"), "change-password", changePassword);
    this.#content.replaceChildren(
      this.#lately(own),
      section(words.text("ownSessions"), "own-sessions", this.#sessions(own.sessions)),
      section(
        words.text("ownSignIns"),
        "own-sign-ins",
        el("p", { class: "hint" }, words.text("ownSignInsHint")),
        lines(own.signIns.map((signIn) => this.#signIn(signIn))),
      ),
      section(
        words.text("ownDevices"),
        "own-devices",
        el("p", { class: "hint" }, words.text("ownDevicesHint")),
        lines(own.devices.map((device) => this.#device(device))),
      ),
      section(
        words.text("ownPassword"),
        "own-password",
        el("p", { class: "hint" }, words.text("ownPasswordHint")),
        el("div", {}, password),
      ),
      section(
        words.text("ownRules"),
        "own-rules",
        el("p", { class: "hint" }, words.text("ownRulesHint")),
        ...rulesOf(words, own.rules),
      ),
    );
  }

  #lately({ refused, devices, signIns }: Own): HTMLElement {
    const { words, me } = this.#options;
    const { at } = me.before;
    const mine = signIns.find(({ state }) => state === "here");
    const kind = refused.from === mine?.from ? "info" : "problem";
    const waits = devices.some(({ state }) => state === "waiting");
    return el(
      "section",
      { class: "own-lately", testId: "own-lately" },
      el(
        "p",
        {},
        at === undefined ? words.text("ownFirstSignIn") : words.text("ownLastSignIn", { at: timeOf(words, at) }),
      ),
      refused.count === 0
        ? el("p", {}, words.text("ownRefusedNone"))
        : refusedNotice(words, kind, at !== undefined, refused),
      waits &&
        notice(
          "problem",
          words.text("ownDeviceWaitingWhat"),
          "own-waiting",
          el("p", {}, words.text("ownDeviceWaitingTodo")),
        ),
    );
  }

  #sessions(sessions: readonly OwnSession[]): HTMLElement {
    const { words } = this.#options;
    if (sessions.length === 0) return el("p", {}, words.text("ownSessionsNone"));
    return lines(
      sessions.map(({ id, terminal, where, since }) => ({
        what: terminal.name,
        mark:
          where === "here"
            ? { text: words.text("ownHere"), look: "here" }
            : { text: words.text("ownSessionElsewhere"), look: "open" },
        facts: [words.text("ownSessionSince", { at: timeOf(words, since) })],
        act: this.#button("ownEnd", "end-session", words.text("ownEndSession", { terminal: terminal.name }), {
          question: {
            title: words.text("ownEndSessionTitle", { terminal: terminal.name }),
            content: [el("p", {}, words.text("ownEndSessionText"))],
          },
          end: { session: id },
          done: "ownEnded",
        }),
      })),
    );
  }

  #signIn({ id, state, at: began, from, device, browser, console: isConsole }: OwnSignIn): Line {
    const { words } = this.#options;
    const at = timeOf(words, began);
    const name = browserOf(words, browser);
    const marks = {
      here: { text: words.text("ownHere"), look: "here" },
      elsewhere: { text: words.text("ownSignedIn"), look: "open" },
      over: { text: words.text("ownOver"), look: "quiet" },
    } as const;
    return {
      what: at,
      mark: marks[state],
      facts: [
        isConsole && words.text("ownConsole"),
        name,
        from !== undefined && words.text("ownFrom", { from }),
        words.text("ownDeviceCode", { code: shortCode(device) }),
      ],
      act:
        state === "elsewhere"
          ? this.#button("ownEnd", "end-sign-in", words.text("ownEndSignIn", { at }), {
              question: {
                title: words.text("ownEndSignInTitle"),
                content: [el("p", {}, words.text("ownEndSignInText", { at, browser: name }))],
              },
              end: { signIn: id },
              done: "ownEnded",
            })
          : undefined,
    };
  }

  #device({ code, state, browser, addedAt, lastUsedAt }: OwnDevice): Line {
    const { words } = this.#options;
    const used = lastUsedAt === undefined ? undefined : words.text("ownDeviceUsed", { at: timeOf(words, lastUsedAt) });
    const marks = {
      here: { text: words.text("ownHere"), look: "here" },
      elsewhere: undefined,
      waiting: { text: words.text("ownDeviceWaiting"), look: "warn" },
    } as const;
    const facts = [
      words.text("ownDeviceCode", { code }),
      words.text("ownDeviceAdded", { at: timeOf(words, addedAt) }),
      state !== "waiting" && (used ?? words.text("ownDeviceUnused")),
    ];
    const text = el("p", {}, words.text("ownGiveUpText", { code }));
    const here = el("p", { class: "question" }, words.text("ownGiveUpHere"));
    return {
      what: browserOf(words, browser),
      mark: marks[state],
      facts,
      act:
        state === "waiting"
          ? undefined
          : this.#button("ownGiveUp", "give-up", words.text("ownGiveUpDevice", { code }), {
              question: {
                title: words.text("ownGiveUpTitle"),
                content: state === "here" ? [here, text] : [text],
              },
              end: { device: code },
              done: "ownGivenUp",
            }),
    };
  }

  /** `name`: among many buttons of the same words, which one it is. */
  #button(
    label: TextKey,
    testId: string,
    name: string,
    { question, end, done }: { question: Pick<Question, "title" | "content">; end: OwnEnd; done: TextKey },
  ): HTMLElement {
    const { words } = this.#options;
    const yes = words.text(label);
    const press = button(yes, testId, () => void this.#end({ ...question, yes }, end, done), "danger");
    press.setAttribute("aria-label", name);
    return press;
  }
}

/** `info`: from where they sit themselves. */
export function refusedNotice(
  words: Words,
  kind: "info" | "problem",
  isSinceLast: boolean,
  { count, at, from }: Own["refused"],
  ...more: readonly Node[]
): HTMLElement {
  const what = words.text(isSinceLast ? "ownRefused" : "ownRefusedEver", { count });
  const last =
    at !== undefined &&
    from !== undefined &&
    el("p", {}, words.text("ownRefusedLast", { at: timeOf(words, at), from }));
  const todo = el("p", {}, words.text("ownRefusedTodo"));
  return notice(kind, what, "own-refused", ...(last ? [last] : []), todo, ...more);
}

const timeOf = (words: Words, at: number): string => words.time(at, Date.now());

const browserOf = (words: Words, browser: string | undefined): string =>
  browser === undefined ? words.text("ownBrowserUnknown") : browser.replace(", ", "・");

/** Enough to tell one's own apart. */
const shortCode = (code: string): string => code.split("-")[0] ?? code;

function section(title: string, testId: string, ...content: readonly Node[]): HTMLElement {
  const id = `${testId}-title`;
  return el(
    "section",
    { class: "card", testId, attributes: { "aria-labelledby": id } },
    el("h2", { id }, title),
    ...content,
  );
}

function lines(all: readonly Line[]): HTMLElement {
  return el(
    "ul",
    { class: "own-lines" },
    ...all.map(({ what, mark, facts, act }) =>
      el(
        "li",
        { class: "own-line", testId: "own-line" },
        el(
          "div",
          {},
          el(
            "p",
            { class: "own-what" },
            what,
            mark && " ",
            mark && el("span", { class: `own-mark ${mark.look}` }, mark.text),
          ),
          el(
            "p",
            { class: "own-facts" },
            ...facts.filter((fact) => typeof fact === "string").map((fact) => el("span", {}, fact)),
          ),
        ),
        act,
      ),
    ),
  );
}

/** 申請 in the list: what I asked for and how it stands, the buttons that ask, and the way to what others ask of me. */
import type { OwnRequest, OwnRequests } from "../../signaling/protocol/requests.ts";
import { button, el, setText } from "../dom.ts";
import type { Requests } from "../requests.ts";
import { RequestWords } from "../words/request-words.ts";
import type { Words } from "../words/strings.ts";
import { askGrant, askOvertime } from "./asking.ts";
import { askPerson } from "./dialog.ts";
import { notice } from "./page.ts";

interface CardOptions {
  readonly words: Words;
  readonly requests: Requests;
  /** Others' requests, for who may answer them. */
  readonly answer: () => void;
}

export class RequestsCard {
  readonly element: HTMLElement;
  readonly #say: RequestWords;
  readonly #options: CardOptions;
  readonly #month = el("p", { testId: "requests-month" });
  readonly #news = el("div", { testId: "requests-news" });
  readonly #lines = el("ul", { class: "own-lines", testId: "requests-lines" });
  readonly #buttons = el("div", { class: "requests-buttons" });

  constructor(options: CardOptions) {
    this.#options = options;
    this.#say = new RequestWords(options.words);
    this.element = el(
      "section",
      { class: "card requests", testId: "requests", attributes: { "aria-labelledby": "requests-title" } },
      el("h2", { id: "requests-title" }, this.#say.text("title")),
      el("p", { class: "hint" }, this.#say.text("hint")),
      this.#month,
      this.#news,
      this.#lines,
      this.#buttons,
    );
    this.draw();
  }

  draw(): void {
    const { value, mayExtend } = this.#options.requests;
    const say = this.#say;
    this.element.hidden = value === undefined;
    if (!value) return;
    const minutes = Math.round(value.overtimeMs / 60_000);
    this.#month.hidden = minutes === 0;
    const hours = say.text("hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
    setText(this.#month, `${say.text("month")} ${hours}`);
    const focused = (document.activeElement as HTMLElement | null)?.dataset["testid"];
    this.#lines.replaceChildren(...value.requests.map((request) => this.#line(request)));
    this.#buttons.replaceChildren(
      ...(mayExtend
        ? [button(say.text("askOvertime"), "ask-overtime", () => void this.#ask(value, askOvertime), "primary")]
        : []),
      button(say.text("askGrant"), "ask-grant", () => void this.#ask(value, askGrant)),
      ...(value.toAnswer === undefined ? [] : [this.#answer(value.toAnswer)]),
    );
    if (focused && this.element.contains(document.activeElement) === false)
      this.element.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
  }

  #answer(count: number): HTMLElement {
    const label = this.#say.text(count === 0 ? "approvals" : "approvalsWait", { count });
    return button(label, "approvals", this.#options.answer, count === 0 ? "plain" : "primary");
  }

  async #ask(value: OwnRequests, ask: typeof askOvertime): Promise<void> {
    const { requests } = this.#options;
    if (!(await ask(this.#say, value, (asked) => requests.ask(asked)))) return;
    this.#tell(notice("info", this.#say.text("asked"), "requests-asked"));
  }

  #line(request: OwnRequest): HTMLElement {
    const say = this.#say;
    const { kind, purpose, terminal, until, state } = request;
    const withdraw = button(say.text("withdraw"), "request-withdraw", () => void this.#withdraw(request));
    withdraw.setAttribute("aria-label", say.text("withdrawOf", { purpose }));
    const facts = [purpose, ...answersOf(say, request)];
    const what = [say.text(kind), terminal?.name, say.text("untilWhen", { until: say.time(until) })];
    return el(
      "li",
      { class: "own-line", testId: "request" },
      el(
        "div",
        {},
        el(
          "p",
          { class: "own-what" },
          `${what.filter(Boolean).join(" ")} `,
          el("span", { class: `own-mark ${LOOKS[state]}`, testId: "request-state" }, stateOf(say, request)),
        ),
        el("p", { class: "own-facts" }, ...facts.map((fact) => el("span", {}, fact))),
      ),
      (state === "waiting" || isInForce(request)) && withdraw,
    );
  }

  async #withdraw(request: OwnRequest): Promise<void> {
    const isGivenUp = isInForce(request);
    if (isGivenUp && !(await this.#isSure())) return;
    const failure = await this.#options.requests.withdraw(request.id);
    if (failure) this.#tell(notice("problem", this.#say.failure(failure), "requests-problem"));
    else if (isGivenUp) this.#tell(notice("info", this.#say.text("givenUp"), "requests-given-up"));
  }

  #isSure(): Promise<boolean> {
    const say = this.#say;
    const content = [el("p", {}, say.text("giveUpText"))];
    const answers = { yes: say.text("withdraw"), no: say.text("cancel"), yesLook: "danger" } as const;
    return askPerson({ title: say.text("giveUpTitle"), content, ...answers, testId: "give-up" });
  }

  #tell(said: HTMLElement): void {
    this.#news.replaceChildren(said);
    said.focus();
  }
}

const LOOKS: Readonly<Record<OwnRequest["state"], string>> = {
  waiting: "open",
  approved: "here",
  refused: "warn",
  withdrawn: "quiet",
  lapsed: "warn",
  ended: "quiet",
  "taken-back": "warn",
  "given-up": "quiet",
};

/** Overtime that is approved, and not over: it can be given up. */
const isInForce = ({ kind, state }: OwnRequest): boolean => kind === "overtime" && state === "approved";

function stateOf(say: RequestWords, { state, needed, answers }: OwnRequest): string {
  if (state !== "waiting" || needed === 1) return say.text(state);
  return say.text("waitingTwo", { count: answers.length, needed });
}

const answersOf = (say: RequestWords, { answers }: OwnRequest): string[] =>
  answers.map(({ name, word }) =>
    word === undefined ? say.text("answeredBy", { name }) : say.text("saidBy", { name, word }),
  );

/** What is told in a session of the answer to its overtime. */
export function newsOf(words: Words, { state, until, answers }: OwnRequest): string | undefined {
  const say = new RequestWords(words);
  if (state === "approved") return say.text("newsApproved", { until: say.time(until) });
  const word = answers.at(-1)?.word ?? "";
  if (state === "refused") return say.text("newsRefused", { word });
  if (state === "taken-back") return say.text("newsTakenBack", { word });
  return state === "lapsed" ? say.text("newsLapsed") : undefined;
}

/** In a session: above its picture. */
export async function extend(words: Words, requests: Requests): Promise<void> {
  const { value } = requests;
  if (value) await askOvertime(new RequestWords(words), value, (asked) => requests.ask(asked));
}

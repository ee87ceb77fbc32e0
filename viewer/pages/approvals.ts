/** 申請の承認: what others ask of me, one card each, and the overtime that I may take back. It fits a small tablet that is held upright. */
import type { Result } from "../../signaling/client/account.ts";
import type { Approval, Approvals, Decision, TakeBack } from "../../signaling/protocol/requests.ts";
import { button, el } from "../dom.ts";
import { RequestWords } from "../words/request-words.ts";
import { askPerson } from "./dialog.ts";
import { Field } from "./field.ts";
import { type Frame, framed, notice, type Page } from "./page.ts";
import "./approvals.css";

const EVERY_MS = 5_000;

export interface ApprovalsOptions extends Frame {
  readonly load: (isAuto: boolean) => Promise<Result<Approvals>>;
  readonly decide: (decision: Decision) => Promise<Result<Approvals>>;
  readonly takeBack: (back: TakeBack) => Promise<Result<Approvals>>;
  readonly lost: () => void;
  readonly back: () => void;
}

export class ApprovalsPage implements Page {
  readonly element: HTMLElement;
  readonly #options: ApprovalsOptions;
  readonly #say: RequestWords;
  readonly #news = el("div", { testId: "approval-news" });
  readonly #cards = el("div", { class: "approvals", testId: "approvals-list" });
  readonly #none: HTMLElement;
  readonly #approvedTitle: HTMLElement;
  /** What was typed into a card stays when the list comes anew. */
  readonly #shown = new Map<Approval["id"], { said: string; card: HTMLElement }>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: ApprovalsOptions) {
    this.#options = options;
    this.#say = new RequestWords(options.words);
    this.#none = el("p", { testId: "approvals-none" }, this.#say.text("none"));
    this.#approvedTitle = el("h2", {}, this.#say.text("approvedOvertime"));
    this.element = framed(
      { ...options, extra: [button(this.#say.text("back"), "approvals-back", options.back, "quiet")] },
      el(
        "div",
        { class: "column" },
        el("h1", {}, this.#say.text("approvalsTitle")),
        el("p", { class: "hint" }, this.#say.text("approvalsHint")),
        this.#news,
        this.#cards,
      ),
    );
    void this.#load(false);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #load(isAuto: boolean): Promise<void> {
    const answer = document.hidden ? undefined : await this.#options.load(isAuto);
    if (answer) this.#take(answer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#load(true), EVERY_MS);
  }

  /** False: it is said why. */
  #take(answer: Result<Approvals>): answer is Extract<typeof answer, { ok: true }> {
    if (this.#isClosed) return false;
    if (answer.ok) this.#draw(answer.value);
    else if (answer.failure.code === "NOT_SIGNED_IN") this.#options.lost();
    else this.#tell(notice("problem", this.#say.failure(answer.failure), "approval-problem"));
    return answer.ok;
  }

  #tell(said: HTMLElement): void {
    this.#news.replaceChildren(said);
    said.focus();
  }

  #draw({ waiting, decided }: Approvals): void {
    const approved = decided.filter(({ mayTakeBack }) => mayTakeBack);
    const all = [...waiting, ...approved];
    for (const id of this.#shown.keys()) if (!all.some((one) => one.id === id)) this.#shown.delete(id);
    const now = waiting.map((one) => this.#kept(one, () => this.#card(one)));
    if (now.length === 0) now.push(this.#none);
    if (approved.length > 0) now.push(this.#approvedTitle);
    now.push(...approved.map((one) => this.#kept(one, () => this.#approved(one))));
    // what has the focus must not be taken out and put in again
    if (now.length === this.#cards.children.length && now.every((card, index) => card === this.#cards.children[index]))
      return;
    this.#cards.replaceChildren(...now);
  }

  /** As it is shown, as long as nothing of it changes. */
  #kept(one: Approval, make: () => HTMLElement): HTMLElement {
    // what they work at this moment grows each time
    const said = JSON.stringify({ ...one, overtimeMs: 0 });
    const before = this.#shown.get(one.id);
    if (before?.said === said) return before.card;
    const card = make();
    this.#shown.set(one.id, { said, card });
    return card;
  }

  #approved(one: Approval): HTMLElement {
    const say = this.#say;
    const titleId = `approved-${one.id}`;
    const { name } = one.person;
    const take = button(say.text("takeBack"), "take-back", () => void this.#takeBack(one));
    take.setAttribute("aria-label", say.text("takeBackOf", { name }));
    return el(
      "article",
      { class: "card approval", testId: "approved", attributes: { "aria-labelledby": titleId } },
      el("h3", { id: titleId }, name),
      el(
        "p",
        { class: "approval-what" },
        `${say.text(one.kind)} ${say.text("untilWhen", { until: say.time(one.until) })}`,
      ),
      el("p", {}, one.purpose),
      el("div", {}, take),
    );
  }

  async #takeBack({ id, person: { name } }: Approval): Promise<void> {
    const say = this.#say;
    const reason = new Field({
      testId: "take-back-reason",
      label: say.text("reason"),
      hint: say.text("reasonHint"),
      attributes: { autocomplete: "off", maxlength: "200" },
    });
    const typed = (): string => reason.input.value.trim();
    const isSure = await askPerson({
      title: say.text("takeBackTitle", { name }),
      content: [el("p", {}, say.text("takeBackText")), reason.row],
      ...{ yes: say.text("takeBackYes"), no: say.text("cancel"), testId: "take-back-dialog", focus: reason.input },
      check: () => {
        if (typed() !== "") return "yes";
        reason.complain(say.text("missingReason"));
        return "stay";
      },
    });
    if (!isSure) return;
    const answer = await this.#options.takeBack({ request: id, reason: typed() });
    if (this.#take(answer)) this.#tell(notice("info", say.text("tookBack", { name }), "approval-said"));
  }

  #card(one: Approval): HTMLElement {
    const say = this.#say;
    const { id, kind, purpose, person, terminal, until, expiresAt, needed, answers, mayAnswer } = one;
    const titleId = `approval-${id}`;
    const what = [say.text(kind), terminal?.name, say.text("untilWhen", { until: say.time(until) })];
    return el(
      "article",
      { class: "card approval", testId: "approval", attributes: { "aria-labelledby": titleId } },
      el("h2", { id: titleId }, person.name),
      el("p", { class: "approval-what" }, what.filter(Boolean).join(" ")),
      el("p", { class: "approval-purpose", testId: "approval-purpose" }, purpose),
      facts(say, one),
      needed > 1 && el("p", {}, say.text("waitingTwo", { count: answers.length, needed })),
      el("p", { class: "hint" }, say.text("expires", { at: say.time(expiresAt) })),
      mayAnswer ? this.#answer(one) : el("p", { class: "hint" }, say.text("notYours")),
    );
  }

  #answer({ id, person: { name } }: Approval): HTMLElement {
    const say = this.#say;
    const word = new Field({
      testId: `word-${id}`,
      label: say.text("word"),
      attributes: { autocomplete: "off", maxlength: "200" },
    });
    word.input.required = false;
    const press = (yes: boolean): HTMLElement => {
      const decision = (): void => void this.#decide(id, name, yes, word.input.value.trim());
      const look = yes ? "primary" : "danger";
      const one = button(say.text(yes ? "yes" : "no"), yes ? "approve" : "refuse", decision, look);
      one.setAttribute("aria-label", say.text(yes ? "yesOf" : "noOf", { name }));
      return one;
    };
    return el("div", { class: "approval-answer" }, word.row, press(true), press(false));
  }

  async #decide(request: Approval["id"], name: string, yes: boolean, word: string): Promise<void> {
    const answer = await this.#options.decide({ request, yes, ...(word !== "" && { word }) });
    if (!this.#take(answer) || this.#isClosed || !answer.ok) return;
    const isMore = answer.value.waiting.some(({ id }) => id === request);
    const said = yes ? (isMore ? "saidYesMore" : "saidYes") : "saidNo";
    this.#tell(notice("info", this.#say.text(said, { name }), "approval-said"));
  }
}

function facts(say: RequestWords, { division, lastUse, overtimeMs }: Approval): HTMLElement {
  const minutes = Math.round(overtimeMs / 60_000);
  const used = lastUse && {
    terminal: lastUse.terminal,
    at: say.time(lastUse.at),
    end: lastUse.end === undefined ? "" : say.time(lastUse.end),
  };
  const use = used && say.text(lastUse?.end === undefined ? "lastUseNow" : "lastUseEnd", used);
  const rows = [
    [say.text("division"), division],
    [say.text("lastUse"), use ?? say.text("lastUseNone")],
    [say.text("month"), say.text("hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 })],
  ] as const;
  return el(
    "dl",
    { class: "approval-facts" },
    ...rows.filter(([, value]) => value !== "").flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
  );
}

/** My office PCs, each with its state in words and the one thing that can be done with it. */
import type { Me } from "../../signaling/protocol/api.ts";
import type { ErrorCode } from "../../signaling/protocol/errors.ts";
import type { TerminalView } from "../../signaling/protocol/signal.ts";
import type { Device } from "../device.ts";
import { button, codeGroups, el, setText } from "../dom.ts";
import type { Pin } from "../pairing-code.ts";
import type { Unheard } from "../session/ends.ts";
import type { Words } from "../words/strings.ts";
import { askPerson } from "./dialog.ts";
import { refusedNotice } from "./own.ts";
import { type Frame, framed, notice, type Page, UNHEARD } from "./page.ts";
import { Waking, wakeWords } from "./waking.ts";
import "./list.css";

export interface ListOptions extends Frame {
  readonly me: Me;
  readonly device: Device;
  readonly first: Node | undefined;
  /** What was asked of managers. */
  readonly requests: Node;
  readonly connect: (terminal: TerminalView) => void;
  readonly wake: (terminal: TerminalView) => void;
  readonly cancelWake: (terminal: TerminalView) => void;
  /** The person's own page. */
  readonly own: () => void;
  readonly signOut: () => void;
}

export class ListPage implements Page {
  readonly element: HTMLElement;
  readonly #options: ListOptions;
  readonly #list = el("ul", { class: "terminals", testId: "terminals" });
  readonly #status = el("p", { class: "list-status", testId: "server-state", attributes: { role: "status" } });
  readonly #waking: Waking;
  readonly #more = el("p", { class: "hint", testId: "list-more", attributes: { role: "status" } });
  readonly #pins = el("div", { class: "pins" });
  #terminals: readonly TerminalView[] | undefined;
  #minute: ReturnType<typeof setInterval>;

  constructor(options: ListOptions) {
    this.#options = options;
    const { words, me } = options;
    this.#waking = new Waking(words);
    const name = el("span", { class: "who", testId: "person" }, words.text("hello", { name: me.name }));
    const own = button(words.text("ownTitle"), "own", options.own, "quiet");
    const out = button(words.text("signOut"), "sign-out", options.signOut, "quiet");
    this.element = framed(
      { ...options, extra: [name, own, out] },
      el(
        "div",
        { class: "column" },
        options.first,
        refusedElsewhere(words, me, options.own),
        el("p", { class: "organisation" }, me.organisation),
        el("h1", {}, words.text("listTitle")),
        this.#status,
        this.#waking.news,
        this.#list,
        this.#more,
        options.requests,
        this.#device(),
        el("p", { class: "hint", testId: "last-sign-in" }, lastSignIn(words, me)),
        el("p", { class: "hint", testId: "sign-in-until" }, signInUntil(words, me)),
      ),
    );
    this.#draw();
    this.#minute = setInterval(() => this.#draw(), 60_000); // 「9:15から」 turns into a date at midnight
    void this.#drawPins();
  }

  /** `beyond`: so many more there are. */
  update(terminals: readonly TerminalView[], beyond: number): void {
    this.#more.hidden = beyond === 0;
    setText(this.#more, beyond === 0 ? "" : this.#options.words.text("listMore", { count: beyond }));
    this.#waking.changed(this.#terminals ?? [], terminals);
    this.#terminals = terminals;
    this.#draw();
  }

  /** The server did not begin to wake. */
  wakeRefused(code: ErrorCode, retryAfterS: number | undefined): void {
    this.#waking.refused(code, retryAfterS);
  }

  /** `unheard`: of the last session's end. */
  setState({ online, unheard }: { online: boolean; unheard: Unheard | undefined }): void {
    const { words } = this.#options;
    const lines = [unheard && words.text(UNHEARD[unheard]), !online && words.text("reconnectingServer")];
    setText(this.#status, lines.filter(Boolean).join(" "));
  }

  async close(): Promise<void> {
    clearInterval(this.#minute);
    this.#waking.close();
  }

  #draw(): void {
    const { words } = this.#options;
    this.#waking.redrawn();
    const focused = (document.activeElement as HTMLElement | null)?.dataset["terminal"];
    if (!this.#terminals) this.#list.replaceChildren(el("li", { class: "hint" }, words.text("listLoading")));
    else if (this.#terminals.length === 0) {
      const todo = el("p", {}, words.text("listEmptyTodo"));
      this.#list.replaceChildren(el("li", {}, notice("info", words.text("listEmpty"), "list-empty", todo)));
    } else this.#list.replaceChildren(...this.#terminals.map((terminal) => this.#row(terminal)));
    if (focused) this.#list.querySelector<HTMLElement>(`[data-terminal="${focused}"]`)?.focus();
  }

  #row(terminal: TerminalView): HTMLElement {
    const { words } = this.#options;
    const { act, label, look, enabled } = action(terminal);
    const go = button(words.text(label), TEST_IDS[act], () => this.#options[act](terminal), look);
    go.dataset["terminal"] = terminal.id;
    go.disabled = !enabled;
    const stateId = `state-${terminal.id}`;
    go.setAttribute("aria-describedby", stateId);
    const row = el(
      "li",
      { class: "terminal", testId: "terminal" },
      el(
        "div",
        { class: "terminal-words" },
        el("h2", { testId: "terminal-name" }, terminal.name),
        el("p", { class: "terminal-state", id: stateId, testId: "terminal-state" }, stateWords(words, terminal)),
        this.#waking.more(terminal),
        terminal.grantedUntil !== undefined &&
          el(
            "p",
            { class: "hint" },
            words.text("grantedUntil", { until: words.time(terminal.grantedUntil, Date.now()) }),
          ),
        lastDay(words, terminal),
        el("p", { class: "terminal-id" }, `${words.text("terminalId")} `, el("code", {}, terminal.id)),
      ),
      go,
    );
    row.dataset["terminal"] = terminal.id;
    row.dataset["state"] = terminal.state;
    if (terminal.wake) row.dataset["wake"] = terminal.wake.state;
    return row;
  }

  #device(): HTMLElement {
    const { words, device } = this.#options;
    return el(
      "details",
      { class: "card about-device", testId: "about-device" },
      el("summary", {}, words.text("deviceTitle")),
      el("h3", {}, words.text("deviceCode")),
      codeGroups(device.code, "device-code"),
      el("h3", {}, words.text("pinsTitle")),
      this.#pins,
    );
  }

  async #drawPins(): Promise<void> {
    const { words, device } = this.#options;
    const pins = await device.pins().catch(() => []);
    const rows = pins.map((pin) =>
      el(
        "li",
        { testId: "pin" },
        el("span", {}, `${pin.name} `, el("code", {}, pin.terminal)),
        button(words.text("pinsForget"), "pin-forget", () => void this.#forget(pin), "quiet"),
      ),
    );
    const empty = el("p", { class: "hint" }, words.text("pinsEmpty"));
    this.#pins.replaceChildren(rows.length > 0 ? el("ul", { class: "pin-list" }, ...rows) : empty);
  }

  async #forget(pin: Pin): Promise<void> {
    const { words, device } = this.#options;
    const sure = await askPerson({
      title: words.text("pinsForgetTitle", { terminal: pin.name }),
      content: [el("p", {}, words.text("pinsForgetText"))],
      yes: words.text("pinsForgetYes"),
      no: words.text("cancel"),
      testId: "forget-dialog",
      yesLook: "danger",
    });
    if (!sure) return;
    await device.forget(pin.terminal);
    await this.#drawPins();
  }
}

/** One's own slips of the finger are no news. */
function refusedElsewhere(words: Words, { before }: Me, own: () => void): HTMLElement | undefined {
  if (before.refusals === 0 || !before.elsewhere) return undefined;
  const look = button(words.text("ownRefusedLook"), "own-look", own);
  return refusedNotice(words, "problem", before.at !== undefined, { count: before.refusals }, look);
}

function lastSignIn(words: Words, { before: { at } }: Me): string {
  if (at === undefined) return words.text("ownFirstSignIn");
  return words.text("ownLastSignIn", { at: words.time(at, Date.now()) });
}

export function signInUntil(words: Words, me: Me): string {
  const time = words.time(me.endsAt, Date.now());
  return words.text("signInUntil", { time, minutes: Math.round(me.idleMs / 60_000) });
}

type Action = {
  act: "connect" | "wake" | "cancelWake";
  label:
    | "connect"
    | "resume"
    | "takeOver"
    | "inUseByOther"
    | "idOverShort"
    | "offline"
    | "wake"
    | "waking"
    | "wakeAgain"
    | "wakeCancel";
  look: "primary" | "plain";
  enabled: boolean;
};

const TEST_IDS = { connect: "connect", wake: "wake", cancelWake: "wake-cancel" } as const;

/** Its ID was given for an event, which ended. */
const isOver = ({ idUntil }: TerminalView): boolean => idUntil !== undefined && idUntil <= Date.now();

/** Its last day, where its ID was given for an event: that ends at 24:00. */
function lastDay(words: Words, terminal: TerminalView): HTMLElement | undefined {
  if (terminal.idUntil === undefined) return undefined;
  const key = isOver(terminal) ? "idOver" : "idUntil";
  return el("p", { class: "hint", testId: "id-until" }, words.text(key, { day: words.day(terminal.idUntil - 1) }));
}

function action(terminal: TerminalView): Action {
  const { state, holder } = terminal;
  if (isOver(terminal)) return { act: "connect", label: "idOverShort", look: "plain", enabled: false };
  if (state === "offline") return wakeAction(terminal);
  const act = "connect";
  if (state === "online" || !holder) return { act, label: "connect", look: "primary", enabled: true };
  if (holder.here) return { act, label: "resume", look: "primary", enabled: true };
  if (holder.mine) return { act, label: "takeOver", look: "plain", enabled: true };
  return { act, label: "inUseByOther", look: "plain", enabled: false };
}

function wakeAction({ wake }: TerminalView): Action {
  if (wake?.state === "possible") return { act: "wake", label: "wake", look: "primary", enabled: true };
  if (wake?.state === "failed" && wake.again) return { act: "wake", label: "wakeAgain", look: "plain", enabled: true };
  if (wake?.state !== "waking") return { act: "connect", label: "offline", look: "plain", enabled: false };
  if (wake.mine) return { act: "cancelWake", label: "wakeCancel", look: "plain", enabled: true };
  return { act: "wake", label: "waking", look: "plain", enabled: false };
}

function stateWords(words: Words, terminal: TerminalView): string {
  const { state, since, holder, wake } = terminal;
  if (isOver(terminal)) return words.text("idOverShort");
  const at = (time: number): string => words.time(time, Date.now());
  if (state === "online") return words.text("stateOnline");
  if (wake) return wakeWords(words, wake, at(since));
  if (state === "offline") {
    return since > 0 ? words.text("stateOffline", { since: at(since) }) : words.text("stateOfflineNever");
  }
  if (!holder) return words.text("inUseByOther");
  if (!holder.mine) return words.text("stateInUse", { name: holder.name, since: at(holder.since) });
  return words.text(holder.here ? "stateMineHere" : "stateMineElsewhere", { since: at(holder.since) });
}

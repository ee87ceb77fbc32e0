/**
 * Which page is shown, and when it changes:
 *
 *   sign-in ──signed in──▶ list ──connect──▶ session ──ended, back──▶ list
 *      ▲  │                 ▲ │◀─▶ own page     │
 *      │  └─▶ new password ─┘ │                 │         a password that was handed out is changed first; any can be, from the own page
 *      └────── signed out, expired, by anyone ──┘         4409: this tab is set aside (ending.ts) until it is asked for again
 */

import type { Failure } from "../signaling/client/account.ts";
import { Backoff } from "../signaling/client/backoff.ts";
import { type ClientState, SignalingClient } from "../signaling/client/client.ts";
import { DeviceError } from "../signaling/client/device-key.ts";
import type { Me, PasswordChangeRequest } from "../signaling/protocol/api.ts";
import { EndReason } from "../signaling/protocol/errors.ts";
import type { PublicKey } from "../signaling/protocol/ids.ts";
import { type TerminalView, ToViewer, type ViewerMessage } from "../signaling/protocol/signal.ts";
import { Device } from "./device.ts";
import { el } from "./dom.ts";
import { endOfPage, FINAL_CODES } from "./ending.ts";
import { endOwn, own } from "./own-requests.ts";
import { newPageId } from "./page-id.ts";
import { ListPage } from "./pages/list.ts";
import { knownOrganisation } from "./pages/organisation.ts";
import { OwnPage } from "./pages/own.ts";
import { type Frame, notice, type Page } from "./pages/page.ts";
import { passwordPage } from "./pages/password.ts";
import { SessionPage } from "./pages/session-page.ts";
import { setAsidePage } from "./pages/set-aside.ts";
import { type Credentials, signInPage } from "./pages/sign-in.ts";
import { pair, pairingRefused } from "./pairing.ts";
import { Person } from "./person.ts";
import { approvals, decide, takeBack } from "./request-calls.ts";
import { RequestsHere } from "./requests-here.ts";
import { decodable } from "./session/codecs.ts";
import { Ends } from "./session/ends.ts";
import { decodableHere } from "./session/peer.ts";
import { Session } from "./session/session.ts";
import type { Cause } from "./session/session-shape.ts";
import { askTakeOver, isElsewhere } from "./take-over.ts";
import { TerminalList } from "./terminal-list.ts";
import { chooseLanguage, chosenLanguage, Words } from "./words/strings.ts";

/** What a test, or support, sees from outside. */
type Place = "signed-out" | "password" | "list" | "own" | "approvals" | "connecting" | "live" | "interrupted" | "ended";

const BACKOFF = { baseMs: 500, maxMs: 15_000 };
/** With LOST_MS, and the time a new path takes: a picture is back within 15 s after a line has died without a word. */
const WATCH = { quietMs: 20_000, answerMs: 4_000, ask: { type: "ping" } } as const;

export class App {
  readonly #root: HTMLElement;
  readonly #client: SignalingClient<ViewerMessage, ToViewer>;
  #words = new Words(chosenLanguage());
  #device: Device | DeviceError["problem"] | "old-browser" = "no-storage";
  #page: Page | undefined;
  #list: ListPage | undefined;
  #session: SessionPage | undefined;
  #terminals: readonly TerminalView[] | undefined;
  /** So many more there are than a list holds. */
  #beyondList = 0;
  readonly #parts = new TerminalList();
  /** By it the server knows that a new connection follows a former one, which it may still believe to be alive. */
  readonly #pageId = newPageId();

  readonly #person = new Person({
    entered: (me) => this.#enter(me),
    lost: () => this.#signedOut(this.#problem("NOT_SIGNED_IN")),
    inputAt: () => this.#session?.session.inputAt ?? 0,
  });
  readonly #requests = new RequestsHere({
    words: () => this.#words,
    lost: () => this.#signedOut(this.#problem("NOT_SIGNED_IN")),
    answer: () => void this.#showApprovals(),
    tell: (news) => this.#session?.tell(news),
  });
  readonly #ends = new Ends({
    send: (message) => this.#client.send(message),
    probe: () => this.#client.probe(),
    changed: () => this.#drawState(),
  });

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#client = new SignalingClient<ViewerMessage, ToViewer>({
      open: () => this.#socket(),
      incoming: ToViewer,
      backoff: new Backoff(BACKOFF),
      onMessage: (message) => this.#receive(message),
      onState: (state) => this.#clientState(state),
      onProblem: (problem) => console.warn("dropped a message of the server:", problem),
      finalCodes: FINAL_CODES,
      watch: WATCH,
    });
  }

  async start(): Promise<void> {
    window.addEventListener("online", () => this.#client.reconnect());
    for (const back of ["pageshow", "focus"]) window.addEventListener(back, () => this.#client.probe());
    document.addEventListener("visibilitychange", () => document.hidden || this.#client.probe());
    this.#person.start();
    document.documentElement.lang = this.#words.language;
    this.#device = await openDevice();
    if (typeof this.#device === "string") return this.#showSignIn();
    const failure = await this.#person.arrive();
    if (failure) this.#showSignIn(failure.code === "unreachable" ? this.#problem("unreachable") : undefined);
  }

  #socket(): WebSocket {
    return new WebSocket(new URL(`/ws?page=${this.#pageId}`, location.href.replace(/^http/, "ws")));
  }

  #enter(me: Me): void {
    this.#terminals = undefined;
    if (me.mustChange) {
      this.#showPassword();
      return;
    }
    this.#showList();
    this.#client.start();
  }

  #receive(message: ToViewer): void {
    if (message.type === "terminals") {
      const terminals = this.#parts.take(message);
      if (terminals) {
        this.#terminals = terminals;
        this.#beyondList = message.more ?? 0;
        this.#list?.update(terminals, this.#beyondList);
      }
    }
    if (message.type === "error" && message.about === "wake") {
      const { retryAfterS } = message.details ?? {};
      this.#list?.wakeRefused(message.code, typeof retryAfterS === "number" ? retryAfterS : undefined);
    }
    if (message.type === "requests-changed") this.#requests.load();
    this.#ends.receive(message);
    this.#session?.session.receive(message);
  }

  #clientState(state: ClientState): void {
    if (state.kind === "open") this.#ends.opened();
    if (state.kind === "closed") this.#ends.clear();
    this.#drawState();
    this.#session?.session.socketChanged();
    if (state.kind === "waiting") void this.#person.stillSignedIn();
    if (state.kind !== "closed") return;
    const end = endOfPage(state.closeCode);
    if (end === "set-aside") this.#setAside();
    else if (end !== undefined) this.#signedOut(this.#whyEnded(state.closeReason) ?? this.#problem(end));
  }

  async #signIn(device: Device, credentials: Credentials): Promise<Failure | undefined> {
    const failure = await this.#person.signIn(device, credentials);
    if (failure !== "organisation-missing") return failure;
    this.#showSignIn(notice("problem", this.#words.text("missingOrganisation"), "sign-in-problem"));
    return undefined;
  }

  async #signOut(): Promise<void> {
    const words = this.#words;
    const isOver = await this.#person.signOut();
    const todo = el("p", {}, words.text("signOutUnsureTodo"));
    this.#signedOut(
      isOver
        ? notice("info", words.text("signedOut"), "signed-out")
        : notice("problem", words.text("signOutUnsure"), "sign-out-unsure", todo),
    );
  }

  #signedOut(first?: Node): void {
    this.#person.forget();
    this.#requests.forget();
    this.#session?.session.end({ kind: "reason", reason: "sign-in-expired" });
    this.#client.close();
    this.#showSignIn(first);
  }

  #showSignIn(first?: Node): void {
    const device = this.#device;
    const page = signInPage({
      ...this.#frame(() => this.#showSignIn()),
      device,
      first,
      organisation: this.#person.asksOrganisation ? { known: knownOrganisation() } : undefined,
      mail: typeof device === "string" ? undefined : this.#person.mailWay(device),
      submit: async (credentials) => (typeof device === "string" ? undefined : this.#signIn(device, credentials)),
    });
    this.#show(page, "signed-out");
  }

  #showList(first?: Node): void {
    const { me } = this.#person;
    const device = this.#device;
    if (!me || typeof device === "string") {
      this.#showSignIn(first);
      return;
    }
    const page = new ListPage({
      ...this.#frame(() => this.#showList()),
      me,
      device,
      first,
      requests: this.#requests.card(),
      connect: (terminal) => void this.#choose(terminal),
      wake: ({ id }) => this.#client.send({ type: "wake", terminal: id }),
      cancelWake: ({ id }) => this.#client.send({ type: "wake-cancel", terminal: id }),
      own: () => this.#showOwn(),
      signOut: () => void this.#signOut(),
    });
    this.#show(page, "list");
    this.#list = page;
    if (this.#terminals) page.update(this.#terminals, this.#beyondList);
    this.#drawState();
  }

  #showOwn(): void {
    const { me } = this.#person;
    if (!me) {
      this.#showSignIn();
      return;
    }
    const page = new OwnPage({
      ...this.#frame(() => this.#showOwn()),
      me,
      load: own,
      end: endOwn,
      lost: () => this.#signedOut(this.#problem("NOT_SIGNED_IN")),
      changePassword: () => this.#showPassword(),
      back: () => this.#showList(),
    });
    this.#show(page, "own");
  }

  /** What others ask of me. */
  async #showApprovals(): Promise<void> {
    const { ApprovalsPage } = await import("./pages/approvals.ts");
    const page = new ApprovalsPage({
      ...this.#frame(() => void this.#showApprovals()),
      load: approvals,
      decide,
      takeBack,
      lost: () => this.#signedOut(this.#problem("NOT_SIGNED_IN")),
      back: () => this.#showList(),
    });
    this.#show(page, "approvals");
  }

  #drawState(): void {
    this.#list?.setState({ online: this.#client.state.kind === "open", unheard: this.#ends.unheard });
  }

  #showPassword(): void {
    const { me } = this.#person;
    if (!me) {
      this.#showSignIn();
      return;
    }
    const page = passwordPage({
      ...this.#frame(() => this.#showPassword()),
      me,
      submit: (change) => this.#changePassword(change),
      leave: () => (me.mustChange ? void this.#signOut() : this.#showList()),
    });
    this.#show(page, "password");
  }

  async #changePassword(change: PasswordChangeRequest): Promise<Failure | undefined> {
    const failure = await this.#person.changePassword(change);
    if (failure && failure.code !== "NOT_SIGNED_IN") return failure;
    if (failure) this.#signedOut(this.#problem("NOT_SIGNED_IN"));
    else this.#showList(notice("info", this.#words.text("passwordChanged"), "password-changed"));
    return undefined;
  }

  async #choose(terminal: TerminalView): Promise<void> {
    if (isElsewhere(terminal) && !(await askTakeOver(this.#words, terminal))) return;
    this.#connect(terminal, terminal.holder?.mine === true);
  }

  #connect(terminal: TerminalView, takeOver: boolean): void {
    const device = this.#device;
    if (typeof device === "string") return;
    const page = new SessionPage({
      words: this.#words,
      terminal,
      begin: (handlers) =>
        new Session({
          wish: { terminal: terminal.id, takeOver, codecs: decodable(decodableHere()) },
          device,
          send: (message) => this.#client.send(message),
          online: () => this.#client.state.kind === "open",
          probe: () => this.#client.probe(),
          ends: this.#ends,
          handlers,
        }),
      phase: (phase) => {
        if (this.#session === page) place(phase);
      },
      ended: (cause) => void this.#ended(terminal, cause),
      back: () => this.#showList(),
      again: () => this.#connect(terminal, false),
      warning: () => this.#expiryWarning(),
      extension: () => this.#requests.extension,
      extend: () => this.#requests.extend(),
    });
    this.#show(page, "connecting");
    this.#session = page;
  }

  /** Two ends are questions; the rest is shown where it happened. */
  async #ended(terminal: TerminalView, cause: Cause): Promise<void> {
    if (cause.kind === "unknown-terminal") {
      this.#showList();
      if (await this.#pair(terminal, cause.agentKey)) this.#connect(terminal, terminal.holder?.mine === true);
    } else if (cause.kind === "refused" && cause.code === "TERMINAL_YOURS_ELSEWHERE") {
      this.#showList();
      if (await askTakeOver(this.#words, terminal)) this.#connect(terminal, true);
    } else if (cause.kind === "reason" && cause.reason === "signed-out") {
      this.#signedOut(notice("info", this.#words.end("signed-out").what, "signed-out"));
    }
  }

  async #pair(terminal: TerminalView, key: PublicKey): Promise<boolean> {
    const device = this.#device;
    const login = this.#person.me?.login;
    if (typeof device === "string" || login === undefined) return false;
    const pairing = await pair({ terminal, key, login, device, words: this.#words });
    if (pairing === "pinned") return true;
    this.#showList(pairingRefused(this.#words, pairing));
    return false;
  }

  /** The server has given this tab's connection to newer ones. */
  #setAside(): void {
    this.#session?.session.end({ kind: "reason", reason: "taken-over" });
    const page = setAsidePage({
      ...this.#frame(() => this.#setAside()),
      useHere: () => this.#person.me && this.#enter(this.#person.me),
    });
    this.#show(page, "ended");
  }

  #expiryWarning(): string | undefined {
    const minutes = this.#person.endsIn;
    return minutes === undefined ? undefined : this.#words.text("signInSoon", { minutes });
  }

  #problem(code: Parameters<Words["error"]>[0]): HTMLElement {
    return problem(this.#words.error(code));
  }

  /** Why the server ended this sign-in. Of one that ran out while nothing was connected there is nothing more to say. */
  #whyEnded(closeReason: string | undefined): HTMLElement | undefined {
    const { data: reason } = EndReason.safeParse(closeReason);
    if (reason === undefined || (reason === "sign-in-expired" && !this.#session)) return undefined;
    return problem(this.#words.end(reason));
  }

  #frame(again: () => void): Frame {
    const switchLanguage = (): void => {
      const language = this.#words.language === "ja" ? "en" : "ja";
      chooseLanguage(language);
      this.#words = new Words(language);
      document.documentElement.lang = language;
      again();
    };
    return { words: this.#words, switchLanguage };
  }

  #show(page: Page, where: Place): void {
    const before = this.#page;
    this.#page = page;
    this.#list = undefined;
    this.#session = undefined;
    this.#root.replaceChildren(page.element);
    void before?.close();
    place(where);
    document.title = this.#words.text("product");
  }
}

function problem({ what, todo }: ReturnType<Words["end"]>): HTMLElement {
  return notice("problem", what, "problem", el("p", {}, todo));
}

function place(where: Place): void {
  document.documentElement.dataset["session"] = where;
}

async function openDevice(): Promise<Device | DeviceError["problem"] | "old-browser"> {
  if (typeof RTCPeerConnection === "undefined" || typeof DecompressionStream === "undefined") return "old-browser";
  try {
    return await Device.open();
  } catch (error) {
    return error instanceof DeviceError ? error.problem : "no-storage";
  }
}

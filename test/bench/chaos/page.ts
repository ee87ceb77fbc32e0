/**
 * A page of staff without its picture on a screen: the client half of signaling, signed in with a cookie. It asks for an office PC,
 * answers the offer, keeps the picture as long as nobody ends it, comes back where its path broke, and says its end until it is heard.
 */
import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import { Backoff } from "../../../signaling/client/backoff.ts";
import { SignalingClient, type SocketLike } from "../../../signaling/client/client.ts";
import type { SessionId, Signature, TerminalId } from "../../../signaling/protocol/ids.ts";
import { ToViewer, type ViewerMessage } from "../../../signaling/protocol/signal.ts";
import { FINAL_CODES } from "../../../viewer/ending.ts";
import { Ends } from "../../../viewer/session/ends.ts";
import type { History } from "./history.ts";
import type { Picture, Pictures } from "./pictures.ts";

/** As viewer/app.ts has them. */
const BACKOFF = { baseMs: 500, maxMs: 15_000 };
const WATCH = { quietMs: 20_000, answerMs: 4_000, ask: { type: "ping" } } as const;
const LOOK_MS = 500;
/** An attempt to come back that nobody has answered by then is made again. */
const ANSWER_MS = 5_000;
const SDP = `v=0\r\n${"a=x-padding:0123456789012345678901234567890123456789\r\n".repeat(40)}`;

export interface PageOptions {
  readonly origin: string;
  readonly ca: string;
  /** Of this person's own line. */
  readonly address: string | undefined;
  readonly cookie: string;
  readonly login: string;
  readonly signature: Signature;
  readonly history: History;
  readonly pictures: Pictures;
}

/** What came of asking for an office PC. */
export type Outcome = "live" | "over" | "too late";

interface Sitting {
  readonly terminal: TerminalId;
  readonly takeOver: boolean;
  wasLive: boolean;
  /** When it asks once more to come back; performance.now(). */
  askAt: number;
  id: SessionId | undefined;
  picture: Picture | undefined;
  stopWaiting: () => void;
  readonly isLive: PromiseWithResolvers<void>;
  readonly isOver: PromiseWithResolvers<void>;
}

export class Page {
  readonly #options: PageOptions;
  readonly #client: SignalingClient<ViewerMessage, ToViewer>;
  readonly #ends: Ends;
  readonly #wished = new Set<SessionId>();
  readonly #up = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #resuming: NodeJS.Timeout;
  #sitting: Sitting | undefined;
  #isUp = false;

  constructor(options: PageOptions) {
    this.#options = options;
    const page = randomBytes(16).toString("base64url");
    this.#client = new SignalingClient<ViewerMessage, ToViewer>({
      open: () => this.#socket(page),
      incoming: ToViewer,
      backoff: new Backoff(BACKOFF),
      onMessage: (message) => this.#receive(message),
      onState: ({ kind }) => {
        if (kind === "open") this.#ends.opened();
        else if (this.#isUp) this.#note("down");
        if (kind !== "closed") return;
        this.#wished.clear();
        this.#closed.resolve();
      },
      onProblem: () => {},
      finalCodes: FINAL_CODES,
      watch: WATCH,
    });
    this.#ends = new Ends({
      send: (message) => this.#client.send(message),
      probe: () => this.#client.probe(),
      changed: () => {},
    });
    this.#resuming = setInterval(() => this.#resume(), LOOK_MS);
    this.#client.start();
  }

  /** The server has welcomed it. */
  get up(): Promise<void> {
    return this.#up.promise;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** It will not connect any more: its sign-in is over, or it was closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** All ends that were chosen here have been heard. */
  get isHeard(): boolean {
    return this.#wished.size === 0;
  }

  /** `over`: whatever the reason. */
  async sit(terminal: TerminalId, takeOver: boolean, patience: Promise<unknown>): Promise<Outcome> {
    const sitting: Sitting = {
      ...{ terminal, takeOver, wasLive: false, askAt: 0, id: undefined, picture: undefined, stopWaiting: () => {} },
      ...{ isLive: Promise.withResolvers(), isOver: Promise.withResolvers() },
    };
    this.#sitting = sitting;
    this.#history({ what: "asks", terminal });
    if (!this.#ask({ takeOver })) sitting.isOver.resolve();
    const late = patience.then(() => "too late" as const);
    const over = Promise.race([sitting.isOver.promise, this.closed]).then(() => "over" as const);
    return Promise.race([sitting.isLive.promise.then(() => "live" as const), over, late]);
  }

  /** The session ended, whoever wished it. */
  get over(): Promise<void> {
    return Promise.race([this.#sitting?.isOver.promise, this.closed]);
  }

  /** The path breaks, as home lines do; the page comes back by itself. */
  breakPath(): void {
    const { picture } = this.#sitting ?? {};
    if (!picture || !this.#sitting) return;
    Object.assign(this.#sitting, { picture: undefined, askAt: performance.now() + LOOK_MS });
    picture.close();
  }

  /** The person ends it. */
  leave(): void {
    const { id: session } = this.#sitting ?? {};
    if (session !== undefined) {
      this.#wished.add(session);
      this.#history({ what: "ends", session, reason: "viewer-left" });
      this.#ends.tell(session, "viewer-left");
    }
    this.#over();
  }

  close(): void {
    clearInterval(this.#resuming);
    this.#isUp = false;
    this.#history({ what: "gone" });
    this.#over();
    this.#ends.clear();
    this.#client.close();
  }

  #socket(page: string): SocketLike {
    const { origin, ca, address, cookie } = this.#options;
    const own = address === undefined ? {} : { localAddress: address };
    const url = `${origin.replace("https", "wss")}/ws?page=${page}`;
    const socket = new WebSocket(url, { ca, ...own, headers: { cookie, origin }, perMessageDeflate: false });
    socket.on("unexpected-response", (asked, { statusCode }) => {
      asked.destroy();
      // as a page that asks who is signed in after it has lost its socket
      if (statusCode === 401) this.#client.close();
      else socket.terminate();
    });
    return socket as SocketLike;
  }

  #receive(message: ToViewer): void {
    this.#ends.receive(message);
    const sitting = this.#sitting;
    if (message.type === "welcome") {
      this.#note("up");
      this.#up.resolve();
      // what it asked for before the line went may never have arrived
      if (sitting && sitting.id === undefined) this.#ask({ takeOver: sitting.takeOver });
    } else if (message.type === "session-opened" && message.terminal === sitting?.terminal) {
      sitting.id = message.session;
      this.#history({ what: "opened", session: message.session, terminal: message.terminal });
    } else if (message.type === "offer") this.#answer(message.session, message.attempt);
    else if (message.type === "session-end") this.#told(message.session, message.reason);
    else if (message.type === "error") this.#refused(message);
  }

  #answer(session: SessionId, attempt: number): void {
    const sitting = this.#sitting;
    if (sitting?.id !== session) return;
    const { pictures, signature } = this.#options;
    sitting.stopWaiting();
    sitting.stopWaiting = pictures.wait(session, {
      attempt,
      joined: (picture) => {
        Object.assign(sitting, { picture, wasLive: true });
        sitting.isLive.resolve();
      },
      lost: () => Object.assign(sitting, { picture: undefined, askAt: 0 }),
    });
    this.#client.send({ type: "answer", session, attempt, sdp: SDP, signature });
  }

  #told(session: SessionId, reason: string): void {
    if (this.#wished.delete(session)) this.#history({ what: "heard", session, reason });
    else this.#history({ what: "told", session, reason });
    if (this.#sitting?.id === session) this.#over();
  }

  #refused({ code, about, session, details }: Extract<ToViewer, { type: "error" }>): void {
    if (code === "SESSION_UNKNOWN" && session !== undefined && this.#wished.delete(session))
      this.#history({ what: "told", session, reason: String(details?.["reason"] ?? code) });
    if (about !== "session-request" || !this.#sitting) return;
    const { terminal, id } = this.#sitting;
    this.#history({ what: "refused", terminal, session: id, reason: code });
    // what it would come back to may be told of later: it asks again, until it is over
    if (id === undefined || code === "SESSION_UNKNOWN") this.#over();
  }

  /** It was live, its picture is gone, and nobody has said that it is over. */
  #resume(): void {
    const sitting = this.#sitting;
    if (sitting?.id === undefined || !sitting.wasLive || sitting.picture || !this.#isUp) return;
    if (performance.now() < sitting.askAt) return;
    sitting.askAt = performance.now() + ANSWER_MS;
    this.#ask({ takeOver: false, resume: sitting.id });
  }

  #ask(o: { takeOver: boolean; resume?: SessionId }): boolean {
    const terminal = this.#sitting?.terminal;
    if (terminal === undefined) return false;
    return this.#client.send({ type: "session-request", terminal, codecs: ["av1-444", "vp9-420"], ...o });
  }

  #over(): void {
    const sitting = this.#sitting;
    if (!sitting) return;
    this.#sitting = undefined;
    sitting.stopWaiting();
    sitting.picture?.close();
    sitting.isOver.resolve();
  }

  #note(what: "up" | "down"): void {
    this.#isUp = what === "up";
    this.#history({ what });
  }

  #history(o: Omit<Extract<Parameters<History["add"]>[0], { kind: "page" }>, "kind" | "login">): void {
    this.#options.history.add({ kind: "page", login: this.#options.login, ...o });
  }
}

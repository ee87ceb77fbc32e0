/**
 * The owner of one session: feeds the state machine with what happens, performs its effects, and tells the page what to
 * show. It knows nothing about elements; the page knows nothing about peers.
 */
import { unreachable } from "../../signaling/protocol/errors.ts";
import type { ToViewer, ViewerMessage } from "../../signaling/protocol/signal.ts";
import type { Device } from "../device.ts";
import { Attempt } from "./attempt.ts";
import type { Ends } from "./ends.ts";
import { Heartbeat } from "./heartbeat.ts";
import { type OfficeFacts, onNewPath, told, UNTOLD } from "./office-facts.ts";
import type { Sample } from "./quality.ts";
import { Sampler } from "./sampler.ts";
import {
  type Cause,
  codecFailed,
  type Effect,
  type Opening,
  phase,
  type SessionEvent,
  type SessionState,
  type Step,
  stalled,
  type Wish,
  waitsForTurn,
  wakeAt,
} from "./session-shape.ts";
import { begin, next } from "./session-state.ts";
import type { SessionHandlers, SessionView } from "./session-view.ts";
import { TextProgress } from "./text-progress.ts";
import { type Input, pieces, readAgentControl } from "./wire.ts";

export interface SessionOptions {
  readonly wish: Wish;
  readonly device: Device;
  readonly send: (message: ViewerMessage) => boolean;
  readonly online: () => boolean;
  /** The office PC is silent: look whether the server can still be reached. */
  readonly probe: () => void;
  /** Until the server has heard that a session was ended here. */
  readonly ends: Pick<Ends, "tell" | "unheard">;
  readonly handlers: SessionHandlers;
}

/** Who may look only is said to be there this often while they move or type; soon where they are waited for. */
const HERE_EVERY_MS = 30_000;
const HERE_AWAITED_MS = 1_000;

export class Session {
  readonly #options: SessionOptions;
  #state: SessionState;
  #attempt: Attempt | undefined;
  #sampler = this.#newSampler();
  #facts: OfficeFacts = UNTOLD;
  #text = new TextProgress();
  /** The line broke while a text was being typed; to be said when there is a picture again. */
  #isTextCut = false;
  /** Known beyond its end. */
  #id: string | undefined;
  #unlocked = false;
  readonly #heartbeat = new Heartbeat({
    send: () => this.#sendHeartbeat(),
    isAwaited: () => this.#state.kind !== "live" || this.#isAnswerOwed(),
  });
  #wake: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const [state, effects] = begin(options.wish, options.online(), Date.now());
    this.#state = state;
    this.#apply([state, effects]);
  }

  get view(): SessionView {
    const state = this.#state;
    const now = Date.now();
    return {
      ...this.#facts,
      phase: phase(state),
      viewOnly: this.viewOnly,
      step: state.kind,
      attempt: this.#attempt?.opening.attempt ?? 0,
      stalled: stalled(state, now),
      waitsForTurn: waitsForTurn(state),
      giveUpAt: state.kind === "ended" ? undefined : state.thread.giveUpAt,
      liveSince: state.kind === "live" ? state.since : undefined,
      online: this.#options.online(),
      typing: this.#text.typing,
      unlocked: this.#unlocked,
      unheard: state.kind === "ended" ? this.#options.ends.unheard : undefined,
      quality: this.#sampler.quality(stalled(state, now)),
      cause: state.kind === "ended" ? state.cause : undefined,
    };
  }

  get accepts(): boolean {
    return this.#state.kind === "live";
  }

  /** No input counts, and none is sent: as the office PC says it. */
  get viewOnly(): boolean {
    return this.#facts.viewOnly ?? this.#attempt?.opening.viewOnly ?? false;
  }

  /** What the server says; messages of other sessions are dropped. */
  receive(message: ToViewer): void {
    switch (message.type) {
      case "session-opened":
        if (message.terminal !== this.#options.wish.terminal) return;
        this.#id = message.session;
        this.#dispatch({ kind: "opened", opening: message });
        return;
      case "offer":
        if (message.session === this.#attempt?.opening.session) void this.#attempt.offer(message);
        return;
      case "session-end":
        if (!this.#isOurs(message.session)) return;
        this.#dispatch({ kind: "end", cause: { kind: "reason", reason: message.reason }, tell: false });
        return;
      case "lock":
        if (message.session !== this.#id) return;
        this.#unlocked = !message.locked;
        this.#options.handlers.changed(this.view);
        return;
      case "error":
        if (message.session !== undefined && !this.#isOurs(message.session)) return;
        if (message.session === undefined && message.about !== "session-request") return;
        this.#dispatch({ kind: "error", code: message.code, details: message.details ?? {} });
        return;
      default:
        return;
    }
  }

  socketChanged(): void {
    this.#dispatch({ kind: "socket" });
  }

  /** The screen shows this attempt's first frame. */
  pictureShown(attempt: number): void {
    if (attempt === this.#attempt?.opening.attempt) this.#dispatch({ kind: "picture" });
  }

  /** False while there is nobody to take it. `held`: how many keys and buttons are down after it. */
  input(input: Input, held: number): boolean {
    return this.accepts && !this.viewOnly && this.#send(input, held);
  }

  /** The person moved or typed here, where nothing of it goes to the office: nobody else can say that somebody looks. */
  here(): void {
    const every = this.#facts.idleUntil === undefined ? HERE_EVERY_MS : HERE_AWAITED_MS;
    const isDue = Date.now() - this.#heartbeat.inputAt >= every;
    if (this.accepts && this.viewOnly && isDue) this.#send({ type: "here" }, 0);
  }

  #send(input: Input, held: number): boolean {
    const isFirst = this.#heartbeat.input(held);
    const sent = this.#attempt?.wire.send(input) ?? false;
    if (isFirst) this.#heartbeat.beat(); // from seldom to often, at once
    return sent;
  }

  move(x: number, y: number): boolean {
    if (!this.accepts || this.viewOnly) return false;
    return this.#attempt?.wire.move(x, y) ?? false;
  }

  text(text: string): boolean {
    return pieces(text).every((piece) => {
      const sent = this.input({ type: "text", text: piece }, this.#heartbeat.held);
      if (sent) this.#text.sent([...piece].length);
      return sent;
    });
  }

  get inputAt(): number {
    return this.#heartbeat.inputAt;
  }

  /** Ends the session from this side. Idempotent. */
  end(cause: Cause): void {
    this.#attempt?.wire.send({ type: "release-all" });
    this.#dispatch({ kind: "end", cause, tell: true });
  }

  #isOurs(session: string): boolean {
    return this.#state.kind !== "ended" && this.#state.thread.session === session;
  }

  #dispatch(event: DistributiveOmit<SessionEvent, "now" | "online">): void {
    this.#apply(next(this.#state, { ...event, now: Date.now(), online: this.#options.online() } as SessionEvent));
  }

  #apply([state, effects]: Step): void {
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    clearTimeout(this.#wake);
    const at = wakeAt(this.#state);
    if (at !== undefined) this.#wake = setTimeout(() => this.#tick(), Math.max(0, at - Date.now()));
    this.#options.handlers.changed(this.view);
    if (!this.#isTextCut || state.kind !== "live") return;
    this.#isTextCut = false;
    this.#options.handlers.textCut();
  }

  #tick(): void {
    if (codecFailed(this.#state, Date.now())) {
      this.#dispatch({ kind: "undecodable", codec: this.#sampler.codec });
    } else this.#dispatch({ kind: "tick" });
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "request": {
        const { takeOver, resume, codecs } = effect;
        const terminal = this.#options.wish.terminal;
        const request = { type: "session-request" as const, terminal, takeOver, codecs: [...codecs] };
        this.#options.send(resume === undefined ? request : { ...request, resume });
        return;
      }
      case "open-peer":
        this.#open(effect.opening);
        return;
      case "close-peer":
        this.#closePeer();
        return;
      case "tell-end":
        this.#options.ends.tell(effect.session, effect.reason);
        return;
      default:
        unreachable(effect);
    }
  }

  #open(opening: Opening): void {
    const attempt: Attempt = new Attempt({
      opening,
      device: this.#options.device,
      terminal: this.#options.wish.terminal,
      send: this.#options.send,
      handlers: {
        refused: (cause) => current() && this.#dispatch({ kind: "end", cause, tell: true }),
        open: (stream) => current() && this.#opened(stream),
        stream: (stream) => current() && this.#options.handlers.stream(stream, opening.attempt),
        expect: (stream) => current() && this.#options.handlers.expect(stream),
        message: (text) => current() && this.#message(text),
        lost: () => current() && this.#dispatch({ kind: "path-lost", attempt: opening.attempt }),
      },
    });
    const current = (): boolean => this.#attempt === attempt;
    this.#attempt = attempt;
  }

  #opened(stream: MediaStream | undefined): void {
    const attempt = this.#attempt?.opening.attempt ?? 0;
    this.#facts = onNewPath(this.#facts);
    this.#isTextCut ||= this.#text.isUnfinished;
    this.#text = new TextProgress();
    this.#unlocked = false;
    this.#sampler.stop();
    this.#sampler = this.#newSampler();
    this.#dispatch({ kind: "path-open" });
    if (stream) this.#options.handlers.stream(stream, attempt);
    // The first word. Whatever an older peer left pressed is let go.
    this.#attempt?.wire.send({ type: "release-all" });
    this.#heartbeat.beat();
    this.#sampler.start();
  }

  #closePeer(): void {
    this.#options.handlers.freeze();
    this.#heartbeat.stop();
    this.#sampler.stop();
    const attempt = this.#attempt;
    this.#attempt = undefined;
    void attempt?.close();
  }

  #sendHeartbeat(): boolean {
    if (!this.#attempt) return false;
    // the office PC owes an answer: perhaps the line has changed, and the way to the server is as dead as that to the office
    if (this.#isAnswerOwed()) this.#options.probe();
    this.#attempt.wire.send({ type: "heartbeat", at: performance.now() });
    this.#dispatch({ kind: "asked" });
    return true;
  }

  #isAnswerOwed(): boolean {
    return "askedAt" in this.#state && this.#state.askedAt !== undefined;
  }

  /** For the path that is open now; before the first there is nothing to read. */
  #newSampler(): Sampler {
    const attempt = this.#attempt;
    return new Sampler({
      read: async () => attempt?.sample(),
      isStarting: () => this.#state.kind === "starting",
      sampled: (sample, moved) => this.#sampled(sample, moved),
    });
  }

  #sampled(sample: Sample, moved: boolean): void {
    if (moved) this.#dispatch({ kind: "heard" });
    // A hidden page draws nothing, so its <video> never reports a frame; the counter does.
    if (sample.frames > 0) this.#dispatch({ kind: "picture" });
    else if (sample.whole > 0) this.#dispatch({ kind: "arrived" });
    else this.#options.handlers.changed(this.view);
  }

  #message(text: string): void {
    const parsed = readAgentControl(text);
    if (!parsed.ok) return; // a newer agent may say what this page does not know
    const message = parsed.message;
    this.#dispatch({ kind: "heard" });
    switch (message.type) {
      case "takes":
        this.#attempt?.wire.takes(message);
        return;
      case "heartbeat":
        this.#sampler.roundTrip(Math.max(0, performance.now() - message.at));
        return;
      case "typed":
        this.#text.typed(message.characters);
        this.#options.handlers.changed(this.view);
        return;
      case "picture":
      case "desktop":
      case "secure-desktop":
      case "office":
      case "locks":
      case "cover":
      case "locking":
      case "idle":
      case "rules":
      case "ending":
        this.#facts = told(this.#facts, message, Date.now());
        this.#options.handlers.changed(this.view);
        return;
      case "input-refused":
        this.#options.handlers.inputRefused(message.why);
        return;
      case "goodbye":
        this.#dispatch({ kind: "end", cause: { kind: "reason", reason: message.reason }, tell: false });
        return;
      case "screen":
      case "pointer-shape":
      case "pointer-use":
      case "pointer-position":
        this.#options.handlers.screen(message);
        return;
      default:
        unreachable(message);
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

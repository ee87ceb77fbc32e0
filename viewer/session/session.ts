/**
 * The owner of one session: feeds the state machine with what happens, performs its effects, keeps the heartbeat, and
 * tells the page what to show. It knows nothing about elements; the page knows nothing about peers.
 */
import type { AgentControl } from "../../signaling/protocol/channels.ts";
import { unreachable } from "../../signaling/protocol/errors.ts";
import { HEARTBEAT_ACTIVE_MS, HEARTBEAT_IDLE_MS, INPUT_RECENT_MS } from "../../signaling/protocol/limits.ts";
import type { ToViewer, ViewerMessage } from "../../signaling/protocol/signal.ts";
import type { Device } from "../device.ts";
import { Attempt } from "./attempt.ts";
import { type Quality, QualityMeter, type Sample } from "./quality.ts";
import {
  begin,
  type Cause,
  codecFailed,
  type Effect,
  next,
  type Opening,
  phase,
  type SessionEvent,
  type SessionState,
  type Step,
  stalled,
  type Wish,
  waitsForTurn,
  wakeAt,
} from "./session-state.ts";
import { TextProgress, type Typing } from "./text-progress.ts";
import { type Input, pieces, readAgentControl } from "./wire.ts";

/** How often the browser's counters are read: while a first picture is awaited, and later. */
const SAMPLE_STARTING_MS = 250;
const SAMPLE_LIVE_MS = 1_000;

/** The office PC beside its picture, as its agent tells it. */
export type OfficeState = Readonly<Omit<Extract<AgentControl, { type: "office" }>, "type">>;

/** How the office PC's lock guards this session. */
export type Locking = Readonly<Omit<Extract<AgentControl, { type: "locking" }>, "type">>;
/** The locks of the office's keyboard. An agent that tells them takes ours. */
export type OfficeLocks = Readonly<Omit<Extract<AgentControl, { type: "locks" }>, "type">>;

const UNKNOWN_OFFICE: OfficeState = { ime: "unknown", operated: false, refusesInput: false };

/** All a page needs to draw the session. */
export interface SessionView {
  readonly phase: ReturnType<typeof phase>;
  readonly step: SessionState["kind"];
  readonly attempt: number;
  /** No answer for a moment; nothing is lost yet. */
  readonly stalled: boolean;
  /** The server has no room yet; the page asks again by itself. */
  readonly waitsForTurn: boolean;
  /** When an interrupted session gives up, epoch ms. */
  readonly giveUpAt: number | undefined;
  readonly liveSince: number | undefined;
  readonly online: boolean;
  readonly desktop: "running" | "restarting";
  /** The office PC shows a lock screen or the like, which cannot be seen from here. */
  readonly secureDesktop: boolean;
  readonly office: OfficeState;
  readonly locks: OfficeLocks | undefined;
  /** Text that the office has not typed to its end. */
  readonly typing: Typing | undefined;
  /** Nobody has typed or moved for long: when the session ends, epoch ms. */
  readonly idleUntil: number | undefined;
  readonly picture: "coarse" | "sharp";
  /** Whether those in the office see the screen. */
  readonly cover: "off" | "covered" | "impossible";
  /** The office PC should have been locked after this session and is not. */
  readonly unlocked: boolean;
  /** Undefined until it has said so. */
  readonly locking: Locking | undefined;
  readonly quality: Quality;
  readonly cause: Cause | undefined;
}

/** What the agent says that concerns the screen. */
export type ScreenMessage = Extract<
  AgentControl,
  { type: "screen" | "pointer-shape" | "pointer-use" | "pointer-position" }
>;

export interface SessionHandlers {
  changed(view: SessionView): void;
  /** The peer is about to go: keep its last picture. */
  freeze(): void;
  /** A new peer's picture; the old one stays on screen until this one shows something. */
  stream(stream: MediaStream, attempt: number): void;
  /** Will come by stream() once it is verified. */
  expect(stream: MediaStream): void;
  screen(message: ScreenMessage): void;
  inputRefused(why: "too-many" | "not-allowed" | "bad-message"): void;
  /** The line broke while a text was being typed: the rest of it is lost. */
  textCut(): void;
}

export interface SessionOptions {
  readonly wish: Wish;
  readonly device: Device;
  readonly send: (message: ViewerMessage) => boolean;
  readonly online: () => boolean;
  /** The office PC is silent: look whether the server can still be reached. */
  readonly probe: () => void;
  readonly handlers: SessionHandlers;
}

export class Session {
  readonly #options: SessionOptions;
  #state: SessionState;
  #attempt: Attempt | undefined;
  #meter = new QualityMeter();
  #lastSample: Sample | undefined;
  #desktop: SessionView["desktop"] = "running";
  #secureDesktop = false;
  #office = UNKNOWN_OFFICE;
  #locks: OfficeLocks | undefined;
  #text = new TextProgress();
  /** The line broke while a text was being typed; to be said when there is a picture again. */
  #isTextCut = false;
  #idleUntil: number | undefined;
  #picture: SessionView["picture"] = "sharp";
  #cover: SessionView["cover"] = "off";
  /** Known beyond its end. */
  #id: string | undefined;
  #unlocked = false;
  #locking: Locking | undefined;
  #held = 0;
  #inputAt = 0;
  #wake: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setTimeout> | undefined;
  #sampler: ReturnType<typeof setTimeout> | undefined;

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
      phase: phase(state),
      step: state.kind,
      attempt: this.#attempt?.opening.attempt ?? 0,
      stalled: stalled(state, now),
      waitsForTurn: waitsForTurn(state),
      giveUpAt: state.kind === "ended" ? undefined : state.thread.giveUpAt,
      liveSince: state.kind === "live" ? state.since : undefined,
      online: this.#options.online(),
      desktop: this.#desktop,
      secureDesktop: this.#secureDesktop,
      office: this.#office,
      locks: this.#locks,
      typing: this.#text.typing,
      idleUntil: this.#idleUntil,
      picture: this.#picture,
      cover: this.#cover,
      unlocked: this.#unlocked,
      locking: this.#locking,
      quality: this.#meter.quality(stalled(state, now)),
      cause: state.kind === "ended" ? state.cause : undefined,
    };
  }

  get accepts(): boolean {
    return this.#state.kind === "live";
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
    if (!this.accepts) return false;
    const first = this.#held === 0 && Date.now() - this.#inputAt > INPUT_RECENT_MS;
    this.#held = held;
    this.#inputAt = Date.now();
    const sent = this.#attempt?.wire.send(input) ?? false;
    if (first) this.#heartbeat(); // from seldom to often, at once
    return sent;
  }

  move(x: number, y: number): boolean {
    if (!this.accepts) return false;
    return this.#attempt?.wire.move(x, y) ?? false;
  }

  text(text: string): boolean {
    return pieces(text).every((piece) => {
      const sent = this.input({ type: "text", text: piece }, this.#held);
      if (sent) this.#text.sent([...piece].length);
      return sent;
    });
  }

  get inputAt(): number {
    return this.#inputAt;
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
      this.#dispatch({ kind: "undecodable", codec: this.#lastSample?.codec });
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
        this.#options.send({ type: "session-end", session: effect.session, reason: effect.reason });
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
    this.#desktop = "running";
    this.#secureDesktop = false;
    this.#office = UNKNOWN_OFFICE;
    this.#locks = undefined;
    this.#isTextCut ||= this.#text.isUnfinished;
    this.#text = new TextProgress();
    this.#idleUntil = undefined;
    this.#unlocked = false;
    this.#locking = undefined;
    this.#meter = new QualityMeter();
    this.#dispatch({ kind: "path-open" });
    if (stream) this.#options.handlers.stream(stream, attempt);
    // The first word: the office PC sends the picture now. And whatever an older peer left pressed is let go.
    this.#attempt?.wire.send({ type: "release-all" });
    this.#heartbeat();
    void this.#sample();
  }

  #closePeer(): void {
    this.#options.handlers.freeze();
    clearTimeout(this.#beat);
    clearTimeout(this.#sampler);
    const attempt = this.#attempt;
    this.#attempt = undefined;
    this.#lastSample = undefined;
    this.#held = 0;
    void attempt?.close();
  }

  #heartbeat(): void {
    clearTimeout(this.#beat);
    if (!this.#attempt) return;
    // the office PC owes an answer: perhaps the line has changed, and the way to the server is as dead as that to the office
    if ("askedAt" in this.#state && this.#state.askedAt !== undefined) this.#options.probe();
    this.#attempt.wire.send({ type: "heartbeat", at: performance.now() });
    this.#dispatch({ kind: "asked" });
    this.#beat = setTimeout(() => this.#heartbeat(), heartbeatMs(this.#urgent()));
  }

  #urgent(): boolean {
    const asked = "askedAt" in this.#state && this.#state.askedAt !== undefined;
    return this.#state.kind !== "live" || asked || this.#held > 0 || Date.now() - this.#inputAt < INPUT_RECENT_MS;
  }

  async #sample(): Promise<void> {
    clearTimeout(this.#sampler);
    const attempt = this.#attempt;
    const sample = await attempt?.sample();
    if (!attempt || attempt !== this.#attempt) return;
    if (sample) this.#sampled(sample);
    if (attempt !== this.#attempt) return;
    const wait = this.#state.kind === "starting" ? SAMPLE_STARTING_MS : SAMPLE_LIVE_MS;
    this.#sampler = setTimeout(() => void this.#sample(), wait);
  }

  #sampled(sample: Sample): void {
    const before = this.#lastSample;
    this.#lastSample = sample;
    this.#meter.sample(sample);
    if (before && sample.packets > before.packets) this.#dispatch({ kind: "heard" });
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
        this.#meter.roundTrip(Math.max(0, performance.now() - message.at));
        return;
      case "picture":
        this.#picture = message.state;
        this.#options.handlers.changed(this.view);
        return;
      case "desktop":
        this.#desktop = message.state;
        this.#options.handlers.changed(this.view);
        return;
      case "secure-desktop":
        this.#secureDesktop = message.shown;
        this.#options.handlers.changed(this.view);
        return;
      case "office":
        this.#office = message;
        this.#options.handlers.changed(this.view);
        return;
      case "locks":
        this.#locks = message;
        this.#options.handlers.changed(this.view);
        return;
      case "typed":
        this.#text.typed(message.characters);
        this.#options.handlers.changed(this.view);
        return;
      case "cover":
        this.#cover = message.state;
        this.#options.handlers.changed(this.view);
        return;
      case "locking":
        this.#locking = message;
        this.#options.handlers.changed(this.view);
        return;
      case "idle":
        this.#idleUntil = message.endsInS === null ? undefined : Date.now() + message.endsInS * 1_000;
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

/** Often while it matters whether keys are held at the other end, else seldom: the line is thin. */
const heartbeatMs = (urgent: boolean): number => (urgent ? HEARTBEAT_ACTIVE_MS : HEARTBEAT_IDLE_MS);

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

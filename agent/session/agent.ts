/**
 * The hub of this PC: its sessions, its one desktop and its line to the server. At most one session controls the PC. When the
 * server is away a live session goes on, and what it would have been told is told when it is back.
 */
import type { LockStates } from "../../signaling/protocol/channels.ts";
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { SessionId } from "../../signaling/protocol/ids.ts";
import type { AgentMessage, Codec, ToAgent } from "../../signaling/protocol/signal.ts";
import {
  type CoverState,
  type Desktop,
  type DesktopHandlers,
  type DesktopProblem,
  type OfficeState,
  UNPROTECTED,
} from "../desktop/desktop.ts";
import type { Log } from "../log.ts";
import { coverWords } from "../protection/cover-words.ts";
import { PcLock } from "../protection/pc-lock.ts";
import { FirstPicture } from "../sending/first-picture.ts";
import { LineMemory } from "../sending/line-memory.ts";
import type { Beginning } from "../sending/plan.ts";
import type { Waker } from "../server/waker.ts";
import type { Config } from "../settings/config.ts";
import type { SessionOpen } from "../trust/admission.ts";
import { RemoteSession, type SessionContext } from "./remote-session.ts";

/** Sessions being negotiated, interrupted or live. More than a person can have in earnest. */
const MAX_SESSIONS = 4;
const REFUSES_INPUT =
  "this PC takes no input from the agent: a program that runs as administrator, or another desktop, is in front";
const MUST_BE_TOLD: readonly AgentMessage["type"][] = ["session-end", "protection"];
/** Ends, locks and covers that the server was not told yet. */
const MAX_UNTOLD = 32;

export interface AgentOptions
  extends Pick<
    SessionContext,
    | "identity"
    | "network"
    | "devices"
    | "relayMemory"
    | "allowedRelayHosts"
    | "openPeer"
    | "lockOn"
    | "lockBefore"
    | "idle"
    | "now"
  > {
  readonly cover: Pick<Config, "cover" | "coverText">;
  readonly log: Log;
  readonly openDesktop: (handlers: DesktopHandlers) => Desktop;
  readonly waker: Pick<Waker, "interfaces" | "wake">;
  /** False when the line to the server is down. */
  readonly send: (message: AgentMessage) => boolean;
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #sessions = new Map<SessionId, RemoteSession>();
  readonly #desktop: Desktop;
  readonly #lines = new LineMemory();
  readonly #lock: PcLock;
  /** The session for which the PC is protected: from its first picture until it is over and, where demanded, locked. */
  #guarded: SessionId | undefined;
  #covered: CoverState | undefined;
  /** At some time in it. */
  #wasCovered = false;
  #controller: RemoteSession | undefined;
  /** What the desktop makes while nobody controls it. */
  #first: FirstPicture | undefined;
  #screen: { width: number; height: number } | undefined;
  #shape: { shape: Parameters<DesktopHandlers["pointerShape"]>[0] } | undefined;
  #position: { x: number; y: number } | undefined;
  #secureDesktop = false;
  #office: OfficeState | undefined;
  #locks: LockStates | undefined;
  #desktopDown = false;
  #untold: AgentMessage[] = [];

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#desktop = options.openDesktop(this.#desktopHandlers());
    this.#lock = new PcLock({
      lock: async () => (await this.#desktop.lock()) === "locked",
      log: options.log,
      clock: Date.now,
      tell: ({ session, cause }, locked, at) =>
        this.#send({ type: "protection", session, event: locked ? "locked" : "lock-failed", at, reason: cause }),
    });
  }

  get sessions(): ReadonlyMap<SessionId, RemoteSession> {
    return this.#sessions;
  }

  /** The server knows us again: say what ended meanwhile and why, then what runs. What is not named then has just left, to the server. */
  connected(): void {
    const running = [...this.#sessions.values()].flatMap(({ id, state }) =>
      state.kind === "ended" ? [] : [{ session: id, attempt: state.attempt, live: state.kind === "live" }],
    );
    for (let [next] = this.#untold; next; [next] = this.#untold) {
      if (!this.#options.send(next)) return; // down again: the next time
      this.#untold.shift();
    }
    this.#options.send({ type: "sessions", running });
    this.#options.send(this.#options.waker.interfaces());
  }

  receive(message: ToAgent): void {
    switch (message.type) {
      case "session-open":
        this.#open(message);
        break;
      case "answer":
        void this.#sessions.get(message.session)?.answer(message);
        break;
      case "candidate":
        this.#sessions.get(message.session)?.candidate(message);
        break;
      case "session-end":
        this.#sessions.get(message.session)?.end(message.reason, true);
        break;
      case "wake":
        void this.#options.waker.wake(message).then((answer) => this.#send(answer));
        break;
      case "error":
        this.#options.log.warn(
          { refused: message.code, about: message.about, session: message.session },
          "the server refused",
        );
        break;
      default:
        break; // challenge and welcome are the link's
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close("agent-stopped")));
    await this.#lock.close();
    if (this.#guarded !== undefined) this.#desktop.protect(UNPROTECTED);
    await this.#desktop.close();
  }

  #open(open: SessionOpen): void {
    const known = this.#sessions.get(open.session);
    if (known) {
      known.reopen(open);
      return;
    }
    const refusal = this.#refusal(open);
    if (refusal) {
      this.#options.log.warn({ session: open.session, login: open.person.login }, `refused: ${refusal.why}`);
      this.#send({ type: "session-end", session: open.session, reason: refusal.reason });
      return;
    }
    const session = new RemoteSession(open, {
      ...this.#options,
      desktop: this.#desktop,
      lines: this.#lines,
      send: (message) => this.#send(message),
      beginPicture: (wish) => this.#beginPicture(wish),
      dropPicture: (first) => this.#dropPicture(first),
      onLive: (live) => this.#takesControl(live),
      wasShown: ({ id }) => this.#options.cover.cover !== "required" || (this.#guarded === id && this.#wasCovered),
      demandLock: ({ id, login }, cause) => this.#lock.demand({ session: id, login, cause }),
      onEnded: (ended, locked) => {
        this.#sessions.delete(ended.id);
        if (this.#controller === ended) this.#controller = undefined;
        void locked.then(() => this.#giveBack(ended));
      },
    });
    this.#sessions.set(session.id, session);
    this.#options.log.info({ session: open.session, login: open.person.login }, "session requested");
  }

  /** The server admits people; this PC still sees to it that nobody is pushed out by somebody else. */
  #refusal(open: SessionOpen): { reason: EndReason; why: string } | undefined {
    if (this.#sessions.size >= MAX_SESSIONS) return { reason: "internal", why: "too many sessions at once" };
    const { login } = open.person;
    const inUse = [...this.#sessions.values()].find((other) => other.wasLive && other.login !== login);
    if (inUse) return { reason: "in-use", why: `${inUse.login} is using this PC` };
    const left = this.#lock.owedBy;
    if (left === undefined || left === login) return undefined;
    return { reason: "not-locked", why: `${left} has left this PC and it is not locked yet` };
  }

  /** Before the streamer asks for the first picture. */
  #guard({ id, login, personName: person }: RemoteSession): void {
    this.#lock.takenUp(login);
    if (this.#guarded === id) return; // the next attempt of the same session
    this.#guarded = id;
    this.#covered = undefined;
    this.#wasCovered = false;
    const { cover, identity, lockOn } = this.#options;
    const { organisation } = identity;
    const words = coverWords({ organisation, text: cover.coverText, person, since: Date.now() });
    this.#desktop.protect({ cover: cover.cover, words, lockWhenAlone: lockOn !== "never" });
  }

  #giveBack({ id }: RemoteSession): void {
    if (this.#guarded !== id) return; // another one has begun
    this.#guarded = undefined;
    this.#covered = undefined;
    this.#desktop.protect(UNPROTECTED);
  }

  #coverChanged(state: CoverState): void {
    const session = this.#guarded;
    if (session === undefined) return;
    this.#covered = state;
    this.#wasCovered ||= state.ok;
    const { ok, reason } = state;
    if (ok) this.#options.log.info({ session }, "the office's monitors are covered");
    else this.#options.log.error({ session, reason }, "the office's monitors are NOT covered");
    this.#send({
      type: "protection",
      session,
      event: ok ? "covered" : "cover-failed",
      at: Date.now(),
      reason: reason.slice(0, 300),
    });
    this.#controller?.controlling?.cover(ok ? "covered" : "impossible");
    if (!ok && this.#options.cover.cover === "required") this.#sessions.get(session)?.end("cover-unavailable");
  }

  #beginPicture(wish: { codec: Codec; begin: Beginning }): FirstPicture | undefined {
    if (this.#first || this.#controller?.controlling) return undefined;
    // the cover is put up for a proven viewer only, and there is no picture before the cover
    if (this.#options.cover.cover !== "off") return undefined;
    this.#first = new FirstPicture(this.#desktop, wish);
    return this.#first;
  }

  #dropPicture(first: FirstPicture): void {
    if (this.#first !== first) return;
    this.#first = undefined;
    this.#desktop.pause();
  }

  /** Only a proven peer takes control; until then the one who has it keeps it. */
  #takesControl(session: RemoteSession): FirstPicture | undefined {
    for (const other of [...this.#sessions.values()]) if (other !== session) other.end("taken-over");
    this.#controller = session;
    this.#guard(session);
    // the desktop tells size and shape when it opens; what it told before is good until then
    setImmediate(() => {
      if (this.#screen) session.controlling?.screen(this.#screen);
      if (this.#shape) session.controlling?.pointerShape(this.#shape.shape);
      if (this.#position) session.controlling?.pointerPosition(this.#position);
      session.controlling?.secureDesktop(this.#secureDesktop);
      if (this.#office) session.controlling?.office(this.#office);
      if (this.#locks) session.controlling?.locks(this.#locks);
      if (this.#covered) session.controlling?.cover(this.#covered.ok ? "covered" : "impossible");
    });
    const first = this.#first;
    this.#first = undefined;
    return first === session.first && !first?.hasFailed ? first : undefined;
  }

  #desktopHandlers(): DesktopHandlers {
    const controlling = () => this.#controller?.controlling;
    return {
      screen: (size) => {
        this.#screen = size;
        controlling()?.screen(size);
        if (this.#desktopDown) controlling()?.desktopRunning();
        this.#desktopDown = false;
      },
      changed: (change) => (controlling()?.streamer ?? this.#first)?.changed(change),
      picture: (picture) => {
        const viewing = controlling();
        if (viewing) viewing.streamer.picture(picture);
        else this.#first?.made(picture);
      },
      encodeFailed: (problem) => {
        this.#options.log.warn({ problem: problem.message, kind: problem.code }, "the screen could not be encoded");
        if (controlling()?.streamer.encodeFailed() === "hopeless") this.#controller?.end("desktop-unavailable");
        this.#first?.failed();
      },
      pointerShape: (shape) => {
        this.#shape = { shape };
        controlling()?.pointerShape(shape);
      },
      pointerPosition: (position) => {
        this.#position = position;
        controlling()?.pointerPosition(position);
      },
      secureDesktop: (shown) => {
        this.#secureDesktop = shown;
        controlling()?.secureDesktop(shown);
      },
      office: (state) => {
        if (state.refusesInput && !this.#office?.refusesInput) this.#options.log.warn(REFUSES_INPUT);
        this.#office = state;
        controlling()?.office(state);
      },
      locks: (state) => {
        this.#locks = state;
        controlling()?.locks(state);
      },
      typed: (characters) => controlling()?.typed(characters),
      inputDropped: () => controlling()?.inputDropped(),
      restarting: (cause) => {
        this.#desktopDown = true;
        this.#options.log.error({ cause }, "the desktop process died and is started again");
        controlling()?.desktopRestarting();
      },
      unusable: (problem: DesktopProblem) => {
        this.#options.log.error({ kind: problem.code }, problem.message);
        this.#controller?.end("desktop-unavailable");
        this.#first?.failed(); // the streamer opens it anew, and is told again
      },
      covered: (state) => this.#coverChanged(state),
    };
  }

  #send(message: AgentMessage): void {
    if (this.#options.send(message) || !MUST_BE_TOLD.includes(message.type)) return;
    this.#untold.push(message);
    if (this.#untold.length > MAX_UNTOLD) this.#untold.shift();
  }
}

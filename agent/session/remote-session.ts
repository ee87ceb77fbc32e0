/**
 * One remote session on this PC, through all its attempts. Owns the peer, the gate and the streamer of the present attempt;
 * ends what must end. Who is let in says admission.ts, what state it is in session-state.ts; this file performs the effects.
 */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { SessionId } from "../../signaling/protocol/ids.ts";
import type { SessionPolicy } from "../../signaling/protocol/policy.ts";
import type { AgentMessage, Candidate, Codec, LockCause, ToAgent } from "../../signaling/protocol/signal.ts";
import { offerText, sign } from "../../signaling/protocol/signed.ts";
import type { Desktop } from "../desktop/desktop.ts";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import type { OpenPeer, PeerHandlers, PeerLoss } from "../peer/peer.ts";
import { openThroughRelay, type RelayMemory } from "../peer/relay-choice.ts";
import { LockDemand } from "../protection/lock-demand.ts";
import { LockFirst } from "../protection/lock-first.ts";
import { START_BPS } from "../sending/congestion.ts";
import type { FirstPicture } from "../sending/first-picture.ts";
import type { LineMemory } from "../sending/line-memory.ts";
import type { SessionRules } from "../settings/session-rules.ts";
import { Admission, type Refusal, type SessionOpen } from "../trust/admission.ts";
import type { Devices } from "../trust/devices.ts";
import type { Identity } from "../trust/identity.ts";
import type { Locks } from "../trust/locks.ts";
import { Attempt } from "./attempt.ts";
import { LiveViewer, type LiveViewerOptions } from "./live-viewer.ts";
import { begin, next, type SessionEvent, type SessionState } from "./session-state.ts";
import { Term } from "./term.ts";

type Answer = Extract<ToAgent, { type: "answer" }>;

/** Looks this often for deadlines, silence and changes of the device list. */
const TICK_MS = 500;
export interface SessionContext {
  readonly identity: Identity;
  readonly network: Network;
  readonly devices: Devices;
  readonly locks: Locks;
  readonly desktop: Desktop;
  readonly relayMemory: RelayMemory;
  readonly allowedRelayHosts: ReadonlySet<string>;
  readonly lines: LineMemory;
  readonly openPeer: OpenPeer;
  readonly log: Log;
  /** False when the line to the server is down; `agent.ts` keeps what must not be lost. */
  readonly send: (message: AgentMessage) => void;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** Has the desktop begin what this viewer will see first; undefined while it works for somebody else. */
  readonly beginPicture: (wish: { codec: Codec; lineBps: number }) => FirstPicture | undefined;
  /** Nobody will see it. */
  readonly dropPicture: (first: FirstPicture) => void;
  /** This session became live: it is the one that controls the PC now. What it begins with: its first picture if that can be used. */
  readonly onLive: (session: RemoteSession) => Pick<LiveViewerOptions, "known" | "first">;
  /** False while it must be covered and never was: nothing of this PC could be seen or operated. */
  readonly wasShown: (session: RemoteSession) => boolean;
  /** The end by the clock, twice a second once somebody was live; undefined: not so soon. */
  readonly near: (session: RemoteSession, end: ReturnType<Term["near"]>) => void;
  /** The policy wants this PC locked. Resolves when that was tried once. */
  readonly demandLock: (session: RemoteSession, cause: LockCause) => Promise<void>;
  /** `locked`: resolves when nothing more is to be waited for before the PC is given back to the office. */
  readonly onEnded: (session: RemoteSession, locked: Promise<void>) => void;
}

export class RemoteSession {
  readonly id: SessionId;
  readonly login: SessionOpen["person"]["login"];
  readonly personName: string;
  readonly #context: SessionContext;
  readonly #admission: Admission;
  readonly #deviceKey: SessionOpen["deviceKey"];
  readonly #log: Log;
  readonly #ticker: NodeJS.Timeout;
  readonly #lock: LockDemand;
  readonly #lockFirst: LockFirst;
  readonly #term: Term;
  #rules: SessionRules;
  #state: SessionState;
  #attempt: Attempt;
  readonly #retiring = new Set<Promise<void>>();

  constructor(open: SessionOpen, rules: SessionRules, context: SessionContext) {
    this.id = open.session;
    this.login = open.person.login;
    this.personName = open.person.name;
    this.#deviceKey = open.deviceKey;
    this.#admission = new Admission(open, context);
    this.#lock = new LockDemand({
      lockOn: rules.lockOn,
      demand: (cause) => (context.wasShown(this) ? context.demandLock(this, cause) : undefined),
    });
    this.#context = context;
    this.#rules = rules;
    this.#term = new Term(rules, open.policy, context.now());
    this.#log = context.log.child({ session: open.session, login: open.person.login });
    this.#lockFirst = new LockFirst({ policy: rules.lockBefore, desktop: context.desktop, log: this.#log });
    this.#state = begin(open.attempt, context.now());
    this.#attempt = new Attempt(open);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    void this.#negotiate(this.#attempt);
  }

  /** Of the attempt that is being negotiated. */
  get first(): FirstPicture | undefined {
    return this.#attempt.first;
  }

  /** Those that hold now. */
  get rules(): SessionRules {
    return this.#rules;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Somebody has seen this PC in it. */
  get wasLive(): boolean {
    return this.#lock.wasLive;
  }

  /** The streamer and gate of a live attempt; desktop events go there. */
  get viewer(): LiveViewer | undefined {
    return this.#state.kind === "live" ? this.#attempt.viewer : undefined;
  }

  /** Another policy holds from now on, or the end is another one. */
  follow(rules: SessionRules, policy: SessionPolicy | undefined): void {
    this.#rules = rules;
    this.#term.follow(rules, policy, this.#context.now());
    this.#lock.lockOn = rules.lockOn;
    this.#lockFirst.policy = rules.lockBefore;
    this.#attempt.dropPicture(this.#context.dropPicture); // it may show what was there before a lock, or a cover
    this.viewer?.follow(rules);
  }

  /** The server asks for the next attempt. Only the same person with the same device may continue a session. */
  reopen(open: SessionOpen): void {
    if (!this.#admission.isFor(open)) {
      this.#log.warn("refused: another person or device wants to continue this session");
      return;
    }
    const before = this.#attempt;
    const state = next(this.#state, { kind: "open", attempt: open.attempt, now: this.#context.now() });
    if (state === this.#state) return;
    this.#state = state;
    this.#retire(before);
    this.#attempt = new Attempt(open);
    const over = this.#term.over(this.#context.now());
    if (over) this.end(over);
    else {
      this.#log.info({ attempt: open.attempt }, "session is rebuilt");
      void this.#negotiate(this.#attempt);
    }
  }

  async answer(message: Answer): Promise<void> {
    const attempt = this.#attempt;
    const peer = attempt.takeAnswer(message.attempt);
    if (!peer) return;
    const { nonce } = attempt.open;
    const fingerprint = await this.#admission.signedFingerprint(
      { ...message, session: this.id },
      { nonce, agentFingerprint: peer.fingerprint },
    );
    if (typeof fingerprint !== "string") return void this.#refuse(attempt, fingerprint);
    // before its path can come up
    const notLocked = this.#isLockedFirst ? await this.#lockFirst.lock(this.#beginPicture(attempt)) : undefined;
    if (!this.#isCurrent(attempt)) return;
    if (notLocked) return void this.#refuse(attempt, notLocked);
    try {
      if (!(await peer.accept({ sdp: message.sdp, fingerprint }))) {
        const why = "the viewer decodes none of the offered codecs";
        return void this.#refuse(attempt, { reason: "no-common-codec", why });
      }
      await attempt.useEarlyCandidates();
    } catch (error) {
      const why = error instanceof Error ? error.message : "the answer cannot be used";
      this.#refuse(attempt, { reason: "internal", why });
    }
  }

  candidate(message: { attempt: number; candidate: Candidate }): void {
    const attempt = this.#attempt;
    if (message.attempt !== attempt.number) return;
    attempt.candidate(message.candidate).catch((error) => this.#log.debug({ err: error }, "candidate not used"));
  }

  /** `told`: the server knows already. Ends for good; the viewer is told why if it can be reached. */
  end(reason: EndReason, told = false): void {
    this.#apply({ kind: "end", reason }, told);
  }

  /** Ends the session and resolves when its peers have given back what they held. */
  async close(reason: EndReason): Promise<void> {
    this.end(reason);
    await Promise.all(this.#retiring);
  }

  /** Who was live in this session before, from this very device, comes back to what they left, or to the lock of an interruption. */
  get #isLockedFirst(): boolean {
    return this.#lockFirst.isWanted && !this.wasLive;
  }

  async #negotiate(attempt: Attempt): Promise<void> {
    const context = this.#context;
    const { open, number } = attempt;
    const refusal = await this.#admission.refusal();
    if (refusal) return void this.#refuse(attempt, refusal);
    if (!this.#isCurrent(attempt)) return;
    const first = this.#beginPicture(attempt);
    if (!this.#isLockedFirst) first?.ask();
    const peer = await openThroughRelay({
      iceServers: open.iceServers,
      allowed: context.allowedRelayHosts,
      memory: context.relayMemory,
      log: this.#log,
      isWanted: () => this.#isCurrent(attempt),
      open: (relay, timeoutMs) =>
        context.openPeer({
          relay,
          timeoutMs,
          network: context.network,
          ca: context.identity.ca,
          codecs: open.codecs,
          handlers: this.#handlers(attempt),
        }),
    }).catch((error: Error) => {
      this.#refuse(attempt, { reason: "relay-unreachable", why: error.message });
    });
    if (!peer) return;
    if (!this.#isCurrent(attempt)) return void peer.close();
    attempt.peer = peer;
    const text = offerText({ session: this.id, attempt: number, nonce: open.nonce, fingerprint: peer.fingerprint });
    const signature = await sign(context.identity.privateKey, text);
    if (!this.#isCurrent(attempt)) return;
    context.send({ type: "offer", session: this.id, attempt: number, sdp: peer.sdp, signature });
    this.#log.info({ attempt: number, relay: peer.relayUrl }, "offer sent");
  }

  /** A cover is put up for a proven viewer only: no picture before it. */
  #beginPicture(attempt: Attempt): FirstPicture | undefined {
    if (this.#rules.cover !== "off" || !this.#isCurrent(attempt)) return undefined;
    return attempt.beginPicture(this.#context.beginPicture, this.#startBps() ?? START_BPS);
  }

  #handlers(attempt: Attempt): PeerHandlers {
    const current = (): LiveViewer | undefined => (this.#isCurrent(attempt) ? attempt.viewer : undefined);
    return {
      connected: (codec) => this.#connected(attempt, codec),
      controlOpen: () => void (this.#isCurrent(attempt) && attempt.controlOpen()),
      control: (text) => void (this.#isCurrent(attempt) && attempt.control(text)),
      pointer: (text) => current()?.pointer(text),
      lost: (cause) => this.#lost(attempt, cause),
      keyframeRequested: () => current()?.streamer.keyframeRequested(),
      packetsLost: (sequences) => current()?.streamer.packetsLost(sequences),
      transportFeedback: (feedback) => current()?.streamer.transportFeedback(feedback),
      heard: () => current()?.heard(),
    };
  }

  /** The viewer is proven. Where the PC was locked for it, it is looked at once more before the streamer starts. */
  #connected(attempt: Attempt, codec: Codec): void {
    if (!this.#isLockedFirst) return void this.#goesLive(attempt, codec);
    const { locks } = this.#lockFirst;
    void this.#lockFirst.again().then((refusal) => {
      if (this.#lockFirst.locks > locks) attempt.dropPicture(this.#context.dropPicture); // made before that
      if (refusal) this.#refuse(attempt, refusal);
      else this.#goesLive(attempt, codec);
    });
  }

  #goesLive(attempt: Attempt, codec: Codec): void {
    if (!this.#isCurrent(attempt) || !attempt.peer) return;
    this.#state = next(this.#state, { kind: "connected", attempt: attempt.number });
    if (this.#state.kind !== "live") return;
    const [context, wasLive] = [this.#context, this.wasLive];
    this.#lock.live();
    this.#term.live(context.now());
    const inherited = context.onLive(this);
    attempt.first = undefined;
    attempt.controlBy(
      new LiveViewer({
        ...inherited,
        desktop: context.desktop,
        peer: attempt.peer,
        codec,
        log: this.#log,
        startBps: this.#startBps(),
        rules: this.#rules,
        lockedBefore: this.#lockFirst.how,
        onInput: () => this.#hadInput(),
        now: context.now,
      }),
    );
    context.send({ type: "session-live", session: this.id, attempt: attempt.number });
    this.#log.info({ attempt: attempt.number, codec }, "session is live");
    if (wasLive || this.#lockFirst.how !== "impossible") return;
    const reason = "nothing on this PC can lock it";
    context.send({ type: "protection", session: this.id, event: "shown-unlocked", at: Date.now(), reason });
  }

  #lost(attempt: Attempt, cause: PeerLoss): void {
    if (cause.kind === "fingerprint") this.#refuse(attempt, { reason: "fingerprint-mismatch", why: cause.problem });
    else this.#fail(attempt, this.#state.kind === "live" ? "silence" : "negotiation-timeout", cause.problem);
  }

  #refuse(attempt: Attempt, { reason, why }: Refusal): void {
    if (this.#isCurrent(attempt)) this.#log.warn({ attempt: attempt.number, reason }, `refused: ${why}`);
    this.#fail(attempt, reason, why);
  }

  #fail(attempt: Attempt, reason: EndReason, why: string): void {
    if (!this.#isCurrent(attempt)) return;
    this.#log.info({ attempt: attempt.number, reason }, `attempt over: ${why}`);
    this.#apply({ kind: "failed", attempt: attempt.number, reason, now: this.#context.now() });
  }

  #isCurrent(attempt: Attempt): boolean {
    return this.#attempt === attempt && (this.#state.kind === "negotiating" || this.#state.kind === "live");
  }

  #apply(event: SessionEvent, told = false): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state === before) return;
    if (this.#state.kind === "interrupted") this.#interrupted(this.#state.attempt, before);
    if (this.#state.kind === "ended") this.#ended(this.#state.reason, before, told);
  }

  #interrupted(attempt: number, before: SessionState): void {
    this.#retire(this.#attempt);
    this.#context.send({ type: "session-interrupted", session: this.id, attempt });
    this.#log.info({ attempt }, "session is interrupted; it waits for the viewer to come back");
    if (before.kind === "live")
      this.#lock.interrupted(() => this.#state.kind === "negotiating" || this.#state.kind === "interrupted");
  }

  #ended(reason: EndReason, before: SessionState, told: boolean): void {
    clearInterval(this.#ticker);
    if (before.kind === "live") this.#attempt.viewer?.say({ type: "goodbye", reason });
    this.#retire(this.#attempt);
    if (!told) this.#context.send({ type: "session-end", session: this.id, reason });
    this.#log.info({ reason }, "session has ended");
    this.#context.onEnded(this, this.#lock.ended(reason));
  }

  /** Stops sending at once, releases what is held, gives back the allocation. */
  #retire(attempt: Attempt): void {
    const { lines, now } = this.#context;
    if (attempt.viewer) lines.remember(this.#deviceKey, attempt.viewer.streamer.rateBps, now());
    attempt.viewer?.close();
    attempt.viewer = undefined;
    attempt.dropPicture(this.#context.dropPicture);
    if (!attempt.peer) return;
    const closing = attempt.peer
      .close()
      .catch((error) => this.#log.debug({ err: error }, "peer did not close cleanly"));
    this.#retiring.add(closing);
    void closing.finally(() => this.#retiring.delete(closing));
  }

  #hadInput(): void {
    const { now, send } = this.#context;
    if (this.#term.input(now())) send({ type: "session-active", session: this.id });
    this.viewer?.idle(null);
  }

  #startBps(): number | undefined {
    return this.#context.lines.recall(this.#deviceKey, this.#context.now());
  }

  #tick(): void {
    this.#apply({ kind: "tick", now: this.#context.now() });
    if (this.#state.kind === "live" && this.#attempt.viewer?.tick() === "silent") {
      this.#fail(this.#attempt, "silence", "nothing was heard of the viewer");
    }
    this.#checkTerm();
    if (this.#state.kind !== "ended") void this.#checkAdmission();
  }

  /** Whose path broke without a word of theirs has until the grace is over; the clock's end waits for nobody. */
  #checkTerm(): void {
    const now = this.#context.now();
    const over = this.#term.over(now);
    if (over && (over !== "idle" || this.#state.kind === "live")) this.end(over);
    else if (this.viewer) this.#term.warn(this.viewer, now);
    if (!over && this.wasLive) this.#context.near(this, this.#term.near(now));
  }

  async #checkAdmission(): Promise<void> {
    const reason = await this.#admission.isOver().catch((error) => {
      this.#log.error({ err: error }, "the list of devices cannot be used: nobody stays in");
      return "device-removed" as const;
    });
    if (!reason) return;
    this.#log.warn({ reason }, "this PC's own list, or a lock that it keeps, lets them stay no longer");
    this.end(reason);
  }
}

/**
 * The hub of this PC: its sessions, its one desktop and its line to the server. At most one session controls the PC. When the
 * server is away a live session goes on, and what it would have been told is told when it is back.
 */
import type { SessionId } from "../../signaling/protocol/ids.ts";
import type { SessionPolicy } from "../../signaling/protocol/policy.ts";
import type { AgentMessage, Codec, LockOrder, ToAgent } from "../../signaling/protocol/signal.ts";
import { UNPROTECTED } from "../desktop/commands.ts";
import type { Desktop, OnReport } from "../desktop/desktop.ts";
import { forgetCover, learn, NOTHING_KNOWN } from "../desktop/desktop-state.ts";
import type { CoverState, DesktopReport } from "../desktop/reports.ts";
import type { Log } from "../log.ts";
import { coverWords } from "../protection/cover-words.ts";
import { PcLock } from "../protection/pc-lock.ts";
import { FirstPicture } from "../sending/first-picture.ts";
import { LineMemory } from "../sending/line-memory.ts";
import type { Waker } from "../server/waker.ts";
import { type SessionRules, stricter } from "../settings/session-rules.ts";
import type { Refusal, SessionOpen } from "../trust/admission.ts";
import { AuditWitness } from "../trust/audit-witness.ts";
import { Forgetting } from "../trust/forgetting.ts";
import { Policies } from "../trust/policies.ts";
import { DayEnd } from "./day-end.ts";
import { LatelyEnded } from "./lately-ended.ts";
import { Receipts } from "./receipt.ts";
import { RemoteSession, type SessionContext } from "./remote-session.ts";

/** Sessions being negotiated, interrupted or live. More than a person can have in earnest. */
const MAX_SESSIONS = 4;
const REFUSES_INPUT =
  "this PC takes no input from the agent: a program that runs as administrator, or another desktop, is in front";

export interface AgentOptions
  extends Pick<
    SessionContext,
    "identity" | "network" | "devices" | "locks" | "relayMemory" | "allowedRelayHosts" | "openPeer" | "now"
  > {
  /** By this PC's own settings. */
  readonly rules: SessionRules;
  /** Its own settings let it be switched off. */
  readonly mayShutDown?: boolean;
  /** The organisation's own words on the cover. */
  readonly coverText: string;
  readonly log: Log;
  readonly openDesktop: (onReport: OnReport) => Desktop;
  /** The heads of the server's record that this PC signed. */
  readonly auditHeads: string;
  readonly waker: Pick<Waker, "interfaces" | "wake">;
  readonly send: (message: AgentMessage) => void;
}

const POLICY_UNKNOWN: Refusal = { reason: "policy-unknown", why: "this PC was not told of the policy that it names" };

interface Guarded {
  readonly id: SessionId;
  readonly words: string;
  /** Something of this PC could be seen: it need not be covered, or was. */
  wasShown: boolean;
}

/** For IT at this PC: what holds, own settings and policy together. */
const inForce = (rules: SessionRules, policy: SessionPolicy | undefined) => ({
  policy: policy?.id,
  rules,
  endsInMs: policy?.endsInMs,
  endsBy: policy?.endsBy,
});

export class Agent {
  readonly #options: AgentOptions;
  readonly #sessions = new Map<SessionId, RemoteSession>();
  readonly #ended = new LatelyEnded();
  readonly #receipts: Receipts;
  readonly #desktop: Desktop;
  readonly #lines = new LineMemory();
  readonly #lock: PcLock;
  readonly #forgetting: Forgetting;
  readonly #policies: Policies;
  readonly #witness: AuditWitness;
  /** The session for which the PC is protected: from its first picture until it is over and, where demanded, locked. */
  #guarded: Guarded | undefined;
  readonly #dayEnd: DayEnd;
  #controller: RemoteSession | undefined;
  /** What the desktop makes while nobody controls it. */
  #first: FirstPicture | undefined;
  #known = NOTHING_KNOWN;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#desktop = options.openDesktop((report) => this.#reported(report));
    this.#forgetting = new Forgetting(options);
    this.#policies = new Policies(options.log);
    this.#receipts = new Receipts({ ...options, clock: Date.now });
    this.#witness = new AuditWitness({ ...options, path: options.auditHeads, clock: Date.now });
    this.#dayEnd = new DayEnd({ ...options, desktop: this.#desktop });
    this.#lock = new PcLock({
      lock: async () => (await this.#desktop.lock()) === "locked",
      log: options.log,
      clock: Date.now,
      tell: ({ session, cause }, locked, at) =>
        options.send({ type: "protection", session, event: locked ? "locked" : "lock-failed", at, reason: cause }),
    });
  }

  get sessions(): ReadonlyMap<SessionId, RemoteSession> {
    return this.#sessions;
  }

  /** The server knows us again, and what ended meanwhile: say what runs, and what has ended. What is not named then has just left, to the server. */
  connected(): void {
    const running = [...this.#sessions.values()].flatMap(({ id, state }) =>
      state.kind === "ended" ? [] : [{ session: id, attempt: state.attempt, live: state.kind === "live" }],
    );
    this.#options.send({ type: "sessions", running, ended: this.#ended.all() });
    this.#options.send(this.#options.waker.interfaces());
    void this.#witness.connected();
  }

  /** In the order in which it comes: what follows a policy may name it. */
  receive(message: ToAgent): void {
    const { keeping } = this.#policies;
    if (keeping) void keeping.then(() => this.receive(message));
    else this.#receive(message);
  }

  #receive(message: ToAgent): void {
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
        void this.#options.waker.wake(message).then((answer) => this.#options.send(answer));
        break;
      case "lock":
        void this.#keepOut(message.order);
        break;
      case "lock-lifted":
        void this.#letGo(message);
        break;
      case "forget-devices":
        void this.#forgetting.forget(message);
        break;
      case "policies":
        void this.#policies.keep(message.policies).then((ids) => this.#options.send({ type: "policies-kept", ids }));
        break;
      case "audit-head":
        void this.#witness.cosign(message.head);
        break;
      case "session-policy":
        this.#follow(this.#sessions.get(message.session), message.policy);
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
    await this.#receipts.close();
    await this.#lock.close();
    this.#dayEnd.close();
    if (this.#guarded !== undefined) this.#desktop.protect(UNPROTECTED);
    await this.#desktop.close();
  }

  /** Whoever is in a session that it concerns is out at the session's next look. */
  async #keepOut(order: LockOrder): Promise<void> {
    const { locks, log, send } = this.#options;
    const { lock, reason } = order;
    try {
      const keeping = await locks.keep(order);
      if (keeping === "kept") send({ type: "lock-kept", lock });
      else log.warn({ lock, reason, keeping }, "the server told of a lock that is not kept here");
    } catch (error) {
      log.error({ err: error, lock, reason }, "a lock could not be kept");
    }
  }

  async #letGo({ lock, code }: Extract<ToAgent, { type: "lock-lifted" }>): Promise<void> {
    const { locks, log } = this.#options;
    try {
      if (await locks.lift(lock, code)) log.info({ lock }, "a lock was lifted with its code");
    } catch (error) {
      log.error({ err: error, lock }, "a lock could not be lifted");
    }
  }

  #open(open: SessionOpen): void {
    const known = this.#sessions.get(open.session);
    if (known) {
      // none any more: by this PC's own settings again
      if (open.policy || known.rules !== this.#options.rules) this.#follow(known, open.policy);
      known.reopen(open);
      return;
    }
    const rules = this.#rulesBy(open.policy);
    const refusal = rules ? this.#refusal(open) : POLICY_UNKNOWN;
    if (rules && !refusal) this.#admit(open, rules);
    else if (refusal) {
      this.#options.log.warn({ session: open.session, login: open.person.login }, `refused: ${refusal.why}`);
      this.#ended.add(open.session, refusal.reason);
      this.#options.send({ type: "session-end", session: open.session, reason: refusal.reason });
    }
  }

  /** Undefined: this PC was not told of that policy. Where the server names none, this PC's own settings hold. */
  #rulesBy(policy: SessionPolicy | undefined): SessionRules | undefined {
    const { rules: own, mayShutDown } = this.#options;
    if (!policy) return own;
    const named = this.#policies.use(policy.id);
    return named && stricter(own, named, mayShutDown);
  }

  #follow(session: RemoteSession | undefined, policy: SessionPolicy | undefined): void {
    if (!session) return;
    const rules = this.#rulesBy(policy);
    if (!rules) {
      this.#options.log.warn({ session: session.id, policy: policy?.id }, POLICY_UNKNOWN.why);
      session.end(POLICY_UNKNOWN.reason);
      return;
    }
    session.follow(rules, policy);
    this.#receipts.get(session.id)?.follow(policy?.id);
    this.#protect(session);
    this.#options.log.info({ session: session.id, ...inForce(rules, policy) }, "the session's policy");
  }

  #admit(open: SessionOpen, rules: SessionRules): void {
    const receipt = this.#receipts.begin(open);
    const session: RemoteSession = new RemoteSession(open, rules, {
      ...this.#options,
      openPeer: receipt.counting(this.#options.openPeer),
      desktop: this.#desktop,
      lines: this.#lines,
      beginPicture: (wish) => this.#beginPicture(wish),
      dropPicture: (first) => this.#dropPicture(first),
      onLive: (live) => {
        receipt.live(live.rules.viewOnly);
        return this.#takesControl(live);
      },
      wasShown: ({ id }) => this.#guarded?.id === id && this.#guarded.wasShown,
      // nobody reads below a cover, and nothing may come to lie above it
      near: (running, end) => this.#dayEnd.near(running, this.#known.cover?.ok ? undefined : end),
      demandLock: ({ id, login }, cause) => this.#lock.demand({ session: id, login, cause }),
      onEnded: (ended, locked) => {
        this.#sessions.delete(ended.id);
        if (ended.state.kind === "ended") this.#ended.add(ended.id, ended.state.reason);
        this.#receipts.end(ended);
        if (this.#controller === ended) this.#controller = undefined;
        void locked.then(() => {
          this.#giveBack(ended);
          if (!this.#controller) this.#dayEnd.ended(ended);
        });
      },
    });
    this.#sessions.set(session.id, session);
    const { id, login } = session;
    this.#options.log.info({ session: id, login, ...inForce(rules, open.policy) }, "session requested");
  }

  /** The server admits people; this PC still sees to it that nobody is pushed out by somebody else. */
  #refusal(open: SessionOpen): Refusal | undefined {
    if (this.#sessions.size >= MAX_SESSIONS) return { reason: "internal", why: "too many sessions at once" };
    const { login } = open.person;
    const inUse = [...this.#sessions.values()].find((other) => other.wasLive && other.login !== login);
    if (inUse) return { reason: "in-use", why: `${inUse.login} is using this PC` };
    const left = this.#lock.owedBy;
    if (left === undefined || left === login) return undefined;
    return { reason: "not-locked", why: `${left} has left this PC and it is not locked yet` };
  }

  /** Before the streamer asks for the first picture. */
  #guard(session: RemoteSession): void {
    const { id, login, personName: person } = session;
    this.#lock.takenUp(login);
    if (this.#guarded?.id === id) return; // the next attempt of the same session
    this.#known = forgetCover(this.#known);
    const { coverText: text, identity } = this.#options;
    const words = coverWords({ organisation: identity.organisation, text, person, since: Date.now() });
    this.#guarded = { id, words, wasShown: false };
    this.#protect(session);
  }

  /** As its rules want it: at its first picture, and when they change. */
  #protect({ id, rules }: RemoteSession): void {
    const guarded = this.#guarded;
    if (guarded?.id !== id) return;
    const { cover, lockOn } = rules;
    guarded.wasShown ||= cover !== "required";
    // nothing more is reported of one that is not wished for
    if (cover === "off") this.#known = forgetCover(this.#known);
    this.#desktop.protect({ cover, words: guarded.words, lockWhenAlone: lockOn !== "never" });
  }

  #giveBack({ id }: RemoteSession): void {
    if (this.#guarded?.id !== id) return; // another one has begun
    this.#guarded = undefined;
    this.#desktop.protect(UNPROTECTED);
  }

  #coverChanged({ ok, reason }: CoverState): void {
    const guarded = this.#guarded;
    if (!guarded) return;
    const session = guarded.id;
    guarded.wasShown ||= ok;
    if (ok) this.#options.log.info({ session }, "the office's monitors are covered");
    else this.#options.log.error({ session, reason }, "the office's monitors are NOT covered");
    this.#options.send({
      type: "protection",
      session,
      event: ok ? "covered" : "cover-failed",
      at: Date.now(),
      reason: reason.slice(0, 300),
    });
    const running = this.#sessions.get(session);
    if (!ok && running?.rules.cover === "required") running.end("cover-unavailable");
  }

  #beginPicture(wish: { codec: Codec; lineBps: number }): FirstPicture | undefined {
    if (this.#first || this.#controller?.viewer) return undefined;
    this.#first = new FirstPicture(this.#desktop, wish);
    return this.#first;
  }

  #dropPicture(first: FirstPicture): void {
    first.drop();
    if (this.#first !== first) return;
    this.#first = undefined;
    this.#desktop.pause();
  }

  /** Only a proven peer takes control; until then the one who has it keeps it. */
  #takesControl(session: RemoteSession): ReturnType<SessionContext["onLive"]> {
    for (const other of [...this.#sessions.values()]) if (other !== session) other.end("taken-over");
    this.#controller = session;
    this.#dayEnd.begins();
    this.#guard(session);
    const first = this.#first;
    this.#first = undefined;
    const usable = first === session.first && !first?.hasFailed ? first : undefined;
    usable?.ask();
    // the desktop tells anew when it opens; what it told before is good until then
    return { known: this.#known, first: usable };
  }

  /** Who looks is told; what is left are pictures that nobody looks at yet, words for the log, and what ends a session. */
  #reported(report: DesktopReport): void {
    const { log } = this.#options;
    const { office: before } = this.#known;
    this.#known = learn(this.#known, report);
    const viewer = this.#controller?.viewer;
    viewer?.reported(report);
    switch (report.type) {
      case "changed":
        if (!viewer) this.#first?.changed(report);
        break;
      case "picture":
        if (!viewer) this.#first?.made(report);
        break;
      case "encode-failed":
        log.warn({ problem: report.message, kind: report.code }, "the screen could not be encoded");
        if (viewer?.streamer.encodeFailed() === "hopeless") this.#controller?.end("desktop-unavailable");
        this.#first?.failed();
        break;
      case "office":
        if (report.refusesInput && !before?.refusesInput) log.warn(REFUSES_INPUT);
        break;
      case "restarting":
        log.error({ cause: report.cause }, "the desktop process died and is started again");
        break;
      case "unusable":
        log.error({ kind: report.code }, report.message);
        this.#controller?.end("desktop-unavailable");
        this.#first?.failed(); // the streamer opens it anew, and is told again
        break;
      case "covered":
        this.#coverChanged(report);
        break;
    }
  }
}

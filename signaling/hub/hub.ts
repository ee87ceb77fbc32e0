/**
 * Who is connected and which sessions exist: the meeting point of viewers and agents. It applies session.ts's transitions and
 * performs what follows from them (tell both ends, write the record, refresh the lists). What a message means
 * stands in handlers/; who may do what stands in records.ts and admission.ts.
 */
import type { AdmissionLimits } from "../admission.ts";
import { Budget } from "../budget.ts";
import { admissionLimits, DEFAULT_CAPACITY } from "../edge/capacity.ts";
import type { IceServers } from "../edge/ice-servers.ts";
import { RelayPeers } from "../edge/relay-peers.ts";
import type { Log } from "../log.ts";
import { CLOSE, type EndReason, RequestError } from "../protocol/errors.ts";
import type { Nonce, PersonId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { Codec, TerminalView } from "../protocol/signal.ts";
import type { Records, SessionRecord } from "../records.ts";
import type { Changes } from "../store/rows/changes.ts";
import { Wakes } from "../waking/wakes.ts";
import { Lists } from "./lists.ts";
import type { Agent, Session, Viewer } from "./presence.ts";
import { Recheck } from "./recheck.ts";
import { next, requested, type SessionEvent, unconfirmed } from "./session-state.ts";
import { Sessions } from "./sessions.ts";
import { type GrantedTerminal, isHolder, listParts, terminalView } from "./terminal-view.ts";

export type { Agent, Session, Viewer } from "./presence.ts";

export interface HubOptions {
  readonly records: Records;
  readonly iceServers: IceServers;
  readonly agentTurnUrls: readonly string[];
  /** What admission follows from; the default capacity's otherwise. */
  readonly admission?: AdmissionLimits;
  /** Learns which sessions there are, and whom each end may reach through the relay. */
  readonly relayPeers?: RelayPeers;
  readonly log: Log;
  readonly now: () => number;
  readonly nonce: () => Nonce;
}

/**
 * Each attempt gives two new names for the relay, good for a minute, and the relay's quota is by name. Three sessions on a
 * line that breaks every ten seconds are 18 attempts a minute.
 */
const ATTEMPT_BUDGET = { burst: 40, perMinute: 20 } as const;
/**
 * What an office PC may have recorded of its protection. A session makes some two records, an interruption as many; a PC that
 * comes back after a day without the server tells a few dozen at once.
 */
const PROTECTION_BUDGET = { burst: 120, perMinute: 4 };
/** Sign-ins, grants and devices are looked at again this often, besides at once when the store says something changed. */
const RECHECK_MS = 15_000;
/** The store knows by then since when a terminal is offline: records are written within a second or two. */
const SEEN_IS_KEPT_MS = 60_000;

export class Hub {
  readonly records: Records;
  readonly viewers = new Set<Viewer>();
  readonly agents = new Map<TerminalId, Agent>();
  readonly sessions = new Sessions();
  readonly wakes: Wakes;
  readonly admission: AdmissionLimits;
  readonly relayPeers: RelayPeers;
  readonly #options: HubOptions;
  readonly protectionBudget = new Budget<TerminalId>(PROTECTION_BUDGET);
  /** Attempts of each person, and on each office PC. */
  readonly attemptBudget = new Budget<PersonId | TerminalId>(ATTEMPT_BUDGET);
  readonly #offlineSince = new Map<TerminalId, number>();
  readonly #lists: Lists;
  readonly #recheck: Recheck;
  #timer: NodeJS.Timeout | undefined;
  #recheckedAt = 0;

  constructor(options: HubOptions) {
    this.#options = options;
    this.records = options.records;
    this.relayPeers = options.relayPeers ?? new RelayPeers();
    this.admission = options.admission ?? admissionLimits(DEFAULT_CAPACITY);
    this.wakes = new Wakes({
      ...options,
      changed: (id) => this.terminalChanged(id),
      segmentsChanged: (keys) => this.#lists.markSegments(keys),
    });
    this.#lists = new Lists({
      look: (viewer) => this.records.terminalsOf(viewer.signedIn.person),
      send: (viewer, terminals) => this.#sendList(viewer, terminals),
      failed: (viewer, error) =>
        this.#options.log.error({ err: error, peer: viewer.connection.id }, "cannot read the list of terminals"),
    });
    this.#recheck = new Recheck({
      ...options,
      viewers: this.viewers,
      agents: this.agents,
      sessions: this.sessions,
      signInOver: (id, reason) => this.signInEnded(id, reason),
      terminalBarred: (id) => this.#dropTerminal(id),
      sessionDue: (session, reason) => this.end(session, reason),
      listChanged: (viewer) => this.#lists.mark(viewer),
    });
  }

  /** Takes up the sessions a former run left open; their agents have a minute to confirm them. */
  async start(): Promise<void> {
    const now = this.now();
    for (const record of await this.records.openSessions()) {
      this.relayPeers.begin(record.id);
      this.sessions.set(record.id, {
        record,
        state: unconfirmed(now),
        nonce: this.#options.nonce(),
        codecs: [],
        viewer: undefined,
        signInId: record.signInId,
        recorded: true,
      });
    }
    this.#timer = setInterval(() => this.#tick(), 1_000);
  }

  /** Lets go of everybody; live sessions run on between viewer and agent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const { connection } of [...this.viewers, ...this.agents.values()])
      connection.close(CLOSE.restarting, "server is restarting");
    for (const viewer of this.viewers) {
      viewer.isGone = true;
      this.#lists.forget(viewer);
    }
    this.viewers.clear();
    this.agents.clear();
    await this.#recheck.close();
  }

  now(): number {
    return this.#options.now();
  }

  // ── connections ──────────────────────────────────────────────────────────────────────────────

  addViewer(viewer: Viewer): void {
    this.#replaceSamePage(viewer);
    this.viewers.add(viewer);
    const { login, name, organisation } = viewer.signedIn;
    viewer.connection.send({ type: "welcome", person: { login, name }, organisation: organisation.name });
    for (const session of this.sessions.of(viewer.signedIn.person))
      if (!session.viewer && isHolder(session.record, viewer.signedIn)) this.attach(session, viewer);
    this.#lists.mark(viewer);
  }

  removeViewer(viewer: Viewer): void {
    viewer.isGone = true;
    this.viewers.delete(viewer);
    this.#lists.forget(viewer);
    for (const session of this.sessions.of(viewer.signedIn.person))
      if (session.viewer === viewer) session.viewer = undefined;
  }

  /** After a change of network the page is back before its former connection is known to be dead: it speaks for itself at once. */
  #replaceSamePage(viewer: Viewer): void {
    if (viewer.page === undefined) return;
    for (const before of [...this.viewers]) {
      if (before.page !== viewer.page || before.signedIn.signInId !== viewer.signedIn.signInId) continue;
      this.removeViewer(before);
      before.connection.close(CLOSE.replaced, "another connection of this page");
    }
  }

  /** The viewer speaks for this session from now on. */
  attach(session: Session, viewer: Viewer): void {
    const { signInId } = viewer.signedIn;
    session.viewer = viewer;
    if (session.signInId === signInId) return;
    session.signInId = signInId;
    if (session.recorded) this.#record(this.records.sessionHangsOn(session.record.id, signInId));
  }

  /** It speaks for a session. */
  isAtWork(viewer: Viewer): boolean {
    return this.sessions.of(viewer.signedIn.person).some((session) => session.viewer === viewer);
  }

  addAgent(agent: Agent): void {
    const { id, name, organisation } = agent.terminal;
    const before = this.agents.get(id);
    before?.connection.close(CLOSE.replaced, "another connection of this terminal");
    if (before) this.wakes.left(before);
    this.agents.set(id, agent);
    this.wakes.arrived(id);
    this.#offlineSince.delete(id);
    agent.connection.send({ type: "welcome", terminal: id, name, organisation: organisation.name });
    this.#record(this.records.terminalSeen(id, this.now()));
    this.terminalChanged(id);
  }

  removeAgent(agent: Agent): void {
    const { id } = agent.terminal;
    if (this.agents.get(id) !== agent) return; // replaced by a newer connection
    this.agents.delete(id);
    this.wakes.left(agent);
    this.#offlineSince.set(id, this.now());
    this.#record(this.records.terminalSeen(id, this.now()));
    const session = this.sessionOn(id);
    if (session) this.apply(session, { kind: "agent-lost", now: this.now() });
    this.terminalChanged(id);
  }

  /** A sign-in is over: its pages go, and so do the sessions that hang on it. */
  signInEnded(signInId: string, reason: EndReason): void {
    for (const session of [...this.sessions.values()]) if (session.signInId === signInId) this.end(session, reason);
    for (const viewer of [...this.viewers]) {
      if (viewer.signedIn.signInId !== signInId) continue;
      this.removeViewer(viewer);
      viewer.connection.close(CLOSE.notSignedIn, reason);
    }
  }

  // ── sessions ─────────────────────────────────────────────────────────────────────────────────

  /** The session that occupies this terminal, if any. */
  sessionOn(terminal: TerminalId): Session | undefined {
    return this.sessions.on(terminal);
  }

  /** The session a viewer's message is about. Throws SESSION_UNKNOWN for one that is not its own. */
  sessionOf(viewer: Viewer, id: SessionId): Session {
    const session = this.sessions.get(id);
    if (session?.viewer !== viewer) throw new RequestError("SESSION_UNKNOWN", "no such session of yours");
    return session;
  }

  /** The session an agent's message is about. Throws SESSION_UNKNOWN for one on another terminal. */
  sessionAt(agent: Agent, id: SessionId): Session {
    const session = this.sessions.get(id);
    if (session?.record.terminal !== agent.terminal.id)
      throw new RequestError("SESSION_UNKNOWN", "no such session on this terminal");
    return session;
  }

  /** Writes the record first; only then anybody is told. */
  async openSession(viewer: Viewer, record: SessionRecord, codecs: readonly Codec[]): Promise<void> {
    const session: Session = {
      record,
      state: requested(record.requestedAt),
      nonce: this.#options.nonce(),
      codecs,
      viewer,
      signInId: viewer.signedIn.signInId,
      recorded: false,
    };
    this.sessions.set(record.id, session);
    this.relayPeers.begin(record.id);
    try {
      await this.records.sessionRequested(record);
    } catch (error) {
      this.sessions.delete(record.id);
      this.relayPeers.end(record.id);
      throw error;
    }
    session.recorded = true;
    this.#sessionLog(session).info("session requested");
    this.#announce(session);
    this.terminalChanged(record.terminal);
  }

  /** Builds the next attempt of a session whose viewer came back; where its agent has not yet said that it runs, as soon as it does. */
  resumeSession(session: Session, viewer: Viewer, codecs: readonly Codec[]): void {
    this.attach(session, viewer);
    if (session.state.kind === "unconfirmed") {
      session.awaited = { viewer, codecs };
      return;
    }
    session.awaited = undefined;
    session.codecs = codecs;
    session.nonce = this.#options.nonce();
    this.apply(session, { kind: "resume", now: this.now() });
    this.#announce(session);
  }

  /** Applies one event and performs what the new state asks for. */
  apply(session: Session, event: SessionEvent): void {
    const before = session.state;
    const after = next(before, event);
    if (after === before) return;
    session.state = after;
    if (after.kind !== before.kind) this.#sessionLog(session).info({ from: before.kind, to: after.kind }, "session");
    if (after.kind === "live" && before.kind !== "live")
      this.#record(this.records.sessionLive(session.record.id, this.now()));
    if (after.kind === "ended") this.#finish(session, after.reason);
    else if (after.kind !== before.kind) this.terminalChanged(session.record.terminal);
    const { awaited } = session;
    if (before.kind !== "unconfirmed" || after.kind === "ended" || !awaited) return;
    session.awaited = undefined;
    if (session.viewer === awaited.viewer) this.resumeSession(session, awaited.viewer, awaited.codecs);
  }

  /** Ends a session and tells both ends, whoever wished it. */
  end(session: Session, reason: EndReason): void {
    this.apply(session, { kind: "end", reason });
  }

  /** Something about this terminal changed: everybody who sees it gets a new list. */
  terminalChanged(id: TerminalId): void {
    this.#lists.markTerminal(id);
  }

  /** Somebody's rights were changed: look at them, now. Fulfilled when it is done. */
  recheck(changes: Changes = "everything"): Promise<void> {
    return this.#recheck.changed(changes);
  }

  /** Entries in what lives as long as this server, for the figures. */
  get size(): number {
    const own = this.viewers.size + this.agents.size + this.sessions.size + this.#offlineSince.size;
    return (
      own +
      this.relayPeers.size +
      this.wakes.size +
      this.#lists.size +
      this.protectionBudget.size +
      this.attemptBudget.size
    );
  }

  // ── effects ──────────────────────────────────────────────────────────────────────────────────

  /** Tells both ends to begin the present attempt. */
  #announce(session: Session): void {
    const { record, state, nonce, codecs, viewer } = session;
    const agent = this.agents.get(record.terminal);
    if (!agent || !viewer || state.kind !== "requested") return;
    const { attempt } = state;
    const ice = (role: "agent" | "viewer", urls: readonly string[]) => [
      this.#options.iceServers.issue({ session: record.id, role, attempt, urls }),
    ];
    viewer.connection.send({
      type: "session-opened",
      session: record.id,
      attempt,
      terminal: record.terminal,
      nonce,
      agentKey: agent.terminal.publicKey,
      iceServers: ice("viewer", viewer.turnUrls),
    });
    agent.connection.send({
      type: "session-open",
      session: record.id,
      attempt,
      nonce,
      person: { login: record.login, name: record.personName },
      deviceKey: record.deviceKey,
      codecs: [...codecs],
      iceServers: ice("agent", this.#options.agentTurnUrls),
    });
  }

  #finish(session: Session, reason: EndReason): void {
    const { record, viewer } = session;
    this.sessions.delete(record.id);
    this.relayPeers.end(record.id);
    const message = { type: "session-end", session: record.id, reason } as const;
    viewer?.connection.send(message);
    this.agents.get(record.terminal)?.connection.send(message);
    this.#record(this.records.sessionEnded(record.id, this.now(), reason));
    this.#sessionLog(session).info({ reason }, "session ended");
    this.terminalChanged(record.terminal);
  }

  #sendList(viewer: Viewer, terminals: readonly GrantedTerminal[]): void {
    const parts = listParts(terminals.map((terminal) => this.#view(viewer, terminal)));
    for (const [i, part] of parts.entries())
      viewer.connection.send({
        type: "terminals",
        terminals: part,
        ...(parts.length > 1 && { part: { number: i + 1, of: parts.length } }),
      });
  }

  #view(viewer: Viewer, terminal: GrantedTerminal): TerminalView {
    const { id, lastSeenAt } = terminal;
    return terminalView(viewer.signedIn, terminal, {
      session: this.sessionOn(id)?.record,
      onlineSince: this.agents.get(id)?.since,
      offlineSince: this.#offlineSince.get(id) ?? lastSeenAt ?? 0,
      wake: () => this.wakes.view(terminal, viewer.signedIn.person),
    });
  }

  // ── time and rights ──────────────────────────────────────────────────────────────────────────

  #tick(): void {
    const now = this.now();
    for (const session of [...this.sessions.values()]) this.apply(session, { kind: "tick", now });
    this.wakes.tick();
    this.protectionBudget.tick(now);
    this.attemptBudget.tick(now);
    if (Math.abs(now - this.#recheckedAt) < RECHECK_MS) return;
    this.#recheckedAt = now;
    for (const [id, since] of this.#offlineSince) if (now - since > SEEN_IS_KEPT_MS) this.#offlineSince.delete(id);
    void this.#recheck.sweep();
  }

  #dropTerminal(id: TerminalId): void {
    const agent = this.agents.get(id);
    if (!agent) return;
    const session = this.sessionOn(id);
    if (session) this.end(session, "terminal-disabled");
    this.removeAgent(agent);
    agent.connection.close(CLOSE.forbidden, "terminal disabled");
  }

  /** The record is written in the background; a failure is a bug or a full disk, and the latter is said by the store. */
  #record(written: Promise<void>): void {
    written.catch((error: unknown) => {
      if (error instanceof RequestError && error.code === "STORAGE_UNAVAILABLE") return;
      this.#options.log.error({ err: error }, "cannot write the record");
    });
  }

  #sessionLog(session: Session): Log {
    const { id, terminal, login } = session.record;
    return this.#options.log.child({ session: id, terminal, login });
  }
}

/**
 * Who is connected and which sessions exist: the meeting point of viewers and agents. It applies session.ts's transitions and
 * performs what follows from them (tell both ends, write the record, refresh the lists). What a message means
 * stands in handlers/; who may do what stands in records.ts and admission.ts.
 */
import type { AdmissionLimits } from "./admission.ts";
import { admissionLimits, DEFAULT_CAPACITY } from "./capacity.ts";
import type { Connection } from "./connection.ts";
import { RelayPeers } from "./edge/relay-peers.ts";
import type { IceServers } from "./ice-servers.ts";
import type { Log } from "./log.ts";
import { CLOSE, type EndReason, RequestError } from "./protocol/errors.ts";
import type { Nonce, SessionId, TerminalId } from "./protocol/ids.ts";
import type { Codec, TerminalView, ToAgent, ToViewer } from "./protocol/signal.ts";
import type { Records, SessionRecord, SignedIn, Terminal } from "./records.ts";
import { next, requested, type SessionEvent, type SessionState, unconfirmed } from "./session.ts";
import { type GrantedTerminal, isHolder, terminalView } from "./terminal-view.ts";
import { Wakes } from "./wake.ts";

export interface Viewer {
  readonly connection: Connection<ToViewer>;
  readonly signedIn: SignedIn;
  /** TURN addresses as this viewer reaches them; they depend on the listener it came by. */
  readonly turnUrls: readonly string[];
  /** The terminals in the list it was last sent. */
  shown: ReadonlySet<TerminalId>;
}

export interface Agent {
  readonly connection: Connection<ToAgent>;
  readonly terminal: Terminal;
  readonly since: number;
}

export interface Session {
  readonly record: SessionRecord;
  state: SessionState;
  nonce: Nonce;
  codecs: readonly Codec[];
  /** The connection that speaks for it; undefined while that one is away. */
  viewer: Viewer | undefined;
  /** The sign-in it depends on; undefined after a restart until its viewer is back. */
  signInId: string | undefined;
  /** Its row is in the store, so that a row that is gone or ended means: ended by somebody else. */
  recorded: boolean;
}

export interface HubOptions {
  readonly records: Records;
  readonly iceServers: IceServers;
  readonly agentTurnUrls: readonly string[];
  /** What admission follows from; the default capacity's otherwise. */
  readonly admission?: AdmissionLimits;
  /** Learns whom each end may reach through the relay. */
  readonly relayPeers?: RelayPeers;
  readonly log: Log;
  readonly now: () => number;
  readonly nonce: () => Nonce;
}

/** Sign-ins, grants and devices are looked at again this often, besides at once when the store says something changed. */
const RECHECK_MS = 15_000;

export class Hub {
  readonly records: Records;
  readonly viewers = new Set<Viewer>();
  readonly agents = new Map<TerminalId, Agent>();
  readonly sessions = new Map<SessionId, Session>();
  readonly wakes: Wakes;
  readonly admission: AdmissionLimits;
  readonly relayPeers: RelayPeers;
  readonly #options: HubOptions;
  readonly #offlineSince = new Map<TerminalId, number>();
  readonly #refreshing = new Map<Viewer, "running" | "again">();
  #timer: NodeJS.Timeout | undefined;
  #recheckedAt = 0;
  #rechecking: Promise<void> | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    this.records = options.records;
    this.relayPeers = options.relayPeers ?? new RelayPeers();
    this.admission = options.admission ?? admissionLimits(DEFAULT_CAPACITY);
    this.wakes = new Wakes({
      ...options,
      changed: (id) => this.terminalChanged(id),
      neighboursChanged: (organisation) => {
        for (const viewer of this.viewers) if (viewer.signedIn.organisation.id === organisation) this.#refresh(viewer);
      },
    });
  }

  /** Takes up the sessions a former run left open; their agents have a minute to confirm them. */
  async start(): Promise<void> {
    const now = this.now();
    for (const record of await this.records.openSessions())
      this.sessions.set(record.id, {
        record,
        state: unconfirmed(now),
        nonce: this.#options.nonce(),
        codecs: [],
        viewer: undefined,
        signInId: undefined,
        recorded: true,
      });
    this.#timer = setInterval(() => this.#tick(), 1_000);
  }

  /** Lets go of everybody; live sessions run on between viewer and agent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const { connection } of [...this.viewers, ...this.agents.values()])
      connection.close(CLOSE.restarting, "server is restarting");
    this.viewers.clear();
    this.agents.clear();
    await this.#rechecking;
  }

  now(): number {
    return this.#options.now();
  }

  // ── connections ──────────────────────────────────────────────────────────────────────────────

  addViewer(viewer: Viewer): void {
    this.viewers.add(viewer);
    const { login, name, organisation } = viewer.signedIn;
    viewer.connection.send({ type: "welcome", person: { login, name }, organisation: organisation.name });
    for (const session of this.sessions.values())
      if (!session.viewer && isHolder(session.record, viewer.signedIn)) this.attach(session, viewer);
    this.#refresh(viewer);
  }

  removeViewer(viewer: Viewer): void {
    this.viewers.delete(viewer);
    for (const session of this.sessions.values()) if (session.viewer === viewer) session.viewer = undefined;
  }

  /** The viewer speaks for this session from now on. */
  attach(session: Session, viewer: Viewer): void {
    session.viewer = viewer;
    session.signInId = viewer.signedIn.signInId;
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
    for (const session of this.sessions.values()) if (session.record.terminal === terminal) return session;
    return undefined;
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
    try {
      await this.records.sessionRequested(record);
    } catch (error) {
      this.sessions.delete(record.id);
      throw error;
    }
    session.recorded = true;
    this.#sessionLog(session).info("session requested");
    this.#announce(session);
    this.terminalChanged(record.terminal);
  }

  /** Builds the next attempt of a session whose viewer came back. */
  resumeSession(session: Session, viewer: Viewer, codecs: readonly Codec[]): void {
    this.attach(session, viewer);
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
  }

  /** Ends a session and tells both ends, whoever wished it. */
  end(session: Session, reason: EndReason): void {
    this.apply(session, { kind: "end", reason });
  }

  /** Something about this terminal changed: everybody who sees it gets a new list. */
  terminalChanged(id: TerminalId): void {
    for (const viewer of this.viewers) if (viewer.shown.has(id)) this.#refresh(viewer);
  }

  /** The store was changed by another process: look at everybody again, now. */
  async recheck(): Promise<void> {
    this.#rechecking ??= this.#recheckAll()
      .catch((error: unknown) => this.#options.log.error({ err: error }, "recheck failed"))
      .finally(() => {
        this.#rechecking = undefined;
      });
    await this.#rechecking;
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

  /** Sends the list of terminals; at most one look-up at a time per viewer, the last change always shown. */
  #refresh(viewer: Viewer): void {
    if (this.#refreshing.has(viewer)) {
      this.#refreshing.set(viewer, "again");
      return;
    }
    this.#refreshing.set(viewer, "running");
    this.#record(
      this.#list(viewer).finally(() => {
        const again = this.#refreshing.get(viewer) === "again";
        this.#refreshing.delete(viewer);
        if (again && this.viewers.has(viewer)) this.#refresh(viewer);
      }),
    );
  }

  async #list(viewer: Viewer): Promise<void> {
    const terminals = await this.records.terminalsOf(viewer.signedIn.person);
    viewer.shown = new Set(terminals.map(({ id }) => id));
    viewer.connection.send({
      type: "terminals",
      terminals: terminals.map((terminal) => this.#view(viewer, terminal)),
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
    if (now - this.#recheckedAt < RECHECK_MS) return;
    this.#recheckedAt = now;
    void this.recheck();
  }

  async #recheckAll(): Promise<void> {
    for (const viewer of [...this.viewers]) {
      const { signInId } = viewer.signedIn;
      if (await this.records.signedIn(signInId)) this.#refresh(viewer);
      else this.signInEnded(signInId, viewer.signedIn.endsAt <= this.now() ? "sign-in-expired" : "administrator");
    }
    for (const agent of [...this.agents.values()])
      if (!(await this.records.terminal(agent.terminal.id))) this.#dropTerminal(agent);
    for (const session of [...this.sessions.values()]) if (session.recorded) await this.#recheckSession(session);
  }

  async #recheckSession(session: Session): Promise<void> {
    const due = await this.records.endDue(session.record.id);
    if (due) return this.end(session, due);
    const { signInId, state } = session;
    if (signInId === undefined) return;
    if (!(await this.records.signedIn(signInId))) this.end(session, "sign-in-expired");
    // Pointer and keys travel past this server: a live session is use, so the idle limit does not cut it off.
    else if (state.kind === "live") await this.records.touch(signInId);
  }

  #dropTerminal(agent: Agent): void {
    const session = this.sessionOn(agent.terminal.id);
    if (session) this.end(session, "terminal-disabled");
    this.removeAgent(agent);
    agent.connection.close(CLOSE.forbidden, "terminal disabled");
  }

  /** The record is written in the background; a failure is a bug or a full disk and is said once. */
  #record(written: Promise<void>): void {
    written.catch((error: unknown) => this.#options.log.error({ err: error }, "cannot write the record"));
  }

  #sessionLog(session: Session): Log {
    const { id, terminal, login } = session.record;
    return this.#options.log.child({ session: id, terminal, login });
  }
}

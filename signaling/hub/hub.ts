/**
 * The meeting point of viewers and agents: puts its parts together, and gives them the time and the news of changed rights.
 * What a message means stands in handlers/; who may do what stands in records.ts and session-limits.ts.
 *
 *   viewers, agents        who is connected
 *   sessions, lifecycle    what runs between them, and what follows from each step
 *   lists                  what each page shows of the office PCs
 *   recheck                may those who are here stay?
 *   lock-orders            what office PCs are told of locks, which they keep by themselves
 *   policies               what office PCs are told of policy, and what holds for each session
 *   forgets                which devices office PCs are to forget
 *   twins                  two office PCs with one key
 *   witnesses              which office PCs sign the heads of the record
 *   nodes                  what other nodes have, where there are several
 */

import { Budget } from "../budget.ts";
import { DEFAULT_CAPACITY, sessionLimits } from "../edge/capacity.ts";
import type { IceServers } from "../edge/ice-servers.ts";
import { RelayPeers } from "../edge/relay-peers.ts";
import type { Log } from "../log.ts";
import { CLOSE, type EndReason } from "../protocol/errors.ts";
import type { Nonce, PersonId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { Records, SessionRecord, Terminal, Witnesses } from "../records.ts";
import type { SessionLimits } from "../session-limits.ts";
import type { Change, Changes } from "../store/rows/changes.ts";
import { Wakes } from "../waking/wakes.ts";
import { Agents } from "./agents.ts";
import { AmongNodes } from "./among-nodes.ts";
import { backgroundWrite } from "./background-write.ts";
import { Forgets } from "./forgets.ts";
import { Lists } from "./lists.ts";
import { LockOrders } from "./lock-orders.ts";
import type { Nodes } from "./nodes.ts";
import { Policies } from "./policies.ts";
import type { Agent, Session, Viewer } from "./presence.ts";
import { Recheck } from "./recheck.ts";
import { SessionLifecycle } from "./session-lifecycle.ts";
import { type OpenSessions, Sessions } from "./sessions.ts";
import { Twins } from "./twins.ts";
import { Viewers } from "./viewers.ts";
import { WitnessRounds } from "./witnesses.ts";

export type { Agent, Session, Viewer } from "./presence.ts";

export interface HubOptions {
  readonly records: Records;
  /** Left out: nobody is asked to sign the record. */
  readonly witnesses?: Witnesses;
  /** Left out: there is no other. */
  readonly nodes?: Nodes | undefined;
  readonly iceServers: IceServers;
  readonly agentTurnUrls: readonly string[];
  /** How many sessions there may be; the default capacity's otherwise. */
  readonly sessionLimits?: SessionLimits;
  /** Learns which sessions there are, and whom each end may reach through the relay. */
  readonly relayPeers?: RelayPeers;
  readonly log: Log;
  readonly now: () => number;
  /** ms of a clock that never jumps, whatever the time of day does: for what waits. */
  readonly monotonic: () => number;
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

export class Hub {
  readonly records: Records;
  readonly viewers: ReadonlySet<Viewer>;
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly sessions: OpenSessions;
  readonly lifecycle: SessionLifecycle;
  readonly wakes: Wakes;
  readonly forgets: Forgets;
  readonly sessionLimits: SessionLimits;
  readonly relayPeers: RelayPeers;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly protectionBudget = new Budget<TerminalId>(PROTECTION_BUDGET);
  /** Attempts of each person, and on each office PC. */
  readonly attemptBudget = new Budget<PersonId | TerminalId>(ATTEMPT_BUDGET);
  readonly #viewers: Viewers;
  readonly #agents: Agents;
  readonly lockOrders: LockOrders;
  readonly policies: Policies;
  readonly witnesses: WitnessRounds | undefined;
  readonly nodes: Nodes | undefined;
  readonly #lists: Lists;
  readonly #recheck: Recheck;
  readonly #twins: Twins;
  readonly #amongNodes: AmongNodes;
  #timer: NodeJS.Timeout | undefined;
  #recheckedAt = 0;

  constructor(options: HubOptions) {
    const { records, log, now } = options;
    const write = backgroundWrite(log);
    const changed = (id: TerminalId) => this.terminalChanged(id);
    const sessions = new Sessions();
    this.records = records;
    this.nodes = options.nodes;
    this.now = now;
    this.monotonic = options.monotonic;
    this.sessions = sessions;
    this.relayPeers = options.relayPeers ?? new RelayPeers();
    this.sessionLimits = options.sessionLimits ?? sessionLimits(DEFAULT_CAPACITY);
    this.wakes = this.#openWakes(options);
    this.#twins = new Twins({ records, log, now, setAside: (id) => this.#dropTerminal(id, "terminal-disabled") });
    this.#agents = new Agents({
      ...options,
      write,
      wakes: this.wakes,
      replaced: (before, agent) => void this.#twins.replaced(before, agent),
      lost: (id) => this.#agentLost(id),
      changed,
    });
    this.agents = this.#agents.present;
    this.forgets = new Forgets({ records, log, now, agents: this.agents });
    this.policies = new Policies({ records, log, now, agents: this.agents });
    const { witnesses } = options;
    this.witnesses = witnesses && new WitnessRounds({ witnesses, log, now, agents: this.agents });
    this.lifecycle = new SessionLifecycle({
      ...options,
      policies: this.policies,
      sessions,
      agents: this.agents,
      relayPeers: this.relayPeers,
      write,
      changed,
      kept: (id) => this.nodes?.changed(id),
    });
    this.#lists = new Lists({
      records,
      log,
      sessions,
      agents: this.agents,
      offlineSince: (id) => this.#agents.offlineSince(id),
      elsewhere: (id) => this.nodes?.elsewhere(id),
      wakes: this.wakes,
    });
    this.lockOrders = new LockOrders({ ...options, agents: this.agents });
    this.#viewers = this.#openViewers();
    this.viewers = this.#viewers.present;
    this.#recheck = this.#openRecheck(options);
    this.#amongNodes = new AmongNodes(this, { viewers: this.#viewers, lists: this.#lists, twins: this.#twins });
  }

  #openWakes(options: HubOptions): Wakes {
    return new Wakes({
      ...options,
      changed: (id) => this.terminalChanged(id),
      elsewhere: options.nodes,
      segmentsChanged: (keys) => {
        this.#lists.markSegments(keys);
        this.nodes?.segmentsChanged(keys, (key) => this.wakes.hasNeighbour(key));
      },
    });
  }

  #openViewers(): Viewers {
    return new Viewers({
      sessions: this.sessions,
      attach: (session, viewer) => this.lifecycle.attach(session, viewer),
      arrived: (viewer) => {
        this.#lists.mark(viewer);
        this.nodes?.arrived(viewer);
      },
      left: (viewer) => {
        this.#lists.forget(viewer);
        this.nodes?.gone(viewer);
      },
    });
  }

  /** What follows from a look at who may stay. */
  #openRecheck(options: HubOptions): Recheck {
    return new Recheck({
      ...options,
      viewers: this.viewers,
      agents: this.agents,
      sessions: this.sessions,
      signInOver: (id, reason) => this.signInEnded(id, reason),
      terminalBarred: (id, reason) => this.#dropTerminal(id, reason),
      sessionDue: (session, reason) => this.end(session, reason),
      sessionRules: (session, rules) => this.policies.hold(session, rules),
      listChanged: (viewer) => this.#lists.mark(viewer),
      personChanged: ({ connection }) => connection.send({ type: "requests-changed" }),
      devicesChanged: (persons) => this.forgets.changed(persons),
    });
  }

  /** Takes up the sessions a former run left open. */
  async start(): Promise<void> {
    if (this.nodes) this.#amongNodes.takeUp(await this.nodes.start(this.#amongNodes));
    else await this.lifecycle.restore();
    this.#timer = setInterval(() => this.#tick(), 1_000);
  }

  /** Lets go of everybody; live sessions run on between viewer and agent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#viewers.close();
    this.#agents.close();
    await this.nodes?.close();
    const parts = [this.#recheck, this.lockOrders, this.policies, this.forgets, this.witnesses];
    await Promise.all(parts.map((part) => part?.close()));
  }

  /** WebSockets that are open. */
  get connected(): number {
    return this.viewers.size + this.agents.size;
  }

  /** Closes so many, of pages and office PCs alike, as this server ends and another one takes over. */
  letGo(count: number): void {
    const ofViewers = Math.min(count, Math.ceil((count * this.viewers.size) / Math.max(1, this.connected)));
    this.#viewers.letGo(ofViewers);
    this.#agents.letGo(count - ofViewers);
  }

  // ── who comes and goes ───────────────────────────────────────────────────────────────────────

  addViewer(viewer: Viewer): void {
    this.#viewers.add(viewer);
  }

  removeViewer(viewer: Viewer): void {
    this.#viewers.remove(viewer);
  }

  /** It speaks for a session. */
  isAtWork(viewer: Viewer): boolean {
    return this.#viewers.isAtWork(viewer) || this.nodes?.isAtWork(viewer) === true;
  }

  /**
   * It has proved itself, and is added next: where there are several nodes it becomes this one's, with its session. Returns why it
   * could not be.
   */
  async claim({ id }: Terminal): Promise<unknown> {
    try {
      const session = await this.nodes?.claim(id);
      if (session) this.#amongNodes.takeUp([session]);
      return undefined;
    } catch (problem) {
      return problem;
    }
  }

  /** It has gone before it was added. */
  unclaim({ id }: Terminal): void {
    if (!this.agents.has(id)) this.nodes?.left(id);
  }

  addAgent(agent: Agent): void {
    this.#agents.add(agent);
    this.lockOrders.arrived(agent.terminal.id);
    this.policies.arrived(agent.terminal.id);
    this.forgets.arrived(agent.terminal.id);
  }

  removeAgent(agent: Agent): void {
    const isPresent = this.agents.get(agent.terminal.id) === agent;
    this.#agents.remove(agent);
    if (isPresent) this.nodes?.left(agent.terminal.id);
    this.lockOrders.left(agent);
    this.policies.left(agent);
    this.forgets.left(agent);
    this.witnesses?.left(agent);
  }

  // ── what others end or change ────────────────────────────────────────────────────────────────

  /** A sign-in is over: its pages go, and so do the sessions that hang on it. */
  signInEnded(signInId: string, reason: EndReason): void {
    this.lifecycle.signInEnded(signInId, reason);
    this.#viewers.signInEnded(signInId, reason);
  }

  /** Ends a session, whoever wished it, and tells both ends as soon as that is kept. */
  end(session: Session, reason: EndReason): void {
    this.lifecycle.end(session, reason);
  }

  /** The session that occupies this terminal, if any. */
  sessionOn(terminal: TerminalId): Session | undefined {
    return this.sessions.on(terminal);
  }

  /** Something about this terminal changed: everybody who sees it gets a new list. */
  terminalChanged(id: TerminalId): void {
    this.#lists.markTerminal(id);
    this.nodes?.changed(id);
  }

  /** A person's pages on this device hear whether their office PC was locked, wherever they are. */
  lockTold(about: Pick<SessionRecord, "person" | "deviceKey">, session: SessionId, locked: boolean): void {
    this.#viewers.lockTold(about, session, locked);
    this.nodes?.lockTold(about, session, locked);
  }

  /** Somebody's rights were changed: look at them, now. Fulfilled when it is done. */
  recheck(changes: Changes = "everything"): Promise<void> {
    const isOf = (kind: Change["kind"]) => changes === "everything" || changes.some((one) => one.kind === kind);
    if (isOf("lock")) this.lockOrders.changed();
    if (isOf("policy")) this.policies.changed();
    return this.#recheck.changed(changes);
  }

  /** Entries in what lives as long as this server, for the figures. */
  get size(): number {
    const parts = [
      this.viewers,
      this.#agents,
      this.sessions,
      this.relayPeers,
      this.wakes,
      this.#lists,
      this.lockOrders,
      this.policies,
      this.forgets,
      this.#twins,
      ...(this.witnesses ? [this.witnesses] : []),
      this.protectionBudget,
      this.attemptBudget,
    ];
    return parts.reduce((sum, { size }) => sum + size, 0);
  }

  #agentLost(id: TerminalId): void {
    const session = this.sessions.on(id);
    if (session) this.lifecycle.apply(session, { kind: "agent-lost", now: this.monotonic() });
  }

  #dropTerminal(id: TerminalId, reason: EndReason): void {
    const agent = this.agents.get(id);
    if (!agent) return;
    const session = this.sessions.on(id);
    if (session) this.lifecycle.endNow(session, reason);
    this.#agents.remove(agent);
    this.nodes?.left(id);
    const why = reason === "terminal-expired" ? "the time of this terminal is over" : "terminal disabled or set aside";
    agent.connection.close(CLOSE.forbidden, why);
  }

  #tick(): void {
    const now = this.now();
    this.lifecycle.tick(this.monotonic());
    this.wakes.tick();
    this.protectionBudget.tick(now);
    this.attemptBudget.tick(now);
    this.lockOrders.tick(now);
    this.policies.tick(now);
    this.witnesses?.tick(now);
    if (Math.abs(now - this.#recheckedAt) < RECHECK_MS) return;
    this.#recheckedAt = now;
    this.#agents.forgetOld(now);
    this.#twins.forgetOld(now);
    void this.#recheck.sweep();
  }
}

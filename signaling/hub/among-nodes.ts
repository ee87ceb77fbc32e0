/** What the other nodes bring about in this hub. */
import { CLOSE } from "../protocol/errors.ts";
import type { SessionId, TerminalId } from "../protocol/ids.ts";
import type { SessionRecord, Terminal } from "../records.ts";
import type { Wakes } from "../waking/wakes.ts";
import type { Lists } from "./lists.ts";
import type { NodeHub, Nodes } from "./nodes.ts";
import type { Agent, Viewer } from "./presence.ts";
import type { SessionLifecycle } from "./session-lifecycle.ts";
import type { OpenSessions } from "./sessions.ts";
import type { Twins } from "./twins.ts";
import type { Viewers } from "./viewers.ts";

/** Of the hub. */
export interface HubAmongNodes {
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly viewers: ReadonlySet<Viewer>;
  readonly sessions: OpenSessions;
  readonly lifecycle: Pick<SessionLifecycle, "takeUp" | "release">;
  readonly wakes: Pick<Wakes, "arrived" | "canWake">;
  readonly nodes: Pick<Nodes, "taken"> | undefined;
  removeAgent(agent: Agent): void;
  removeViewer(viewer: Viewer): void;
}

export interface PartsAmongNodes {
  readonly viewers: Viewers;
  readonly lists: Pick<Lists, "markTerminal" | "markSegments">;
  readonly twins: Pick<Twins, "replaced">;
}

export class AmongNodes implements NodeHub {
  readonly #hub: HubAmongNodes;
  readonly #parts: PartsAmongNodes;

  constructor(hub: HubAmongNodes, parts: PartsAmongNodes) {
    this.#hub = hub;
    this.#parts = parts;
  }

  get agents(): ReadonlyMap<TerminalId, Agent> {
    return this.#hub.agents;
  }

  hasSession(id: SessionId): boolean {
    return this.#hub.sessions.has(id);
  }

  moved(id: TerminalId): void {
    const session = this.#hub.sessions.on(id);
    if (session) this.#hub.lifecycle.release(session);
    const agent = this.#hub.agents.get(id);
    if (!agent) return;
    const there = { ...agent, connection: { ...agent.connection, remoteAddress: "another node" } };
    void this.#parts.twins.replaced(agent, there);
    this.#hub.removeAgent(agent);
  }

  takeUp(records: readonly SessionRecord[]): void {
    const news = records.filter(({ id }) => !this.hasSession(id));
    if (news.length === 0) return;
    this.#hub.lifecycle.takeUp(news);
    this.#parts.viewers.sessionsCame(new Set(news.map(({ person }) => person)));
    for (const record of news) this.#hub.nodes?.taken(record);
  }

  beginAnew(): void {
    const { agents, viewers, sessions, lifecycle } = this.#hub;
    for (const session of [...sessions.values()]) lifecycle.release(session);
    for (const agent of [...agents.values()]) {
      agent.connection.close(CLOSE.restarting, "begins anew");
      this.#hub.removeAgent(agent);
    }
    for (const viewer of [...viewers]) {
      viewer.connection.close(CLOSE.restarting, "begins anew");
      this.#hub.removeViewer(viewer);
    }
  }

  shown(id: TerminalId): void {
    this.#parts.lists.markTerminal(id);
  }

  segmentsShown(keys: readonly string[]): void {
    this.#parts.lists.markSegments(keys);
  }

  link(viewer: Viewer): void {
    this.#parts.viewers.link(viewer);
  }

  unlink(viewer: Viewer): void {
    this.#parts.viewers.unlink(viewer);
  }

  lockTold(about: Pick<SessionRecord, "person" | "deviceKey">, session: SessionId, locked: boolean): void {
    this.#parts.viewers.lockTold(about, session, locked);
  }

  canWake(terminal: Terminal): boolean {
    return this.#hub.wakes.canWake(terminal);
  }

  woken(id: TerminalId): void {
    this.#hub.wakes.arrived(id);
  }
}

/** What this node may write of sessions: of those that are its own, on office PCs that are its own. */
import { RequestError } from "../protocol/errors.ts";
import type { NodeId, SessionId } from "../protocol/ids.ts";
import type { SessionRecord } from "../records.ts";
import type { Queries } from "../store/queries.ts";

export interface NodeFenceOptions {
  readonly node: () => NodeId | undefined;
  /** While it goes, what it had. */
  readonly last: () => NodeId | undefined;
  /** Sessions of one person, on all nodes together. */
  readonly perPerson: number;
}

export class NodeFence {
  readonly #options: NodeFenceOptions;

  constructor(options: NodeFenceOptions) {
    this.#options = options;
  }

  async mayOpen(q: Queries, { terminal, person }: SessionRecord): Promise<void> {
    const { node, perPerson } = this.#options;
    const id = node();
    if (id === undefined || !(await q.nodes.holds(id, terminal)))
      throw new RequestError("TERMINAL_OFFLINE", "the office PC has just connected to another node");
    if ((await q.nodes.openCount(person)) >= perPerson)
      throw new RequestError("TOO_MANY_SESSIONS", `at most ${perPerson} sessions per person`);
  }

  async opened(q: Queries, session: SessionId): Promise<void> {
    const id = this.#options.node();
    if (id !== undefined) await q.nodes.giveSession(session, id);
  }

  async owns(q: Queries, session: SessionId): Promise<boolean> {
    const id = this.#options.last();
    return id !== undefined && q.nodes.ownsSession(id, session);
  }
}

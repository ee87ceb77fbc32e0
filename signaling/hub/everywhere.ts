/** What is here and on the other nodes, for who looks at all of it: the console. */
import type { TerminalId } from "../protocol/ids.ts";
import type { SessionRecord, SessionRules } from "../records.ts";
import type { Nodes } from "./nodes.ts";
import type { Agent, Session } from "./presence.ts";
import type { OpenSessions } from "./sessions.ts";

/** What is known of a session of another node is what the store has of it. */
type Seen = Pick<Session, "record"> & { readonly rules: SessionRules | undefined };

export interface EverywhereOptions {
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly sessions: Pick<OpenSessions, "on" | "values">;
  readonly nodes: Pick<Nodes, "far"> | undefined;
}

export class Everywhere {
  readonly #options: EverywhereOptions;

  constructor(options: EverywhereOptions) {
    this.#options = options;
  }

  /** Made anew for each question. */
  get agents(): ReadonlyMap<TerminalId, Pick<Agent, "since">> {
    const { agents, nodes } = this.#options;
    if (!nodes || nodes.far.size === 0) return agents;
    const all = new Map<TerminalId, Pick<Agent, "since">>(agents);
    for (const [id, { since }] of nodes.far) if (since !== undefined && !all.has(id)) all.set(id, { since });
    return all;
  }

  get sessions(): { on(terminal: TerminalId): Seen | undefined; values(): Iterable<Seen> } {
    const { sessions, nodes } = this.#options;
    if (!nodes) return sessions;
    return {
      on: (terminal) => sessions.on(terminal) ?? seen(nodes.far.get(terminal)?.session),
      values: () => [
        ...sessions.values(),
        ...[...nodes.far.values()].flatMap(({ session }) => (session ? [{ record: session, rules: undefined }] : [])),
      ],
    };
  }
}

const seen = (record: SessionRecord | undefined): Seen | undefined => record && { record, rules: undefined };

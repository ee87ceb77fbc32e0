/**
 * Who has to be sent a new list of terminals. Changes are marked, however many there are; one list after another is looked up
 * and sent, so that each page gets the last state and nothing else of this process waits for all the lists.
 */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { TerminalId } from "../protocol/ids.ts";
import { segmentOf } from "../protocol/wake.ts";
import type { GrantedTerminal, Records } from "../records.ts";
import { segmentKey } from "../waking/neighbours.ts";
import type { Wakes } from "../waking/wakes.ts";
import type { Elsewhere } from "./nodes.ts";
import type { Agent, Viewer } from "./presence.ts";
import { type OpenSessions, put, take } from "./sessions.ts";
import { beyondList, listParts, terminalView } from "./terminal-view.ts";

/** After so much work others get their turn: pictures pass through the same loop. */
const TURN_MS = 5;

export interface ListsOptions {
  readonly records: Pick<Records, "terminalsOf" | "mayWake">;
  readonly log: Log;
  readonly sessions: Pick<OpenSessions, "on">;
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  /** Epoch ms; undefined when the store knows it. */
  readonly offlineSince: (id: TerminalId) => number | undefined;
  /** What another node has of it. */
  readonly elsewhere: (id: TerminalId) => Elsewhere | undefined;
  readonly wakes: Pick<Wakes, "view">;
}

export class Lists {
  readonly #options: ListsOptions;
  readonly #marked = new Set<Viewer>();
  /** Which viewers were last sent this terminal, and which one whose sleeping PCs stand on this segment. */
  readonly #showing = new Map<TerminalId, Set<Viewer>>();
  readonly #onSegment = new Map<string, Set<Viewer>>();
  readonly #segmentsOf = new Map<Viewer, ReadonlySet<string>>();
  #isWorking = false;

  constructor(options: ListsOptions) {
    this.#options = options;
  }

  /** Its list changed. */
  mark(viewer: Viewer): void {
    this.#marked.add(viewer);
    if (!this.#isWorking) void this.#work();
  }

  markTerminal(id: TerminalId): void {
    for (const viewer of this.#showing.get(id) ?? []) this.mark(viewer);
  }

  markSegments(keys: Iterable<string>): void {
    for (const key of keys) for (const viewer of this.#onSegment.get(key) ?? []) this.mark(viewer);
  }

  forget(viewer: Viewer): void {
    this.#marked.delete(viewer);
    this.#note(viewer, []);
  }

  /** Entries that are kept, for the figures. */
  get size(): number {
    return this.#marked.size + this.#showing.size + this.#onSegment.size + this.#segmentsOf.size;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    let began = performance.now();
    for (const viewer of this.#marked) {
      // taken out before the look: a change during it marks the viewer again
      this.#marked.delete(viewer);
      await this.#one(viewer);
      if (performance.now() - began < TURN_MS) continue;
      await setImmediate();
      began = performance.now();
    }
    this.#isWorking = false;
  }

  async #one(viewer: Viewer): Promise<void> {
    try {
      const terminals = await this.#options.records.terminalsOf(viewer.signedIn.person);
      const mayWake = await this.#mayWake(viewer, terminals);
      if (viewer.isGone) return;
      this.#note(viewer, terminals);
      this.#send(viewer, terminals, mayWake);
    } catch (error) {
      if (viewer.isGone) return;
      this.#options.log.error({ err: error, peer: viewer.connection.id }, "cannot read the list of terminals");
    }
  }

  /** Asked only where there is something to wake. */
  async #mayWake({ signedIn }: Viewer, terminals: readonly GrantedTerminal[]): Promise<boolean> {
    const { records, agents, elsewhere } = this.#options;
    const isHere = (id: TerminalId) => agents.has(id) || elsewhere(id)?.since !== undefined;
    return !terminals.every(({ id }) => isHere(id)) && records.mayWake(signedIn.person);
  }

  #send(viewer: Viewer, terminals: readonly GrantedTerminal[], mayWake: boolean): void {
    const { sessions, agents, offlineSince, elsewhere, wakes } = this.#options;
    const views = terminals.map((terminal) =>
      terminalView(viewer.signedIn, terminal, {
        session: sessions.on(terminal.id)?.record ?? elsewhere(terminal.id)?.session,
        onlineSince: agents.get(terminal.id)?.since ?? elsewhere(terminal.id)?.since,
        offlineSince: offlineSince(terminal.id) ?? terminal.lastSeenAt ?? 0,
        wake: () => (mayWake ? wakes.view(terminal, viewer.signedIn.person) : {}),
      }),
    );
    const parts = listParts(views);
    const more = beyondList(views);
    for (const [i, part] of parts.entries())
      viewer.connection.send({
        type: "terminals",
        terminals: part,
        ...(parts.length > 1 && { part: { number: i + 1, of: parts.length } }),
        ...(more > 0 && i === parts.length - 1 && { more }),
      });
  }

  #note(viewer: Viewer, terminals: readonly GrantedTerminal[]): void {
    const shown = new Set(terminals.map(({ id }) => id));
    for (const id of viewer.shown) if (!shown.has(id)) take(this.#showing, id, viewer);
    for (const id of shown) put(this.#showing, id, viewer);
    viewer.shown = shown;
    const segments = new Set(
      terminals.flatMap(({ organisation, interfaces }) =>
        interfaces.map((each) => segmentKey(organisation.id, segmentOf(each))),
      ),
    );
    for (const key of this.#segmentsOf.get(viewer) ?? []) if (!segments.has(key)) take(this.#onSegment, key, viewer);
    for (const key of segments) put(this.#onSegment, key, viewer);
    if (segments.size > 0) this.#segmentsOf.set(viewer, segments);
    else this.#segmentsOf.delete(viewer);
  }
}

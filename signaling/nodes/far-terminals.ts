/**
 * What other nodes have of office PCs, as lists and the console show it: read from the store when a notice says that something
 * changed, all of it now and then because a notice may be lost.
 */
import { setImmediate } from "node:timers/promises";
import type { Elsewhere } from "../hub/nodes.ts";
import { recordOf } from "../organisations/session-rows.ts";
import type { NodeId, TerminalId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { OwnedSession } from "../store/queries/nodes.ts";
import type { PresenceRow } from "../store/rows/nodes.ts";
import type { Store } from "../store/store.ts";

const ALL_MS = 30_000;

export interface FarTerminalsOptions {
  readonly store: Pick<Store, "read">;
  readonly node: () => NodeId | undefined;
  /** What another node has of it changed. `came`: it is connected there, and was not. */
  readonly changed: (terminal: TerminalId, came: boolean) => void;
  /** All there is, as it stood a moment ago. */
  readonly looked: (all: { presences: readonly PresenceRow[]; sessions: readonly OwnedSession[] }) => void;
  readonly monotonic: () => number;
  readonly failed: (error: unknown) => void;
}

export class FarTerminals {
  readonly #options: FarTerminalsOptions;
  readonly #known = new Map<TerminalId, Elsewhere>();
  readonly #marked = new Set<TerminalId>();
  #isAllMarked = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #working: Promise<void> | undefined;

  constructor(options: FarTerminalsOptions) {
    this.#options = options;
  }

  get known(): ReadonlyMap<TerminalId, Elsewhere> {
    return this.#known;
  }

  mark(terminals: Iterable<TerminalId>): void {
    for (const terminal of terminals) this.#marked.add(terminal);
    this.#working ??= this.#work();
  }

  /** Fulfilled when all was looked at. */
  markAll(): Promise<void> {
    this.#isAllMarked = true;
    this.#working ??= this.#work();
    return this.#working;
  }

  /** It is here. */
  forget(terminal: TerminalId): void {
    this.#known.delete(terminal);
  }

  tick(): void {
    if (this.#options.monotonic() - this.#lookedAt >= ALL_MS) void this.markAll();
  }

  get size(): number {
    return this.#known.size + this.#marked.size;
  }

  async close(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    await setImmediate(); // what is marked in the same turn is one look
    while (this.#isAllMarked || this.#marked.size > 0) {
      try {
        if (this.#isAllMarked) await this.#lookAtAll();
        else await this.#look();
      } catch (error) {
        this.#options.failed(error); // all of it is looked at before long
      }
      await setImmediate();
    }
    this.#working = undefined;
  }

  async #look(): Promise<void> {
    const [slice = []] = slices([...this.#marked]);
    for (const terminal of slice) this.#marked.delete(terminal);
    const { presences, sessions } = await this.#options.store.read(async (q) => ({
      presences: await q.nodes.presences(slice),
      sessions: await q.nodes.openSessions({ terminals: slice }),
    }));
    this.#note(slice, presences, sessions);
  }

  async #lookAtAll(): Promise<void> {
    this.#isAllMarked = false;
    this.#marked.clear();
    this.#lookedAt = this.#options.monotonic();
    const all = await this.#options.store.read(async (q) => ({
      presences: await q.nodes.presences(),
      sessions: await q.nodes.openSessions(),
    }));
    const named = [...all.presences, ...all.sessions].map(({ terminalId }) => terminalId);
    this.#note([...new Set([...this.#known.keys(), ...named])], all.presences, all.sessions);
    this.#options.looked(all);
  }

  #note(terminals: readonly TerminalId[], presences: readonly PresenceRow[], sessions: readonly OwnedSession[]): void {
    const me = this.#options.node();
    const presenceOf = new Map(presences.map((row) => [row.terminalId, row]));
    const sessionOf = new Map(sessions.map((row) => [row.terminalId, row]));
    for (const terminal of terminals) {
      const [presence, session] = [presenceOf.get(terminal), sessionOf.get(terminal)];
      const node = presence?.nodeId ?? session?.nodeId ?? undefined;
      const before = this.#known.get(terminal);
      const after =
        node === undefined || node === me
          ? undefined
          : {
              node,
              since: presence && Number(presence.since),
              session: session && recordOf(session),
            };
      if (after) this.#known.set(terminal, after);
      else this.#known.delete(terminal);
      if (!isSame(before, after))
        this.#options.changed(terminal, before?.since === undefined && after?.since !== undefined);
    }
  }
}

const isSame = (one: Elsewhere | undefined, other: Elsewhere | undefined): boolean =>
  one?.node === other?.node && one?.since === other?.since && one?.session?.id === other?.session?.id;

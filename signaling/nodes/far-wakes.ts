/**
 * Waking over several nodes: on which segments each node has an office PC that wakes others, and which wakes are under way where. The
 * node that has such a neighbour does the waking; who asks elsewhere is passed on to it (links.ts), so that nobody is woken twice.
 */
import { type Bus, publishAs } from "../bus/bus.ts";
import { MAX_NOTICE_SEGMENTS } from "../bus/letters.ts";
import type { NodeId, TerminalId } from "../protocol/ids.ts";
import { segmentOf, WAKE_TIMEOUT_MS } from "../protocol/wake.ts";
import type { Terminal } from "../records.ts";
import { slices } from "../slices.ts";
import { segmentKey } from "../waking/neighbours.ts";
import type { FarWake } from "../waking/wakes.ts";

/** As long as a failure is shown (wakes.ts). */
const SHOWN_MS = WAKE_TIMEOUT_MS + 15 * 60_000;

export interface FarWakesOptions {
  readonly bus: Pick<Bus, "publish">;
  readonly node: () => NodeId | undefined;
  readonly monotonic: () => number;
  readonly failed: (error: unknown) => void;
}

interface Known {
  readonly node: NodeId;
  readonly wake: FarWake;
  /** Monotonic ms: when it was heard of. */
  readonly at: number;
}

export class FarWakes {
  readonly #options: FarWakesOptions;
  readonly #own = new Set<string>();
  readonly #segments = new Map<NodeId, Set<string>>();
  readonly #wakes = new Map<TerminalId, Known>();

  constructor(options: FarWakesOptions) {
    this.#options = options;
  }

  // ── here ─────────────────────────────────────────────────────────────────────────────────────

  changed(keys: readonly string[], has: (key: string) => boolean): void {
    const { bus, node, failed } = this.#options;
    const entered = keys.filter((key) => has(key) && !this.#own.has(key));
    const left = keys.filter((key) => !has(key) && this.#own.has(key));
    for (const key of entered) this.#own.add(key);
    for (const key of left) this.#own.delete(key);
    for (const some of slices(entered, MAX_NOTICE_SEGMENTS / 2))
      publishAs(bus, node(), { kind: "segments", entered: [...some], left: [] }).catch(failed);
    for (const some of slices(left, MAX_NOTICE_SEGMENTS / 2))
      publishAs(bus, node(), { kind: "segments", entered: [], left: [...some] }).catch(failed);
  }

  /** The segments on which this node has a neighbour. */
  get own(): readonly string[] {
    return [...this.#own];
  }

  tell(terminal: TerminalId, { person, elapsedMs, over }: FarWake): void {
    const { bus, node, failed } = this.#options;
    const how = over === undefined ? {} : { over };
    publishAs(bus, node(), { kind: "wake", terminal, person, elapsedMs, ...how }).catch(failed);
  }

  // ── elsewhere ────────────────────────────────────────────────────────────────────────────────

  segments(node: NodeId, entered: readonly string[], left: readonly string[]): void {
    const there = this.#segments.get(node) ?? new Set();
    for (const key of entered) there.add(key);
    for (const key of left) there.delete(key);
    this.#segments.set(node, there);
  }

  wake(node: NodeId, terminal: TerminalId, wake: FarWake): void {
    if (wake.over === null) this.#wakes.delete(terminal);
    else this.#wakes.set(terminal, { node, wake, at: this.#options.monotonic() });
  }

  /** The segments that it had. */
  died(node: NodeId): readonly string[] {
    const had = [...(this.#segments.get(node) ?? [])];
    this.#segments.delete(node);
    for (const [terminal, known] of this.#wakes) if (known.node === node) this.#wakes.delete(terminal);
    return had;
  }

  arrived(terminal: TerminalId): void {
    this.#wakes.delete(terminal);
  }

  view(terminal: TerminalId): FarWake | undefined {
    const known = this.#wakes.get(terminal);
    if (!known) return undefined;
    const age = this.#options.monotonic() - known.at;
    if (known.wake.elapsedMs + age > (known.wake.over ? SHOWN_MS : WAKE_TIMEOUT_MS)) return undefined;
    return { ...known.wake, elapsedMs: Math.round(known.wake.elapsedMs + age) };
  }

  canWake(terminal: Terminal): boolean {
    return this.#wakers(terminal).length > 0;
  }

  /** Whom to ask. */
  wakerOf(terminal: Terminal): NodeId | undefined {
    const known = this.#wakes.get(terminal.id);
    if (known && this.view(terminal.id)?.over === undefined && this.view(terminal.id)) return known.node;
    return this.#wakers(terminal)[0];
  }

  get size(): number {
    return this.#own.size + this.#segments.size + this.#wakes.size;
  }

  #wakers({ organisation, interfaces }: Terminal): NodeId[] {
    const keys = interfaces.map((each) => segmentKey(organisation.id, segmentOf(each)));
    return [...this.#segments].flatMap(([node, there]) => (keys.some((key) => there.has(key)) ? [node] : []));
  }
}

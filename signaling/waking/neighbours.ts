/**
 * Which online agents stand on which network segment, and which of them to ask for the packet that wakes a sleeping PC. Only
 * PCs of one organisation are neighbours: two town halls may well use the same private addresses.
 */
import type { Connection } from "../connection.ts";
import type { OrganisationId, TerminalId } from "../protocol/ids.ts";
import type { ToAgent } from "../protocol/signal.ts";
import { type MacAddress, type Segment, segmentOf, type WiredInterface } from "../protocol/wake.ts";
import type { Terminal } from "../records.ts";

/** Sleepers are not asked for more: a segment where three neighbours could not do it has another problem. */
const MAX_ERRANDS = 3;

export interface Neighbour {
  readonly connection: Connection<ToAgent>;
  readonly terminal: Pick<Terminal, "id" | "organisation">;
}

/** One neighbour's part in waking one card. */
export interface Errand {
  readonly neighbour: Neighbour;
  readonly mac: MacAddress;
  readonly segment: Segment;
}

interface Standing {
  readonly neighbour: Neighbour;
  readonly keys: ReadonlySet<string>;
}

export class Neighbours {
  readonly #standing = new Map<TerminalId, Standing>();
  readonly #segments = new Map<string, Map<TerminalId, Neighbour>>();
  /** When it was asked last, as a running number: whoever was asked longest ago is next. */
  readonly #asked = new Map<TerminalId, number>();
  #turn = 0;

  /** The segments (segmentKey) that got their first neighbour or lost their last. */
  place(neighbour: Neighbour, interfaces: readonly WiredInterface[]): string[] {
    const { id, organisation } = neighbour.terminal;
    const keys = new Set(interfaces.map((each) => segmentKey(organisation.id, segmentOf(each))));
    const before = this.#standing.get(id)?.keys ?? new Set();
    const left = [...before].filter((key) => !keys.has(key) && this.#leave(key, id));
    const entered: string[] = [];
    for (const key of keys) {
      const there = this.#segments.get(key) ?? new Map<TerminalId, Neighbour>();
      if (there.size === 0) entered.push(key);
      this.#segments.set(key, there.set(id, neighbour));
    }
    this.#standing.set(id, { neighbour, keys });
    return [...left, ...entered];
  }

  /** The segments that lost their last neighbour. */
  remove(neighbour: Neighbour): string[] {
    const { id } = neighbour.terminal;
    const standing = this.#standing.get(id);
    if (standing?.neighbour !== neighbour) return []; // a newer connection stands there
    this.#standing.delete(id);
    this.#asked.delete(id);
    return [...standing.keys].filter((key) => this.#leave(key, id));
  }

  has(segment: string): boolean {
    return this.#segments.has(segment);
  }

  canWake(sleeper: Terminal): boolean {
    return this.#around(sleeper).some(({ there }) => there.length > 0);
  }

  /** Whom to ask, one after another: the sleeper's cards in turn, on each segment those who were asked longest ago. */
  errandsFor(sleeper: Terminal): Errand[] {
    const perCard = this.#around(sleeper).map(({ mac, segment, there }) =>
      there
        .sort((a, b) => this.#lastAsked(a) - this.#lastAsked(b))
        .map((neighbour): Errand => ({ neighbour, mac, segment })),
    );
    const rounds = Math.max(0, ...perCard.map((errands) => errands.length));
    const errands = Array.from({ length: rounds }, (_, round) => perCard.flatMap((card) => card[round] ?? [])).flat();
    return errands.slice(0, MAX_ERRANDS);
  }

  /** False when that neighbour has gone. */
  ask({ neighbour, mac, segment }: Errand): boolean {
    const { id } = neighbour.terminal;
    if (this.#standing.get(id)?.neighbour !== neighbour) return false;
    this.#turn += 1;
    this.#asked.set(id, this.#turn);
    neighbour.connection.send({ type: "wake", mac, segment });
    return true;
  }

  /** Entries that are kept, for the figures. */
  get size(): number {
    return this.#standing.size + this.#segments.size + this.#asked.size;
  }

  #around({ id, organisation, interfaces }: Terminal) {
    return interfaces.map((each) => {
      const segment = segmentOf(each);
      const there = [...(this.#segments.get(segmentKey(organisation.id, segment))?.values() ?? [])];
      return { mac: each.mac, segment, there: there.filter(({ terminal }) => terminal.id !== id) };
    });
  }

  #lastAsked({ terminal }: Neighbour): number {
    return this.#asked.get(terminal.id) ?? 0;
  }

  /** True when it was the last one there. */
  #leave(key: string, id: TerminalId): boolean {
    const there = this.#segments.get(key);
    there?.delete(id);
    return there?.size === 0 && this.#segments.delete(key);
  }
}

/** Segments of different organisations are different ones. */
export const segmentKey = (organisation: OrganisationId, segment: Segment): string => `${organisation} ${segment}`;

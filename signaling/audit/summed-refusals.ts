/**
 * Refusals that strangers can cause at will. The first ones of a minute are recorded one by one, of each source and of all;
 * what comes beyond that is one record at the end of the minute, so that nobody fills the disk from outside.
 *
 * The sum is kept in the store until then, in the same write that a record of its own would be: how long an answer takes
 * tells nothing, and a crash loses nothing.
 */

import type { Log } from "../log.ts";
import { sourceOf } from "../source.ts";
import type { Queries } from "../store/queries.ts";
import type { Store } from "../store/store.ts";
import { appendAudit } from "./chain.ts";
import type { AuditEvent } from "./events.ts";

const EVERY_MS = 60_000;
/** In one minute, of one kind of refusal. */
const ALONE_PER_SOURCE = 10;
const ALONE = 60;
/** Sources, logins and faults that a sum tells apart; the rest are counted together. */
const TOLD_APART = 200;
/** Named in the record, those with most. */
const NAMED = 5;

const SUMMED = {
  "sign-in.refused": "sign-in.refusals-summed",
  "terminal.enrol-refused": "terminal.enrol-refusals-summed",
} as const;
type Kind = keyof typeof SUMMED;
const KINDS = Object.keys(SUMMED) as Kind[];
export type Refusal = AuditEvent & { readonly event: Kind };

export interface SummedRefusalsParts {
  readonly store: Store;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

interface Sum {
  readonly since: number;
  count: number;
  readonly sources: Record<string, number>;
  readonly logins: Record<string, number>;
  readonly faults: Record<string, number>;
}

export class SummedRefusals {
  readonly #parts: SummedRefusalsParts;
  /** Recorded one by one in this minute. */
  readonly #alone = new Map<string, number>();
  readonly #decided = new WeakMap<object, boolean>();
  #minuteAt = Number.NEGATIVE_INFINITY;
  #throttled = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SummedRefusalsParts) {
    this.#parts = parts;
  }

  /**
   * Records it, as part of the write that it belongs to. False: it went into the minute's sum, and is not to be logged either.
   * `asked`: what was refused, the same object when the write is done again; it counts once.
   */
  async record(q: Queries, refusal: Refusal, asked: object): Promise<boolean> {
    const source = sourceOf(String(refusal.about["address"] ?? ""));
    const mayStandAlone = this.#decided.get(asked) ?? this.#mayStandAlone(refusal.event, source);
    this.#decided.set(asked, mayStandAlone);
    if (mayStandAlone) {
      await appendAudit(q, refusal);
      return true;
    }
    const before = await q.refusals.sum(refusal.event);
    const sum: Sum = before
      ? (JSON.parse(before) as Sum) // what we wrote ourselves
      : { since: refusal.at, count: 0, sources: {}, logins: {}, faults: {} };
    sum.count += 1;
    add(sum.sources, source);
    const { login, organisation } = refusal.about;
    if (login) add(sum.logins, organisation ? `${organisation}/${login}` : String(login));
    for (const fault of String(refusal.about["faults"] ?? refusal.about["fault"] ?? "").split(" "))
      add(sum.faults, fault);
    await q.refusals.put(refusal.event, JSON.stringify(sum));
    this.#arm();
    return false;
  }

  /** Somebody without a registered browser was put off before anything was looked at: that costs us nothing, and is only counted. */
  throttled(): void {
    this.#throttled += 1;
    this.#arm();
  }

  /** What a server that crashed left behind. */
  start(): Promise<void> {
    return this.#flushOrSay();
  }

  /** Writes the records of the sums until now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { store, now, log } = this.#parts;
    const throttled = this.#throttled;
    this.#throttled = 0;
    try {
      const said = await store.write((q) => takeSums(q, now(), throttled));
      for (const { event, about } of said) log.warn({ ...about, event }, "refusals of the last minute, summed");
    } catch (error) {
      this.#throttled += throttled;
      this.#arm();
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#timer !== undefined) await this.#flushOrSay();
    clearTimeout(this.#timer);
  }

  async #flushOrSay(): Promise<void> {
    await this.flush().catch((err: unknown) =>
      this.#parts.log.error({ err }, "the sum of refusals is not written yet"),
    );
  }

  #mayStandAlone(kind: Kind, source: string): boolean {
    const at = this.#parts.now();
    if (Math.abs(at - this.#minuteAt) >= EVERY_MS) {
      this.#alone.clear(); // at most ALONE entries for each kind
      this.#minuteAt = at;
    }
    const [all, ofSource] = [kind, `${kind} ${source}`];
    const [used, usedBySource] = [this.#alone.get(all) ?? 0, this.#alone.get(ofSource) ?? 0];
    if (used >= ALONE || usedBySource >= ALONE_PER_SOURCE) return false;
    this.#alone.set(all, used + 1).set(ofSource, usedBySource + 1);
    return true;
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => void this.#flushOrSay(), EVERY_MS).unref();
  }
}

async function takeSums(q: Queries, at: number, throttled: number): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  for (const kind of KINDS) {
    const text = await q.refusals.sum(kind);
    const sum = text ? (JSON.parse(text) as Sum) : undefined;
    const putOff = kind === "sign-in.refused" ? throttled : 0;
    if (!sum && putOff === 0) continue;
    if (sum) await q.refusals.drop(kind);
    const about = {
      count: sum?.count ?? 0,
      throttled: putOff,
      since: sum?.since ?? at,
      sources: most(sum?.sources),
      logins: most(sum?.logins),
      faults: most(sum?.faults),
    };
    const event: AuditEvent = { event: SUMMED[kind], at, actor: "server", organisation: null, about };
    await appendAudit(q, event);
    events.push(event);
  }
  return events;
}

/** `192.0.2.7 120, 198.51.100.2 40` */
function most(counts: Record<string, number> = {}): string {
  const named = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return named
    .slice(0, NAMED)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

const OTHERS = "(others)";

function add(counts: Record<string, number>, name: string): void {
  const known = Object.hasOwn(counts, name) || Object.keys(counts).length < TOLD_APART;
  const key = known ? name : OTHERS;
  counts[key] = (Object.hasOwn(counts, key) ? (counts[key] ?? 0) : 0) + 1;
}

/**
 * Which time step a code is of, by the clock of the phone that made it (drift.ts), and what the phones together say of our own
 * clock. In memory is only what a minute brings; what was learnt stands in the store.
 */
import type { PersonId } from "../protocol/ids.ts";
import type { PersonRow } from "../store/rows/tables.ts";
import { type Drift, driftOf, learn, MAX_DRIFT_MS, NearMisses, phoneTime, type Seen } from "./drift.ts";
import { stepNear, stepOf } from "./totp.ts";

export interface Look {
  /** The step of a code that counts now. */
  readonly step: number | undefined;
  /** The same, or of a right code of another time. */
  readonly near: number | undefined;
}

/** Codes that our clock is judged by: fewer, and one wrong phone would count for much. */
const SAMPLES = { least: 20, most: 64 } as const;
/** Right phones and a right clock come to within a few seconds of nought; a single code tells no more than ± 15 s. */
const TOLERATED_MS = 15_000;
const SAY_EVERY_MS = 24 * 3_600_000;

export class PhoneClocks {
  readonly #misses = new NearMisses();
  /** By how much phones were ahead of us, ms, newest last. */
  readonly #ahead: number[] = [];
  #saidAt = -Infinity;

  /** Both are looked for, always: how long it takes tells nothing. */
  look(o: { seed: Uint8Array; code: string; at: number; drift: Drift | undefined }): Look {
    const { seed, code, at, drift } = o;
    const step = stepOf({ seed, code, at: phoneTime(at, drift) });
    const near = stepNear({ seed, code, at, toleranceMs: MAX_DRIFT_MS });
    return { step, near: step ?? near };
  }

  /** A right code of another time, with all else right: what it and the one before teach, if they are two in a row. */
  missed(person: PersonId, seen: Seen, known: Drift | undefined): Drift | undefined {
    const before = this.#misses.swap(person, seen);
    return before && learn(before, seen, known);
  }

  /** A code let its person in. */
  counted(person: PersonId, seen: Seen): void {
    this.#misses.forget(person);
    const { lowMs, highMs } = driftOf(seen);
    this.#ahead.push((lowMs + highMs) / 2);
    if (this.#ahead.length > SAMPLES.most) this.#ahead.shift();
  }

  /** By how much most phones are ahead of this server, ms; 0 while too few have been seen. */
  get aheadMs(): number {
    if (this.#ahead.length < SAMPLES.least) return 0;
    const sorted = this.#ahead.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  /** True once a day while most phones disagree with this server's clock. */
  isToSay(now: number): boolean {
    if (Math.abs(this.aheadMs) <= TOLERATED_MS || now - this.#saidAt < SAY_EVERY_MS) return false;
    this.#saidAt = now;
    return true;
  }
}

export const driftOfPerson = (
  person: Pick<PersonRow, "driftLowMs" | "driftHighMs" | "driftAt"> | undefined,
): Drift | undefined =>
  person && person.driftAt !== null
    ? { lowMs: person.driftLowMs ?? 0, highMs: person.driftHighMs ?? 0, at: person.driftAt }
    : undefined;

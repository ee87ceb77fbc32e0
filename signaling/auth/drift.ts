/**
 * The clock of a person's authenticator (RFC 6238 §6). A code lives for 30 s and no longer (ASVS 6.5.5); but which 30 s these
 * are is by the phone's clock, which may be minutes off.
 *
 *   code not of this time ──the next one, at the phone's own pace──▶ learnt ──each code that counts──▶ followed
 *
 * The code of step s that arrives at t says that the phone is ahead by at least s·30 s − t, and by less than 30 s more. Each
 * further one narrows that; the middle of what is left is taken for the truth.
 */
import { STEP_MS } from "./totp.ts";

/** How far ahead the phone may have been at that moment (epoch ms): from `lowMs` up to `highMs`. Negative: it is behind. */
export interface Drift {
  readonly lowMs: number;
  readonly highMs: number;
  readonly at: number;
}

/** A right code, and when it came, epoch ms by our clock. */
export interface Seen {
  readonly step: number;
  readonly at: number;
}

/** Beyond it a phone's clock has to be set. */
export const MAX_DRIFT_MS = 5 * 60_000;

export const driftOf = ({ step, at }: Seen): Drift => {
  const lowMs = step * STEP_MS - at;
  return { lowMs, highMs: lowMs + STEP_MS, at };
};

/** What the phone's clock shows at this moment, epoch ms. */
export const phoneTime = (at: number, drift: Drift | undefined): number =>
  at + (drift ? Math.round((drift.lowMs + drift.highMs) / 2) : 0);

/** Two codes in a row, as far apart as the phone makes them; undefined when they are not. `known`: what was learnt before. */
export function learn(first: Seen, second: Seen, known?: Drift): Drift | undefined {
  const learnt = second.step === first.step + 1 ? common(driftOf(first), driftOf(second)) : undefined;
  const agreed = learnt && known && common(aged(known, learnt.at), learnt);
  return agreed && stepOfPhone(second.at, agreed) === second.step ? agreed : learnt;
}

const stepOfPhone = (at: number, drift: Drift): number => Math.floor(phoneTime(at, drift) / STEP_MS);

/** After a code that counted. Undefined: the clock is right (again). */
export function follow(drift: Drift | undefined, seen: Seen): Drift | undefined {
  if (!drift) return undefined;
  const present = driftOf(seen);
  const next = common(aged(drift, seen.at), present) ?? present; // it jumped
  return next.lowMs <= 0 && next.highMs > 0 && Math.abs(phoneTime(0, next)) < SMALL_MS ? undefined : next;
}

/** Less is not worth keeping, ms. */
const SMALL_MS = 5_000;

/** What a quartz that nobody sets loses or gains: 15 ppm, that is 1.3 s a day. */
const RATE = 15e-6;

/** The same, seen from a later moment. */
function aged({ lowMs, highMs, at }: Drift, now: number): Drift {
  const slack = Math.ceil(Math.max(0, now - at) * RATE);
  return { lowMs: lowMs - slack, highMs: highMs + slack, at: now };
}

function common(a: Drift, b: Drift): Drift | undefined {
  const lowMs = Math.max(a.lowMs, b.lowMs);
  const highMs = Math.min(a.highMs, b.highMs);
  return lowMs < highMs ? { lowMs, highMs, at: Math.max(a.at, b.at) } : undefined;
}

/** Codes that were right but not of this time, one for each person, until the next one. */
export class NearMisses {
  readonly #last = new Map<string, Seen>();

  /** The one before this, if that is not too long ago. This one is remembered in its place. */
  swap(person: string, seen: Seen): Seen | undefined {
    const before = this.#last.get(person);
    this.#last.delete(person);
    this.#last.set(person, seen);
    for (const [other, { at }] of this.#last) {
      if (seen.at - at < KEPT_MS && this.#last.size <= MAX_KEPT) break; // the oldest stand first
      this.#last.delete(other);
    }
    return before && seen.at - before.at < KEPT_MS ? before : undefined;
  }

  forget(person: string): void {
    this.#last.delete(person);
  }

  get size(): number {
    return this.#last.size;
  }
}

/** Two codes in a row are less than a minute apart. */
const KEPT_MS = 2 * STEP_MS;
const MAX_KEPT = 1_000;

/**
 * How often somebody may try to sign in.
 *
 *   proven: signed by a device registered to that person → that device's own counter, nothing else
 *   other:  anybody else                                 → source, then overall, then the login that was named
 *
 * The lanes share nothing, so whoever fails on purpose in the second cannot lock a person out of a registered device (ASVS
 * 6.1.1). An attempt counts before its outcome is known, so that a thousand at once are no way around; success takes it back.
 * After the free tries of a counter each further round waits longer: 30 s, 1 min, 2 min … 1 h. The login is counted whether
 * or not it exists.
 */
import { isIPv6 } from "node:net";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { RequestError } from "../protocol/errors.ts";
import type { PersonId } from "../protocol/ids.ts";

const FREE_TRIES = { device: 5, login: 10 } as const;
/** Unused tries are forgotten after this long. */
const WINDOW_S = 15 * 60;
const FIRST_WAIT_S = 30;
const LONGEST_WAIT_S = 3_600;
/** How long the number of rounds is remembered. */
const ROUNDS_S = 24 * 3_600;

/** A town hall's satellite office shares one address; a hundred people register there on one morning. */
const PER_SOURCE = { points: 150, duration: WINDOW_S } as const;
/** Each attempt costs some 25 ms of a core for the password: this leaves six sevenths of one core to the others. */
const OVERALL = { points: 300, duration: 60 } as const;

/**
 * NIST SP 800-63B §5.2.2: at most 100 failures in a row. Kept in the store, per device and per person; some tries in flight
 * at the moment of the last one are allowed for.
 */
export const MAX_FAILURES = 100 - Math.max(FREE_TRIES.device, FREE_TRIES.login);

export type Attempt =
  | { lane: "proven"; deviceId: string; failures: number }
  | { lane: "other"; login: string; address: string };

export interface Admitted {
  /** It was the right person: the counters begin anew. */
  succeeded(): Promise<void>;
}

export class SignInThrottle {
  readonly #device = new Rounds("device", FREE_TRIES.device);
  readonly #login = new Rounds("login", FREE_TRIES.login);
  readonly #source = new RateLimiterMemory({ keyPrefix: "source", ...PER_SOURCE });
  readonly #overall = new RateLimiterMemory({ keyPrefix: "overall", ...OVERALL });

  /** Throws TOO_MANY_ATTEMPTS. */
  async admit(attempt: Attempt): Promise<Admitted> {
    if (attempt.lane === "other") {
      await consume(this.#source, sourceOf(attempt.address));
      await consume(this.#overall, "all");
      await this.#login.begin(attempt.login);
      return { succeeded: async () => {} };
    }
    if (attempt.failures >= MAX_FAILURES) throw tooMany(LONGEST_WAIT_S);
    await this.#device.begin(attempt.deviceId);
    return { succeeded: () => this.#device.forget(attempt.deviceId) };
  }

  /** The person proved who they are (or an administrator vouches): failures others made under this login are void. */
  async forgive(login: string): Promise<void> {
    await this.#login.forget(login);
  }
}

/** A plain limit per source address, for routes without accounts. */
export class SourceThrottle {
  readonly #limiter: RateLimiterMemory;

  constructor(options: { points: number; durationS: number }) {
    this.#limiter = new RateLimiterMemory({ points: options.points, duration: options.durationS });
  }

  /** Throws TOO_MANY_ATTEMPTS. */
  async admit(address: string): Promise<void> {
    await consume(this.#limiter, sourceOf(address));
  }
}

/** A plain limit per person, for what a person does who is signed in. */
export class PersonThrottle {
  readonly #limiter: RateLimiterMemory;

  constructor(options: { points: number; durationS: number }) {
    this.#limiter = new RateLimiterMemory({ points: options.points, duration: options.durationS });
  }

  /** Throws TOO_MANY_ATTEMPTS. */
  async admit(person: PersonId): Promise<void> {
    await consume(this.#limiter, person);
  }
}

/** Some free tries, then a wait, then again, each wait twice as long. */
class Rounds {
  readonly #tries: RateLimiterMemory;
  readonly #rounds: RateLimiterMemory;
  readonly #free: number;

  constructor(name: string, free: number) {
    this.#free = free;
    this.#tries = new RateLimiterMemory({ keyPrefix: name, points: free, duration: WINDOW_S });
    this.#rounds = new RateLimiterMemory({ keyPrefix: `${name}-rounds`, points: 1, duration: ROUNDS_S });
  }

  async begin(key: string): Promise<void> {
    const { consumedPoints } = await consume(this.#tries, key);
    // consume() counts atomically: of any number at once exactly one is the last free try, and it sets the wait
    if (consumedPoints !== this.#free) return;
    const { consumedPoints: round } = await this.#rounds.penalty(key);
    await this.#tries.set(key, this.#free, waitS(round));
  }

  async forget(key: string): Promise<void> {
    await this.#tries.delete(key);
    await this.#rounds.delete(key);
  }
}

const waitS = (round: number): number => Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** Math.min(round - 1, 20));

async function consume(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw tooMany(Math.ceil(refusal.msBeforeNext / 1000));
    throw refusal;
  }
}

const tooMany = (retryAfterS: number): RequestError =>
  new RequestError("TOO_MANY_ATTEMPTS", "too many attempts", { details: { retryAfterS: Math.max(1, retryAfterS) } });

/** One home has one IPv4 address, or one /64 of IPv6 with 2⁶⁴ addresses to choose from (RFC 6177). */
export function sourceOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const plain = address.replace(/%.*$/, "");
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : new Array<string>(8 - before.length - after.length).fill("0");
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.slice(0, 4).join(":")}::/64`;
}

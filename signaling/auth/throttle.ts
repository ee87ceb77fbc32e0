/**
 * How often somebody may try to sign in.
 *
 *   proven: signed by a device registered to that person → that device's own counter, nothing else
 *   other:  anybody else                                 → source, site, then overall, then the login that was named
 *
 * The lanes share nothing, so whoever fails on purpose in the second cannot lock a person out of a registered device (ASVS
 * 6.1.1). An attempt counts before its outcome is known, so that a thousand at once are no way around; success takes it back.
 * After the free tries of a counter each further round waits longer: 30 s, 1 min, 2 min … 1 h. The login is counted in its
 * organisation, whether or not either exists.
 *
 * Where there are several nodes each counts what it is told of the others', too (Counted): whoever goes from one to the next has no
 * more tries than at one. What is told of a moment late gives away as many as are in flight.
 */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Counted } from "../bus/letters.ts";
import { RequestError } from "../protocol/errors.ts";
import type { PersonId } from "../protocol/ids.ts";
import { prefixOf, sourceOf } from "../source.ts";

const FREE_TRIES = { device: 5, login: 10 } as const;
/** Unused tries are forgotten after this long. */
const WINDOW_S = 15 * 60;
const FIRST_WAIT_S = 30;
const LONGEST_WAIT_S = 3_600;
/** How long the number of rounds is remembered. */
const ROUNDS_S = 24 * 3_600;

/** Each attempt costs some 25 ms of a core for the password: this leaves six sevenths of one core to the others. */
export const DEFAULT_NEWCOMERS_PER_MINUTE = 300;
/** A whole core. */
export const MAX_NEWCOMERS_PER_MINUTE = 2_400;
/**
 * What one address and one site (IPv6: /48) get in a quarter of an hour, of what everybody gets in a minute. A satellite office
 * shares one address, and a hundred people register there on one morning; no single site uses up everybody's minute.
 */
const SHARE_OF_SOURCE = 1 / 2;
const SHARE_OF_SITE = 3 / 4;

/** Signatures looked at, per registered device and source, that may turn out wrong. One costs 0.2 ms, and only its holder makes a right one. */
const WRONG_SIGNATURES = { points: 20, duration: WINDOW_S } as const;

/** Counters of one kind that are remembered, some 200 bytes each. Beyond it the one unused for longest goes. */
const MAX_KEYS = 100_000;

/**
 * NIST SP 800-63B §5.2.2: at most 100 failures in a row. Kept in the store, per device and per person; some tries in flight
 * at the moment of the last one are allowed for.
 */
export const MAX_FAILURES = 100 - Math.max(FREE_TRIES.device, FREE_TRIES.login);

export type Attempt =
  | { lane: "proven"; deviceId: string; failures: number }
  | { lane: "other"; login: string; address: string };

/** What is counted of a login: the same one in another organisation is somebody else. `organisation`: id, or the code of one that is not there. */
export const loginKey = (organisation: string, login: string): string => `${organisation} ${login}`;

export interface Admitted {
  /** It was the right person: the counters begin anew. */
  succeeded(): Promise<void>;
  /** Nobody looked at it, because we had no time: it does not count. */
  withdrawn(): Promise<void>;
}

type CounterName = Counted["counter"];

export interface SignInThrottleOptions {
  /** Each step is told; what others tell is counted by heard(). Left out: there is no other node. */
  readonly tell?: ((step: Counted) => void) | undefined;
  /** Attempts from browsers that are not registered, from everybody together. */
  readonly newcomersPerMinute?: number;
  /** Counters of one kind. */
  readonly maxKeys?: number;
}

export class SignInThrottle {
  readonly #counters: Readonly<Record<CounterName, Counter | Rounds>>;
  readonly #tell: (step: Counted) => void;

  constructor(options: SignInThrottleOptions = {}) {
    const { newcomersPerMinute = DEFAULT_NEWCOMERS_PER_MINUTE, maxKeys = MAX_KEYS, tell = () => {} } = options;
    const share = (part: number) => ({ points: Math.ceil(newcomersPerMinute * part), duration: WINDOW_S, maxKeys });
    this.#tell = tell;
    this.#counters = {
      device: new Rounds(FREE_TRIES.device, maxKeys),
      login: new Rounds(FREE_TRIES.login, maxKeys),
      signature: new Counter({ ...WRONG_SIGNATURES, maxKeys }),
      source: new Counter(share(SHARE_OF_SOURCE)),
      site: new Counter(share(SHARE_OF_SITE)),
      overall: new Counter({ points: newcomersPerMinute, duration: 60, maxKeys }),
    };
  }

  /** Before a signature by this registered device is looked at. Throws TOO_MANY_ATTEMPTS. */
  async admitSignature(o: { deviceId: string; address: string }): Promise<{ succeeded(): void }> {
    const key = `${o.deviceId} ${sourceOf(o.address)}`;
    await this.#use("signature", key);
    return { succeeded: () => this.#forget("signature", key) };
  }

  /** Throws TOO_MANY_ATTEMPTS. */
  async admit(attempt: Attempt): Promise<Admitted> {
    if (attempt.lane === "other") return this.#admitOther(attempt);
    if (attempt.failures >= MAX_FAILURES) throw tooMany(LONGEST_WAIT_S);
    const withdrawn = await this.#use("device", attempt.deviceId);
    return { succeeded: async () => this.#forget("device", attempt.deviceId), withdrawn };
  }

  /** The person proved who they are (or an administrator vouches): failures others made under this login (loginKey) are void. */
  async forgive(login: string): Promise<void> {
    this.#forget("login", login);
  }

  /** What another node has counted. Never rejects. */
  async heard({ counter, key, step }: Counted): Promise<void> {
    const counted = this.#counters[counter];
    if (step === "use")
      await counted.use(key).catch(() => undefined); // beyond the limit: it is, here too
    else if (step === "give-back") await counted.giveBack(key);
    else counted.forget(key);
  }

  /** Counters that were forgotten for want of room, since the start. */
  get evicted(): number {
    return Object.values(this.#counters).reduce((sum, { evicted }) => sum + evicted, 0);
  }

  async #admitOther({ login, address }: { login: string; address: string }): Promise<Admitted> {
    const withdraw = [
      await this.#use("source", sourceOf(address)),
      await this.#use("site", prefixOf(address)),
      await this.#use("overall", "all"),
      await this.#use("login", login),
    ];
    return {
      succeeded: async () => {},
      withdrawn: async () => {
        for (const one of withdraw) await one();
      },
    };
  }

  /** Returns what takes it back. */
  async #use(counter: CounterName, key: string): Promise<() => Promise<void>> {
    const giveBack = await this.#counters[counter].use(key);
    this.#tell({ counter, key, step: "use" });
    return async () => {
      this.#tell({ counter, key, step: "give-back" });
      await giveBack();
    };
  }

  #forget(counter: CounterName, key: string): void {
    this.#tell({ counter, key, step: "forget" });
    this.#counters[counter].forget(key);
  }
}

/** A plain limit per source address, for routes without accounts. */
export class SourceThrottle {
  readonly #counter: Counter;

  constructor(options: { points: number; durationS: number; maxKeys?: number }) {
    const { points, durationS: duration, maxKeys = MAX_KEYS } = options;
    this.#counter = new Counter({ points, duration, maxKeys });
  }

  /** Throws TOO_MANY_ATTEMPTS. */
  async admit(address: string): Promise<void> {
    await this.#counter.consume(sourceOf(address));
  }

  get evicted(): number {
    return this.#counter.evicted;
  }
}

/** A plain limit per person, for what a person does who is signed in. */
export class PersonThrottle {
  readonly #counter: Counter;

  constructor(options: { points: number; durationS: number }) {
    this.#counter = new Counter({ points: options.points, duration: options.durationS, maxKeys: MAX_KEYS });
  }

  /** Throws TOO_MANY_ATTEMPTS. */
  async admit(person: PersonId): Promise<void> {
    await this.#counter.consume(person);
  }
}

/** Some free tries, then a wait, then again, each wait twice as long. */
class Rounds {
  readonly #tries: Counter;
  readonly #rounds: Counter;
  readonly #free: number;

  constructor(free: number, maxKeys: number) {
    this.#free = free;
    this.#tries = new Counter({ points: free, duration: WINDOW_S, maxKeys });
    this.#rounds = new Counter({ points: 1, duration: ROUNDS_S, maxKeys });
  }

  /** Returns what takes it back. */
  async use(key: string): Promise<() => Promise<void>> {
    // consume() counts atomically: of any number at once exactly one is the last free try, and it sets the wait
    if ((await this.#tries.consume(key)) !== this.#free) return () => this.#tries.giveBack(key);
    const round = await this.#rounds.count(key);
    await this.#tries.set(key, this.#free, waitS(round));
    return async () => {
      await this.#rounds.giveBack(key);
      await this.#tries.set(key, this.#free - 1, WINDOW_S);
    };
  }

  /** One try; not the wait that the last one brought. */
  giveBack(key: string): Promise<void> {
    return this.#tries.giveBack(key);
  }

  forget(key: string): void {
    this.#tries.forget(key);
    this.#rounds.forget(key);
  }

  get evicted(): number {
    return this.#tries.evicted + this.#rounds.evicted;
  }
}

/** So many points per key and time, for so many keys. Whoever has many keys pushes out the oldest, never a new one. */
class Counter {
  readonly #limiter: RateLimiterMemory;
  readonly #maxKeys: number;
  /** In the order of their last use. One that has run out stays here until its turn comes. */
  readonly #keys = new Set<string>();
  evicted = 0;

  constructor({ maxKeys, ...limits }: { points: number; duration: number; maxKeys: number }) {
    this.#limiter = new RateLimiterMemory(limits);
    this.#maxKeys = maxKeys;
  }

  /** Returns what takes it back. Throws TOO_MANY_ATTEMPTS. */
  async use(key: string): Promise<() => Promise<void>> {
    await this.consume(key);
    return () => this.giveBack(key);
  }

  /** The points used until now, this one included. Throws TOO_MANY_ATTEMPTS. */
  async consume(key: string): Promise<number> {
    this.#use(key);
    try {
      return (await this.#limiter.consume(key)).consumedPoints;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) throw tooMany(Math.ceil(refusal.msBeforeNext / 1000));
      throw refusal;
    }
  }

  /** The same without a limit. */
  async count(key: string): Promise<number> {
    this.#use(key);
    return (await this.#limiter.penalty(key)).consumedPoints;
  }

  async giveBack(key: string): Promise<void> {
    const now = await this.#limiter.get(key);
    if (now && now.consumedPoints > 0) await this.#limiter.reward(key);
  }

  async set(key: string, points: number, durationS: number): Promise<void> {
    this.#use(key);
    await this.#limiter.set(key, points, durationS);
  }

  forget(key: string): void {
    this.#keys.delete(key);
    void this.#limiter.delete(key); // in memory: done when it returns
  }

  #use(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= this.#maxKeys) return;
    const [oldest = ""] = this.#keys;
    this.forget(oldest);
    this.evicted += 1;
  }
}

const waitS = (round: number): number => Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** Math.min(round - 1, 20));

const tooMany = (retryAfterS: number): RequestError =>
  new RequestError("TOO_MANY_ATTEMPTS", "too many attempts", { details: { retryAfterS: Math.max(1, retryAfterS) } });

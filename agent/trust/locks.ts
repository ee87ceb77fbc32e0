/**
 * Whom this PC keeps out although they stand on its list, because an administrator locked them: what the server once told, kept on
 * this PC's own disk. A server that is started anew, or taken over, can add to it and take nothing away: a lock ends
 *
 *   by its own end, 90 days after it was last told at the latest;
 *   by the code that only who locked was told (here is only its hash);
 *   by IT at this PC (`agent locks lift`).
 *
 * Two files, each written by one program: `run/locks.json` by the agent, `locks-lifted.json` by IT's command. What IT lifted stays
 * lifted, however often it is told again.
 */
import { z } from "zod";
import { KeyCode, type LiftCode, LiftHash, LockId, Login, type PublicKey } from "../../signaling/protocol/ids.ts";
import { MAX_LOCK_KEPT_MS } from "../../signaling/protocol/limits.ts";
import type { LockedOut, LockOrder } from "../../signaling/protocol/signal.ts";
import { keyCode, liftHash } from "../../signaling/protocol/signed.ts";
import { readPrivateJson, revisionOf, writePrivateJson } from "./files.ts";

/** More than a town has at a time; a server that was taken over must not fill the disk. None gives way to another. */
const MAX_KEPT = 200;
const MAX_NAMES = 5_000;
const MAX_LIFTED = 1_000;
/** A lock without an end is told with a later one each time: not each of these is worth writing. */
const WORTH_WRITING_MS = 24 * 3_600_000;

const KeptLock = z.strictObject({
  lock: LockId,
  everybody: z.boolean(),
  devices: z.array(KeyCode).max(MAX_NAMES),
  logins: z.array(Login).max(MAX_NAMES),
  /** Epoch ms, by this PC's clock. */
  until: z.number(),
  hash: LiftHash,
  reason: z.string().max(200),
  toldAt: z.number(),
});
export type KeptLock = z.infer<typeof KeptLock>;

const KeptFile = z.strictObject({ version: z.literal(1), locks: z.array(KeptLock).max(MAX_KEPT) });
const LiftedFile = z.strictObject({
  version: z.literal(1),
  lifted: z.array(z.strictObject({ lock: LockId, at: z.number() })).max(MAX_LIFTED),
});

export interface LocksPaths {
  readonly locks: string;
  readonly locksLifted: string;
}

/** `lifted`: IT lifted it here. `full`: there are too many. `other`: it calls itself as one that is there and is another. */
export type Keeping = "kept" | "lifted" | "full" | "other";

export class Locks {
  readonly #paths: LocksPaths;
  readonly #now: () => number;
  /** One change after another. */
  #changing: Promise<unknown> = Promise.resolve();

  /** `now`: epoch ms. */
  constructor(paths: LocksPaths, now: () => number = Date.now) {
    this.#paths = paths;
    this.#now = now;
  }

  /** Those in force. Rejects when a file is damaged or others may read it: then nobody comes in. */
  async list(): Promise<KeptLock[]> {
    const [kept, lifted] = await Promise.all([this.#kept(), this.#lifted()]);
    const now = this.#now();
    return kept.filter(({ lock, until }) => until > now && !lifted.has(lock));
  }

  /** The one that keeps this person with this device out; undefined: none does. */
  async over(login: Login, deviceKey: PublicKey): Promise<KeptLock | undefined> {
    const locks = await this.list();
    if (locks.length === 0) return undefined;
    const code = await keyCode(deviceKey);
    return locks.find(
      ({ everybody, devices, logins }) => everybody || devices.includes(code) || logins.includes(login),
    );
  }

  /** On the disk when it is fulfilled. */
  keep(order: LockOrder): Promise<Keeping> {
    return this.#change(async () => {
      const lifted = await this.#lifted();
      if (lifted.has(order.lock)) return "lifted";
      const kept = await this.#kept();
      const before = kept.find(({ lock }) => lock === order.lock);
      if (before && before.hash !== order.hash) return "other";
      const present = kept.filter(({ lock, until }) => until > this.#now() && !lifted.has(lock));
      if (!before && present.length >= MAX_KEPT) return "full";
      const after = merged(before, order, this.#now());
      if (after === before) return "kept";
      await this.#save([...present.filter(({ lock }) => lock !== order.lock), after]);
      return "kept";
    });
  }

  /** False: this is not its code, or it is not kept here. */
  lift(id: LockId, code: LiftCode): Promise<boolean> {
    return this.#change(async () => {
      const kept = await this.#kept();
      const found = kept.find(({ lock }) => lock === id);
      if (!found || (await liftHash({ lock: id, code })) !== found.hash) return false;
      await this.#save(kept.filter((one) => one !== found));
      return true;
    });
  }

  /** By IT at this PC: those with these names, or all that are in force. Returns which. */
  async liftHere(ids: readonly LockId[] | "all"): Promise<KeptLock[]> {
    const chosen = (await this.list()).filter(({ lock }) => ids === "all" || ids.includes(lock));
    if (chosen.length === 0) return [];
    const lifted = [...(await this.#lifted())].map(([lock, at]) => ({ lock, at }));
    const all = [...lifted, ...chosen.map(({ lock }) => ({ lock, at: this.#now() }))];
    await writePrivateJson(this.#paths.locksLifted, { version: 1, lifted: all.slice(-MAX_LIFTED) });
    return chosen;
  }

  /** Changes whenever one of the files does. */
  revision(): Promise<string> {
    return revisionOf(this.#paths.locks, this.#paths.locksLifted);
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const change = this.#changing.then(work);
    this.#changing = change.catch(() => {});
    return change;
  }

  async #kept(): Promise<KeptLock[]> {
    return (await readPrivateJson(this.#paths.locks, KeptFile))?.locks ?? [];
  }

  async #lifted(): Promise<Map<LockId, number>> {
    const { lifted = [] } = (await readPrivateJson(this.#paths.locksLifted, LiftedFile)) ?? {};
    return new Map(lifted.map(({ lock, at }) => [lock, at]));
  }

  #save(locks: KeptLock[]): Promise<void> {
    return writePrivateJson(this.#paths.locks, { version: 1, locks });
  }
}

/** Wider and longer, never less. The same object when nothing is new. */
function merged(before: KeptLock | undefined, order: LockOrder, now: number): KeptLock {
  const until = Math.min(order.until, now + MAX_LOCK_KEPT_MS);
  const { everybody, devices, logins } = namesOf(order.of);
  if (!before) {
    const { lock, hash, reason } = order;
    return { lock, everybody, devices, logins, until, hash, reason, toldAt: now };
  }
  const added = {
    everybody: before.everybody || everybody,
    devices: union(before.devices, devices),
    logins: union(before.logins, logins),
  };
  const isWider =
    added.everybody !== before.everybody ||
    added.devices.length > before.devices.length ||
    added.logins.length > before.logins.length;
  const isLonger = until > before.until + WORTH_WRITING_MS || (until > before.until && order.until <= until);
  if (!isWider && !isLonger) return before;
  return { ...before, ...added, until: Math.max(before.until, until), toldAt: now };
}

const namesOf = (of: LockedOut): Pick<KeptLock, "everybody" | "devices" | "logins"> => ({
  everybody: of.kind === "everybody",
  devices: of.kind === "device" ? [of.code] : [],
  logins: of.kind === "people" ? of.logins : [],
});

const union = <T>(some: readonly T[], more: readonly T[]): T[] => [...new Set([...some, ...more])].slice(0, MAX_NAMES);

/**
 * A person who is signed in chooses a new password.
 *
 *   mustChange   the password was handed out, and given a moment ago with a code: the new one is enough
 *   else         the old one and a one-time code, counted as attempts to sign in with this device, so that they tell no more
 *
 * The new one is looked at first, before a code is used up. The other sign-ins of the person end, and their sessions with them;
 * this one goes on under a new cookie (ASVS 7.2.4, 7.4.3).
 */
import { appendAudit } from "../audit/chain.ts";
import type { Bus } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { PasswordChangeRequest, PasswordProblem } from "../protocol/api.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, PersonRow } from "../store/rows/tables.ts";
import type { Sealer } from "../store/sealer.ts";
import type { Store } from "../store/store.ts";
import { phoneTime } from "./drift.ts";
import type { GuessChecks } from "./guess-checks.ts";
import { holdsOwnWords } from "./guessable.ts";
import { type Holder, holderOf } from "./holder.ts";
import { mustOwn } from "./own.ts";
import { normalise, type Passwords, passwordProblem } from "./password.ts";
import { driftOfPerson } from "./phone-clocks.ts";
import type { SignIns } from "./sign-in.ts";
import { loginKey, PersonThrottle, type SignInThrottle } from "./throttle.ts";
import { hashToken, newToken, type SignInLimits } from "./token.ts";
import { stepOf } from "./totp.ts";

/** New passwords one person may try: a check costs up to a second of a core. */
const TRIES = { points: 20, durationS: 600 } as const;

export interface PasswordChangeParts {
  readonly store: Store;
  readonly bus: Bus;
  readonly passwords: Passwords;
  readonly sealer: Sealer;
  readonly throttle: SignInThrottle;
  readonly guesses: Pick<GuessChecks, "isGuessable">;
  readonly limits: SignInLimits;
  /** Whose cookies it takes. */
  readonly signIns: Pick<SignIns, "byToken">;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Who asks, and for what. */
interface Claim {
  readonly holder: Holder;
  readonly person: PersonRow;
  readonly device: DeviceRow;
  readonly wish: PasswordChangeRequest;
  readonly at: number;
}

export class PasswordChanges {
  readonly #parts: PasswordChangeParts;
  readonly #tries = new PersonThrottle(TRIES);

  constructor(parts: PasswordChangeParts) {
    this.#parts = parts;
  }

  get limits(): SignInLimits {
    return this.#parts.limits;
  }

  /** Throws NOT_SIGNED_IN, PASSWORD_REFUSED, SIGN_IN_REFUSED, TOO_MANY_ATTEMPTS or SERVER_BUSY. `token` is for the cookie. */
  async change(token: string, wish: PasswordChangeRequest): Promise<{ token: string; holder: Holder }> {
    const claim = await this.#claim(token, wish);
    const { person, device, holder } = claim;
    if (person.mustChange === 0 && !wish.current) throw new RequestError("BAD_REQUEST", "current: required");
    await this.#tries.admit(person.id);
    const problem = await this.#problem(claim);
    if (problem)
      throw new RequestError("PASSWORD_REFUSED", "this password will not do", { details: { reason: problem } });
    if (!wish.current) {
      const changed = await this.#accept(claim, undefined);
      if (!changed) throw new RequestError("NOT_SIGNED_IN", "it was changed meanwhile");
      return changed;
    }
    const { throttle, log } = this.#parts;
    const admitted = await throttle.admit({ lane: "proven", deviceId: device.id, failures: device.failures });
    const step = await this.#prove(claim, wish.current);
    const changed = step === undefined ? undefined : await this.#accept(claim, step);
    if (!changed) {
      await this.#refuse(claim);
      log.info({ login: holder.login, signIn: holder.signInId }, "a change of password was refused");
      throw new RequestError("SIGN_IN_REFUSED", "old password or code refused");
    }
    await admitted.succeeded();
    await throttle.forgive(loginKey(person.organisationId, person.login));
    return changed;
  }

  async #claim(token: string, wish: PasswordChangeRequest): Promise<Claim> {
    const { store, signIns, now } = this.#parts;
    const at = now();
    const holder = await signIns.byToken(token);
    const person = holder && (await store.read((q) => q.people.byId(holder.person)));
    const device = holder && (await store.read((q) => q.devices.registered(holder.person, holder.deviceKey)));
    if (!holder || !person || !device) throw new RequestError("NOT_SIGNED_IN", "nobody is signed in");
    mustOwn(holder, "password.change");
    return { holder, person, device, wish, at };
  }

  async #problem({ holder, person, wish }: Claim): Promise<PasswordProblem | undefined> {
    const { passwords, guesses } = this.#parts;
    const { newPassword, current } = wish;
    const plain = passwordProblem(newPassword, person.login);
    if (plain) return plain;
    if (holdsOwnWords(newPassword, [holder.login, holder.name, holder.organisation.name])) return "own-words";
    const same = current
      ? normalise(current.password) === normalise(newPassword)
      : await passwords.verify(person.passwordHash, newPassword, "proven");
    if (same) return "same";
    return (await guesses.isGuessable(newPassword)) ? "guessable" : undefined;
  }

  /** The time step of a right code with the right password; both are looked at, always. */
  async #prove(
    { person, at }: Claim,
    current: NonNullable<PasswordChangeRequest["current"]>,
  ): Promise<number | undefined> {
    const { passwords, sealer } = this.#parts;
    const fits = await passwords.verify(person.passwordHash, current.password, "proven");
    const phone = phoneTime(at, driftOfPerson(person));
    const step = stepOf({ seed: sealer.open(person.totpSeed, person.id), code: current.code, at: phone });
    return fits ? step : undefined;
  }

  /** One write. Undefined when the code was used before, or anything changed since the look at it. */
  async #accept(claim: Claim, step: number | undefined): Promise<{ token: string; holder: Holder } | undefined> {
    const { store, bus, passwords, limits, log } = this.#parts;
    const { holder, person, device, wish, at } = claim;
    const hash = await passwords.hash(wish.newPassword);
    const token = newToken();
    const done = await store.write(async (q) => {
      if (await changedSince(q, claim, limits.idleMs)) return undefined;
      if (step !== undefined && !(await q.people.takeStep(person.id, step, device.code))) return undefined;
      await q.people.setPassword(person.id, { hash, mustChange: 0 }, at);
      if (step !== undefined) await q.devices.used(device.id, at);
      const ended = await q.signIns.end({ personId: person.id, except: holder.signInId }, at, "signed-out");
      await q.signIns.setToken(holder.signInId, hashToken(token));
      const asked = person.mustChange === 1 ? "at sign-in" : "by the person";
      await audit(q, claim, "person.password-changed", { asked, ended: ended.length });
      return { ended, row: await q.signIns.live({ id: holder.signInId }, at, limits.idleMs) };
    });
    if (!done?.row) return undefined;
    for (const each of done.ended) await bus.publish({ type: "sign-in-ended", signIn: each, reason: "signed-out" });
    log.info({ login: holder.login, signIn: holder.signInId, ended: done.ended.length }, "password changed");
    return { token, holder: holderOf(done.row) };
  }

  async #refuse(claim: Claim): Promise<void> {
    await this.#parts.store.write(async (q) => {
      await q.devices.countFailure(claim.device.id);
      await audit(q, claim, "person.password-refused", {});
    });
  }
}

/** Another change, a reset or the end of the sign-in came in between. */
async function changedSince(q: Queries, { holder, person, at }: Claim, idleMs: number): Promise<boolean> {
  const now = await q.people.byId(person.id);
  const live = await q.signIns.live({ id: holder.signInId }, at, idleMs);
  return !live || now?.passwordHash !== person.passwordHash || now.totpSeed !== person.totpSeed;
}

function audit(
  q: Queries,
  { holder, device, at }: Claim,
  event: "person.password-changed" | "person.password-refused",
  about: Record<string, string | number>,
): Promise<unknown> {
  const who = { login: holder.login, signIn: holder.signInId, device: device.code };
  const actor = `person:${holder.login}` as const;
  return appendAudit(q, { event, at, actor, organisation: holder.organisation.id, about: { ...who, ...about } });
}

/**
 * A fresh one-time code of who is signed in, for what is dangerous: by the same clock, once only, and counted as attempts to
 * sign in with this device, so that it tells no more than those.
 */
import { appendAudit } from "../audit/chain.ts";
import type { Log } from "../log.ts";
import { RequestError } from "../protocol/errors.ts";
import type { SignedIn } from "../records.ts";
import type { DeviceRow, PersonRow } from "../store/rows/tables.ts";
import type { Sealer } from "../store/sealer.ts";
import type { Store } from "../store/store.ts";
import { follow } from "./drift.ts";
import { driftOfPerson, type PhoneClocks } from "./phone-clocks.ts";
import type { SignInThrottle } from "./throttle.ts";

export interface StepUpParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly throttle: SignInThrottle;
  readonly phones: PhoneClocks;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

export class StepUp {
  readonly #parts: StepUpParts;

  constructor(parts: StepUpParts) {
    this.#parts = parts;
  }

  /** Uses the code up. Throws CODE_NEEDED (none, or not one that counts), TOO_MANY_ATTEMPTS, or NOT_SIGNED_IN. `what`: for the record. */
  async prove(signedIn: SignedIn, code: string | undefined, what: string): Promise<void> {
    if (code === undefined) throw new RequestError("CODE_NEEDED", "a one-time code is needed");
    const { store, throttle, log, now } = this.#parts;
    const at = now();
    const { person, device } = await store.read(async (q) => ({
      person: await q.people.byId(signedIn.person),
      device: await q.devices.registered(signedIn.person, signedIn.deviceKey),
    }));
    if (!person || !device) throw new RequestError("NOT_SIGNED_IN", "nobody is signed in");
    const admitted = await throttle.admit({ lane: "proven", deviceId: device.id, failures: device.failures });
    const step = this.#stepOf(person, code, at);
    if (step !== undefined && (await this.#take(person, device, step, at))) {
      await admitted.succeeded();
      return;
    }
    await this.#refuse(signedIn, device, what, at);
    log.info({ login: signedIn.login, signIn: signedIn.signInId, what }, "a one-time code was refused");
    throw new RequestError("CODE_NEEDED", "this code does not count: a new one is needed");
  }

  #stepOf(person: PersonRow, code: string, at: number): number | undefined {
    const seed = this.#parts.sealer.open(person.totpSeed, person.id);
    return this.#parts.phones.look({ seed, code, at, drift: driftOfPerson(person) }).step;
  }

  /** False when it was used before, or the seed is another one by now. */
  #take(person: PersonRow, device: DeviceRow, step: number, at: number): Promise<boolean> {
    return this.#parts.store.write(async (q) => {
      const now = await q.people.byId(person.id);
      if (now?.disabledAt !== null || now.totpSeed !== person.totpSeed) return false;
      if (!(await q.people.takeStep(person.id, step, device.code))) return false;
      await q.devices.used(device.id, at);
      const drift = driftOfPerson(person);
      if (drift) await q.people.setDrift(person.id, follow(drift, { step, at }));
      return true;
    });
  }

  async #refuse(
    { login, organisation, signInId }: SignedIn,
    device: DeviceRow,
    what: string,
    at: number,
  ): Promise<void> {
    await this.#parts.store.write(async (q) => {
      await q.devices.countFailure(device.id);
      const about = { login, signIn: signInId, device: device.code, what };
      const actor = `person:${login}` as const;
      await appendAudit(q, { event: "console.code-refused", at, actor, organisation: organisation.id, about });
    });
  }
}

/**
 * Signing in: password and one-time code (of the app, or mailed) and the device's signature, always all three.
 *
 * Everything is checked whatever fails first, the answer is the same, and so is the work: an unknown person costs a dummy
 * password hash and a dummy code. What was wrong stands in the audit only.
 */
import { randomUUID } from "node:crypto";
import { appendAudit } from "../audit/chain.ts";
import type { Bus } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { SignInRequest } from "../protocol/api.ts";
import { RequestError } from "../protocol/errors.ts";
import { sourceOf } from "../source.ts";
import { GroupedWrites } from "../store/grouped-writes.ts";
import { LateWrites } from "../store/late-writes.ts";
import type { LockInForce } from "../store/queries/locks.ts";
import type { PersonWithRefusals } from "../store/queries/people.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, Door, MailCodeRow, PersonRow } from "../store/rows/tables.ts";
import type { Sealer } from "../store/sealer.ts";
import { auditOf, type Fault, faultsOf, notCounted, unchanged } from "./attempts.ts";
import { type Claim, Claims, type ClaimsParts, NOBODY, type Source } from "./claims.ts";
import { type Drift, follow, phoneTime } from "./drift.ts";
import { type Holder, holderOf } from "./holder.ts";
import { lockedOut, lockOver } from "./lockout.ts";
import { isMailCode, type MailedCodes } from "./mailed-codes.ts";
import { mustOwn } from "./own.ts";
import type { Passwords } from "./password.ts";
import { putPending } from "./pending.ts";
import { driftOfPerson, type Look, type PhoneClocks } from "./phone-clocks.ts";
import type { SignInPolicy } from "./sign-in-policy.ts";
import { MAX_FAILURES } from "./throttle.ts";
import { hashToken, newToken, type SignInLimits } from "./token.ts";
import { newSeed } from "./totp.ts";

/** Sign-ins of one person at a time; the one unused for longest gives way. */
export const MAX_SIGN_INS = 10;
const HOUR_MS = 3_600_000;
/** Some 20 ms of work. */
const TOGETHER = 8;
/** No code is of it. */
const NO_STEP = -1;

export interface SignInParts extends ClaimsParts {
  readonly bus: Bus;
  readonly passwords: Passwords;
  readonly sealer: Sealer;
  readonly phones: PhoneClocks;
  readonly mailedCodes: MailedCodes;
  readonly limits: SignInLimits;
  readonly policy: SignInPolicy;
  readonly log: Log;
  /** Where these sign-ins count; on the page of staff, unless said otherwise. At the console only who has a duty is let in. */
  readonly door?: Door;
}

/** By which code somebody comes in, once it is known to be right. */
type Proof =
  | { readonly way: "app"; readonly step: number; readonly drift: Drift | undefined }
  | { readonly way: "mail"; readonly id: string };

export class SignIns {
  readonly #parts: SignInParts;
  readonly #claims: Claims;
  /** Stands in for the seed of a person who does not exist. */
  readonly #dummySeed: string;
  /** At nine o'clock whoever waits for the disk comes in with those who wait beside them. */
  readonly #entries: GroupedWrites;
  readonly #ends: LateWrites;
  /** Signed out while nothing could be kept: over, although the store does not know it yet. */
  readonly #over = new Set<string>();

  constructor(parts: SignInParts) {
    this.#parts = parts;
    this.#claims = new Claims(parts);
    this.#entries = new GroupedWrites({ write: (work) => parts.store.write(work), together: TOGETHER });
    this.#ends = new LateWrites(parts.log);
    this.#dummySeed = parts.sealer.seal(newSeed(), "nobody");
  }

  get #door(): Door {
    return this.#parts.door ?? "page";
  }

  get limits(): SignInLimits {
    return this.#parts.limits;
  }

  challenge(): string {
    return this.#parts.challenges.issue(this.#parts.now());
  }

  /** Throws SIGN_IN_REFUSED, CODE_OF_ANOTHER_TIME, LOCKED_OUT, PLACE_NOT_ALLOWED, TOO_MANY_ATTEMPTS or SERVER_BUSY. `token` is for the cookie. */
  async signIn(request: SignInRequest, source: Source): Promise<{ token: string; signedIn: Holder }> {
    const { claim, admitted } = await this.#claims.begin(request, source);
    const checked = await this.#check(claim).catch((error: unknown) => notCounted(error, admitted));
    const { faults, proof } = this.#byPhone(claim, checked);
    const { person, device } = claim;
    if (faults.length === 0 && person && device && proof) {
      const outcome = await this.#accept(claim, person, device, proof);
      if (typeof outcome !== "string") {
        await admitted.succeeded();
        await this.#parts.throttle.forgive(claim.counted);
        return outcome;
      }
      faults.push(outcome);
    }
    await this.#refuse(claim, faults, proof);
    // told only to who has shown everything else
    if (faults.join() === "locked") throw lockedOut(checked.lock?.until);
    if (faults.join() === "place") throw new RequestError("PLACE_NOT_ALLOWED", "not from this place");
    if (faults.join() === "code-of-another-time") throw new RequestError("CODE_OF_ANOTHER_TIME", "not a code of now");
    throw new RequestError("SIGN_IN_REFUSED", "sign-in refused");
  }

  /** Only the time of the code is wrong, on a registered device: two such codes in a row teach the phone's clock, and count. */
  #byPhone({ person, triedAt: at }: Claim, { faults, look, mailed }: Checked): { faults: Fault[]; proof?: Proof } {
    if (mailed) return { faults, proof: { way: "mail", id: mailed.id } };
    const known = driftOfPerson(person);
    const { step, near } = look;
    if (!person || faults.join() !== "code" || near === undefined)
      return { faults, ...(step !== undefined && { proof: { way: "app", step, drift: known } }) };
    const learnt = this.#parts.phones.missed(person.id, { step: near, at }, known);
    if (!learnt) return { faults: ["code-of-another-time"] };
    return { faults: [], proof: { way: "app", step: near, drift: learnt } };
  }

  /** Who holds this cookie? */
  async byToken(token: string): Promise<Holder | undefined> {
    const { store, limits, now } = this.#parts;
    return store.read(async (q) => {
      const row = await q.signIns.live({ tokenHash: hashToken(token), door: this.#door }, now(), limits.idleMs);
      if (!row || this.#over.has(row.id)) return undefined;
      const person = { ...row, id: row.personId };
      const isLocked = lockOver(await q.locks.inForce(now()), { person, device: row.deviceCode }, this.#door);
      return isLocked ? undefined : holderOf(row);
    });
  }

  /** Are there several organisations, so that a login alone says not who it is? */
  async asksOrganisation(): Promise<boolean> {
    return (await this.#parts.store.read((q) => q.organisations.firstTwo())).length > 1;
  }

  /** Ends it, wherever it is in use. */
  async signOut(token: string): Promise<void> {
    const signedIn = await this.byToken(token);
    if (!signedIn) return;
    mustOwn(signedIn, "sign-in.end");
    const { store, bus, log, now } = this.#parts;
    const at = now();
    this.#over.add(signedIn.signInId);
    await this.#ends.write(async () => {
      await store.write(async (q) => {
        await q.signIns.end({ id: signedIn.signInId }, at, "signed-out");
        await appendAudit(q, {
          event: "sign-in.ended",
          at,
          actor: `person:${signedIn.login}`,
          organisation: signedIn.organisation.id,
          about: { signIn: signedIn.signInId, reason: "signed-out" },
        });
      });
      this.#over.delete(signedIn.signInId);
    });
    await bus.publish({ type: "sign-in-ended", signIn: signedIn.signInId, reason: "signed-out" });
    log.info({ login: signedIn.login, signIn: signedIn.signInId }, "signed out");
  }

  /** Writes what still waits. */
  async close(): Promise<void> {
    await this.#entries.close();
    await this.#ends.close();
  }

  /** Looks at everything, always. */
  async #check(claim: SignInClaim): Promise<Checked> {
    const { passwords } = this.#parts;
    const { request, person, device } = claim;
    const lane = device ? "proven" : "other";
    const passwordFits = await passwords.verify(person?.passwordHash, request.password, lane);
    const { look, mailed } = isMailCode(request.code) ? await this.#lookAtMailed(claim) : this.#lookAtPhone(claim);
    const faults = faultsOf(claim);
    if (!(await this.#isForThem(person))) faults.push("duty");
    const { step } = look;
    const { lock, isUsed } = await this.#inTheWay(claim, step);
    if (lock) faults.push("locked");
    if (!passwordFits) faults.push("password");
    if (step === undefined && !mailed) faults.push("code");
    else if (isUsed) faults.push("code-used");
    return { faults, look, mailed, lock };
  }

  #lookAtPhone({ request: { code }, person, triedAt }: SignInClaim): Seen {
    const { sealer, phones } = this.#parts;
    const seed = sealer.open(person?.totpSeed ?? this.#dummySeed, person?.id ?? "nobody");
    return { look: phones.look({ seed, code, at: triedAt, drift: driftOfPerson(person) }), mailed: undefined };
  }

  async #lookAtMailed({ request: { code }, device, triedAt }: SignInClaim): Promise<Seen> {
    const { store, mailedCodes } = this.#parts;
    const mailed = await store.read((q) => mailedCodes.find(q, device, code, triedAt));
    return { look: { step: undefined, near: undefined }, mailed };
  }

  /** A lock, and whether the code was used. One that made this very browser wait for an administrator may let it in. */
  async #inTheWay(
    { person, code: device }: Claim,
    step: number | undefined,
  ): Promise<{ lock: LockInForce | undefined; isUsed: boolean }> {
    const now = this.#parts.now();
    const { trying, locks } = await this.#parts.store.read(async (q) => {
      const trying = await q.door.trying({ person: person?.id ?? NOBODY, step: step ?? NO_STEP, now });
      return { trying, locks: trying.locks === 0 ? [] : await q.locks.inForce(now) };
    });
    const isForOthers = trying.waitingDevice === null || trying.waitingDevice !== device;
    return { lock: person && lockOver(locks, { person, device }, this.#door), isUsed: trying.uses > 0 && isForOthers };
  }

  /** The page of staff is for everybody. */
  async #isForThem(person: PersonRow | undefined): Promise<boolean> {
    if (this.#door === "page") return true;
    return (await this.#parts.store.read((q) => q.duties.of(person?.id ?? NOBODY))).length > 0;
  }

  /** Tells who is in, once that is kept. */
  async #accept(
    claim: Claim,
    person: PersonRow,
    device: DeviceRow,
    proof: Proof,
  ): Promise<{ token: string; signedIn: Holder } | Fault> {
    const { bus, log } = this.#parts;
    const token = newToken();
    const id = randomUUID();
    const entered = await this.#entries.add((q) => this.#enter(q, { claim, person, device, proof, id, token }));
    if (entered === undefined) throw new Error("a sign-in was put off");
    const { fault, displaced, row } = entered;
    if (fault) return fault;
    for (const signIn of displaced) {
      await bus.publish({ type: "sign-in-ended", signIn, reason: "sign-in-expired" });
    }
    const who = { login: person.login, organisation: claim.organisation?.code };
    const { way } = proof;
    log.info({ ...who, signIn: id, device: device.code, way, address: claim.source.address }, "signed in");
    if (way === "app") this.#countPhone(claim, person, proof.step);
    return { token, signedIn: holderOf(row) };
  }

  /** Uses up the code and makes the sign-in, or says what changed since the look before. */
  async #enter(q: Queries, { claim, person, device, proof, id, token }: Entering) {
    const { limits } = this.#parts;
    const { at } = claim;
    const nothing = { displaced: [] as string[], row: undefined };
    const now = await unchanged(q, { person, device, at });
    if (!now) return { ...nothing, fault: "changed-meanwhile" as const };
    const { address } = claim.source;
    const policy = await this.#parts.policy(q, person.id, { address, at, areSet: now.policiesSet === 1 });
    // administrators come to the console from inside, also to put a wrong rule right
    if (!policy.isPlaceAllowed && this.#door === "page") return { ...nothing, fault: "place" as const };
    const isByMail = proof.way === "mail";
    if (isByMail && !(await mayComeByMail(q, person.id, policy))) return { ...nothing, fault: "way" as const };
    const isTaken = isByMail
      ? await q.mailCodes.take(proof.id, claim.triedAt)
      : await q.people.takeStep(person.id, proof.step, device.code, now.usedCodes);
    if (!isTaken) return { ...nothing, fault: "code-used" as const };
    const displaced = now.openSignIns < MAX_SIGN_INS ? [] : await makeRoom(q, person, at);
    const origin = originOf(now, claim);
    const endsAt = at + Math.min(limits.absoluteMs, (policy.hours ?? Number.POSITIVE_INFINITY) * HOUR_MS);
    const beforeAt = await q.signIns.insertNext({
      ...{ id, organisationId: person.organisationId, personId: person.id, deviceId: device.id },
      ...{ tokenHash: hashToken(token), createdAt: at, lastUsedAt: at, endsAt, endedAt: null, reason: null },
      ...{ door: this.#door, ...origin },
    });
    await q.devices.used(device.id, at, claim.source.browser);
    if (now.failures > 0) await q.people.clearFailures(person.id);
    // what is refused from now on is counted anew
    if (now.refusals > 0) await q.people.clearRefusals(person.id);
    const phone = isByMail ? {} : await followPhone(q, now, claim, proof);
    const about = { signIn: id, device: device.code, way: proof.way, ...phone };
    await appendAudit(q, auditOf(claim, "sign-in.accepted", about));
    return { fault: undefined, displaced, row: { ...liveOf(now, device, claim), ...origin, beforeAt, id, endsAt } };
  }

  #countPhone({ at, triedAt }: Claim, { id }: PersonRow, step: number): void {
    const { phones, log } = this.#parts;
    phones.counted(id, { step, at: triedAt });
    if (!phones.isToSay(at)) return;
    const aheadS = Math.round(phones.aheadMs / 1_000);
    log.warn({ aheadS }, "this server's clock differs from most phones: is NTP set up?");
  }

  /** Everything a refusal leaves behind is one write, whatever the reason: its time tells nothing. */
  async #refuse(claim: Claim, faults: readonly Fault[], proof: Proof | undefined): Promise<void> {
    const { store, log, refusals } = this.#parts;
    const { person, device, request, at, code } = claim;
    const step = proof?.way === "app" ? proof.step : undefined;
    const onlyUnregistered = faults.length === 1 && faults[0] === "device" && step !== undefined;
    // failures that others piled up close this door silently (see MAX_FAILURES), never the one of a registered device
    const mayWait = onlyUnregistered && person && code && person.failures < MAX_FAILURES ? person : undefined;
    const { pending, isToLog } = await store.write(async (q) => {
      // who is only locked out, or in another place, made no mistake
      if (["locked", "place"].includes(faults.join())) await q.devices.countFailure(NOBODY);
      else if (device) await q.devices.countFailure(device.id);
      else await q.people.countFailure(person?.id ?? NOBODY);
      await q.people.countRefusal(person?.id ?? NOBODY, { at, from: sourceOf(claim.source.address) });
      // one code makes one browser wait: a second one beside it with the same code is somebody who looked over a shoulder
      const waits = mayWait && code && step !== undefined && (await q.people.holdStep(mayWait.id, step, code));
      const found = waits || !mayWait ? faults : [...faults, "code-used"];
      const about = { faults: found.join(" "), device: code ?? null };
      if (waits) {
        const { again, ...beside } = await putPending(q, mayWait, request.deviceKey, code, at);
        await appendAudit(
          q,
          auditOf(claim, again ? "device.pending-again" : "device.pending", { ...about, ...(again && beside) }),
        );
        return { pending: true, isToLog: true };
      }
      const refusal = auditOf(claim, "sign-in.refused", about);
      // a registered device is held back by its own counter, which leaves few
      if (!device) return { pending: false, isToLog: await refusals.record(q, refusal, claim) };
      await appendAudit(q, refusal);
      return { pending: false, isToLog: true };
    });
    if (!isToLog) return;
    const facts = {
      ...{ login: request.login, organisation: claim.organisation?.code ?? request.organisation },
      ...{ faults, device: code, address: claim.source.address },
    };
    log.info(facts, pending ? "a device waits for approval" : "sign-in refused");
  }
}

type SignInClaim = Claim<SignInRequest>;

interface Entering {
  readonly claim: Claim;
  readonly person: PersonRow;
  readonly device: DeviceRow;
  readonly proof: Proof;
  readonly id: string;
  readonly token: string;
}

/** Which code it is: of the app, or one that was mailed. */
interface Seen {
  readonly look: Look;
  readonly mailed: MailCodeRow | undefined;
}

interface Checked extends Seen {
  readonly faults: Fault[];
  readonly lock: LockInForce | undefined;
}

/** Where somebody's mailbox is open, a duty at the console must not come with it. */
const mayComeByMail = async (
  q: Queries,
  person: PersonRow["id"],
  { isMailAllowed }: { readonly isMailAllowed: boolean },
): Promise<boolean> => isMailAllowed && (await q.duties.of(person)).length === 0;

/** What the code says of the phone's clock is kept. Returns what the record says of it. */
async function followPhone(
  q: Queries,
  person: PersonRow,
  { at, triedAt }: Claim,
  { step, drift }: Extract<Proof, { way: "app" }>,
): Promise<{ phoneAheadS?: number }> {
  if (person.seedConfirmedAt === null) await q.people.confirmSeed(person.id, at);
  const kept = follow(drift, { step, at: triedAt });
  if (kept || person.driftAt !== null) await q.people.setDrift(person.id, kept);
  return kept ? { phoneAheadS: Math.round(phoneTime(0, kept) / 1_000) } : {};
}

/** What it keeps of the time before it. */
const originOf = ({ refusals, refusedAt, refusedFrom }: PersonWithRefusals, { source }: Claim) => ({
  ...{ address: sourceOf(source.address), refusals, refusedAt, refusedFrom },
});

/** As it is found by its token from now on. */
const liveOf = (
  { id: personId, login, name, divisionId, organisationId, mustChange }: PersonRow,
  { publicKey: deviceKey, code: deviceCode }: DeviceRow,
  { organisation }: Claim,
) => ({
  ...{ personId, login, name, divisionId, organisationId, mustChange, deviceKey, deviceCode },
  organisationName: organisation?.name ?? "",
});

async function makeRoom(q: Queries, person: PersonRow, at: number): Promise<string[]> {
  const open = await q.signIns.openOf(person.id, at);
  const surplus = open.slice(0, Math.max(0, open.length - MAX_SIGN_INS + 1));
  for (const id of surplus) await q.signIns.end({ id }, at, "sign-in-expired");
  return surplus;
}

/** What the hub asks and tells, answered from the store. Also why a running session has to end now. */
import { appendAudit } from "../audit/chain.ts";
import type { AuditEventName } from "../audit/events.ts";
import { signedInOf } from "../auth/holder.ts";
import { type Comer, lockOver } from "../auth/lockout.ts";
import type { SignInLimits } from "../auth/token.ts";
import type { Log } from "../log.ts";
import { type EndReason, RequestError } from "../protocol/errors.ts";
import type { PersonId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { AgentPolicy } from "../protocol/policy.ts";
import type { ForgottenDevice, ProtectionEvent } from "../protocol/signal.ts";
import type { WiredInterface } from "../protocol/wake.ts";
import type {
  GrantedTerminal,
  LockMessage,
  PolicyAnswer,
  ProtectionReport,
  Records,
  SessionAsked,
  SessionRecord,
  SessionRules,
  SignedIn,
  SignedReceipt,
  Terminal,
  TwinsRecord,
  WakeRecord,
} from "../records.ts";
import { GroupedWrites } from "../store/grouped-writes.ts";
import { LateWrites } from "../store/late-writes.ts";
import type { LockInForce } from "../store/queries/locks.ts";
import type { SessionStanding } from "../store/queries/sessions.ts";
import type { SignInStanding } from "../store/queries/sign-ins.ts";
import type { TerminalWithOrganisation } from "../store/queries/terminals.ts";
import type { Queries } from "../store/queries.ts";
import type { Store } from "../store/store.ts";
import { forgotten, toForget } from "./forgetting.ts";
import { lockOrders } from "./lock-orders.ts";
import { mayWake, policiesOf, policyFor, regularEndOf, sessionsUnderPolicy } from "./policy-answers.ts";
import { keepReceipt } from "./receipts.ts";
import { isInferred, recordOf, type SessionFence } from "./session-rows.ts";
import { aboutSession, endRecorded, restingOn } from "./sessions.ts";
import { Sightings } from "./sightings.ts";
import { interfacesOf } from "./terminals.ts";

export interface StoreRecordsParts {
  readonly store: Store;
  readonly limits: SignInLimits;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
  /** Where several nodes share the store. */
  readonly fence?: SessionFence | undefined;
}

/** Some 50 ms of work. */
const STEPS_TOGETHER = 50;

export class StoreRecords implements Records {
  readonly #parts: StoreRecordsParts;
  readonly #sightings: Sightings;
  readonly #steps: GroupedWrites;
  readonly #late: LateWrites;

  constructor(parts: StoreRecordsParts) {
    this.#parts = parts;
    this.#late = new LateWrites(parts.log);
    const write = (work: (q: Queries) => Promise<void>) => this.#late.write(() => parts.store.write(work));
    this.#steps = new GroupedWrites({ write, together: STEPS_TOGETHER });
    this.#sightings = new Sightings(parts);
  }

  async signedIn(signInId: string): Promise<SignedIn | undefined> {
    const { store, limits, now } = this.#parts;
    const row = await store.read((q) => q.signIns.live({ id: signInId }, now(), limits.idleMs));
    return row?.mustChange === 0 ? signedInOf(row) : undefined;
  }

  async touch(signInId: string): Promise<void> {
    this.#sightings.used(signInId, this.#parts.now());
  }

  async terminalsOf(person: PersonId, only?: TerminalId): Promise<GrantedTerminal[]> {
    const { store, now } = this.#parts;
    const rows = await store.read((q) => q.terminals.usableBy(person, now(), only));
    return rows.flatMap((row) => {
      const terminal = terminalOf(row);
      if (!terminal) return [];
      return [{ ...terminal, grantedUntil: row.until ?? undefined, idUntil: row.idUntil ?? undefined }];
    });
  }

  async terminal(id: TerminalId): Promise<Terminal | undefined> {
    const { store, now } = this.#parts;
    const row = await store.read((q) => q.terminals.usable(id, now()));
    return row && terminalOf(row);
  }

  async terminalTwins({ terminal, organisation, at, addresses: [first, second] }: TwinsRecord): Promise<void> {
    await this.#parts.store.write(async (q) => {
      await q.terminals.setAside({ terminalId: terminal, organisationId: organisation, at, first, second });
      const about = { terminal, first, second };
      await appendAudit(q, { event: "terminal.set-aside", at, actor: "server", organisation, about });
    });
  }

  async terminalSeen(id: TerminalId, at: number): Promise<void> {
    this.#sightings.seen(id, at);
  }

  async terminalInterfaces(id: TerminalId, interfaces: readonly WiredInterface[]): Promise<void> {
    await this.#parts.store.write((q) => q.terminals.setInterfaces(id, JSON.stringify(interfaces)));
  }

  async terminalWake({ terminal, organisation, login, at, step, helpers }: WakeRecord): Promise<void> {
    const about = { terminal, login, helpers: helpers.join(", ") };
    await this.#parts.store.write((q) =>
      appendAudit(
        q,
        step === "requested"
          ? { event: "terminal.wake-requested", at, actor: `person:${login}`, organisation, about: { terminal } }
          : { event: "terminal.wake-ended", at, actor: "server", organisation, about: { ...about, outcome: step } },
      ),
    );
  }

  async sessionRequested(session: SessionRecord): Promise<void> {
    // the end of the one that it replaces is perhaps not written yet
    await this.#steps.settled();
    await this.#late.settled();
    await this.#parts.store.write(async (q) => {
      const { organisation, terminal, person, signInId = null, ...rest } = session;
      const row = { ...rest, signInId, organisationId: organisation, terminalId: terminal, personId: person };
      const at = session.requestedAt;
      const fresh = { liveAt: null, endedAt: null, reason: null, lock: null, lockAt: null };
      await this.#parts.fence?.mayOpen(q, session);
      if (!(await q.sessions.begin({ ...row, ...fresh }, await regularEndOf(q, person, at))))
        throw await inUse(q, session);
      await this.#parts.fence?.opened(q, session.id);
      await appendAudit(q, {
        event: "session.requested",
        at,
        actor: `person:${session.login}`,
        organisation,
        about: { session: session.id, terminal, ...(await restingOn(q, row, at)) },
      });
    });
  }

  sessionHangsOn(id: SessionId, signInId: string): Promise<void> {
    return this.#writeStep(id, (q) => q.sessions.hangOn(id, signInId));
  }

  sessionLive(id: SessionId, at: number): Promise<void> {
    return this.#writeStep(id, async (q) => {
      const session = await q.sessions.byId(id);
      if (!session || !(await q.sessions.live(id, at))) return;
      const [organisation, about] = [session.organisationId, await aboutSession(q, session, at)];
      await appendAudit(q, { event: "session.live", at, actor: "server", organisation, about });
    });
  }

  async sessionEnded(id: SessionId, at: number, reason: EndReason): Promise<void> {
    const work = async (q: Queries) => {
      const session = await q.sessions.byId(id);
      if (session) await endRecorded(q, session, at, reason);
    };
    if (isInferred(reason)) await this.#writeStep(id, work);
    else await this.#steps.add(work); // somebody ended it, and was told so: whosever it is by now, it is over
    // another node may be asked next, and what only waits here it does not know
    if (this.#parts.fence) await this.#late.emptied();
  }

  receipt(terminal: Terminal, said: SignedReceipt, at: number): ReturnType<Records["receipt"]> {
    return this.#parts.store.write((q) => keepReceipt(q, terminal, said, at));
  }

  /** A step of a session, which has happened whatever the store says; of one that is another node's by now, that one says it. */
  async #writeStep(id: SessionId, work: (q: Queries) => Promise<unknown>): Promise<void> {
    const { fence } = this.#parts;
    await this.#steps.add(async (q) => {
      if (!fence || (await fence.owns(q, id))) await work(q);
    });
  }

  async whyEnded(id: SessionId): Promise<{ session: SessionRecord; reason: EndReason } | undefined> {
    const row = await this.#parts.store.read((q) => q.sessions.byId(id));
    return row && row.endedAt !== null && row.reason !== null
      ? { session: recordOf(row), reason: row.reason }
      : undefined;
  }

  async isElsewhere(id: SessionId): Promise<boolean> {
    const { fence, store } = this.#parts;
    if (!fence) return false;
    return store.read(async (q) => (await q.sessions.byId(id))?.endedAt === null && !(await fence.owns(q, id)));
  }

  async protection(report: ProtectionReport, at: number): Promise<SessionRecord | undefined> {
    const { session: id, terminal, event, happenedAt, reason } = report;
    const row = await this.#parts.store.read((q) => q.sessions.byId(id));
    if (row?.terminalId !== terminal) return undefined;
    await this.#steps.add(async (q) => {
      if (event === "locked" || event === "lock-failed") await q.sessions.lock(id, event, happenedAt);
      await appendAudit(q, {
        event: PROTECTION_AUDIT[event],
        at,
        actor: `terminal:${terminal}`,
        organisation: row.organisationId,
        about: { ...(await aboutSession(q, row, at)), reason, happenedAt },
      });
    });
    return recordOf(row);
  }

  devicesToForget(of: Parameters<Records["devicesToForget"]>[0]): ReturnType<Records["devicesToForget"]> {
    return this.#parts.store.read((q) => toForget(q, of));
  }

  devicesForgotten(terminal: TerminalId, devices: readonly ForgottenDevice[], at: number): Promise<number> {
    return forgotten(this.#parts.store, terminal, devices, at);
  }

  async openSessions(): Promise<SessionRecord[]> {
    const rows = await this.#parts.store.read((q) => q.sessions.open());
    return rows.map(recordOf);
  }

  async signInsOver(ids: readonly string[]): Promise<Map<string, EndReason>> {
    const { store, limits, now } = this.#parts;
    const rows = await store.read((q) => q.signIns.standing(ids));
    const locks = await store.read((q) => q.locks.inForce(now()));
    return whyNot(ids, rows, (row) => {
      if (row.endedAt === null && isLockedOut(locks, row)) return "locked-out";
      const lastUsedAt = Math.max(row.lastUsedAt, this.#sightings.lastUse(row.id) ?? 0);
      return whySignInIsOver({ ...row, lastUsedAt }, now(), limits.idleMs);
    });
  }

  async terminalsBarred(ids: readonly TerminalId[]): Promise<Map<TerminalId, EndReason>> {
    const { store, now } = this.#parts;
    const usable = new Set(await store.read((q) => q.terminals.usableAmong(ids, now())));
    const barred = ids.filter((id) => !usable.has(id));
    const expired = new Set(await store.read((q) => q.terminals.expiredAmong(barred, now())));
    return new Map(barred.map((id) => [id, expired.has(id) ? "terminal-expired" : "terminal-disabled"]));
  }

  /** To be asked after rights were changed, and from time to time, because grants end by the clock. */
  async sessionsDue(ids: readonly SessionId[]): Promise<Map<SessionId, EndReason>> {
    const { store, now } = this.#parts;
    const rows = await store.read((q) => q.sessions.standing(ids));
    const locks = await store.read((q) => q.locks.inForce(now()));
    return whyNot(ids, rows, (row) => {
      const isLocked = row.endedAt === null && lockOver(locks, comerOf(row)) !== undefined;
      return isLocked ? "locked-out" : whySessionIsDue(row, now());
    });
  }

  lockOver(
    { signInId }: Pick<SignedIn, "signInId">,
    id: TerminalId,
  ): Promise<{ until: number | undefined } | undefined> {
    const { store, now } = this.#parts;
    return store.read(async (q) => {
      const locks = await q.locks.inForce(now());
      if (locks.length === 0) return undefined;
      const [signIn] = await q.signIns.standing([signInId]);
      const [terminal] = await q.terminals.standings([id]);
      if (!signIn || !terminal) return undefined;
      const { organisationId, divisionId, personId, deviceCode } = signIn;
      const lock = lockOver(locks, {
        person: { id: personId, organisationId, divisionId },
        device: deviceCode,
        terminal,
      });
      return lock && { until: lock.until ?? undefined };
    });
  }

  lockOrders(terminals: readonly TerminalId[]): Promise<Map<TerminalId, LockMessage[]>> {
    const { store, now } = this.#parts;
    return store.read((q) => lockOrders(q, terminals, now()));
  }

  policyFor(asked: SessionAsked): Promise<PolicyAnswer> {
    const { store, now } = this.#parts;
    return store.read((q) => policyFor(q, asked, now()));
  }

  mayWake(person: PersonId): Promise<boolean> {
    return this.#parts.store.read((q) => mayWake(q, person));
  }

  sessionsUnderPolicy(
    sessions: ReadonlyMap<SessionId, SessionAsked>,
  ): Promise<Map<SessionId, SessionRules | EndReason>> {
    const { store, now } = this.#parts;
    return store.read((q) => sessionsUnderPolicy(q, sessions, now()));
  }

  policiesOf(terminals: readonly TerminalId[]): Promise<Map<TerminalId, AgentPolicy[]>> {
    const { store, now } = this.#parts;
    return store.read((q) => policiesOf(q, terminals, now()));
  }

  async readersOf(terminals: readonly TerminalId[]): Promise<Set<PersonId>> {
    return new Set(await this.#parts.store.read((q) => q.terminals.grantedTo(terminals)));
  }

  async grantsEnded(since: number): Promise<Set<PersonId>> {
    const { store, now } = this.#parts;
    return new Set(await store.read((q) => q.terminals.grantsEnded(since, now())));
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    await this.#steps.close();
    await this.#late.close();
    await this.#sightings.close();
  }
}

/** Those that are not there may not go on either: `administrator`, for only a hand removes such a row. */
function whyNot<Id extends string, Row extends { id: Id }>(
  ids: readonly Id[],
  rows: readonly Row[],
  why: (row: Row) => EndReason | undefined,
): Map<Id, EndReason> {
  const found = new Map(rows.map((row) => [row.id, why(row)]));
  const over = new Map<Id, EndReason>();
  for (const id of ids) {
    const reason = found.has(id) ? found.get(id) : "administrator";
    if (reason) over.set(id, reason);
  }
  return over;
}

function whySignInIsOver(row: SignInStanding, now: number, idleMs: number): EndReason | undefined {
  if (row.endedAt !== null) return row.reason ?? "administrator";
  if (row.disabledAt !== null) return "person-disabled";
  if (row.removedAt !== null) return "device-removed";
  return row.endsAt <= now || row.lastUsedAt <= now - idleMs ? "sign-in-expired" : undefined;
}

const isLockedOut = (locks: readonly LockInForce[], row: SignInStanding): boolean => {
  const { organisationId, divisionId, personId, deviceCode, door } = row;
  return (
    lockOver(locks, { person: { id: personId, organisationId, divisionId }, device: deviceCode }, door) !== undefined
  );
};

const comerOf = (row: SessionStanding): Comer => ({
  person: { id: row.personId, organisationId: row.organisationId, divisionId: row.personDivisionId },
  device: row.deviceCode ?? undefined,
  terminal: { id: row.terminalId, organisationId: row.organisationId, divisionId: row.terminalDivisionId },
});

function whySessionIsDue(row: SessionStanding, now: number): EndReason | undefined {
  if (row.endedAt !== null) return row.reason ?? "administrator";
  if (row.personDisabledAt !== null) return "person-disabled";
  if (row.deviceId === null) return "device-removed";
  if (row.terminalDisabledAt !== null) return "terminal-disabled";
  if (row.idUntil !== null && row.idUntil <= now) return "terminal-expired";
  const granted = row.grantedAt !== null && (row.grantedUntil === null || row.grantedUntil > now);
  return granted ? undefined : "grant-removed";
}

/** Another server was faster, or its word of an end is on its way. */
async function inUse(q: Queries, { terminal, person }: SessionRecord): Promise<RequestError> {
  const present = await q.sessions.openOn(terminal);
  const since = present?.requestedAt ?? 0;
  if (present?.personId === person)
    return new RequestError("TERMINAL_YOURS_ELSEWHERE", "you are using it elsewhere", { details: { since } });
  const details = { name: present?.personName ?? "", since };
  return new RequestError("TERMINAL_BUSY", "somebody else is using it", { details });
}

const PROTECTION_AUDIT: Readonly<Record<ProtectionEvent, AuditEventName>> = {
  covered: "session.covered",
  "cover-failed": "session.cover-failed",
  "shown-unlocked": "session.shown-unlocked",
  locked: "terminal.locked",
  "lock-failed": "terminal.lock-failed",
  "power-off": "terminal.power-off",
  "stays-on": "terminal.stays-on",
};

function terminalOf(row: TerminalWithOrganisation): Terminal | undefined {
  if (row.publicKey === null) return undefined;
  return {
    id: row.id,
    name: row.name,
    organisation: { id: row.organisationId, name: row.organisationName },
    publicKey: row.publicKey,
    lastSeenAt: row.lastSeenAt ?? undefined,
    interfaces: interfacesOf(row),
  };
}

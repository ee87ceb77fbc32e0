/**
 * Locks: somebody or something is kept out at once, for a reason and until an end. This server refuses them, and the office PCs
 * keep them out by themselves (hub/lock-orders.ts), whatever a server says later: what lifts a lock there is a code that is told once,
 * to who locked, and kept nowhere but as its hash.
 */
import type { Place } from "../auth/principal.ts";
import { randomLetters } from "../auth/random-letters.ts";
import { type KeyCode, LiftCode, LockId, type SessionId, type TerminalId } from "../protocol/ids.ts";
import { MAX_LOCK_KEPT_MS } from "../protocol/limits.ts";
import { liftHash } from "../protocol/signed.ts";
import type { LockFilter, LockListed } from "../store/queries/locks.ts";
import type { Queries } from "../store/queries.ts";
import type { LockRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, perform, personFor, type Who } from "./desk.ts";
import { registeredDevice } from "./devices.ts";
import { type DivisionName, standingNamed } from "./divisions.ts";
import type { Listing } from "./listing.ts";
import { placeOf } from "./places.ts";
import { aboutSession, placeOfSession } from "./sessions.ts";
import { terminalFor } from "./terminals.ts";

/** What is to be locked. */
export type Lockable =
  | { readonly kind: "person"; readonly who: Who }
  | { readonly kind: "device"; readonly code: KeyCode; readonly who?: Who | undefined }
  | { readonly kind: "terminal"; readonly terminal: TerminalId }
  | ({ readonly kind: "division" } & DivisionName)
  | { readonly kind: "organisation"; readonly organisation: string | undefined }
  | { readonly kind: "session"; readonly session: SessionId };

export interface Locked {
  readonly lock: LockId;
  /** It can be read nowhere afterwards. */
  readonly code: LiftCode;
  readonly until: number | null;
}

/** `until`: epoch ms; null is until it is lifted. A running server ends what runs within seconds. */
export async function setLock(desk: Desk, what: Lockable, until: number | null): Promise<Locked> {
  const { reason } = desk;
  if (reason === undefined || reason === "") throw new DeskError("lock-without-reason", {});
  const { id, code, hash } = await newLock();
  return perform(desk, "lock.set", async (q, ask, at) => {
    if (until !== null && until <= at) throw new DeskError("lock-ends-before", {});
    const { about, ...subject } = await found(q, ask, what, at);
    if (what.kind === "person" && subject.personId === desk.principal.person)
      throw new DeskError("lock-of-oneself", {});
    const row: LockRow = {
      ...{ id, hash, reason, until, createdAt: at, setBy: desk.principal.who },
      ...{ liftedAt: null, liftedBy: null, liftCode: null },
      ...subject,
      kind: what.kind,
    };
    await q.locks.insert(row);
    if (what.kind === "person" && row.personId) await q.signIns.end({ personId: row.personId }, at, "locked-out");
    if (what.kind === "device" && row.deviceCode)
      for (const { id: deviceId, organisationId } of await q.devices.byCode(row.deviceCode))
        if (organisationId === row.organisationId) await q.signIns.end({ deviceId }, at, "locked-out");
    const record = { number: id, kind: what.kind, ...about, until };
    return { organisation: row.organisationId, about: record, result: { lock: id, code, until } };
  });
}

/** Its number, and what lifts it. */
export async function newLock(): Promise<Pick<LockRow, "id" | "hash"> & { code: LiftCode }> {
  const [id, code] = [LockId.parse(randomLetters(2, 4)), LiftCode.parse(randomLetters(4, 5))];
  return { id, code, hash: await liftHash({ lock: id, code }) };
}

export interface Lifted {
  readonly lock: LockId;
  /** Until when office PCs keep it yet, for want of the code; null: they let go. */
  readonly keptUntil: number | null;
}

/** Without its code this server lets them in again, and the office PCs do not. */
export function liftLock(desk: Desk, id: LockId, code?: LiftCode): Promise<Lifted> {
  return perform(desk, "lock.lifted", async (q, ask, at) => {
    const lock = await q.locks.byId(id);
    const place = lock && (await placeOfLock(q, lock));
    if (!lock || !place || !(ask.may("lock.read", place) || ask.may("lock.lift", place))) {
      ask.mustSomewhere("lock.read");
      throw new DeskError("lock-unknown", { lock: id });
    }
    ask.must("lock.lift", place);
    if (lock.kind === "organisation") ask.must("lock.organisation", place);
    if (lock.until !== null && lock.until <= at) throw new DeskError("lock-over", {});
    if (code !== undefined && (await liftHash({ lock: id, code })) !== lock.hash)
      throw new DeskError("lock-code-wrong", {});
    if (!(await q.locks.lift(id, desk.principal.who, at, code ?? null))) throw new DeskError("lock-lifted", {});
    const keptUntil =
      code === undefined ? Math.min(lock.until ?? Number.POSITIVE_INFINITY, at + MAX_LOCK_KEPT_MS) : null;
    const about = { number: id, kind: lock.kind, keptUntil };
    return { organisation: lock.organisationId, about, result: { lock: id, keptUntil } };
  });
}

/** The newest first. A lock stands where that is which it is on. */
export const locks: Listing<LockListed, LockId, LockFilter> = {
  action: "lock.read",
  page: (q, filter, page, now) => q.locks.page(filter, now, page),
  count: (q, filter, now) => q.locks.count(filter, now),
  afterOf: ({ id }) => id,
  async problem(q, ask, id) {
    const lock = await q.locks.byId(id);
    const place = lock && (await placeOfLock(q, lock));
    return place && ask.may("lock.read", place) ? undefined : new DeskError("lock-unknown", { lock: id });
  },
};

/** Where that stands which it is on. */
export async function placeOfLock(q: Queries, lock: LockRow): Promise<Place | undefined> {
  const { kind, organisationId, divisionId } = lock;
  if (kind === "organisation" || kind === "division") return placeOf(q, { organisationId, divisionId });
  const terminal = lock.terminalId === null ? undefined : await q.terminals.byId(lock.terminalId);
  if (terminal) return placeOf(q, terminal);
  const person = lock.personId === null ? undefined : await q.people.byId(lock.personId);
  return person && placeOf(q, person);
}

type Subject = Pick<
  LockRow,
  "organisationId" | "divisionId" | "personId" | "deviceCode" | "terminalId" | "sessionId"
> & { readonly about: Readonly<Record<string, string | null>> };

const NOTHING = { divisionId: null, personId: null, deviceCode: null, terminalId: null, sessionId: null };

/** Asks whether it may be locked. */
async function found(q: Queries, ask: Asking, what: Lockable, at: number): Promise<Subject> {
  switch (what.kind) {
    case "person": {
      const { id, organisationId, login } = await personFor(q, ask, "lock.person", what.who);
      return { ...NOTHING, organisationId, personId: id, about: { login } };
    }
    case "device": {
      const { code, organisationId, personId, login } = await registeredDevice(q, ask, "lock.device", {
        who: undefined,
        ...what,
      });
      return { ...NOTHING, organisationId, personId, deviceCode: code, about: { device: code, login } };
    }
    case "terminal": {
      const { id, organisationId } = await terminalFor(q, ask, "lock.terminal", what.terminal);
      return { ...NOTHING, organisationId, terminalId: id, about: { terminal: id } };
    }
    case "division": {
      if (what.division === undefined) throw new DeskError("division-unsaid", {});
      const { organisation, divisionId } = await standingNamed(q, ask, "lock.division", what);
      return { ...NOTHING, organisationId: organisation.id, divisionId, about: { division: divisionId } };
    }
    case "organisation": {
      const { organisation } = await standingNamed(q, ask, "lock.organisation", what);
      return { ...NOTHING, organisationId: organisation.id, about: { organisation: organisation.code } };
    }
    case "session":
      return ofSession(q, ask, what.session, at);
  }
}

async function ofSession(q: Queries, ask: Asking, id: SessionId, at: number): Promise<Subject> {
  const session = await q.sessions.byId(id);
  const place = await placeOfSession(q, session);
  if (!session || !place || !(ask.may("session.read", place) || ask.may("lock.session", place))) {
    ask.mustSomewhere("session.read");
    throw new DeskError("session-unknown", { session: id });
  }
  ask.must("lock.session", place);
  const { organisationId, personId, terminalId } = session;
  const about = await aboutSession(q, session, at);
  return { ...NOTHING, organisationId, personId, terminalId, sessionId: id, about };
}

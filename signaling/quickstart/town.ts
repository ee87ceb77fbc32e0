/**
 * The sample town: three divisions with forty people and their office PCs, so that each of the console's lists has something to
 * see. Nobody can sign in as these people, and behind these PCs there is nothing; the real one joins the first division.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { appendAudit } from "../audit/chain.ts";
import type { AuditEventName } from "../audit/events.ts";
import { MAX_FAILURES } from "../auth/throttle.ts";
import { newSeed } from "../auth/totp.ts";
import { type Desk, DeskError } from "../organisations/desk.ts";
import { newLock } from "../organisations/locks.ts";
import { newTerminalId } from "../organisations/terminals.ts";
import {
  DivisionId,
  Login,
  type OrganisationId,
  PersonId,
  PublicKey,
  SessionId,
  type TerminalId,
} from "../protocol/ids.ts";
import { keyCode } from "../protocol/signed.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, DivisionRow, DutyRole, LockRow, PersonRow, TerminalRow } from "../store/rows/tables.ts";
import { nameOf, PEOPLE } from "./town-names.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const DIVISIONS = ["総務部", "市民部", "都市整備部"] as const;
/** By number: who is in which state. */
const DISABLED = 3;
const BARRED = 7;
const WAITING = 9;
const NEW = [11, 12];
const NO_PC = PEOPLE - 1;
const REMOVED = 5;
const GRANT_ENDED = 20;
const TWINS = 17;
/** The manager's is for the division, the auditor's for the town. */
const ROLES: readonly DutyRole[] = ["manager", "auditor"];
/** Who is locked out until when, in days from now, and who is not any more. */
const LOCKED: Readonly<Record<number, { readonly reason: string; readonly until: number; readonly lifted?: true }>> = {
  16: { reason: "貸出用パソコンをなくしたため", until: 30 },
  18: { reason: "長期の休みのため", until: -2 },
  22: { reason: "身に覚えのないサインインがあったため", until: 7, lifted: true },
};

export interface Town {
  readonly organisation: string;
  /** What is real: it joins the first division. */
  readonly terminal: TerminalId;
  readonly people: readonly string[];
}

/** All of it or nothing. */
export async function fillTown(desk: Desk, town: Town): Promise<void> {
  const at = desk.now();
  // one that nobody knows is enough for all
  const { hash: passwordHash } = await desk.passwords.generate();
  const keys = await Promise.all(Array.from({ length: PEOPLE + 1 }, newKey));
  const locks = new Map(await Promise.all(Object.keys(LOCKED).map(async (i) => [Number(i), await newLock()] as const)));
  await desk.store.write(async (q) => {
    const organisation = await q.organisations.byName(town.organisation);
    if (!organisation) throw new DeskError("organisation-unknown", { organisation: town.organisation });
    const record = (event: AuditEventName, about: Record<string, string | number | null>) =>
      appendAudit(q, { event, at, actor: desk.principal.who, organisation: organisation.id, about });
    const own = { organisationId: organisation.id };
    const divisions = await putDivisions(q, own.organisationId, at);
    for (const { id, name } of divisions) await record("division.added", { division: id, name, below: null });
    await moveReal(q, town, own.organisationId, divisions[0]?.id ?? null);
    for (let i = 0; i < PEOPLE; i += 1) {
      const divisionId = divisions[i % divisions.length]?.id ?? null;
      const person = personOf(desk, i, { ...own, divisionId, passwordHash, at });
      await q.people.insert(person);
      await record("person.added", { login: person.login });
      const lock = lockOf(person, i, locks.get(i), at, desk.principal.who);
      if (lock) {
        await q.locks.insert(lock);
        const about = { number: lock.id, kind: lock.kind };
        await record("lock.set", { ...about, login: person.login, until: lock.until });
        if (lock.liftedAt !== null) await record("lock.lifted", { ...about, keptUntil: null });
      }
      const key = keys[i];
      if (key && !NEW.includes(i)) await q.devices.insert(deviceOf(person, i, key, at));
      if (i === NO_PC) continue;
      const terminal = terminalOf(i, { ...own, divisionId, at });
      await q.terminals.insert(terminal);
      await record("terminal.added", { terminal: terminal.id, name: terminal.name, expiresAt: null, host: null });
      const until = endOfGrant(i, at);
      await q.terminals.putGrant({ ...own, personId: person.id, terminalId: terminal.id, createdAt: at, until });
      await record("grant.added", { login: person.login, terminal: terminal.id, until });
      if (key && terminal.enrolledAt !== null && !NEW.includes(i))
        await q.sessions.insert(sessionOf(person, terminal, i, key, at));
      if (i === TWINS) await putTwins(q, terminal, at);
      if (i === WAITING) await putWaiting(q, person, keys[PEOPLE], at);
      const role = ROLES[i];
      if (role) await putDuty(q, person, role, { at, by: desk.principal.who });
    }
  });
}

const putDuty = (q: Queries, person: PersonRow, role: DutyRole, { at, by }: { at: number; by: string }) =>
  q.duties.insert({
    ...{ organisationId: person.organisationId, personId: person.id, role, since: at, givenBy: by },
    divisionId: role === "manager" ? person.divisionId : null,
  });

interface Key {
  readonly publicKey: PublicKey;
  readonly code: DeviceRow["code"];
}

/** Of no browser: random bytes of the right length. */
async function newKey(): Promise<Key> {
  const publicKey = PublicKey.parse(randomBytes(91).toString("base64url"));
  return { publicKey, code: await keyCode(publicKey) };
}

async function putDivisions(q: Queries, organisationId: OrganisationId, at: number): Promise<DivisionRow[]> {
  const rows = DIVISIONS.map((name) => ({
    ...{ id: DivisionId.parse(randomUUID()), organisationId, parentId: null, name, createdAt: at },
  }));
  for (const row of rows) await q.organisations.insertDivision(row);
  return rows;
}

async function moveReal(
  q: Queries,
  town: Town,
  organisation: OrganisationId,
  division: DivisionId | null,
): Promise<void> {
  await q.terminals.setDivision(town.terminal, division);
  for (const login of town.people) {
    const person = await q.people.byLogin(organisation, Login.parse(login));
    if (person) await q.people.setDivision(person.id, division);
  }
}

type Standing = Pick<PersonRow, "organisationId" | "divisionId"> & { readonly at: number };

function personOf(desk: Desk, i: number, standing: Standing & { readonly passwordHash: string }): PersonRow {
  const { at, ...rest } = standing;
  const id = PersonId.parse(randomUUID());
  const { login, name } = nameOf(i);
  const isNew = NEW.includes(i);
  return {
    ...{ ...rest, id, login: Login.parse(login), name },
    ...{ passwordChangedAt: at, totpSeed: desk.sealer.seal(newSeed(), id), mustChange: isNew || i === 15 ? 1 : 0 },
    ...{ seedConfirmedAt: isNew ? null : at, driftLowMs: null, driftHighMs: null, driftAt: null },
    ...{ failures: i === BARRED ? MAX_FAILURES : 0, createdAt: at, disabledAt: i === DISABLED ? at : null },
    mail: null,
  };
}

function deviceOf(person: PersonRow, i: number, { publicKey, code }: Key, at: number): DeviceRow {
  return {
    ...{ id: randomUUID(), organisationId: person.organisationId, personId: person.id, publicKey, code },
    ...{ addedAt: at, approvedAt: at, approvedBy: "administrator:npm-start", failures: 0 },
    ...{ lastUsedAt: sessionStart(i, at), removedAt: i === REMOVED ? at : null },
  };
}

/** With a code that nobody knows. */
function lockOf(
  { organisationId, id: personId }: PersonRow,
  i: number,
  made: Pick<LockRow, "id" | "hash"> | undefined,
  at: number,
  who: string,
): LockRow | undefined {
  const { reason, until = 0, lifted = false } = LOCKED[i] ?? {};
  if (!made || reason === undefined) return undefined;
  const { id, hash } = made;
  return {
    ...{ id, hash, organisationId, kind: "person", reason, personId, setBy: who, createdAt: at - 5 * DAY_MS },
    ...{ divisionId: null, deviceCode: null, terminalId: null, sessionId: null, until: at + until * DAY_MS },
    ...{ liftedAt: lifted ? at - 4 * DAY_MS : null, liftedBy: lifted ? who : null, liftCode: null },
  };
}

async function putWaiting(q: Queries, person: PersonRow, key: Key | undefined, at: number): Promise<void> {
  if (!key) return;
  const { organisationId, id: personId } = person;
  await q.devices.putPending({ ...key, organisationId, personId, seenAt: at, expiresAt: at + DAY_MS }, 5);
}

/** Its disk was copied: two PCs with its key were here at once. */
async function putTwins(q: Queries, { id, organisationId }: TerminalRow, at: number): Promise<void> {
  await q.terminals.setAside({ terminalId: id, organisationId, at, first: "192.0.2.11", second: "192.0.2.12" });
}

function terminalOf(i: number, { at, ...standing }: Standing): TerminalRow {
  const isEnrolled = i % 16 !== 13;
  return {
    ...{
      ...standing,
      id: newTerminalId(),
      name: `${DIVISIONS[i % DIVISIONS.length]} ${String(i + 1).padStart(2, "0")}`,
    },
    ...{ publicKey: isEnrolled ? PublicKey.parse(randomBytes(91).toString("base64url")) : null, createdAt: at },
    ...{ enrolledAt: isEnrolled ? at : null, disabledAt: i === 26 ? at : null, interfaces: null },
    lastSeenAt: isEnrolled ? sessionStart(i, at) + 200 * MINUTE_MS : null,
  };
}

/** Some end soon, one has ended. */
function endOfGrant(i: number, at: number): number | null {
  if (i === GRANT_ENDED) return at - DAY_MS;
  return i % 9 === 4 ? at + (2 + i / 5) * DAY_MS : null;
}

/** Within the last day, and over by now. */
const sessionStart = (i: number, at: number): number => Math.round(at - (230 + ((i * 173) % 1_150)) * MINUTE_MS);

function sessionOf(person: PersonRow, terminal: TerminalRow, i: number, { publicKey }: Key, at: number) {
  const requestedAt = sessionStart(i, at);
  const endedAt = requestedAt + (25 + ((i * 31) % 175)) * MINUTE_MS;
  return {
    ...{ id: SessionId.parse(randomUUID()), organisationId: person.organisationId, terminalId: terminal.id },
    ...{ personId: person.id, login: person.login, personName: person.name, deviceKey: publicKey, signInId: null },
    ...{ requestedAt, liveAt: requestedAt + 3_000, endedAt, reason: "viewer-left" as const },
    ...{ lock: "locked" as const, lockAt: endedAt },
  };
}

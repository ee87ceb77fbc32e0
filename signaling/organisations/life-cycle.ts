/**
 * What happens to people, phones and PCs in the life of an office, each as one action in one write: somebody leaves or goes to
 * another division, a phone or a home PC is lost, an office PC is replaced. What it consists of is on record one by one as well, so that
 * the history of each grant and device tells it too.
 */
import { appendAudit } from "../audit/chain.ts";
import type { AuditEventName } from "../audit/events.ts";
import type { KeyCode, Login, OrganisationId, PersonId, TerminalId } from "../protocol/ids.ts";
import type { DeviceOfPerson } from "../store/queries/devices.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, GrantRow, PersonRow } from "../store/rows/tables.ts";
import { allotmentAfter, takeAllotment } from "./allotments.ts";
import { askInside, needsTwo, type Waits } from "./confirmations.ts";
import { type Desk, DeskError, perform, personFor, type Who } from "./desk.ts";
import { divisionIn } from "./divisions.ts";
import { orderForget } from "./forgetting.ts";
import { renewSeed } from "./people.ts";
import { placeOf } from "./places.ts";
import { type IssuedToken, insertTerminal, putToken, terminalFor } from "./terminals.ts";

/** Records of the parts of one action. */
class Parts {
  readonly #desk: Desk;
  readonly #q: Queries;
  readonly #at: number;

  constructor(desk: Desk, q: Queries, at: number) {
    this.#desk = desk;
    this.#q = q;
    this.#at = at;
  }

  async note(
    event: AuditEventName,
    organisation: OrganisationId,
    about: Readonly<Record<string, string | number | null>>,
  ): Promise<void> {
    const { principal, reason } = this.#desk;
    const why = reason === undefined ? {} : { reason };
    await appendAudit(this.#q, {
      event,
      at: this.#at,
      actor: principal.who,
      organisation,
      about: { ...about, ...why },
    });
  }

  /** A running server ends the session that rests on it. */
  async endGrant({ personId, terminalId, organisationId }: GrantRow, login: Login): Promise<void> {
    await this.#q.terminals.removeGrant(personId, terminalId);
    await this.note("grant.removed", organisationId, { login, terminal: terminalId });
  }

  /** Here, and on every office PC that may know it. Returns how many these are. */
  async loseDevice(device: DeviceRow, login: Login): Promise<number> {
    const terminals = await orderForget(this.#q, device, this.#at);
    if (device.removedAt === null) {
      await this.#q.devices.remove(device.id, this.#at);
      await this.#q.signIns.end({ deviceId: device.id }, this.#at, "device-removed");
      await this.note("device.removed", device.organisationId, { code: device.code, login });
    }
    return terminals;
  }
}

/** For good or for a while (退職・休職): nothing of theirs is left that would let somebody in. */
export function leave(desk: Desk, who: Who): Promise<void> {
  return perform(desk, "person.left", async (q, ask, at) => {
    const person = await personFor(q, ask, "people.leave", who);
    const { id, login, organisationId } = person;
    if (person.disabledAt !== null) throw new DeskError("person-disabled", { login });
    const parts = new Parts(desk, q, at);
    await q.people.setDisabled(id, at);
    // before the devices go: this is the reason that is told at home
    const signIns = await q.signIns.end({ personId: id }, at, "person-disabled");
    await parts.note("person.disabled", organisationId, { login });
    const devices = (await q.devices.allOf(id)).filter(({ removedAt }) => removedAt === null);
    for (const device of devices) await parts.loseDevice(device, login);
    for (const { publicKey } of await q.devices.pendingOf(id, at)) await q.devices.dropPending(id, publicKey);
    const grants = await q.terminals.grantsOf({ person: id });
    for (const grant of grants) await parts.endGrant(grant, login);
    const about = { login, devices: devices.length, grants: grants.length, signIns: signIns.length };
    return { organisation: organisationId, about, result: undefined };
  });
}

export interface Transfer {
  /** The path of the division to which they go; left out: of the organisation as a whole. */
  readonly division: string | undefined;
  /** Of the PCs of their former division those that they keep. */
  readonly keep: ReadonlySet<TerminalId>;
  /** PCs that they get. */
  readonly add: readonly TerminalId[];
}

/** Into another division (異動): grants for PCs of the former one end, unless they are kept. */
export function transfer(desk: Desk, who: Who, { division, keep, add }: Transfer): Promise<void> {
  return perform(desk, "person.transferred", async (q, ask, at) => {
    const person = await personFor(q, ask, "people.transfer", who);
    const { id, login, organisationId } = person;
    const divisionId = await divisionIn(q, ask, "people.transfer", organisationId, division);
    if (divisionId === person.divisionId) throw new DeskError("person-there-already", { login });
    const parts = new Parts(desk, q, at);
    const kept = new Set([...keep, ...add]);
    const left = (await grantsLeft(q, person)).filter(({ terminalId }) => !kept.has(terminalId));
    for (const grant of left) await parts.endGrant(grant, login);
    await q.people.setDivision(id, divisionId);
    let added = 0;
    for (const terminalId of new Set(add)) {
      const terminal = await terminalFor(q, ask, "grant.add", terminalId);
      if (terminal.organisationId !== organisationId)
        throw new DeskError("grant-elsewhere", { login, terminal: terminalId });
      if (await q.terminals.grant(id, terminalId)) continue;
      await q.terminals.putGrant({ organisationId, personId: id, terminalId, createdAt: at, until: null });
      await parts.note("grant.added", organisationId, { login, terminal: terminalId, until: null });
      added += 1;
    }
    const about = { login, before: person.divisionId, division: divisionId, ended: left.length, added };
    return { organisation: organisationId, about, result: undefined };
  });
}

/** Their grants for PCs that stand in their division itself. */
export async function grantsLeft(
  q: Queries,
  { id, divisionId }: Pick<PersonRow, "id" | "divisionId">,
): Promise<GrantRow[]> {
  const all = await q.terminals.grantsOf({ person: id });
  const own: GrantRow[] = [];
  for (const grant of all) if ((await q.terminals.byId(grant.terminalId))?.divisionId === divisionId) own.push(grant);
  return own;
}

export interface PhoneLost {
  readonly login: Login;
  /** For their next authenticator app; where two persons are needed, once another one has confirmed. */
  readonly otpauth?: string;
  readonly waits?: Waits;
}

/**
 * Codes of the phone are void at once, even where the secret for the next one needs a second person; sign-ins end, and what was
 * learnt of the phone's clock is forgotten.
 */
export function losePhone(desk: Desk, who: Who): Promise<PhoneLost> {
  return perform<PhoneLost>(desk, "person.phone-lost", async (q, ask, at) => {
    const person = await personFor(q, ask, "otp.lost", who);
    const { id, login, organisationId: organisation } = person;
    const otpauth = await renewSeed(desk, q, person, at);
    await q.people.clearFailures(id);
    if (!needsTwo(desk, "otp.reset")) return { organisation, about: { login }, result: { login, otpauth } };
    // nobody was shown this seed; the one that is handed over is made when it is confirmed
    const wish = { action: "otp.reset", person: id, login } as const;
    const { waits, about } = await askInside(desk, q, { organisation, wish }, at);
    await new Parts(desk, q, at).note("confirmation.asked", organisation, about);
    return { organisation, about: { login }, result: { login, waits } };
  });
}

/**
 * Shut out here at once, and struck off by every office PC that may know it, as soon as that is here. Whoever else is registered with the
 * same browser (within the reach of this desk) loses it too. Returns whose it was.
 */
export function loseDevice(desk: Desk, code: KeyCode, who: Who): Promise<PersonId[]> {
  return perform(desk, "device.lost", async (q, ask, at) => {
    const owner = await personFor(q, ask, "device.lost", who);
    const own = (await q.devices.allOf(owner.id)).findLast((device) => device.code === code);
    if (!own) throw new DeskError("device-never-known", { code });
    const { login, organisationId } = owner;
    const lost: DeviceOfPerson[] = [{ ...own, login, divisionId: owner.divisionId }];
    for (const other of await q.devices.byCode(code))
      if (other.personId !== owner.id && ask.may("device.lost", await placeOf(q, other))) lost.push(other);
    const parts = new Parts(desk, q, at);
    let terminals = 0;
    for (const device of lost) terminals += await parts.loseDevice(device, device.login);
    const about = { code, login, people: lost.length, terminals };
    return { organisation: organisationId, about, result: lost.map(({ personId }) => personId) };
  });
}

/** Another machine in its place (入れ替え): a new ID with a token, to which everybody's grants go. The former one is disabled. `people`: whose. */
export function replaceTerminal(
  desk: Desk,
  id: TerminalId,
  name?: string,
): Promise<IssuedToken & { readonly people: readonly PersonId[] }> {
  return perform(desk, "terminal.replaced", async (q, ask, at) => {
    const before = await terminalFor(q, ask, "terminal.replace", id);
    if (before.disabledAt !== null) throw new DeskError("terminal-disabled", { terminal: id });
    const { organisationId, divisionId } = before;
    const parts = new Parts(desk, q, at);
    const allotmentId = await allotmentAfter(q, ask, before, at);
    const of = { organisationId, divisionId, name: name ?? before.name, allotmentId };
    const row = await insertTerminal(q, of, at);
    await parts.note("terminal.added", organisationId, { terminal: row.id, name: row.name });
    const grants = await q.terminals.grantsOf({ terminal: id });
    for (const grant of grants) {
      const login = (await q.people.byId(grant.personId))?.login;
      if (login === undefined) continue;
      await q.terminals.putGrant({ ...grant, terminalId: row.id, createdAt: at });
      await parts.note("grant.added", organisationId, { login, terminal: row.id, until: grant.until });
      await parts.endGrant(grant, login);
    }
    await q.terminals.setDisabled(id, at);
    await parts.note("terminal.disabled", organisationId, { terminal: id });
    const token = await putToken(q, row, {}, at);
    const about = { terminal: id, name: row.name, successor: row.id, grants: grants.length };
    const people = grants.map(({ personId }) => personId);
    return { organisation: organisationId, about, result: { ...token, people } };
  });
}

/**
 * Of two PCs with one key neither has it any longer: the right one enrols again with the token for its own ID, and the other one as a
 * new terminal with this name, which nobody has a grant for yet.
 */
export function settleTwins(
  desk: Desk,
  id: TerminalId,
  name: string,
): Promise<{ readonly own: IssuedToken; readonly other: IssuedToken }> {
  return perform(desk, "terminal.settled", async (q, ask, at) => {
    const terminal = await terminalFor(q, ask, "terminal.settle", id);
    if ((await q.terminals.twinsAmong([id])).length === 0)
      throw new DeskError("terminal-not-set-aside", { terminal: id });
    const { organisationId, divisionId } = terminal;
    await q.terminals.withdraw(id);
    const allotmentId = await takeAllotment(q, ask, organisationId, at);
    const row = await insertTerminal(q, { organisationId, divisionId, name, allotmentId }, at);
    await new Parts(desk, q, at).note("terminal.added", organisationId, { terminal: row.id, name });
    const result = { own: await putToken(q, terminal, {}, at), other: await putToken(q, row, {}, at) };
    return { organisation: organisationId, about: { terminal: id, name, successor: row.id }, result };
  });
}

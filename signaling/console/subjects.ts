/** What an act is about: where it stands, and by which names the desk finds it (organisations/desk.ts). */
import { type Action, allows, TWO_PERSONS } from "../auth/permissions.ts";
import type { Place, Principal } from "../auth/principal.ts";
import { wishOf } from "../organisations/confirmations.ts";
import { placeOfLock } from "../organisations/locks.ts";
import { Places, placeOf } from "../organisations/places.ts";
import type { Act } from "../protocol/console-acts.ts";
import { RequestError } from "../protocol/errors.ts";
import {
  type DivisionId,
  type OrganisationId,
  type PersonId,
  QualifiedLogin,
  type SessionId,
  type TerminalId,
} from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";

/** Asked of the table: may it be done there, and may one see it at all? */
interface Target {
  readonly action: Action;
  readonly read: Action;
  readonly at: Place;
}

export interface Subject {
  readonly targets: readonly Target[];
  readonly person?: { readonly id: PersonId; readonly who: QualifiedLogin };
  /** Of an act on many at once. */
  readonly people?: readonly NonNullable<Subject["person"]>[];
  readonly terminal?: TerminalId;
  readonly session?: { readonly id: SessionId };
  /** Code, and the path of the division in it: `総務部/総務課`. */
  readonly organisation?: string;
  readonly division?: string | undefined;
  /** The path of another one, below which it goes. */
  readonly below?: string | undefined;
}

/** Throws NOT_FOUND for what is not there or may not be seen, and FORBIDDEN. */
export async function subjectOf(q: Queries, principal: Principal, act: Act): Promise<Subject> {
  const subject = await found(q, act);
  const isSeen = ({ read, action, at }: Target) => allows(principal, read, at) || allows(principal, action, at);
  if (!subject?.targets.every(isSeen)) throw new RequestError("NOT_FOUND", "there is no such thing");
  const barred = subject.targets.find(({ action, at }) => !allows(principal, action, at));
  if (barred) throw new RequestError("FORBIDDEN", `you may not do this here (${barred.action})`);
  return subject;
}

// long: one case for each act
async function found(q: Queries, act: Act): Promise<Subject | undefined> {
  switch (act.type) {
    case "people.add":
    case "terminal.add":
      return inOrganisation(q, act.type, act.organisation, act.division);
    case "division.add":
      return inOrganisation(q, act.type, act.organisation, act.parent);
    case "division.move": {
      const division = await q.organisations.divisionById(act.division);
      const own = division && (await inOrganisation(q, act.type, division.organisationId, act.division));
      const to = division && (await inOrganisation(q, act.type, division.organisationId, act.parent));
      return own && to && { ...own, below: to.division, targets: [...own.targets, ...to.targets] };
    }
    case "people.transfer": {
      const person = await aboutPerson(q, act.type, act.person);
      const subject = person && (await moved(q, person, (await q.people.byId(act.person))?.organisationId, act));
      const given = await Promise.all((act.add ?? []).map((id) => aboutTerminal(q, "grant.add", id)));
      if (!subject || given.includes(undefined)) return undefined;
      return { ...subject, targets: [...subject.targets, ...given.flatMap((one) => one?.targets ?? [])] };
    }
    case "people.move": {
      const person = await aboutPerson(q, act.type, act.person);
      return person && moved(q, person, (await q.people.byId(act.person))?.organisationId, act);
    }
    case "terminal.move": {
      const terminal = await aboutTerminal(q, act.type, act.terminal);
      return terminal && moved(q, terminal, (await q.terminals.byId(act.terminal))?.organisationId, act);
    }
    case "grant.add": {
      const person = await aboutPerson(q, act.type, act.person);
      const terminal = await aboutTerminal(q, act.type, act.terminal);
      return person && terminal && { ...person, ...terminal, targets: [...person.targets, ...terminal.targets] };
    }
    case "grant.remove": {
      const person = await aboutPerson(q, act.type, act.person);
      return person && { ...person, terminal: act.terminal };
    }
    case "session.end":
    case "lock.session": {
      const session = await q.sessions.byId(act.session);
      const terminal = session && (await aboutTerminal(q, act.type, session.terminalId));
      const [target] = terminal?.targets ?? [];
      return session && target && { targets: [{ ...target, read: "session.read" }], session };
    }
    case "people.letters":
      return aboutPeople(q, act.type, act.people);
    case "lock.division": {
      const division = await q.organisations.divisionById(act.division);
      return division && inOrganisation(q, act.type, division.organisationId, act.division);
    }
    case "lock.organisation":
      return inOrganisation(q, act.type, act.organisation, undefined);
    case "lock.lift": {
      const lock = await q.locks.byId(act.lock);
      const at = lock && (await placeOfLock(q, lock));
      if (!lock || !at) return undefined;
      const above = { action: "lock.organisation", read: "lock.read", at } as const;
      return {
        targets: [{ action: act.type, read: "lock.read", at }, ...(lock.kind === "organisation" ? [above] : [])],
      };
    }
    case "confirmation.confirm":
      return aboutConfirmation(q, act.confirmation);
    default:
      return "person" in act ? aboutPerson(q, act.type, act.person) : aboutTerminal(q, act.type, act.terminal);
  }
}

async function aboutPerson(q: Queries, action: Action, id: PersonId): Promise<Subject | undefined> {
  const person = await q.people.byId(id);
  const organisation = person && (await q.organisations.byId(person.organisationId));
  if (!person || !organisation) return undefined;
  const who = QualifiedLogin.parse(`${organisation.code}/${person.login}`);
  return { targets: [{ action, read: "people.read", at: await placeOf(q, person) }], person: { id, who } };
}

async function aboutPeople(q: Queries, action: Action, ids: readonly PersonId[]): Promise<Subject | undefined> {
  const found: Subject[] = [];
  for (const id of ids) found.push((await aboutPerson(q, action, id)) ?? { targets: [] });
  const people = found.flatMap(({ person }) => (person ? [person] : []));
  if (people.length < ids.length) return undefined;
  return { targets: found.flatMap(({ targets }) => targets), people };
}

async function aboutTerminal(q: Queries, action: Action, id: TerminalId): Promise<Subject | undefined> {
  const terminal = await q.terminals.byId(id);
  return terminal && { targets: [{ action, read: "terminal.read", at: await placeOf(q, terminal) }], terminal: id };
}

async function inOrganisation(
  q: Queries,
  action: Action,
  id: OrganisationId,
  divisionId: DivisionId | undefined,
): Promise<Subject | undefined> {
  const organisation = await q.organisations.byId(id);
  const division = divisionId && (await q.organisations.divisionById(divisionId));
  if (!organisation || (divisionId && division?.organisationId !== id)) return undefined;
  const at = await placeOf(q, { organisationId: id, divisionId: divisionId ?? null });
  const path = divisionId && new Places([], await q.organisations.divisionsOf(id)).path(divisionId);
  return { targets: [{ action, read: "division.read", at }], organisation: organisation.code, division: path };
}

async function moved(
  q: Queries,
  subject: Subject,
  organisation: OrganisationId | undefined,
  act: Extract<Act, { type: "people.move" | "people.transfer" | "terminal.move" }>,
): Promise<Subject | undefined> {
  const to = organisation && (await inOrganisation(q, act.type, organisation, act.division));
  return to && { ...to, ...subject, targets: [...subject.targets, ...to.targets] };
}

async function aboutConfirmation(q: Queries, id: string): Promise<Subject | undefined> {
  const row = await q.confirmations.waiting(id, 0);
  const wish = row && wishOf(row);
  const subject = wish && (await aboutPerson(q, TWO_PERSONS[wish.action], wish.person));
  return subject && { ...subject, targets: subject.targets.map((one) => ({ ...one, read: "confirmation.read" })) };
}

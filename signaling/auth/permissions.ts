/**
 * Who may do what: the one table, asked by the command line, the HTTP routes and the WebSockets alike. What does not stand in
 * it is not allowed.
 *
 *   operator        everywhere
 *   prefecture      its organisation and those below it
 *   administrator,  one organisation, or one division of it and those below
 *   manager, auditor
 *   staff           what is their own, in their own organisation
 *
 * Pure: where things stand is handed in (principal.ts).
 */
import type { PersonId } from "../protocol/ids.ts";
import type { Duty, Place, Principal, Role } from "./principal.ts";

const ABOVE: readonly Role[] = ["operator", "prefecture"];
const ADMINISTER: readonly Role[] = [...ABOVE, "administrator"];
const CONFIRM: readonly Role[] = [...ADMINISTER, "manager"];
const RECORD: readonly Role[] = [...ADMINISTER, "auditor"];
const READ: readonly Role[] = [...ADMINISTER, "manager", "auditor"];
const OWN: readonly Role[] = ["staff"];

const TABLE = {
  "organisation.read": READ,
  "organisation.add": ABOVE,
  "organisation.set-code": ABOVE,

  "division.read": READ,
  "division.add": ADMINISTER,
  "division.move": ADMINISTER,

  "people.read": READ,
  "people.add": ADMINISTER,
  "people.move": ADMINISTER,
  "people.rename": ADMINISTER,
  "people.set-mail": ADMINISTER,
  "people.transfer": ADMINISTER,
  "people.leave": ADMINISTER,
  "people.disable": ADMINISTER,
  "people.enable": ADMINISTER,
  "people.unlock": ADMINISTER,
  "people.sign-out": ADMINISTER,
  "people.letters": ADMINISTER,
  "password.set": ADMINISTER,
  "otp.reset": ADMINISTER,
  "otp.confirm": CONFIRM,
  "otp.lost": ADMINISTER,

  "device.read": READ,
  "device.approve": ADMINISTER,
  "device.confirm": CONFIRM,
  "device.remove": ADMINISTER,
  "device.lost": ADMINISTER,

  "terminal.read": READ,
  "terminal.add": ADMINISTER,
  "terminal.move": ADMINISTER,
  "terminal.rename": ADMINISTER,
  "terminal.token": ADMINISTER,
  "terminal.replace": ADMINISTER,
  "terminal.settle": ADMINISTER,
  "terminal.disable": ADMINISTER,
  "terminal.enable": ADMINISTER,
  "terminal.allot": ADMINISTER,

  /** Of its own organisation, or of those below. */
  "allotment.read": READ,
  /** The queue: by who applies for themselves and those below them. */
  "application.read": ABOVE,
  "application.make": ABOVE,
  "application.withdraw": ABOVE,
  "application.decide": ["operator"],
  "event.read": READ,
  "event.declare": ["operator"],
  "event.end": ["operator"],

  "grant.read": READ,
  "grant.add": ADMINISTER,
  "grant.remove": ADMINISTER,

  "session.read": READ,
  "session.end": [...ADMINISTER, ...OWN],

  /** For who asks, and for who looks after them: what waits, and how much they worked outside of hours. */
  "request.ask": OWN,
  "request.read": READ,
  "request.decide": CONFIRM,
  /** What others have approved; what they have themselves is for who decides. */
  "request.take-back": ADMINISTER,
  "labour.read": READ,

  "lock.read": READ,
  "lock.person": ADMINISTER,
  "lock.device": ADMINISTER,
  "lock.terminal": ADMINISTER,
  "lock.division": ADMINISTER,
  "lock.session": ADMINISTER,
  /** By who looks after it from above. */
  "lock.organisation": ABOVE,
  "lock.lift": ADMINISTER,

  "policy.read": READ,
  /** Of the whole server: by the operator, whom alone everything is below. */
  "policy.set": ADMINISTER,

  /** Made from settings and rules in force; of the whole server by the operator. */
  "document.read": RECORD,

  "duty.read": READ,
  "duty.give": ADMINISTER,
  "duty.take": ADMINISTER,

  "confirmation.read": READ,

  "audit.read": RECORD,
  "audit.export": RECORD,
  /** Of the whole server: all chains. */
  "audit.verify": ["operator"],
  "audit.seal": ["operator"],

  /** All that is kept, as a file or in another database. */
  "store.copy": ["operator"],

  "sign-in.read": OWN,
  "sign-in.end": OWN,
  "password.change": OWN,
  "device.give-up": OWN,
  "session.open": OWN,
  /** The messages by which both ends of one's session find each other. */
  "session.signal": OWN,
  "terminal.wake": OWN,
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof TABLE;
export const ACTIONS = Object.keys(TABLE) as Action[];

/** What needs two persons when the policy says so, and what the second one has to be allowed. */
export const TWO_PERSONS = {
  "device.approve": "device.confirm",
  "otp.reset": "otp.confirm",
} as const satisfies Partial<Record<Action, Action>>;
export type TwoPersonAction = keyof typeof TWO_PERSONS;
export const TWO_PERSON_ACTIONS = Object.keys(TWO_PERSONS) as TwoPersonAction[];

/** What is acted on. */
export interface Target extends Place {
  /** Whose it is, where it is somebody's own. */
  readonly person?: PersonId | undefined;
}

/** May this principal do this to that? */
export function allows(principal: Principal, action: Action, target: Target): boolean {
  return (
    principal.duties.some((duty) => mayRole(duty.role, action) && reaches(duty, target)) ||
    (mayRole("staff", action) && isOwn(principal, target))
  );
}

/** May they do it there, or in some division there? */
export function allowsWithin(principal: Principal, action: Action, place: Place): boolean {
  return principal.duties.some(
    (duty) =>
      mayRole(duty.role, action) &&
      (reaches(duty, place) || (place.organisations.length > 0 && duty.at.organisations[0] === place.organisations[0])),
  );
}

/** May they do it anywhere at all? */
export function allowsSomewhere({ duties, person }: Principal, action: Action): boolean {
  return duties.some(({ role }) => mayRole(role, action)) || (person !== undefined && mayRole("staff", action));
}

/** By which of their duties they may do it: nowhere but where these are for, and below. */
export const dutiesFor = ({ duties }: Principal, action: Action): Duty[] =>
  duties.filter(({ role }) => mayRole(role, action));

/** Nobody gives a duty that is wider than their own: whoever has it can do nothing that its giver could not do there. */
export function mayGive(giver: Principal, given: Duty): boolean {
  const place = given.role === "operator" ? { organisations: [], divisions: [] } : given.at;
  const needed = ACTIONS.filter((action) => mayRole(given.role, action));
  return [...needed, "duty.give" as const].every((action) =>
    giver.duties.some((own) => mayRole(own.role, action) && reaches(own, place)),
  );
}

const mayRole = (role: Role, action: Action): boolean =>
  Object.hasOwn(TABLE, action) && (TABLE[action] as readonly Role[]).includes(role);

function reaches({ role, at }: Duty, target: Place): boolean {
  if (role === "operator") return true;
  const [organisation] = at.organisations;
  if (organisation === undefined) return false;
  if (role === "prefecture") return target.organisations.includes(organisation);
  const [division] = at.divisions;
  return target.organisations[0] === organisation && (division === undefined || target.divisions.includes(division));
}

function isOwn({ person, home }: Principal, target: Target): boolean {
  const [organisation] = home?.organisations ?? [];
  if (person === undefined || organisation === undefined) return false;
  return target.person === person && target.organisations[0] === organisation;
}

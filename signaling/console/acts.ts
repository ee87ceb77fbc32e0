/** Acts of the console, done at the desk (organisations/), which asks the table once more in the same write. */

import { asRequestErrors } from "../organisations/as-request-errors.ts";
import { confirm } from "../organisations/confirm.ts";
import { isWaiting } from "../organisations/confirmations.ts";
import { type Desk, DeskError, NotAllowed, type Who } from "../organisations/desk.ts";
import { approveDevice, removeDevice } from "../organisations/devices.ts";
import { addDivision, moveDivision } from "../organisations/divisions.ts";
import { addGrant, removeGrant } from "../organisations/grants.ts";
import { type Letter, makeLetter } from "../organisations/letters.ts";
import { leave, loseDevice, losePhone, replaceTerminal, settleTwins, transfer } from "../organisations/life-cycle.ts";
import { type Lockable, liftLock, setLock } from "../organisations/locks.ts";
import {
  addPerson,
  disablePerson,
  enablePerson,
  movePerson,
  resetOtp,
  setMail,
  setPassword,
  signOutPerson,
  unlockPerson,
} from "../organisations/people.ts";
import { endSession } from "../organisations/sessions.ts";
import {
  disableTerminal,
  enableTerminal,
  encodeToken,
  type IssuedToken,
  issueToken,
  moveTerminal,
  type TokenRequest,
} from "../organisations/terminals.ts";
import type { EnrolmentToken } from "../protocol/api.ts";
import { type Act, type ActType, DANGEROUS, type Done } from "../protocol/console-acts.ts";
import type { PersonId } from "../protocol/ids.ts";
import { type Change, MOVED } from "../store/rows/changes.ts";
import type { Subject } from "./subjects.ts";

/** Where agents find the server, as it stands in enrolment tokens. */
export type Whereabouts = Pick<EnrolmentToken, "url" | "ca" | "relayHosts">;

export interface Office {
  readonly desk: Desk;
  readonly whereabouts: Whereabouts;
}

export const isDangerous = ({ type }: Act): boolean => DANGEROUS.has(type);

/**
 * Throws ACT_REFUSED where it cannot be done as things stand, FORBIDDEN where the table says no. `changes`: whose rights it changed,
 * for what runs on this server (elsewhere the store tells it).
 */
export async function perform(office: Office, act: Act, subject: Subject): Promise<{ done: Done; changes: Change[] }> {
  const changes = changesOf(act, subject);
  const changed = (persons: readonly PersonId[]) =>
    void changes.push(...persons.map((id) => ({ kind: "person", subject: id }) as const));
  const done = await asRequestErrors(() =>
    (PERFORM[act.type] as Performer<ActType>)({ ...office, changed }, act, subject),
  );
  return { done, changes };
}

const MOVES: ReadonlySet<ActType> = new Set(["people.move", "people.transfer", "terminal.move"]);

function changesOf(act: Act, { person, terminal, session }: Subject): Change[] {
  // of whom a lock is, is asked about everybody
  if (act.type.startsWith("lock.")) return [{ kind: "lock", subject: act.type }];
  // as the store notes it for other processes
  const moved = { kind: "lock", subject: MOVED } as const;
  if (act.type === "division.move") return [{ kind: "policy", subject: act.division }, moved];
  return [
    ...(MOVES.has(act.type) ? [moved] : []),
    ...(person ? [{ kind: "person", subject: person.id } as const] : []),
    ...(terminal ? [{ kind: "terminal", subject: terminal } as const] : []),
    ...(session ? [{ kind: "session", subject: session.id } as const] : []),
  ];
}

/** `changed`: somebody's rights besides those of whom the act is about. */
type AtWork = Office & { readonly changed: (persons: readonly PersonId[]) => void };
type Performer<T extends ActType> = (office: AtWork, act: Extract<Act, { type: T }>, subject: Subject) => Promise<Done>;

const NOTHING: Done = {};

/** For what is done to somebody and shows nothing. */
const toPerson =
  <T extends ActType>(work: (desk: Desk, who: Who) => Promise<unknown>): Performer<T> =>
  async ({ desk }, _act, subject) => {
    await work(desk, whoOf(subject));
    return NOTHING;
  };

const PERFORM: { readonly [T in ActType]: Performer<T> } = {
  "people.add": async ({ desk }, { login, name, mail }, { organisation, division }) => {
    const { id, password, otpauth } = await addPerson(desk, { organisation, division, login, name, mail });
    return { id, password, otpauth };
  },
  "people.move": async ({ desk }, _act, subject) => {
    await movePerson(desk, whoOf(subject), subject.division);
    return NOTHING;
  },
  "people.transfer": async ({ desk }, { keep = [], add = [] }, subject) => {
    await transfer(desk, whoOf(subject), { division: subject.division, keep: new Set(keep), add });
    return NOTHING;
  },
  "people.set-mail": async ({ desk }, { mail }, subject) => {
    await setMail(desk, whoOf(subject), mail);
    return NOTHING;
  },
  "people.leave": toPerson(leave),
  "people.disable": toPerson(disablePerson),
  "people.enable": toPerson(enablePerson),
  "people.unlock": toPerson(unlockPerson),
  "people.sign-out": toPerson(signOutPerson),
  "people.letters": async ({ desk }, _act, { people = [] }) => {
    const letters: Letter[] = [];
    const noLetter: PersonId[] = [];
    for (const { id, who } of people) {
      const letter = await makeLetter(desk, who).catch(asThingsStand);
      if (letter) letters.push(letter);
      else noLetter.push(id);
    }
    return { letters, noLetter };
  },
  "password.set": async ({ desk }, _act, subject) => ({ password: await setPassword(desk, whoOf(subject)) }),
  "otp.reset": async ({ desk }, _act, subject) => {
    const outcome = await resetOtp(desk, whoOf(subject));
    return isWaiting(outcome) ? { confirmation: outcome.confirmation } : { otpauth: outcome.otpauth };
  },
  "otp.lost": async ({ desk }, _act, subject) => {
    const { otpauth, waits } = await losePhone(desk, whoOf(subject));
    return { ...(otpauth !== undefined && { otpauth }), ...(waits && { confirmation: waits.confirmation }) };
  },
  "device.approve": async ({ desk }, { device }, subject) => {
    const outcome = await approveDevice(desk, device, whoOf(subject));
    return isWaiting(outcome) ? { confirmation: outcome.confirmation } : NOTHING;
  },
  "device.remove": async ({ desk }, { device }, subject) => {
    await removeDevice(desk, device, whoOf(subject));
    return NOTHING;
  },
  "device.lost": async ({ desk, changed }, { device }, subject) => {
    changed(await loseDevice(desk, device, whoOf(subject)));
    return NOTHING;
  },
  "terminal.add": (office, { name }, { organisation, division }) => token(office, { name, organisation, division }),
  "terminal.token": (office, { terminal }) => token(office, { terminal }),
  "terminal.replace": async (office, { terminal, name }) => {
    const issued = await replaceTerminal(office.desk, terminal, name);
    office.changed(issued.people);
    return handedOver(office, issued);
  },
  "terminal.settle": async (office, { terminal, name }) => {
    const { own, other } = await settleTwins(office.desk, terminal, name);
    const { token: otherToken } = handedOver(office, other);
    return { ...handedOver(office, own), ...(otherToken !== undefined && { otherToken }) };
  },
  "terminal.move": async ({ desk }, { terminal }, { division }) => {
    await moveTerminal(desk, terminal, division);
    return NOTHING;
  },
  "terminal.disable": async ({ desk }, { terminal }) => {
    await disableTerminal(desk, terminal);
    return NOTHING;
  },
  "terminal.enable": async ({ desk }, { terminal }) => {
    await enableTerminal(desk, terminal);
    return NOTHING;
  },
  "grant.add": async ({ desk }, { terminal, until }, subject) => {
    await addGrant(desk, whoOf(subject), terminal, until ?? null);
    return NOTHING;
  },
  "grant.remove": async ({ desk }, { terminal }, subject) => {
    await removeGrant(desk, whoOf(subject), terminal);
    return NOTHING;
  },
  "session.end": async ({ desk }, { session }) => {
    await endSession(desk, session);
    return NOTHING;
  },
  "lock.person": (office, { end }, subject) => lock(office, { kind: "person", who: whoOf(subject) }, end),
  "lock.device": (office, { device, end }, subject) =>
    lock(office, { kind: "device", code: device, who: whoOf(subject) }, end),
  "lock.terminal": (office, { terminal, end }) => lock(office, { kind: "terminal", terminal }, end),
  "lock.division": (office, { end }, { organisation, division }) =>
    lock(office, { kind: "division", organisation, division }, end),
  "lock.organisation": (office, { end }, { organisation }) => lock(office, { kind: "organisation", organisation }, end),
  "lock.session": (office, { session, end }) => lock(office, { kind: "session", session }, end),
  "lock.lift": async ({ desk }, { lock, liftCode }) => {
    await liftLock(desk, lock, liftCode);
    return NOTHING;
  },
  "confirmation.confirm": async ({ desk }, { confirmation }) => {
    const done = await confirm(desk, confirmation);
    return done.action === "otp.reset" ? { otpauth: done.otpauth } : NOTHING;
  },
  "division.move": async ({ desk }, _act, { organisation, division, below }) => {
    await moveDivision(desk, { organisation, division }, below);
    return NOTHING;
  },
  "division.add": async ({ desk }, { name }, { organisation, division }) => {
    const { id } = await addDivision(desk, name, { organisation, division });
    return { id };
  },
};

/** Of one among many: it cannot be done to them, and the others are not to wait for that. */
function asThingsStand(error: unknown): undefined {
  if (!(error instanceof DeskError) || error instanceof NotAllowed) throw error;
}

async function token(office: Office, request: TokenRequest): Promise<Done> {
  return handedOver(office, await issueToken(office.desk, request));
}

const handedOver = ({ whereabouts }: Office, { terminal, secret }: IssuedToken): Done => ({
  id: terminal,
  token: encodeToken({ ...whereabouts, secret }),
});

async function lock({ desk }: Office, what: Lockable, end: number | undefined): Promise<Done> {
  const { lock, code } = await setLock(desk, what, end ?? null);
  return { id: lock, liftCode: code };
}

function whoOf({ person }: Subject): Who {
  if (!person) throw new Error("an act about nobody");
  return person.who;
}

/** The people of an organisation, and what they sign in with. */
import { randomUUID } from "node:crypto";
import { holdsOwnWords, isGuessable } from "../auth/guessable.ts";
import { type HashedPassword, passwordProblem } from "../auth/password.ts";
import { newSeed, otpauthUri } from "../auth/totp.ts";
import { type Login, PersonId } from "../protocol/ids.ts";
import { type MailAddress, maskedMail } from "../protocol/mail-address.ts";
import type { Whose } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { PersonRow } from "../store/rows/tables.ts";
import { askSecond, needsTwo, type Waits } from "./confirmations.ts";
import { type Desk, DeskError, look, perform, personFor, type Who } from "./desk.ts";
import { divisionIn, standingNamed } from "./divisions.ts";
import { type Listing, loginProblem } from "./listing.ts";
import { type Named, named, withWhose } from "./places.ts";

export interface NewPerson {
  /** Its code or name; may be left out while there is only one. */
  readonly organisation?: string | undefined;
  /** Left out: of the organisation as a whole. */
  readonly division?: string | undefined;
  readonly login: Login;
  readonly name: string;
  /** Where codes may be sent. */
  readonly mail?: MailAddress | undefined;
  /** Left out: one is generated. */
  readonly password?: string | undefined;
  /** Whether they have to choose their own password at the first sign-in. False is for demonstrations and tests. */
  readonly mustChange?: boolean;
}

/** What is handed to the person, once: it can be read nowhere afterwards. */
export interface Credentials {
  readonly password: string;
  readonly otpauth: string;
}

export async function addPerson(desk: Desk, person: NewPerson): Promise<{ id: PersonId } & Credentials> {
  const { organisation } = await look(desk, (q, ask) => standingNamed(q, ask, "people.add", person));
  const { login, name } = person;
  const { password, hash } = await chosenOrGenerated(desk, person.password, login, [name, organisation.name]);
  const seed = newSeed();
  const id = PersonId.parse(randomUUID());
  return perform(desk, "person.added", async (q, ask, at) => {
    const { organisation, divisionId } = await standingNamed(q, ask, "people.add", person);
    if (await q.people.byLogin(organisation.id, person.login)) {
      throw new DeskError("login-taken", { login: person.login, organisation: organisation.name });
    }
    await q.people.insert({
      id,
      organisationId: organisation.id,
      divisionId,
      login: person.login,
      name: person.name,
      passwordHash: hash,
      passwordChangedAt: at,
      mustChange: person.mustChange === false ? 0 : 1,
      totpSeed: desk.sealer.seal(seed, id),
      seedConfirmedAt: null,
      driftLowMs: null,
      driftHighMs: null,
      driftAt: null,
      failures: 0,
      createdAt: at,
      disabledAt: null,
      mail: person.mail ?? null,
    });
    const otpauth = otpauthUri({ seed, login: person.login, issuer: issuerOf(organisation.name) });
    return {
      organisation: organisation.id,
      about: { login: person.login, ...mailFact(person.mail) },
      result: { id, password, otpauth },
    };
  });
}

export type ListedPerson = PersonRow & Named & { readonly whose: Whose };

export const people: Listing<ListedPerson, Whose> = {
  action: "people.read",
  page: async (q, filter, page) => named(q, await withWhose(q, await q.people.page(filter, page))),
  count: (q, filter) => q.people.count(filter),
  afterOf: ({ whose }) => whose,
  problem: (q, _ask, whose) => loginProblem(q, whose),
};

/** Into another division of their organisation, or out of all. */
export function movePerson(desk: Desk, who: Who, division: string | undefined): Promise<void> {
  return perform(desk, "person.moved", async (q, ask) => {
    const person = await personFor(q, ask, "people.move", who);
    const divisionId = await divisionIn(q, ask, "people.move", person.organisationId, division);
    await q.people.setDivision(person.id, divisionId);
    const about = { login: person.login, division: divisionId };
    return { organisation: person.organisationId, about, result: undefined };
  });
}

/** Where codes may be sent; undefined: nowhere. One that is on its way already does not count any longer. */
export function setMail(desk: Desk, who: Who, mail: MailAddress | undefined): Promise<void> {
  return perform(desk, "person.mail-set", async (q, ask, at) => {
    const person = await personFor(q, ask, "people.set-mail", who);
    await changeMail(q, person, mail ?? null, at);
    const about = { login: person.login, mail: mail ? maskedMail(mail) : null };
    return { organisation: person.organisationId, about, result: undefined };
  });
}

/** Whether it is allowed was asked before. */
export async function changeMail(q: Queries, { id }: PersonRow, mail: MailAddress | null, at: number): Promise<void> {
  await q.people.setMail(id, mail);
  await q.mailCodes.putAway(id, at);
}

/** As the record has it. */
export const mailFact = (mail: MailAddress | null | undefined): { mail?: string } =>
  mail ? { mail: maskedMail(mail) } : {};

/** Ends their sign-ins; a running server ends their sessions. */
export function disablePerson(desk: Desk, who: Who): Promise<void> {
  return perform(desk, "person.disabled", async (q, ask, at) => {
    const person = await personFor(q, ask, "people.disable", who);
    const { login } = person;
    if (person.disabledAt !== null) throw new DeskError("person-disabled", { login });
    await q.people.setDisabled(person.id, at);
    await q.signIns.end({ personId: person.id }, at, "person-disabled");
    return { organisation: person.organisationId, about: { login }, result: undefined };
  });
}

export function enablePerson(desk: Desk, who: Who): Promise<void> {
  return perform(desk, "person.enabled", async (q, ask) => {
    const person = await personFor(q, ask, "people.enable", who);
    const { login } = person;
    if (person.disabledAt === null) throw new DeskError("person-not-disabled", { login });
    await q.people.setDisabled(person.id, null);
    return { organisation: person.organisationId, about: { login }, result: undefined };
  });
}

/** Ends their sign-ins, wherever they are in use; a running server ends the sessions that hang on them. Returns how many. */
export function signOutPerson(desk: Desk, who: Who): Promise<number> {
  return perform(desk, "person.signed-out", async (q, ask, at) => {
    const person = await personFor(q, ask, "people.sign-out", who);
    const { login } = person;
    const ended = await q.signIns.end({ personId: person.id }, at, "administrator");
    return { organisation: person.organisationId, about: { login, count: ended.length }, result: ended.length };
  });
}

/** After too many failures in a row: the counters of the person and of their devices begin anew. */
export function unlockPerson(desk: Desk, who: Who): Promise<void> {
  return perform(desk, "person.unlocked", async (q, ask) => {
    const person = await personFor(q, ask, "people.unlock", who);
    const { login } = person;
    await q.people.clearFailures(person.id);
    await q.devices.clearFailures(person.id);
    return { organisation: person.organisationId, about: { login }, result: undefined };
  });
}

/** Ends their sign-ins. At the next one they have to choose their own. */
export async function setPassword(desk: Desk, who: Who, chosen?: string): Promise<string> {
  const { login, own } = await look(desk, async (q, ask) => {
    const person = await personFor(q, ask, "password.set", who);
    const organisation = await q.organisations.byId(person.organisationId);
    return { login: person.login, own: [person.name, organisation?.name ?? ""] };
  });
  const { password, hash } = await chosenOrGenerated(desk, chosen, login, own);
  return perform(desk, "person.password-set", async (q, ask, at) => {
    const person = await personFor(q, ask, "password.set", who);
    await q.people.setPassword(person.id, { hash, mustChange: 1 }, at);
    await q.signIns.end({ personId: person.id }, at, "administrator");
    return { organisation: person.organisationId, about: { login }, result: password };
  });
}

/** A new seed, or (where two persons are needed) the wish for one. Ends their sign-ins. `otpauth`: for their authenticator app. */
export function resetOtp(desk: Desk, who: Who): Promise<{ login: Login; otpauth: string } | Waits> {
  if (needsTwo(desk, "otp.reset"))
    return askSecond(desk, async (q, ask) => {
      const { id, login, organisationId } = await personFor(q, ask, "otp.reset", who);
      return { organisation: organisationId, wish: { action: "otp.reset", person: id, login } };
    });
  return perform(desk, "person.otp-reset", async (q, ask, at) => {
    const person = await personFor(q, ask, "otp.reset", who);
    const { login, organisationId } = person;
    const otpauth = await renewSeed(desk, q, person, at);
    return { organisation: organisationId, about: { login }, result: { login, otpauth } };
  });
}

/** Whether it is allowed was asked before. Returns the otpauth URI. */
export async function renewSeed(
  { sealer }: Pick<Desk, "sealer">,
  q: Queries,
  person: PersonRow,
  at: number,
): Promise<string> {
  const organisation = await q.organisations.byId(person.organisationId);
  const seed = newSeed();
  await q.people.setSeed(person.id, sealer.seal(seed, person.id));
  await q.signIns.end({ personId: person.id }, at, "administrator");
  return otpauthUri({ seed, login: person.login, issuer: issuerOf(organisation?.name ?? "") });
}

/** What an authenticator app shows above the code. A colon would separate issuer and account. */
export const issuerOf = (organisation: string): string => `Engawa ${organisation}`.replaceAll(":", " ").trim();

/** `own`: what else belongs to the person and must not make up the password. */
async function chosenOrGenerated(
  { passwords }: Pick<Desk, "passwords">,
  chosen: string | undefined,
  login: Login,
  own: readonly string[],
): Promise<HashedPassword> {
  if (chosen === undefined) return passwords.generate();
  const problem = passwordProblem(chosen, login);
  if (problem) throw new DeskError(`password-${problem}`, {});
  if (holdsOwnWords(chosen, own)) throw new DeskError("password-own-words", {});
  if (await isGuessable(chosen, [])) throw new DeskError("password-guessable", {});
  return { password: chosen, hash: await passwords.hash(chosen) };
}

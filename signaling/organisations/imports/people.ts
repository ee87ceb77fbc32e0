/** People from a file: who has no login yet is added, with what they sign in with; the others get the name and the division of their line. */
import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { newSeed, otpauthUri } from "../../auth/totp.ts";
import type { FirstLetter, ImportLine } from "../../protocol/console-import.ts";
import { DivisionId, Login, PersonId } from "../../protocol/ids.ts";
import { MailAddress, maskedMail, parseMail } from "../../protocol/mail-address.ts";
import { slices } from "../../slices.ts";
import type { Queries } from "../../store/queries.ts";
import type { OrganisationRow, PersonRow } from "../../store/rows/tables.ts";
import type { Asking, Desk } from "../desk.ts";
import { changeMail, issuerOf, mailFact } from "../people.ts";
import { deedsOf, type Kind, type Reading, type Undoing, type Undone, type Work } from "./kind.ts";
import { type File, type FileLine, key, LinePlan, type PlannedLine, textOf } from "./lines.ts";
import { Logins } from "./logins.ts";
import { record } from "./records.ts";
import {
  type Before,
  type ChangeOf,
  change,
  changeOf,
  changesOf,
  noticeOf,
  placesFor,
  removable,
  restore,
  type Standing,
} from "./standing.ts";
import { type Town, Towns } from "./towns.ts";

interface Add {
  readonly type: "add";
  readonly login: Login;
  readonly name: string;
  readonly organisation: OrganisationRow;
  readonly divisionId: DivisionId | null;
  readonly mail: MailAddress | null;
}

type Deed = Add | ChangeOf<PersonRow>;

const Done = z.array(
  z.strictObject({
    person: PersonId,
    login: Login,
    name: z.string(),
    added: z.literal(true).optional(),
    renamed: z.tuple([z.string(), z.string()]).readonly().optional(),
    moved: z.tuple([DivisionId.nullable(), DivisionId.nullable()]).readonly().optional(),
    mailed: z.tuple([MailAddress.nullable(), MailAddress.nullable()]).readonly().optional(),
  }),
);
type Done = z.infer<typeof Done>[number];

interface Secrets {
  readonly password: string;
  readonly passwordHash: string;
  readonly seed: Uint8Array;
}

/** By the row of their line. */
type Prepared = ReadonlyMap<number, Secrets>;

const PEOPLE: Standing<PersonRow> = {
  kind: "person",
  column: "login",
  actions: { read: "people.read", rename: "people.rename", move: "people.move" },
  events: { renamed: "person.renamed", moved: "person.moved" },
  about: ({ login }) => ({ login }),
  setName: (q, row, name) => q.people.setName(row, name),
  setDivision: (q, { id }, divisionId) => q.people.setDivision(id, divisionId),
  mail: { action: "people.set-mail", event: "person.mail-set", of: ({ mail }) => mail, set: changeMail },
};

/** Hashes that are wanted at once: those who sign in at the same moment come between. */
const HASHES = 8;

export const people: Kind<Deed, Done, Prepared> = {
  name: "people",
  action: "people.add",
  column: "login",
  events: { done: "person.imported", undone: "person.import-undone" },
  read: readPeople,
  organisationOf: (deed) => (deed.type === "add" ? deed.organisation.id : deed.row.organisationId),
  prepare: secretsFor,
  async apply(work, plan, secrets) {
    const letters = await add(work, plan, secrets);
    const changing = deedsOf(plan, "change").map(({ deed }) => deed);
    for (const some of slices(changing)) {
      for (const { row, changed } of await change(work, PEOPLE, some))
        work.done.push({ person: row.id, login: row.login, ...changed });
      await setImmediate();
    }
    return { letters, changes: noticeOf(PEOPLE, changing) };
  },
  done: Done,
  undo,
};

const loginOf = (line: FileLine): string => textOf(line, "login").toLowerCase();

async function readPeople(q: Queries, ask: Asking, { lines }: File): Promise<Reading<Deed>> {
  const towns = await Towns.named(q, ask, "people.add", lines);
  const logins = new Map<Town, Logins>();
  for (const [town, own] of towns.with(lines)) logins.set(town, await Logins.of(q, town, own.map(loginOf)));
  return {
    about: (line) => (loginOf(line) === "" ? undefined : `${towns.nameOf(line)} ${loginOf(line)}`),
    says: (line) =>
      [key(textOf(line, "name")), key(textOf(line, "division")), textOf(line, "mail").toLowerCase()].join("\n"),
    judge(line) {
      const plan = new LinePlan(line, "name");
      const login = loginOf(line);
      if (login === "") plan.wrong("login", "missing");
      else if (!Login.safeParse(login).success) plan.wrong("login", "bad-login");
      const name = plan.name("name");
      const town = towns.ask(line, plan);
      const known = town && logins.get(town);
      const person = known?.person(login);
      const divisionId = town?.division(plan, "division", person?.divisionId ?? null);
      const mail = mailOf(plan, person);
      const values = {
        ...{ login, name, organisation: town?.row.name ?? plan.text("organisation") },
        division: town && divisionId !== undefined ? town.places.path(divisionId) : plan.text("division"),
        ...(plan.has("mail") && { mail: plan.text("mail") }),
      };
      if (!town || !known || divisionId === undefined) return plan.made<Deed>(values, undefined);
      if (!person)
        return plan.made<Deed>(
          values,
          newcomer({ plan, town, ask, known }, { login, name, divisionId, mail: mail ?? null }),
        );
      const deed = changeOf(PEOPLE, { plan, town, ask }, person, { name, divisionId, mail });
      return plan.made<Deed>(values, deed, changesOf(deed, town, person.mail));
    },
  };
}

interface Judging {
  readonly plan: LinePlan;
  readonly town: Town;
  readonly ask: Asking;
  readonly known: Logins;
}

function newcomer(
  { plan, town, ask, known }: Judging,
  { login: text, ...rest }: { login: string } & Pick<Add, "name" | "divisionId" | "mail">,
): Add | undefined {
  const login = Login.safeParse(text).data;
  const zeros = known.zeros(text);
  if (zeros !== undefined) plan.wrong("login", "zeros", zeros);
  const there = town.places.of({ organisationId: town.row.id, divisionId: rest.divisionId });
  if (!ask.may("people.add", there)) plan.wrong("division", "forbidden");
  return login && { type: "add", login, ...rest, organisation: town.row };
}

/** Null: none; undefined: the file says nothing of it, or says it as the console shows it, which is not the whole. */
function mailOf(plan: LinePlan, person: PersonRow | undefined): MailAddress | null | undefined {
  if (!plan.has("mail")) return undefined;
  const text = plan.text("mail");
  if (text === "") return null;
  const mail = parseMail(text);
  if (mail) return mail;
  if (!person?.mail || text !== maskedMail(person.mail)) plan.wrong("mail", "bad-mail");
  return undefined;
}

/** Nothing else should have to wait for these. */
async function secretsFor({ passwords }: Desk, lines: readonly ImportLine[]): Promise<Prepared> {
  const rows = lines.filter(({ fate }) => fate === "add").map(({ row }) => row);
  const secrets = new Map<number, Secrets>();
  for (const some of slices(rows, HASHES))
    await Promise.all(
      some.map(async (row) => {
        const { password, hash } = await passwords.generate();
        secrets.set(row, { password, passwordHash: hash, seed: newSeed() });
      }),
    );
  return secrets;
}

/** The loop is given back between the pieces: pictures pass through it. */
async function add(work: Work<Done>, plan: readonly PlannedLine<Deed>[], secrets: Prepared): Promise<FirstLetter[]> {
  const { desk, q, at } = work;
  const areSeveral = (await q.organisations.firstTwo()).length > 1;
  const letters: FirstLetter[] = [];
  for (const some of slices(deedsOf(plan, "add"))) {
    const rows: PersonRow[] = [];
    for (const { line, deed } of some) {
      const secret = secrets.get(line.row);
      if (!secret) throw new Error("a newcomer without a password");
      const person = rowOf(desk, deed, secret, at);
      rows.push(person);
      letters.push(letterOf(deed, line, secret, areSeveral));
      work.done.push({ person: person.id, login: person.login, name: person.name, added: true });
    }
    await q.people.insert(...rows);
    await record(work, rows, "person.added", ({ login, mail }) => ({ login, ...mailFact(mail) }));
    await setImmediate();
  }
  return letters;
}

function rowOf(
  { sealer }: Desk,
  { login, name, organisation, divisionId, mail }: Add,
  secret: Secrets,
  at: number,
): PersonRow {
  const id = PersonId.parse(randomUUID());
  return {
    ...{ id, organisationId: organisation.id, divisionId, login, name },
    ...{ passwordHash: secret.passwordHash, passwordChangedAt: at, mustChange: 1 },
    ...{ totpSeed: sealer.seal(secret.seed, id), seedConfirmedAt: null, driftLowMs: null, driftHighMs: null },
    ...{ driftAt: null, failures: 0, createdAt: at, disabledAt: null, mail },
  };
}

function letterOf(
  { login, name, organisation }: Add,
  { values: { division = "" } }: ImportLine,
  { password, seed }: Secrets,
  areSeveral: boolean,
): FirstLetter {
  const otpauth = otpauthUri({ seed, login, issuer: issuerOf(organisation.name) });
  const where = { organisation: organisation.name, ...(areSeveral && { organisationCode: organisation.code }) };
  return { login, name, ...where, division, password, otpauth };
}

/** Who was added goes, unless anything came of them since; who was changed gets back what there was, unless it was changed again. */
async function undo(undoing: Undoing, deeds: readonly Done[]): Promise<Undone> {
  const { q } = undoing;
  const ids = deeds.map(({ person }) => person);
  const rows = new Map((await q.people.byIds(ids)).map((row) => [row.id, row]));
  const before = deeds.map(
    (deed): Before<PersonRow> => ({ row: rows.get(deed.person), id: deed.login, changed: deed }),
  );
  const places = await placesFor(q, before);
  const unused = new Set<string>(await q.people.neverUsed(ids));
  const removed = removable(undoing, before, {
    ...{ action: "people.add", places, unused },
    isAsMade: ({ passwordChangedAt }) => passwordChangedAt === undoing.doneAt,
  });
  if (removed.length > 0) await q.people.remove(removed.map(({ id }) => id));
  await record(undoing, removed, "person.removed", ({ login, name }) => ({ login, name }));
  return { removed: removed.length, ...(await restore(undoing, PEOPLE, before, places)) };
}

/**
 * Does what was shown of a file (people-import.ts): all of it in one write, with one record of the import and one for each person.
 * What would come to something else by now is not done, and said to be wrong.
 */
import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { generatePassword } from "../auth/password.ts";
import { newSeed, otpauthUri } from "../auth/totp.ts";
import type { FirstLetter, ImportLine } from "../protocol/console-import.ts";
import { type OrganisationId, PersonId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Queries } from "../store/queries.ts";
import type { PersonRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform } from "./desk.ts";
import { record } from "./import-records.ts";
import { type Deeds, keepDeeds } from "./import-undo.ts";
import { issuerOf } from "./people.ts";
import { changedMeanwhile, type Deed, type FileLine, type PlannedLine, planPeople } from "./people-import.ts";

/** What was shown, and what it was made of. */
export interface Shown {
  readonly file: readonly FileLine[];
  readonly lines: readonly ImportLine[];
}

export interface Applied {
  readonly lines: readonly ImportLine[];
  readonly letters: readonly FirstLetter[];
}

type Adding = Extract<Deed, { type: "add" }>;
type Changing = Extract<Deed, { type: "change" }>;

interface Secrets {
  readonly password: string;
  readonly passwordHash: string;
  readonly seed: Uint8Array;
}

/** Hashes that are wanted at once: those who sign in at the same moment come between. */
const HASHES = 8;

export async function importPeople(desk: Desk, { file, lines: shown }: Shown): Promise<Applied> {
  const secrets = await secretsFor(desk, shown);
  return perform(desk, "person.imported", async (q, ask, at) => {
    const now = await planPeople(q, ask, file);
    const plan = now.map((planned, i) => asShown(planned, shown[i], file[i]));
    const deeds = plan.flatMap(({ deed }) => deed ?? []);
    if (deeds.length === 0) throw new DeskError("import-empty", {});
    const id = randomUUID();
    const work: Work = { desk, q, at, import: id, done: [] };
    const letters = await add(work, deeds.filter(isAdding), plan, secrets);
    await change(work, deeds.filter(isChanging));
    await keepDeeds(desk, q, { import: id, at, deeds: work.done });
    const lines = plan.map(({ line }) => line);
    const count = (fate: ImportLine["fate"]): number => lines.filter((line) => line.fate === fate).length;
    const about = { import: id, added: count("add"), changed: count("change"), wrong: count("wrong") };
    return { organisation: organisationOf(desk, deeds), about, result: { lines, letters } };
  });
}

const isAdding = (deed: Deed): deed is Adding => deed.type === "add";
const isChanging = (deed: Deed): deed is Changing => deed.type === "change";

/** What was wrong stays so: it was not shown as something to be done. */
function asShown(now: PlannedLine, shown: ImportLine | undefined, line: FileLine | undefined): PlannedLine {
  if (!shown || !line) throw new Error("a line that was not shown");
  if (shown.fate === "wrong") return { line: shown, deed: undefined };
  return isDeepStrictEqual(now.line, shown) ? now : changedMeanwhile(shown, line);
}

/** Of the one organisation, or of the home of who did it. */
function organisationOf(desk: Desk, deeds: readonly Deed[]): OrganisationId | null {
  const ids = new Set(deeds.map((deed) => (isAdding(deed) ? deed.at.organisation.id : deed.person.organisationId)));
  const [only, ...more] = ids;
  return more.length === 0 && only !== undefined ? only : (desk.principal.home?.organisations[0] ?? null);
}

/** Before the write, which nothing else should have to wait for. */
async function secretsFor({ passwords }: Desk, lines: readonly ImportLine[]): Promise<Map<number, Secrets>> {
  const rows = lines.filter(({ fate }) => fate === "add").map(({ row }) => row);
  const secrets = new Map<number, Secrets>();
  for (const some of slices(rows, HASHES))
    await Promise.all(
      some.map(async (row) => {
        const password = generatePassword();
        secrets.set(row, { password, passwordHash: await passwords.hashGenerated(password), seed: newSeed() });
      }),
    );
  return secrets;
}

interface Work {
  readonly desk: Desk;
  readonly q: Queries;
  readonly at: number;
  readonly import: string;
  readonly done: Deeds[number][];
}

/** The loop is given back between the pieces: pictures pass through it. */
async function add(
  work: Work,
  deeds: readonly Adding[],
  plan: readonly PlannedLine[],
  secrets: ReadonlyMap<number, Secrets>,
): Promise<FirstLetter[]> {
  const { desk, q, at } = work;
  const rowOf = new Map(plan.map(({ line, deed }) => [deed, line]));
  const areSeveral = (await q.organisations.firstTwo()).length > 1;
  const letters: FirstLetter[] = [];
  for (const some of slices(deeds)) {
    const people: PersonRow[] = [];
    for (const deed of some) {
      const line = rowOf.get(deed);
      const secret = line && secrets.get(line.row);
      if (!line || !secret) throw new Error("a newcomer without a password");
      const person = newcomer(desk, deed, secret, at);
      people.push(person);
      letters.push(letterOf(deed, line, secret, areSeveral));
      work.done.push({ person: person.id, login: person.login, name: person.name, added: true });
    }
    await q.people.insert(...people);
    await record(work, people, "person.added", ({ login }) => ({ login }));
    await setImmediate();
  }
  return letters;
}

function newcomer({ sealer }: Desk, { login, name, at: where }: Adding, secret: Secrets, at: number): PersonRow {
  const id = PersonId.parse(randomUUID());
  return {
    ...{ id, organisationId: where.organisation.id, divisionId: where.divisionId, login, name },
    ...{ passwordHash: secret.passwordHash, passwordChangedAt: at, mustChange: 1 },
    ...{ totpSeed: sealer.seal(secret.seed, id), seedConfirmedAt: null, driftLowMs: null, driftHighMs: null },
    ...{ driftAt: null, failures: 0, createdAt: at, disabledAt: null },
  };
}

function letterOf(
  { login, name, at: { organisation } }: Adding,
  { division }: ImportLine,
  { password, seed }: Secrets,
  areSeveral: boolean,
): FirstLetter {
  const otpauth = otpauthUri({ seed, login, issuer: issuerOf(organisation.name) });
  const where = { organisation: organisation.name, ...(areSeveral && { organisationCode: organisation.code }) };
  return { login, name, ...where, division, password, otpauth };
}

async function change(work: Work, deeds: readonly Changing[]): Promise<void> {
  const { q } = work;
  for (const some of slices(deeds)) {
    for (const { person, name, divisionId } of some) {
      if (name !== undefined) await q.people.setName(person, name);
      if (divisionId !== undefined) await q.people.setDivision(person.id, divisionId);
      work.done.push({
        ...{ person: person.id, login: person.login, name: name ?? person.name },
        ...(name !== undefined && { renamed: [person.name, name] as const }),
        ...(divisionId !== undefined && { moved: [person.divisionId, divisionId] as const }),
      });
    }
    const people = some.map(({ person }) => person);
    const to = new Map(some.map((deed) => [deed.person.id, deed]));
    const renamed = people.filter(({ id }) => to.get(id)?.name !== undefined);
    const moved = people.filter(({ id }) => to.get(id)?.divisionId !== undefined);
    await record(work, renamed, "person.renamed", ({ id, login, name }) => ({
      ...{ login, before: name, name: to.get(id)?.name ?? null },
    }));
    await record(work, moved, "person.moved", ({ id, login }) => ({ login, division: to.get(id)?.divisionId ?? null }));
    await setImmediate();
  }
}

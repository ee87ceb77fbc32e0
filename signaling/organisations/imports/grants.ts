/** Grants from a file: who may use which office PC, until when. A grant that there is gets the end that its line says. */
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { Login, type OrganisationId, PersonId, TerminalId } from "../../protocol/ids.ts";
import { slices } from "../../slices.ts";
import type { TerminalStanding } from "../../store/queries/terminals.ts";
import type { Queries } from "../../store/queries.ts";
import type { Change } from "../../store/rows/changes.ts";
import type { GrantRow, PersonRow } from "../../store/rows/tables.ts";
import type { Asking } from "../desk.ts";
import { Places } from "../places.ts";
import { dateIn, isSameMinute, momentText } from "./dates.ts";
import { deedsOf, type Kind, leave, type Reading, type Undoing, type Undone } from "./kind.ts";
import { type File, type FileLine, LinePlan, textOf } from "./lines.ts";
import { Logins } from "./logins.ts";
import { OfficePcs } from "./office-pcs.ts";
import { record } from "./records.ts";
import { type Town, Towns } from "./towns.ts";

interface Giving {
  readonly organisationId: OrganisationId;
  readonly person: PersonRow;
  readonly terminal: TerminalId;
  readonly until: number | null;
  /** Of a changed one: its end. */
  readonly before: number | null;
}

type Deed = ({ readonly type: "add" } & Giving) | ({ readonly type: "change" } & Giving);

const Until = z.number().nullable();
const Done = z.array(
  z.strictObject({
    person: PersonId,
    login: Login,
    terminal: TerminalId,
    added: z.literal(true).optional(),
    until: Until,
    before: Until,
  }),
);
type Done = z.infer<typeof Done>[number];

export const grants: Kind<Deed, Done, undefined> = {
  name: "grants",
  action: "grant.add",
  column: "person",
  events: { done: "grant.imported", undone: "grant.import-undone" },
  read: readGrants,
  organisationOf: ({ organisationId }) => organisationId,
  prepare: () => Promise.resolve(undefined),
  async apply(work, plan) {
    const { q, at } = work;
    const changes: Change[] = [];
    for (const some of slices([...deedsOf(plan, "add"), ...deedsOf(plan, "change")])) {
      for (const { deed } of some) {
        const { organisationId, person, terminal: terminalId, until, before, type } = deed;
        await q.terminals.putGrant({ organisationId, personId: person.id, terminalId, createdAt: at, until });
        changes.push({ kind: "person", subject: person.id });
        const done = { person: person.id, login: person.login, terminal: terminalId, until, before };
        work.done.push({ ...done, ...(type === "add" && { added: true as const }) });
      }
      await record(
        work,
        some.map(({ deed }) => deed),
        "grant.added",
        ({ person: { login }, terminal, until }) => ({ login, terminal, until }),
      );
      await setImmediate();
    }
    return { changes };
  },
  done: Done,
  undo,
};

/** `森 三郎 (mori)`, as the list writes it, or the login alone. */
const loginOf = (line: FileLine): string => {
  const text = textOf(line, "person");
  return (/\(([^()]+)\)$/.exec(text)?.[1] ?? text).trim().toLowerCase();
};

interface Found {
  readonly people: Logins;
  readonly pcs: OfficePcs;
  readonly grants: ReadonlyMap<string, GrantRow>;
  readonly places: Places;
}

async function readGrants(q: Queries, ask: Asking, { lines, offset }: File, at: number): Promise<Reading<Deed>> {
  const towns = await Towns.named(q, ask, "grant.add", lines);
  const found = new Map<Town, Found>();
  for (const [town, own] of towns.with(lines)) found.set(town, await lookUp(q, town, own));
  const meant = (line: FileLine) => {
    const town = towns.of(line);
    const known = town && found.get(town);
    return { person: known?.people.person(loginOf(line)), pcs: known?.pcs.called(textOf(line, "terminal")) ?? [] };
  };
  return {
    about(line) {
      const { person, pcs } = meant(line);
      const [only, ...more] = pcs;
      return person && only && more.length === 0 ? pair(person.id, only.id) : undefined;
    },
    says: (line) => textOf(line, "until"),
    judge(line) {
      const plan = new LinePlan(line, "person");
      const town = towns.ask(line, plan);
      const known = town && found.get(town);
      const { person, pcs } = meant(line);
      const [pc] = pcs;
      lookAtNames(plan, { line, person, pcs, known });
      const now = person && pc && known?.grants.get(pair(person.id, pc.id));
      const until = untilOf(plan, now, { offset, at });
      const values = {
        person: person ? `${person.name} (${person.login})` : plan.text("person"),
        terminal: pc && pcs.length === 1 ? `${pc.name} (${pc.id})` : plan.text("terminal"),
        organisation: town?.row.name ?? plan.text("organisation"),
        until: until === undefined ? plan.text("until") : momentText(until, offset),
      };
      if (!town || !known || !person || !pc || until === undefined) return plan.made<Deed>(values, undefined);
      for (const [column, at] of [
        ["person", person],
        ["terminal", pc],
      ] as const)
        if (!ask.may("grant.add", known.places.of(at))) plan.wrong(column, "forbidden");
      if (now && isSameMinute(now.until, until)) return plan.made<Deed>(values, undefined);
      const before = now?.until ?? null;
      const of = { organisationId: town.row.id, person, terminal: pc.id, until, before };
      const words = { from: momentText(before, offset), to: momentText(until, offset) };
      return plan.made<Deed>(values, { type: now ? "change" : "add", ...of }, [{ column: "until", ...words }]);
    },
  };
}

const pair = (person: PersonId, terminal: TerminalId): string => `${person}.${terminal}`;

async function lookUp(q: Queries, town: Town, lines: readonly FileLine[]): Promise<Found> {
  const people = await Logins.of(q, town, lines.map(loginOf));
  const texts = lines.map((line) => textOf(line, "terminal"));
  const pcs = await OfficePcs.of(q, town, texts);
  const known = new Map<string, GrantRow>();
  for (const some of slices([...people.all()]))
    for (const row of await q.terminals.grantsOfPeople(some.map(({ id }) => id)))
      known.set(pair(row.personId, row.terminalId), row);
  const places = await Places.around(q, [...people.all(), ...texts.flatMap((text) => pcs.called(text))]);
  return { people, pcs, grants: known, places };
}

interface Names {
  readonly line: FileLine;
  readonly person: PersonRow | undefined;
  readonly pcs: readonly TerminalStanding[];
  readonly known: Found | undefined;
}

function lookAtNames(plan: LinePlan, { line, person, pcs, known }: Names): void {
  const zeros = known?.people.zeros(loginOf(line));
  if (loginOf(line) === "") plan.wrong("person", "missing");
  else if (zeros !== undefined && !person) plan.wrong("person", "zeros", zeros);
  else if (known && !person) plan.wrong("person", "no-person");
  if (plan.text("terminal") === "") plan.wrong("terminal", "missing");
  else if (known && pcs.length === 0) plan.wrong("terminal", "no-terminal");
  else if (pcs.length > 1) plan.wrong("terminal", "which-terminal", pcs.map(({ id }) => id).join(", "));
}

/** Undefined: it is no day, and said. One that is over is the end of a grant that has ended already. */
function untilOf(
  plan: LinePlan,
  now: GrantRow | undefined,
  { offset, at }: { readonly offset: number; readonly at: number },
): number | null | undefined {
  if (!plan.has("until")) return now?.until ?? null;
  const text = plan.text("until");
  if (text === "") return null;
  const until = dateIn(text, offset);
  if (until === undefined) plan.wrong("until", "bad-date");
  else if (until <= at && !(now && isSameMinute(now.until, until))) plan.wrong("until", "past");
  return until;
}

/** What was given is taken back, in use or not, and ends are what they were; but not where it was given anew or changed since. */
async function undo(undoing: Undoing, deeds: readonly Done[]): Promise<Undone> {
  const { q, ask, doneAt } = undoing;
  const rows = await q.terminals.grantsOfPeople(deeds.map(({ person }) => person));
  const now = new Map(rows.map((row) => [pair(row.personId, row.terminalId), row]));
  const people = await q.people.byIds(deeds.map(({ person }) => person));
  const terminals = await q.terminals.standings(deeds.map(({ terminal }) => terminal));
  const standing = new Map<string, PersonRow | TerminalStanding>([...people, ...terminals].map((row) => [row.id, row]));
  const places = await Places.around(q, [...people, ...terminals]);
  const may = (action: "grant.add" | "grant.remove", id: string): boolean => {
    const row = standing.get(id);
    return row !== undefined && ask.may(action, places.of(row));
  };
  const removed: GrantRow[] = [];
  const restored: GrantRow[] = [];
  for (const { person, login, terminal, added, until, before } of deeds) {
    const row = now.get(pair(person, terminal));
    const isAllowed = added ? may("grant.remove", person) : may("grant.add", person) && may("grant.add", terminal);
    if (!row) leave(undoing, terminal, login, "gone");
    else if (row.until !== until || (added && row.createdAt !== doneAt)) leave(undoing, terminal, login, "changed");
    else if (!isAllowed) leave(undoing, terminal, login, "forbidden");
    else if (added) removed.push(row);
    else restored.push({ ...row, until: before });
  }
  for (const { personId, terminalId } of removed) await q.terminals.removeGrant(personId, terminalId);
  for (const row of restored) await q.terminals.putGrant(row);
  const logins = new Map(deeds.map(({ person, login }) => [person, login]));
  const about = ({ personId, terminalId }: GrantRow) => ({ login: logins.get(personId) ?? "", terminal: terminalId });
  await record(undoing, removed, "grant.removed", about);
  await record(undoing, restored, "grant.added", (row) => ({ ...about(row), until: row.until }));
  const changes = [...removed, ...restored].map(({ personId }): Change => ({ kind: "person", subject: personId }));
  return { removed: removed.length, restored: restored.length, changes };
}

/**
 * The last import of somebody, taken back within a day: who was added goes, unless anything came of them since; who was changed gets
 * back what there was, unless it was changed again. Whoever is left as they are is named, with the reason.
 */
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { Action } from "../auth/permissions.ts";
import { type ImportUndone, type LastImport, UNDO_MS } from "../protocol/console-import.ts";
import { DivisionId, Login, PersonId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Queries } from "../store/queries.ts";
import type { ImportRow, PersonRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, look, perform } from "./desk.ts";
import { record } from "./import-records.ts";
import { Places } from "./places.ts";

/** What an import did to each, and what there was before. */
const Deeds = z.array(
  z.strictObject({
    person: PersonId,
    login: Login,
    name: z.string(),
    added: z.literal(true).optional(),
    renamed: z.tuple([z.string(), z.string()]).readonly().optional(),
    moved: z.tuple([DivisionId.nullable(), DivisionId.nullable()]).readonly().optional(),
  }),
);
export type Deeds = z.infer<typeof Deeds>;
type DeedDone = Deeds[number];

export async function keepDeeds(
  { principal }: Desk,
  q: Queries,
  { import: id, at, deeds }: { import: string; at: number; deeds: Deeds },
): Promise<void> {
  await q.imports.insert({ id, by: principal.who, at, undoneAt: null, deeds: JSON.stringify(deeds) });
}

/** One's own, while it can be undone. */
export function lastImport(desk: Desk): Promise<LastImport> {
  return look(desk, async (q, ask) => {
    ask.mustSomewhere("people.add");
    const row = await undoable(desk, q, desk.now());
    if (!row) return {};
    const deeds = Deeds.parse(JSON.parse(row.deeds));
    const added = deeds.filter((deed) => deed.added !== undefined).length;
    const changed = deeds.length - added;
    return { last: { import: row.id, at: row.at, until: row.at + UNDO_MS, added, changed } };
  });
}

async function undoable({ principal }: Desk, q: Queries, now: number): Promise<ImportRow | undefined> {
  const row = await q.imports.lastOf(principal.who);
  return row && row.undoneAt === null && now < row.at + UNDO_MS ? row : undefined;
}

type Left = ImportUndone["left"][number];

interface Undoing {
  readonly desk: Desk;
  readonly q: Queries;
  readonly ask: Asking;
  readonly at: number;
  readonly import: string;
  /** When it was done: passwords that are as old were handed out by it. */
  readonly doneAt: number;
  readonly left: Left[];
}

export function undoImport(desk: Desk, id: string): Promise<ImportUndone> {
  return perform(desk, "person.import-undone", async (q, ask, at) => {
    ask.mustSomewhere("people.add");
    const row = await undoable(desk, q, at);
    if (row?.id !== id) throw new DeskError("import-not-undone", {});
    await q.imports.undone(id, at);
    const undoing: Undoing = { desk, q, ask, at, import: id, doneAt: row.at, left: [] };
    let removed = 0;
    let restored = 0;
    for (const some of slices(Deeds.parse(JSON.parse(row.deeds)))) {
      const people = await q.people.byIds(some.map(({ person }) => person));
      const places = await Places.around(q, [...people, ...formerly(some, people)]);
      const now = new Map(people.map((person) => [person.id, { person, places }]));
      removed += await removeAdded(undoing, some, now);
      restored += await restoreChanged(undoing, some, now);
      await setImmediate();
    }
    const organisation = desk.principal.home?.organisations[0] ?? null;
    const about = { import: id, removed, restored, left: undoing.left.length };
    return { organisation, about, result: { removed, restored, left: undoing.left } };
  });
}

type Now = ReadonlyMap<PersonId, { readonly person: PersonRow; readonly places: Places }>;

/** Where they would stand again. */
function formerly(deeds: readonly DeedDone[], people: readonly PersonRow[]) {
  const organisation = new Map(people.map(({ id, organisationId }) => [id, organisationId]));
  return deeds.flatMap(({ person, moved }) => {
    const organisationId = organisation.get(person);
    return moved && organisationId ? [{ organisationId, divisionId: moved[0] }] : [];
  });
}

async function removeAdded(undoing: Undoing, deeds: readonly DeedDone[], now: Now): Promise<number> {
  const { q, ask } = undoing;
  const unused = new Set(await q.people.neverUsed(deeds.map(({ person }) => person)));
  const removed: PersonRow[] = [];
  for (const deed of deeds) {
    if (deed.added === undefined) continue;
    const { person, places } = now.get(deed.person) ?? {};
    if (!person || !places) leave(undoing, deed, "gone");
    else if (!ask.may("people.add", places.of(person))) leave(undoing, deed, "forbidden");
    else if (!unused.has(person.id)) leave(undoing, deed, "used");
    else if (person.passwordChangedAt !== undoing.doneAt) leave(undoing, deed, "changed");
    else removed.push(person);
  }
  if (removed.length > 0) await q.people.remove(removed.map(({ id }) => id));
  await record(undoing, removed, "person.removed", ({ login, name }) => ({ login, name }));
  return removed.length;
}

async function restoreChanged(undoing: Undoing, deeds: readonly DeedDone[], now: Now): Promise<number> {
  const { q } = undoing;
  const renamed: PersonRow[] = [];
  const moved: PersonRow[] = [];
  const before = new Map(deeds.map((deed) => [deed.person, deed]));
  const restored = deeds.filter((deed) => deed.added === undefined && mayRestore(undoing, deed, now));
  for (const deed of restored) {
    const person = now.get(deed.person)?.person;
    if (!person) continue;
    if (deed.renamed) {
      await q.people.setName(person, deed.renamed[0]);
      renamed.push(person);
    }
    if (deed.moved) {
      await q.people.setDivision(person.id, deed.moved[0]);
      moved.push(person);
    }
  }
  await record(undoing, renamed, "person.renamed", ({ id, login, name }) => {
    return { login, before: name, name: before.get(id)?.renamed?.[0] ?? null };
  });
  await record(undoing, moved, "person.moved", ({ id, login }) => {
    return { login, division: before.get(id)?.moved?.[0] ?? null };
  });
  return restored.length;
}

/** All of it or nothing of one person. */
function mayRestore(undoing: Undoing, deed: DeedDone, now: Now): boolean {
  const { person, places } = now.get(deed.person) ?? {};
  if (!person || !places) return leave(undoing, deed, "gone");
  const isNow =
    (!deed.renamed || deed.renamed[1] === person.name) && (!deed.moved || deed.moved[1] === person.divisionId);
  if (!isNow) return leave(undoing, deed, "changed");
  const may = (action: Action, divisionId: DivisionId | null): boolean =>
    undoing.ask.may(action, places.of({ organisationId: person.organisationId, divisionId }));
  const isAllowed =
    (!deed.renamed || may("people.rename", person.divisionId)) &&
    (!deed.moved || (may("people.move", person.divisionId) && may("people.move", deed.moved[0])));
  return isAllowed || leave(undoing, deed, "forbidden");
}

function leave({ left }: Undoing, { login, name }: DeedDone, why: Left["why"]): false {
  left.push({ login, name, why });
  return false;
}

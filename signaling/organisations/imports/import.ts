/**
 * From a file to what comes of it, whatever kind it is of (kind.ts): what would become of each line, as things stand, which changes
 * nothing; doing what was shown, all of it in one write, with one record of the import and one for each thing; and taking one's last
 * import back within a day.
 */
import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  type ImportKind,
  type ImportLine,
  type ImportUndone,
  type LastImport,
  UNDO_MS,
} from "../../protocol/console-import.ts";
import type { OrganisationId } from "../../protocol/ids.ts";
import { slices } from "../../slices.ts";
import type { Queries } from "../../store/queries.ts";
import type { Change } from "../../store/rows/changes.ts";
import type { ImportRow } from "../../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, look, perform } from "../desk.ts";
import type { DeedOf, DoneOf, Kind, Outcome, Undoing, Work } from "./kind.ts";
import { type File, type PlannedLine, refused, twinsIn } from "./lines.ts";

/** What was shown, and what it was made of. */
export interface Shown {
  readonly file: File;
  readonly lines: readonly ImportLine[];
}

export interface Applied extends Required<Outcome> {
  readonly lines: readonly ImportLine[];
}

/** What a kind of import can do. */
export interface Import {
  /** In the order of the file. Throws NotAllowed for who may do this nowhere. */
  look(desk: Desk, file: File): Promise<ImportLine[]>;
  /** What would come to something else by now is not done, and said to be wrong. */
  apply(desk: Desk, shown: Shown): Promise<Applied>;
  /** One's own last one, while it can be undone. */
  last(desk: Desk): Promise<LastImport>;
  /** What is left as it is is named, with the reason. */
  undo(desk: Desk, id: string): Promise<{ readonly undone: ImportUndone; readonly changes: readonly Change[] }>;
}

export function importOf<Deed extends DeedOf, Done extends DoneOf, Prepared>(kind: Kind<Deed, Done, Prepared>): Import {
  return {
    look: (desk, file) =>
      look(desk, async (q, ask) => (await planned(kind, { q, ask, now: desk.now() }, file)).map(({ line }) => line)),
    apply: (desk, shown) => apply(kind, desk, shown),
    last: (desk) =>
      look(desk, async (q, ask) => {
        ask.mustSomewhere(kind.action);
        const row = await undoable(kind.name, desk, q, desk.now());
        if (!row) return {};
        const deeds = kind.done.parse(JSON.parse(row.deeds));
        const added = deeds.filter((deed) => deed.added !== undefined).length;
        const changed = deeds.length - added;
        return { last: { import: row.id, at: row.at, until: row.at + UNDO_MS, added, changed } };
      }),
    undo: (desk, id) => undo(kind, desk, id),
  };
}

async function planned<Deed extends DeedOf>(
  kind: Pick<Kind<Deed, DoneOf, unknown>, "action" | "column" | "read">,
  { q, ask, now }: { readonly q: Queries; readonly ask: Asking; readonly now: number },
  file: File,
): Promise<PlannedLine<Deed>[]> {
  ask.mustSomewhere(kind.action);
  const reading = await kind.read(q, ask, file, now);
  const twins = twinsIn(file.lines, reading);
  return file.lines.map((line) => {
    const judged = reading.judge(line);
    const twin = twins.get(line);
    return twin === undefined ? judged : refused(judged.line, line, kind.column, "twice", twin);
  });
}

async function apply<Deed extends DeedOf, Done extends DoneOf, Prepared>(
  kind: Kind<Deed, Done, Prepared>,
  desk: Desk,
  shown: Shown,
): Promise<Applied> {
  const prepared = await kind.prepare(desk, shown.lines);
  return perform(desk, kind.events.done, async (q, ask, at) => {
    const plan = asShown(kind, await planned(kind, { q, ask, now: at }, shown.file), shown);
    const deeds = plan.flatMap(({ deed }) => deed ?? []);
    if (deeds.length === 0) throw new DeskError("import-empty", {});
    const id = randomUUID();
    const work: Work<Done> = { desk, q, at, import: id, done: [] };
    const { letters = [], tokens = [], changes = [] } = await kind.apply(work, plan, prepared);
    const kept = { id, kind: kind.name, by: desk.principal.who, at, undoneAt: null };
    await q.imports.insert({ ...kept, deeds: JSON.stringify(work.done) });
    const lines = plan.map(({ line }) => line);
    const count = (fate: ImportLine["fate"]): number => lines.filter((line) => line.fate === fate).length;
    const about = { import: id, added: count("add"), changed: count("change"), wrong: count("wrong") };
    const organisation = homeOf(
      desk,
      deeds.map((deed) => kind.organisationOf(deed)),
    );
    return { organisation, about, result: { lines, letters, tokens, changes } };
  });
}

/** What was wrong stays so: it was not shown as something to be done. What is something else by now was not asked for, nor what rests on it. */
function asShown<Deed extends DeedOf, Done extends DoneOf>(
  kind: Pick<Kind<Deed, Done, unknown>, "column" | "restsOn">,
  now: readonly PlannedLine<Deed>[],
  { file, lines }: Shown,
): PlannedLine<Deed>[] {
  const plan = now.map((planned, i): PlannedLine<Deed> => {
    const [shown, line] = [lines[i], file.lines[i]];
    if (!shown || !line) throw new Error("a line that was not shown");
    if (shown.fate === "wrong") return { line: shown, deed: undefined };
    const isSame = isDeepStrictEqual(planned.line, shown);
    return isSame ? planned : refused(shown, line, kind.column, "changed-meanwhile");
  });
  const kept = new Set(plan.map(({ deed }) => deed));
  const stands = (deed: Deed): boolean => {
    const ground = kind.restsOn?.(deed);
    return kept.has(deed) && (ground === undefined || stands(ground));
  };
  return plan.map((one, i) => {
    const line = file.lines[i];
    if (!line || !one.deed || stands(one.deed)) return one;
    return refused(one.line, line, kind.column, "changed-meanwhile");
  });
}

/** The one organisation, or the home of who did it. */
function homeOf(desk: Desk, organisations: readonly OrganisationId[]): OrganisationId | null {
  const [only, ...more] = new Set(organisations);
  return more.length === 0 && only !== undefined ? only : (desk.principal.home?.organisations[0] ?? null);
}

async function undoable(
  kind: ImportKind,
  { principal }: Desk,
  q: Queries,
  now: number,
): Promise<ImportRow | undefined> {
  const row = await q.imports.lastOf(principal.who, kind);
  return row && row.undoneAt === null && now < row.at + UNDO_MS ? row : undefined;
}

function undo<Deed extends DeedOf, Done extends DoneOf>(
  kind: Kind<Deed, Done, unknown>,
  desk: Desk,
  id: string,
): Promise<{ undone: ImportUndone; changes: Change[] }> {
  return perform(desk, kind.events.undone, async (q, ask, at) => {
    ask.mustSomewhere(kind.action);
    const row = await undoable(kind.name, desk, q, at);
    if (row?.id !== id) throw new DeskError("import-not-undone", {});
    await q.imports.undone(id, at);
    const undoing: Undoing = { desk, q, ask, at, import: id, doneAt: row.at, left: [] };
    const sum = { removed: 0, restored: 0 };
    const changed: Change[] = [];
    for (const some of slices(kind.done.parse(JSON.parse(row.deeds)))) {
      const { removed, restored, changes = [] } = await kind.undo(undoing, some);
      sum.removed += removed;
      sum.restored += restored;
      changed.push(...changes);
      await setImmediate();
    }
    const { left } = undoing;
    const about = { import: id, ...sum, left: left.length };
    return { organisation: homeOf(desk, []), about, result: { undone: { ...sum, left }, changes: changed } };
  });
}

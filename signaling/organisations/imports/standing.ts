/** What people and office PCs have in common: a name, and a division in which they stand. Both come from files, and go back. */
import type { AuditEventName } from "../../audit/events.ts";
import type { Action } from "../../auth/permissions.ts";
import type { ImportColumn } from "../../protocol/console-import.ts";
import type { DivisionId, OrganisationId } from "../../protocol/ids.ts";
import { type MailAddress, maskedMail } from "../../protocol/mail-address.ts";
import type { Queries } from "../../store/queries.ts";
import { type Change, MOVED } from "../../store/rows/changes.ts";
import type { Asking } from "../desk.ts";
import { Places } from "../places.ts";
import { type DoneOf, leave, type Undoing, type Undone, type Work } from "./kind.ts";
import { type Changes, key, type LinePlan } from "./lines.ts";
import { record } from "./records.ts";
import type { Town } from "./towns.ts";

interface Row {
  readonly id: string;
  readonly organisationId: OrganisationId;
  readonly divisionId: DivisionId | null;
  readonly name: string;
}

/** What each of the two calls these things. */
export interface Standing<R extends Row> {
  /** In a notice of what was changed. */
  readonly kind: Change["kind"];
  /** The column that says which one it is. */
  readonly column: ImportColumn;
  readonly actions: { readonly read: Action; readonly rename: Action; readonly move: Action };
  readonly events: { readonly renamed: AuditEventName; readonly moved: AuditEventName };
  /** What the audit calls it by. */
  about(row: R): Readonly<Record<string, string>>;
  setName(q: Queries, row: R, name: string): Promise<void>;
  setDivision(q: Queries, row: R, divisionId: DivisionId | null): Promise<void>;
  /** What people alone have. */
  readonly mail?: {
    readonly action: Action;
    readonly event: AuditEventName;
    of(row: R): MailAddress | null;
    set(q: Queries, row: R, mail: MailAddress | null, at: number): Promise<void>;
  };
}

export interface ChangeOf<R> {
  readonly type: "change";
  readonly row: R;
  readonly name?: string;
  readonly divisionId?: DivisionId | null;
  readonly mail?: MailAddress | null;
}

/** What came of it, and what there was before. */
export interface Changed extends DoneOf {
  readonly name: string;
  readonly renamed?: readonly [string, string] | undefined;
  readonly moved?: readonly [DivisionId | null, DivisionId | null] | undefined;
  readonly mailed?: readonly [MailAddress | null, MailAddress | null] | undefined;
}

/** Undefined: nothing is to be done. What is not allowed is said. */
export function changeOf<R extends Row>(
  { column, actions: { read, rename, move }, mail }: Standing<R>,
  { plan, town, ask }: { readonly plan: LinePlan; readonly town: Town; readonly ask: Asking },
  row: R,
  to: { readonly name: string; readonly divisionId: DivisionId | null; readonly mail?: MailAddress | null | undefined },
): ChangeOf<R> | undefined {
  const { organisationId } = row;
  const [here, there] = [town.places.of(row), town.places.of({ organisationId, divisionId: to.divisionId })];
  const isRenamed = key(row.name) !== key(to.name);
  const isMoved = row.divisionId !== to.divisionId;
  const isMailed = mail !== undefined && to.mail !== undefined && mail.of(row) !== to.mail;
  const needed = [...(isRenamed ? [rename] : []), ...(isMoved ? [move] : []), ...(isMailed ? [mail.action] : [])];
  if (!ask.may(read, here) || !needed.every((action) => ask.may(action, here))) plan.wrong(column, "forbidden");
  else if (isMoved && !ask.may(move, there)) plan.wrong("division", "forbidden");
  if (needed.length === 0) return undefined;
  return {
    ...{ type: "change", row },
    ...(isRenamed && { name: to.name }),
    ...(isMoved && { divisionId: to.divisionId }),
    ...(isMailed && { mail: to.mail ?? null }),
  };
}

export function changesOf(
  deed: ChangeOf<Row> | undefined,
  { places }: Town,
  mailNow: MailAddress | null = null,
): Changes {
  if (!deed) return [];
  const { row, name, divisionId, mail } = deed;
  const division = (id: DivisionId | null): string => places.path(id);
  return [
    ...(name === undefined ? [] : [{ column: "name" as const, from: row.name, to: name }]),
    ...(divisionId === undefined
      ? []
      : [{ column: "division" as const, from: division(row.divisionId), to: division(divisionId) }]),
    // who reads the file knows the address in it; the one before may be none of theirs
    ...(mail === undefined
      ? []
      : [{ column: "mail" as const, from: mailNow ? maskedMail(mailNow) : "", to: mail ?? "" }]),
  ];
}

/** Some of them, with their records. Returns what was done to each. */
export async function change<R extends Row>(
  work: Pick<Work, "desk" | "q" | "at" | "import">,
  standing: Standing<R>,
  deeds: readonly ChangeOf<R>[],
): Promise<Array<{ readonly row: R; readonly changed: Changed }>> {
  const { q } = work;
  const to = new Map(deeds.map((deed) => [deed.row.id, deed]));
  for (const { row, name, divisionId, mail } of deeds) {
    if (name !== undefined) await standing.setName(q, row, name);
    if (divisionId !== undefined) await standing.setDivision(q, row, divisionId);
    if (mail !== undefined) await standing.mail?.set(q, row, mail, work.at);
  }
  const rows = deeds.map(({ row }) => row);
  const renamed = rows.filter(({ id }) => to.get(id)?.name !== undefined);
  const moved = rows.filter(({ id }) => to.get(id)?.divisionId !== undefined);
  await record(work, renamed, standing.events.renamed, (row) => ({
    ...{ ...standing.about(row), before: row.name, name: to.get(row.id)?.name ?? null },
  }));
  await record(work, moved, standing.events.moved, (row) => ({
    ...{ ...standing.about(row), division: to.get(row.id)?.divisionId ?? null },
  }));
  if (standing.mail) {
    const mailed = rows.filter(({ id }) => to.get(id)?.mail !== undefined);
    await record(work, mailed, standing.mail.event, (row) => {
      const mail = to.get(row.id)?.mail;
      return { ...standing.about(row), mail: mail ? maskedMail(mail) : null };
    });
  }
  return deeds.map(({ row, name, divisionId, mail }) => ({
    row,
    changed: {
      name: name ?? row.name,
      ...(name !== undefined && { renamed: [row.name, name] as const }),
      ...(divisionId !== undefined && { moved: [row.divisionId, divisionId] as const }),
      ...(mail !== undefined && standing.mail && { mailed: [standing.mail.of(row), mail] as const }),
    },
  }));
}

/** To those who are here: their list names these, and a lock or policy may be on where they stand now. */
export const noticeOf = <R extends Row>({ kind }: Standing<R>, deeds: readonly ChangeOf<R>[]): Change[] => [
  ...deeds.map(({ row }) => ({ kind, subject: row.id })),
  ...(deeds.some(({ divisionId }) => divisionId !== undefined) ? [{ kind: "lock", subject: MOVED } as const] : []),
];

/** What was changed, with what is there now; without `row`: it is gone. `id`: as it is called beside its name. */
export interface Before<R> {
  readonly row: R | undefined;
  readonly id: string;
  readonly changed: Changed;
}

/** Those that were added and of which nothing came since; the others are left, and it is said why. */
export function removable<R extends Row>(
  undoing: Undoing,
  before: readonly Before<R>[],
  of: {
    readonly action: Action;
    readonly places: Places;
    readonly unused: ReadonlySet<string>;
    readonly isAsMade: (row: R) => boolean;
  },
): R[] {
  return before.flatMap(({ row, id, changed: { added, name } }) => {
    if (added === undefined) return [];
    const stay = (why: Parameters<typeof leave>[3]): R[] => {
      leave(undoing, id, name, why);
      return [];
    };
    if (!row) return stay("gone");
    if (!undoing.ask.may(of.action, of.places.of(row))) return stay("forbidden");
    if (!of.unused.has(row.id)) return stay("used");
    return of.isAsMade(row) ? [row] : stay("changed");
  });
}

/** Gives back what there was to those that were changed, all of it or nothing of each one. */
export async function restore<R extends Row>(
  undoing: Undoing,
  standing: Standing<R>,
  all: readonly Before<R>[],
  places: Places,
): Promise<Pick<Undone, "restored" | "changes">> {
  const before = all.filter(({ changed: { added } }) => added === undefined);
  const deeds = before.flatMap(({ row, id, changed }): ChangeOf<R>[] => {
    if (!row) leave(undoing, id, changed.name, "gone");
    if (!row || !mayRestore(undoing, standing, { row, id, changed }, places)) return [];
    const { renamed, moved, mailed } = changed;
    return [
      {
        ...{ type: "change", row },
        ...(renamed && { name: renamed[0] }),
        ...(moved && { divisionId: moved[0] }),
        ...(mailed && { mail: mailed[0] }),
      },
    ];
  });
  await change(undoing, standing, deeds);
  return { restored: deeds.length, changes: noticeOf(standing, deeds) };
}

function mayRestore<R extends Row>(
  undoing: Undoing,
  { actions: { rename, move }, mail }: Standing<R>,
  { row, id, changed: { name, renamed, moved, mailed } }: Before<R> & { readonly row: R },
  places: Places,
): boolean {
  const isMailNow = !mailed || !mail || mailed[1] === mail.of(row);
  const isNow = (!renamed || renamed[1] === row.name) && (!moved || moved[1] === row.divisionId) && isMailNow;
  if (!isNow) return leave(undoing, id, name, "changed");
  const may = (action: Action, divisionId: DivisionId | null): boolean =>
    undoing.ask.may(action, places.of({ organisationId: row.organisationId, divisionId }));
  const isAllowed =
    (!mailed || !mail || may(mail.action, row.divisionId)) &&
    (!renamed || may(rename, row.divisionId)) &&
    (!moved || (may(move, row.divisionId) && may(move, moved[0])));
  return isAllowed || leave(undoing, id, name, "forbidden");
}

/** Where they are, and where they would stand again. */
export function placesFor<R extends Row>(q: Queries, before: readonly Before<R>[]): Promise<Places> {
  const now = before.flatMap(({ row }) => row ?? []);
  const formerly = before.flatMap(({ row, changed: { moved } }) =>
    row && moved ? [{ organisationId: row.organisationId, divisionId: moved[0] }] : [],
  );
  return Places.around(q, [...now, ...formerly]);
}

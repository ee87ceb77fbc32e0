/**
 * A kind of import: what is said of people, office PCs, grants and divisions each, and how it is done and undone. What they share
 * (fates, the write, the record of it, the way back) is import.ts.
 */
import type { z } from "zod";
import type { AuditEventName } from "../../audit/events.ts";
import type { Action } from "../../auth/permissions.ts";
import type {
  FirstLetter,
  ImportColumn,
  ImportLine,
  ImportUndone,
  ImportKind as Name,
} from "../../protocol/console-import.ts";
import type { OrganisationId } from "../../protocol/ids.ts";
import type { Queries } from "../../store/queries.ts";
import type { Change } from "../../store/rows/changes.ts";
import type { Asking, Desk } from "../desk.ts";
import type { IssuedToken } from "../terminals.ts";
import type { File, FileLine, PlannedLine, Sayings } from "./lines.ts";

/** What is to be done. */
export interface DeedOf {
  readonly type: "add" | "change";
}

/** What was done, with what there was before: kept as long as it can be undone. */
export interface DoneOf {
  readonly added?: true | undefined;
}

/** The lines of a file, with all that is in the store of what they name. */
export interface Reading<Deed extends DeedOf> extends Sayings {
  judge(line: FileLine): PlannedLine<Deed>;
}

/** One import at work. */
export interface Work<Done extends DoneOf = DoneOf> {
  readonly desk: Desk;
  readonly q: Queries;
  readonly at: number;
  readonly import: string;
  readonly done: Done[];
}

/** What is shown once, and whose rights are others now. */
export interface Outcome {
  readonly letters?: readonly FirstLetter[];
  readonly tokens?: readonly TokenFor[];
  readonly changes?: readonly Change[];
}

/** Of a new office PC, with the words of its line. */
export interface TokenFor extends IssuedToken {
  readonly organisation: string;
  readonly division: string;
}

type Left = ImportUndone["left"][number];

export interface Undoing {
  readonly desk: Desk;
  readonly q: Queries;
  readonly ask: Asking;
  readonly at: number;
  readonly import: string;
  /** When it was done: what is as old was handed out by it. */
  readonly doneAt: number;
  readonly left: Left[];
}

export interface Undone {
  readonly removed: number;
  readonly restored: number;
  readonly changes?: readonly Change[];
}

export interface Kind<Deed extends DeedOf, Done extends DoneOf, Prepared> {
  readonly name: Name;
  /** Who may do this nowhere imports nothing. */
  readonly action: Action;
  /** By which a line is told from others. */
  readonly column: ImportColumn;
  readonly events: { readonly done: AuditEventName; readonly undone: AuditEventName };
  /** `now`: epoch ms. */
  read(q: Queries, ask: Asking, file: File, now: number): Promise<Reading<Deed>>;
  /** A deed of the same file without which there is no place for this one. */
  restsOn?(deed: Deed): Deed | undefined;
  organisationOf(deed: Deed): OrganisationId;
  /** What takes long, before the write. */
  prepare(desk: Desk, lines: readonly ImportLine[]): Promise<Prepared>;
  apply(work: Work<Done>, plan: readonly PlannedLine<Deed>[], prepared: Prepared): Promise<Outcome>;
  readonly done: z.ZodType<Done[]>;
  /** Some at a time, as they were kept. */
  undo(undoing: Undoing, deeds: readonly Done[]): Promise<Undone>;
}

/** The deeds of one type, each with its line. */
export const deedsOf = <Deed extends DeedOf, T extends Deed["type"]>(plan: readonly PlannedLine<Deed>[], type: T) =>
  plan.flatMap(({ line, deed }) => (deed?.type === type ? [{ line, deed: deed as Extract<Deed, { type: T }> }] : []));

export function leave({ left }: Undoing, id: string, name: string, why: Left["why"]): false {
  left.push({ id, name, why });
  return false;
}

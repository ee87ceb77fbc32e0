/**
 * What all lists have in common: whose rows they show, the filters, and that they are read in pages, each beginning behind the
 * last row of the one before.
 */
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import type { DivisionId, Login, OrganisationId, QualifiedLogin } from "../../protocol/ids.ts";

/** Where rows stand that somebody may be shown: everywhere, or anywhere in these organisations and right in these divisions. */
export type Reach =
  | "everywhere"
  | { readonly organisations: readonly OrganisationId[]; readonly divisions: readonly DivisionId[] };

export interface ListFilter {
  /** What the principal may read (organisations/reach.ts). */
  readonly reach: Reach;
  readonly organisation?: OrganisationId | undefined;
  /** Rows in which one of the columns that people know holds this text; ASCII letters in either case. */
  readonly search?: string | undefined;
}

/** For the server itself. */
export const EVERYTHING: ListFilter = { reach: "everywhere" };

/** What was over before this moment, of these organisations; of all without them. */
export interface Old {
  readonly before: number;
  readonly organisations?: readonly OrganisationId[] | undefined;
}

/** A page: at most `limit` rows, behind the row that `after` names (which need not be there). */
export interface PageOf<After> {
  readonly after?: After | undefined;
  readonly limit: number;
}

interface Standing {
  /** The column that says whose a row is. */
  readonly organisation: string;
  /** Say where in the organisation; one of them in reach is enough. */
  readonly divisions?: readonly string[];
}

interface Columns extends Standing {
  /** Those that people know. */
  readonly searched: readonly string[];
}

/** True for what the filter leaves. */
export function matches({ reach, organisation, search }: ListFilter, columns: Columns): RawBuilder<SqlBool> {
  const all: RawBuilder<unknown>[] = [within(reach, columns)];
  if (organisation !== undefined) all.push(sql`${sql.ref(columns.organisation)} = ${organisation}`);
  if (search !== undefined) all.push(contains(search, columns.searched));
  return sql<SqlBool>`${sql.join(all, sql` and `)}`;
}

/** True for what is in reach. */
export function within(reach: Reach, { organisation, divisions = [] }: Standing): RawBuilder<boolean> {
  if (reach === "everywhere") return sql`1 = 1`;
  const ways = [
    ...isOneOf(sql.ref(organisation), reach.organisations),
    ...divisions.flatMap((one) => isOneOf(sql.ref(one), reach.divisions)),
  ];
  return anyOf(ways);
}

/** Nothing where there are none: what is never true would stand in an index's way. */
export const isOneOf = (column: RawBuilder<unknown>, ids: readonly string[]): RawBuilder<boolean>[] =>
  ids.length === 0 ? [] : [sql`${column} in (${sql.join(ids)})`];

export const anyOf = (ways: readonly RawBuilder<boolean>[]): RawBuilder<boolean> =>
  ways.length === 0 ? sql`1 = 0` : sql`(${sql.join(ways, sql` or `)})`;

/** True where one of these columns holds the text. */
function contains(text: string, columns: readonly string[]): RawBuilder<unknown> {
  const pattern = `%${text.replace(/[\\%_]/g, (letter) => `\\${letter}`)}%`;
  const each = columns.map((column) => sql`lower(${sql.ref(column)}) like lower(${pattern}) escape '\\'`);
  return sql`(${sql.join(each, sql` or `)})`;
}

/** How many rows a question that selects nothing yet has. */
export async function countOf<DB, TB extends keyof DB>(rows: SelectQueryBuilder<DB, TB, object>): Promise<number> {
  const found: unknown = await rows.select(sql`count(*)`.as("count")).executeTakeFirstOrThrow();
  return Number((found as { count: unknown }).count); // the type does not see through the generic row
}

/** Whose row it is; the login alone where the server has one organisation only. */
export type Whose = Login | QualifiedLogin;

/** True behind this row, in the order of the login, its organisation's code, and then of other columns. */
export function behind(
  whose: Whose,
  ...rest: ReadonlyArray<readonly [column: RawBuilder<unknown>, value: string]>
): RawBuilder<SqlBool> {
  const [first = "", second] = whose.split("/");
  const login = second ?? first;
  const column = sql.ref("people.login");
  const others = [...(second === undefined ? [] : [[sql.ref("organisations.code"), first] as const]), ...rest];
  if (others.length === 0) return sql<SqlBool>`${column} > ${login}`;
  const columns = sql.join(others.map(([name]) => name));
  const values = sql.join(others.map(([, value]) => value));
  // said twice: the index of logins serves the first half only
  return sql<SqlBool>`${column} >= ${login} and (${column} > ${login} or (${columns}) > (${values}))`;
}

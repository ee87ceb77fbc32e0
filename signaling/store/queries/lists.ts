/** What all lists have in common: the filters, and that they are read in pages, each beginning behind the last row of the one before. */
import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { OrganisationId } from "../../protocol/ids.ts";

export interface ListFilter {
  readonly organisation?: OrganisationId | undefined;
  /** Rows in which one of the columns that people know holds this text; ASCII letters in either case. */
  readonly search?: string | undefined;
}

/** A page: at most `limit` rows, behind the row that `after` names (which need not be there). */
export interface PageOf<After> {
  readonly after?: After | undefined;
  readonly limit: number;
}

/** True for what the filter leaves. `organisation`: the column that says whose it is; `searched`: those that people know. */
export function matches(
  { organisation, search }: ListFilter,
  columns: { readonly organisation?: string; readonly searched: readonly string[] },
): RawBuilder<SqlBool> {
  const all = [sql`1 = 1`];
  if (organisation !== undefined && columns.organisation)
    all.push(sql`${sql.ref(columns.organisation)} = ${organisation}`);
  if (search !== undefined) all.push(contains(search, columns.searched));
  return sql<SqlBool>`${sql.join(all, sql` and `)}`;
}

/** True where one of these columns holds the text. */
function contains(text: string, columns: readonly string[]): RawBuilder<unknown> {
  const pattern = `%${text.replace(/[\\%_]/g, (letter) => `\\${letter}`)}%`;
  const each = columns.map((column) => sql`lower(${sql.ref(column)}) like lower(${pattern}) escape '\\'`);
  return sql`(${sql.join(each, sql` or `)})`;
}

/** True behind this row, in the order of the login and then of another column. */
export function behind(column: string, [login, rest]: readonly [login: string, rest: string]): RawBuilder<SqlBool> {
  const whose = sql.ref("people.login");
  // said twice: the index of logins serves the first half only
  return sql<SqlBool>`${whose} >= ${login} and (${whose} > ${login} or ${sql.ref(column)} > ${rest})`;
}

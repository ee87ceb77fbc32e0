import { type RawBuilder, type SqlBool, sql } from "kysely";

/** The ids of these and of all that stand below them. */
export const withAllBelow = (
  table: "organisations" | "divisions",
  tops: RawBuilder<SqlBool>,
): RawBuilder<unknown> => sql`
  with recursive part (id) as (
    select id from ${sql.table(table)} where ${tops}
    union select lower.id from ${sql.table(table)} lower join part on lower.parent_id = part.id
  ) select id from part`;

/** Version 10: the console. What is searched is kept folded, its lists have their indexes, and a sign-in is of one door. */
import type { Kysely } from "kysely";
import { foldedDivision, foldedOrganisation, foldedPerson, foldedTerminal } from "./rows/folded.ts";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function consoleLists(db: AnyDb): Promise<void> {
  await searched(db, "people", ["name", "login"], foldedPerson);
  await searched(db, "terminals", ["name"], foldedTerminal);
  await searched(db, "divisions", ["name"], foldedDivision);
  await searched(db, "organisations", ["name", "code"], foldedOrganisation);
  // every sign-in there is was made on the page of staff
  await db.schema
    .alterTable("signIns")
    .addColumn("door", "text", (c) => c.notNull().defaultTo("page"))
    .execute();
  const index = (name: string, table: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(table).columns(columns).execute();
  await index("peopleName", "people", "name", "id");
  await index("peopleDivision", "people", "divisionId");
  await index("terminalsName", "terminals", "name", "id");
  await index("terminalsDivision", "terminals", "divisionId");
  await index("divisionsParent", "divisions", "parentId");
  await index("organisationsParent", "organisations", "parentId");
  await index("sessionsPerson", "sessions", "personId", "requestedAt");
  await index("sessionsTerminal", "sessions", "terminalId", "requestedAt");
  await index("auditOrganisation", "audit", "organisationId", "seq");
}

/** `fold` of the columns, in a column of its own. */
async function searched<Column extends string>(
  db: AnyDb,
  table: string,
  columns: readonly Column[],
  fold: (row: Readonly<Record<Column | "id", string>>) => string,
): Promise<void> {
  await db.schema
    .alterTable(table)
    .addColumn("folded", "text", (c) => c.notNull().defaultTo(""))
    .execute();
  const rows = (await db
    .selectFrom(table)
    .select(["id", ...columns])
    .execute()) as unknown as Record<Column | "id", string>[];
  for (const row of rows)
    await db
      .updateTable(table)
      .set({ folded: fold(row) })
      .where("id", "=", row.id)
      .execute();
}

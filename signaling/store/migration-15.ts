/**
 * Version 15: the console's lists of a large server. Each order has its index, and so has each organisation's part of a list. The
 * two that are searched hold besides all that a search looks at, so that it reads some megabytes and not the rows; what changes
 * while people work (when an office PC or a device was seen last) stands in none of them.
 */
import { type Kysely, sql } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function listIndexes(db: AnyDb): Promise<void> {
  for (const name of ["terminalsName", "sessionsRequested"]) await db.schema.dropIndex(name).execute();
  const index = (name: string, table: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(table).columns(columns).execute();

  const searched = ["organisationId", "divisionId", "folded", "disabledAt"];
  await index("peopleListed", "people", "login", "id", ...searched, "failures", "seedConfirmedAt", "mustChange");
  await index("peopleOrganisation", "people", "organisationId", "login", "id");
  await index("peopleCreated", "people", "createdAt", "id");
  await index("terminalsListed", "terminals", "name", "id", ...searched, "enrolledAt");
  await index("terminalsOrganisation", "terminals", "organisationId", "name", "id");

  await index("devicesAdded", "devices", "addedAt", "id", "personId", "organisationId", "removedAt");
  await index("devicesPerson", "devices", "personId", "addedAt");
  await index("devicesOrganisation", "devices", "organisationId", "addedAt");
  await index("devicesCode", "devices", "code", "id");
  await index("pendingDevicesOrganisation", "pendingDevices", "organisationId");

  await index("grantsSince", "grants", "createdAt", "personId", "terminalId");
  await index("grantsOrganisation", "grants", "organisationId");
  const never = sql.lit(2 ** 53 - 1);
  await db.schema.createIndex("grantsUntil").on("grants").expression(sql`coalesce(until, ${never})`).execute();

  await index("sessionsRequested", "sessions", "requestedAt", "endedAt");
  await index("sessionsOrganisation", "sessions", "organisationId", "requestedAt");
  await db.schema.createIndex("sessionsEnded").on("sessions").expression(sql`coalesce(ended_at, ${never})`).execute();

  await index("locksCreated", "locks", "createdAt", "id");
  await db.schema.createIndex("locksUntil").on("locks").expression(sql`coalesce(until, ${never})`).execute();
}

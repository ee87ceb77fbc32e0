/**
 * The shape of the database, step by step. A step that was released is never changed; the next one is added below it.
 * All steps run in one transaction, so a failed upgrade leaves the old state.
 */
import { type Kysely, sql } from "kysely";
import { organisationTree } from "./migration-9.ts";
import { consoleLists } from "./migration-10.ts";
import { imports } from "./migration-11.ts";
import { lockouts } from "./migration-12.ts";
import { lifeCycle } from "./migration-13.ts";
import { ownSignIns } from "./migration-14.ts";
import { listIndexes } from "./migration-15.ts";
import { policies } from "./migration-16.ts";
import { importKinds } from "./migration-17.ts";
import { forgetIndexes } from "./migration-18.ts";
import { mailCodes } from "./migration-19.ts";
import { requests } from "./migration-21.ts";
import { waves } from "./migration-22.ts";
import { auditChains } from "./migration-23.ts";
import { oneSession } from "./migration-24.ts";
import { nodes } from "./migration-25.ts";
import { StoreTooNew } from "./store.ts";

// biome-ignore lint/suspicious/noExplicitAny: the steps work on shapes that the types of today do not describe
type AnyDb = Kysely<any>;

interface Migration {
  readonly version: number;
  readonly up: (db: AnyDb) => Promise<void>;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, up: first },
  { version: 2, up: wiredInterfaces },
  { version: 3, up: locks },
  { version: 4, up: scale },
  { version: 5, up: usedCodes },
  { version: 6, up: ownPasswords },
  { version: 7, up: refusals },
  { version: 8, up: phoneClocks },
  { version: 9, up: organisationTree },
  { version: 10, up: consoleLists },
  { version: 11, up: imports },
  { version: 12, up: lockouts },
  { version: 13, up: lifeCycle },
  { version: 14, up: ownSignIns },
  { version: 15, up: listIndexes },
  { version: 16, up: policies },
  { version: 17, up: importKinds },
  { version: 18, up: forgetIndexes },
  { version: 19, up: mailCodes },
  { version: 21, up: requests },
  { version: 22, up: waves },
  { version: 23, up: auditChains },
  { version: 24, up: oneSession },
  { version: 25, up: nodes },
];

export const LATEST_VERSION = Math.max(...MIGRATIONS.map((migration) => migration.version));

/** What each engine does in its own way when its database is brought to the latest version. */
export interface Upgrading {
  /** Of two processes that begin at the same moment one waits here until the other has ended. First within the transaction. */
  readonly queue: (tx: AnyDb) => Promise<void>;
  readonly references: References;
  /** What keeps our own mistakes from doing harm. Last within the transaction, at each start. */
  readonly harden: (tx: AnyDb) => Promise<void>;
}

/**
 * What lets a step put a table in another's place: references are not looked at meanwhile, and all of them before it is kept.
 * For SQLite: https://www.sqlite.org/lang_altertable.html#otheralter, steps 1, 11 and 12.
 */
export interface References {
  /** Before the transaction: within one it would have no effect. */
  ignore(): void;
  /** Within the transaction, at its end. Throws when a row refers to what is not there. */
  check(): void;
  /** After the transaction, whatever came of it. */
  observe(): void;
}

/** Brings the database to the latest version. Throws StoreTooNew, untouched, when it is beyond it. */
export async function migrate(db: AnyDb, upgrading: Upgrading): Promise<void> {
  upgrading.references.ignore();
  try {
    await step(db, upgrading);
  } finally {
    upgrading.references.observe();
  }
}

async function step(db: AnyDb, { queue, references, harden }: Upgrading): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await queue(tx);
    await tx.schema
      .createTable("schemaVersion")
      .ifNotExists()
      .addColumn("version", "integer", (column) => column.primaryKey())
      .execute();
    const row = await tx
      .selectFrom("schemaVersion")
      .select(({ fn }) => fn.max("version").as("version"))
      .executeTakeFirst();
    const current = Number(row?.version ?? 0);
    if (current > LATEST_VERSION) throw tooNew(current);
    for (const migration of MIGRATIONS.filter((one) => one.version > current)) {
      await migration.up(tx);
      await tx.insertInto("schemaVersion").values({ version: migration.version }).execute();
    }
    if (current < LATEST_VERSION) references.check();
    await harden(tx);
  });
}

export const tooNew = (version: number): StoreTooNew =>
  new StoreTooNew(
    `the database has version ${version}, this program knows ${LATEST_VERSION}: start the newer program, or restore the backup made before the upgrade`,
  );

// long: all tables of the first version; a step that was released is never changed
async function first(db: AnyDb): Promise<void> {
  const table = (name: string) =>
    db.schema.createTable(name).addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"));

  await db.schema
    .createTable("organisations")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull().unique())
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .execute();

  await table("people")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("login", "text", (c) => c.notNull().unique())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("passwordHash", "text", (c) => c.notNull())
    .addColumn("passwordChangedAt", "bigint", (c) => c.notNull())
    .addColumn("totpSeed", "text", (c) => c.notNull())
    .addColumn("lastTotpStep", "bigint", (c) => c.notNull())
    .addColumn("failures", "integer", (c) => c.notNull())
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .addColumn("disabledAt", "bigint")
    .execute();

  await table("devices")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("publicKey", "text", (c) => c.notNull())
    .addColumn("code", "text", (c) => c.notNull())
    .addColumn("addedAt", "bigint", (c) => c.notNull())
    .addColumn("approvedAt", "bigint", (c) => c.notNull())
    .addColumn("approvedBy", "text", (c) => c.notNull())
    .addColumn("lastUsedAt", "bigint")
    .addColumn("failures", "integer", (c) => c.notNull())
    .addColumn("removedAt", "bigint")
    .execute();
  // one live registration per person and browser; removed ones stay as history
  await db.schema
    .createIndex("devicesLive")
    .on("devices")
    .columns(["personId", "publicKey"])
    .unique()
    .where(sql.ref("removed_at"), "is", null)
    .execute();

  await table("pendingDevices")
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("publicKey", "text", (c) => c.notNull())
    .addColumn("code", "text", (c) => c.notNull())
    .addColumn("seenAt", "bigint", (c) => c.notNull())
    .addColumn("expiresAt", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("pendingDevicesKey", ["personId", "publicKey"])
    .execute();

  await table("terminals")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("publicKey", "text")
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .addColumn("enrolledAt", "bigint")
    .addColumn("disabledAt", "bigint")
    .addColumn("lastSeenAt", "bigint")
    .execute();

  await table("enrolmentTokens")
    .addColumn("hash", "text", (c) => c.primaryKey())
    .addColumn("terminalId", "text", (c) => c.notNull().references("terminals.id"))
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .addColumn("expiresAt", "bigint", (c) => c.notNull())
    .addColumn("usedAt", "bigint")
    .execute();

  await table("grants")
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("terminalId", "text", (c) => c.notNull().references("terminals.id"))
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .addColumn("until", "bigint")
    .addPrimaryKeyConstraint("grantsKey", ["personId", "terminalId"])
    .execute();

  await table("signIns")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("deviceId", "text", (c) => c.notNull().references("devices.id"))
    .addColumn("tokenHash", "text", (c) => c.notNull().unique())
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .addColumn("lastUsedAt", "bigint", (c) => c.notNull())
    .addColumn("endsAt", "bigint", (c) => c.notNull())
    .addColumn("endedAt", "bigint")
    .addColumn("reason", "text")
    .execute();
  await db.schema.createIndex("signInsPerson").on("signIns").columns(["personId", "endedAt"]).execute();

  await table("sessions")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("terminalId", "text", (c) => c.notNull().references("terminals.id"))
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("login", "text", (c) => c.notNull())
    .addColumn("personName", "text", (c) => c.notNull())
    .addColumn("deviceKey", "text", (c) => c.notNull())
    .addColumn("requestedAt", "bigint", (c) => c.notNull())
    .addColumn("liveAt", "bigint")
    .addColumn("endedAt", "bigint")
    .addColumn("reason", "text")
    .execute();
  await db.schema.createIndex("sessionsOpen").on("sessions").columns(["endedAt", "requestedAt"]).execute();

  await db.schema
    .createTable("audit")
    .addColumn("seq", "bigint", (c) => c.primaryKey())
    .addColumn("organisationId", "text")
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("event", "text", (c) => c.notNull())
    .addColumn("actor", "text", (c) => c.notNull())
    .addColumn("about", "text", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull())
    .execute();
}

/** How a sleeping office PC could be woken. */
async function wiredInterfaces(db: AnyDb): Promise<void> {
  await db.schema.alterTable("terminals").addColumn("interfaces", "text").execute();
}

/** Whether the office PC was locked after a session. */
async function locks(db: AnyDb): Promise<void> {
  await db.schema.alterTable("sessions").addColumn("lock", "text").execute();
  await db.schema.alterTable("sessions").addColumn("lockAt", "bigint").execute();
}

/** On which sign-in a session hangs, which of its facts changed, and an index for whatever is asked or deleted while people wait. */
async function scale(db: AnyDb): Promise<void> {
  await db.schema.alterTable("sessions").addColumn("signInId", "text").execute();

  await db.schema
    .createTable("changes")
    .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("writer", "text", (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("subject", "text", (c) => c.notNull())
    .execute();

  const index = (name: string, table: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(table).columns(columns).execute();
  await index("signInsEnd", "signIns", "endsAt");
  await index("signInsDevice", "signIns", "deviceId", "endedAt");
  await index("pendingDevicesEnd", "pendingDevices", "expiresAt");
  await index("enrolmentTokensTerminal", "enrolmentTokens", "terminalId", "usedAt");
  await index("grantsTerminal", "grants", "terminalId");
  await index("grantsEnd", "grants", "until");
  await index("sessionsRequested", "sessions", "requestedAt");
}

/** Which one-time codes were used, instead of the last one: a clock that was ahead for an hour used up the whole hour. */
async function usedCodes(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("usedCodes")
    .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("personId", "text", (c) => c.notNull())
    .addColumn("step", "bigint", (c) => c.notNull())
    .addColumn("waitingDevice", "text")
    .addUniqueConstraint("usedCodesOnce", ["personId", "step"])
    .execute();
  await db
    .insertInto("usedCodes")
    .columns(["personId", "step"])
    .expression(db.selectFrom("people").select(["id", "lastTotpStep"]).where("lastTotpStep", ">=", 0))
    .execute();
  await db.schema.alterTable("people").dropColumn("lastTotpStep").execute();
}

/**
 * Passwords belong to the person. Until now every one was handed out by an administrator, so everybody has to choose their own at
 * the next sign-in; and sign-ins that are open end, because only a sign-in that has just been made may skip the old password.
 */
async function ownPasswords(db: AnyDb): Promise<void> {
  await db.schema
    .alterTable("people")
    .addColumn("mustChange", "integer", (c) => c.notNull().defaultTo(1))
    .execute();
  await db.schema.alterTable("people").addColumn("seedConfirmedAt", "bigint").execute();
  // a code that let its person in says when, to 30 s (a new seed has no used codes)
  const firstCode = db
    .selectFrom("usedCodes")
    .select(sql`min(step) * 30000`.as("at"))
    .whereRef("usedCodes.personId", "=", "people.id")
    .where("usedCodes.waitingDevice", "is", null);
  await db.updateTable("people").set({ seedConfirmedAt: firstCode }).execute();
  await db
    .updateTable("signIns")
    .set({ endedAt: Date.now(), reason: "sign-in-expired" })
    .where("endedAt", "is", null)
    .execute();
}

/** What strangers can cause is summed and marked; a token for one host only; the audit sealed with a key from outside. */
async function refusals(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("refusalSums")
    .addColumn("kind", "text", (c) => c.primaryKey())
    .addColumn("sum", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .alterTable("pendingDevices")
    .addColumn("asked", "integer", (c) => c.notNull().defaultTo(1))
    .execute();
  await db.schema.alterTable("enrolmentTokens").addColumn("host", "text").execute();
  await db.schema.alterTable("audit").addColumn("mac", "text").execute();
}

/** The clocks of people's authenticators. */
async function phoneClocks(db: AnyDb): Promise<void> {
  for (const column of ["driftLowMs", "driftHighMs", "driftAt"])
    await db.schema.alterTable("people").addColumn(column, "bigint").execute();
}

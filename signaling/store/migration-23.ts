/**
 * Version 23: evidence. One chain of records for each organisation. What is there stays as it is, as a chain that ends here; the new ones
 * begin with its head (audit/chain.ts).
 */
import { type Kysely, sql } from "kysely";
import { putInPlace } from "./put-in-place.ts";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function auditChains(db: AnyDb): Promise<void> {
  await chains(db);
  await heads(db);
  await receipts(db);
  await notices(db);
  await records(db);
}

async function chains(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("auditChains")
    .addColumn("chain", "text", (c) => c.primaryKey())
    .addColumn("number", "bigint", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull())
    .addColumn("mac", "text")
    .execute();
  const last = await db.selectFrom("audit").select(["seq", "hash"]).orderBy("seq", "desc").limit(1).executeTakeFirst();
  if (!last) return;
  const head = { chain: "legacy", number: last["seq"], hash: last["hash"], mac: null };
  await db.insertInto("auditChains").values(head).execute();
}

/** As the server signed them, and as office PCs did after it. */
async function heads(db: AnyDb): Promise<void> {
  const signed = (table: string) =>
    db.schema
      .createTable(table)
      .addColumn("chain", "text", (c) => c.notNull())
      .addColumn("number", "bigint", (c) => c.notNull())
      .addColumn("hash", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addColumn("sinceNumber", "bigint", (c) => c.notNull())
      .addColumn("sinceHash", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("signature", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint(`${table}Once`, ["chain", "number"]);
  await signed("auditHeads").execute();
  await signed("auditSegments")
    .addColumn("first", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("auditCosignatures")
    .addColumn("chain", "text", (c) => c.notNull())
    .addColumn("number", "bigint", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull())
    .addColumn("terminalId", "text", (c) => c.notNull())
    .addColumn("publicKey", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("signature", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("auditCosignaturesOnce", ["chain", "number", "terminalId"])
    .execute();
  await db.schema
    .createTable("auditShipped")
    .addColumn("chain", "text", (c) => c.primaryKey())
    .addColumn("number", "bigint", (c) => c.notNull())
    .addColumn("head", "bigint", (c) => c.notNull())
    .execute();
}

async function receipts(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("receipts")
    .addColumn("sessionId", "text", (c) => c.primaryKey())
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("terminalId", "text", (c) => c.notNull())
    .addColumn("publicKey", "text", (c) => c.notNull())
    .addColumn("text", "text", (c) => c.notNull())
    .addColumn("signature", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .execute();
}

async function notices(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("notices")
    .addColumn("personId", "text", (c) => c.primaryKey().references("people.id"))
    .addColumn("digest", "integer", (c) => c.notNull())
    .addColumn("atOnce", "integer", (c) => c.notNull())
    .addColumn("digestDay", "text")
    .execute();
}

/** The number in the list is given by the database, so that several who write need not agree on it. */
async function records(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("newAudit")
    .addColumn("seq", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("chain", "text", (c) => c.notNull())
    .addColumn("number", "bigint", (c) => c.notNull())
    .addColumn("organisationId", "text")
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("event", "text", (c) => c.notNull())
    .addColumn("actor", "text", (c) => c.notNull())
    .addColumn("about", "text", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull())
    .addColumn("mac", "text")
    .execute();
  const kept = ["seq", "organisationId", "at", "event", "actor", "about", "hash", "mac"] as const;
  await db
    .insertInto("newAudit")
    .columns([...kept, "chain", "number"])
    .expression(
      db
        .selectFrom("audit")
        .select([...kept, sql.lit("legacy").as("chain"), "seq as number"])
        .orderBy("seq"),
    )
    .execute();
  await putInPlace(db, "newAudit", "audit");
  await db.schema.createIndex("auditChain").on("audit").columns(["chain", "number"]).unique().execute();
  await db.schema.createIndex("auditOrganisation").on("audit").columns(["organisationId", "seq"]).execute();
}

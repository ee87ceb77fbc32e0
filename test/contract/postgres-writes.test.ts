/** What becomes of a connection on which a write went wrong: the next one gets one that can be used. */
import { Kysely, sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Connections } from "../../signaling/postgres/connections.ts";
import type { DatabaseServer } from "../../signaling/postgres/settings.ts";
import { OurPostgresDialect } from "../../signaling/store/postgres-schema.ts";
import { PostgresWrites } from "../../signaling/store/postgres-writes.ts";
import type { Tables } from "../../signaling/store/rows/tables.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.close());

let server: DatabaseServer;
let connections: Connections;
let db: Kysely<Tables>;
let writes: PostgresWrites;
beforeEach(async () => {
  server = await postgres.newDatabase();
  await postgres.query(server, "create table kept (what text)");
  connections = new Connections(server, { name: "writes", max: 1 });
  db = new Kysely({ dialect: new OurPostgresDialect({ pool: connections.pool }) });
  writes = new PostgresWrites({ together: 1, onStalePlans: () => {} });
});
afterEach(() => db.destroy());

const keep = (what: string) => writes.run(db, (tx) => sql`insert into kept values (${what})`.execute(tx));
const kept = async () => (await postgres.query(server, "select what from kept")).map(({ what }) => what);

test("a write that does not get its turn leaves nothing begun behind", async () => {
  const other = await new Connections(server, { name: "another server", max: 1 }).pool.connect();
  await other.query("begin; lock table schema_version in access exclusive mode");
  const refused = keep("never").catch((error: unknown) => error);
  await until("it waits", async () => {
    const cancel = "select pg_cancel_backend(pid) as done from pg_stat_activity";
    const [row] = await postgres.query(
      server,
      `${cancel} where wait_event_type = 'Lock' and application_name = 'writes'`,
    );
    return row?.["done"] !== undefined;
  });
  expect(await refused).toMatchObject({ code: "57014" });
  await other.query("rollback");
  other.release(true);
  await keep("this");
  expect(await kept()).toEqual(["this"]);
});

test("a connection that comes back within a transaction is given to nobody", async () => {
  const pid = async () => (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid;
  const before = await pid();
  expect(await pid()).toBe(before);
  await sql.raw("begin").execute(db);
  expect(await pid()).not.toBe(before);
  await keep("this");
  expect(await kept()).toEqual(["this"]);
});

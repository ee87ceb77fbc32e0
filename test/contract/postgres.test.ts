/** The database that tests, the quickstart and the bench start for themselves. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.close());

test("keeps what it has said it keeps, sorts by bytes, and lets in nobody without the password", async () => {
  const database = await postgres.newDatabase();
  const [row] = await postgres.query(
    database,
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit, current_setting('data_checksums') as sums,
       datcollate, pg_encoding_to_char(encoding) as encoding, rolsuper from pg_database, pg_roles
       where datname = current_database() and rolname = current_user`,
  );
  const kept = { fsync: "on", commit: "on", sums: "on" };
  expect(row).toEqual({ ...kept, datcollate: "C", encoding: "UTF8", rolsuper: false });
  const wrong = postgres.query({ ...database, password: "wrong" }, "select 1");
  await expect(wrong).rejects.toMatchObject({ code: "28P01" });
});

test("comes back with its data when it is killed, and ends at once while somebody is in it", async () => {
  const { cluster, query } = postgres;
  const database = await postgres.newDatabase();
  await query(database, "create table kept (what text); insert into kept values ('this')");
  await cluster.takeAway();
  await expect(query(database, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  // its children notice after a moment that it is gone, and until then it does not begin beside them
  const begins = () =>
    cluster.restart().then(
      () => true,
      () => false,
    );
  await until("it begins again", begins);
  expect(await query(database, "select what from kept")).toEqual([{ what: "this" }]);
  const asleep = query(database, "select pg_sleep(1000)").catch((error: unknown) => error);
  await until("somebody is in it", async () => {
    const [row] = await query(
      database,
      "select count(*)::int as n from pg_stat_activity where query like 'select pg_sleep%'",
    );
    return row?.["n"] === 1;
  });
  await cluster.restart();
  expect(await asleep).toMatchObject({ code: "57P01" });
});

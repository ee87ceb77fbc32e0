/** Both engines have the same tables: one source makes them (signaling/store/migrations.ts), and this is what came of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseServer } from "../../signaling/postgres/settings.ts";
import { DATABASE_FILE, openStore } from "../../signaling/store/open.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";

let postgres: TestPostgres;
let server: DatabaseServer;
let sqlite: DatabaseSync;
const folder = mkdtempSync(join(tmpdir(), "engawa-tables-"));

beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await postgres.newDatabase("empty");
  // two servers that start at the same moment
  const stores = await Promise.all([1, 2].map(() => openStore({ stateDir: "", database: server })));
  for (const store of stores) await store.close();
  await (await openStore({ stateDir: folder })).close();
  sqlite = new DatabaseSync(join(folder, DATABASE_FILE), { readOnly: true });
});
afterAll(async () => {
  sqlite.close();
  rmSync(folder, { recursive: true, force: true });
  await postgres.close();
});

/** Each row as one text. */
const inSqlite = (statement: string): string[] =>
  sqlite
    .prepare(statement)
    .all()
    .map((row) => Object.values(row).join(" "))
    .sort();
const inPostgres = async (statement: string): Promise<string[]> =>
  (await postgres.query(server, statement)).map((row) => Object.values(row).join(" ")).sort();

const OF_SQLITE = "name not like 'sqlite_%'";

test("columns: their kind, and whether they may be empty", async () => {
  const columns = inSqlite(`
    select t.name as "table", c.name, case c.type when 'TEXT' then 'text' when 'text' then 'text' else 'bigint' end,
      case when c."notnull" = 1 or c.pk > 0 then 'not null' else '' end
    from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table' and t.${OF_SQLITE}`);
  expect(columns.length).toBeGreaterThan(200);
  const others = await inPostgres(`
    select table_name, column_name, data_type, case is_nullable when 'NO' then 'not null' else '' end
    from information_schema.columns where table_schema = 'public'`);
  expect({
    more: others.filter((x) => !columns.includes(x)),
    less: columns.filter((x) => !others.includes(x)),
  }).toEqual({ more: [], less: [] });
});

test("indexes: what they are on, which are unique, and of which rows", async () => {
  const plain = (definition: string): string => {
    const [, unique = "", name = "", table = "", rest = ""] =
      /^create (unique )?index "?(\w+)"? on (?:public\.)?"?(\w+)"? (?:using btree )?(.*)$/is.exec(definition) ?? [];
    // PostgreSQL writes parentheses, types and names in its own way
    const columns = rest.replace(/::(bigint|text)|["\s]/gi, "").replace(/^\((.*?)\)(where\(?(.*?)\)?)?$/i, "$1 $3");
    return `${unique}${name} ${table} ${columns.replace(/'9007199254740991'/g, "9007199254740991")}`.toLowerCase();
  };
  const indexes = inSqlite("select sql from sqlite_schema where type = 'index' and sql is not null").map(plain);
  expect(indexes.length).toBeGreaterThan(50);
  const others = await inPostgres(`
    select indexdef from pg_indexes where schemaname = 'public'
      and indexname not in (select conname from pg_constraint where contype in ('p', 'u'))`);
  expect(others.map(plain).sort()).toEqual(indexes.sort());
});

test("keys, what is there once, and what refers to what", async () => {
  const keys = inSqlite(`
    select m.name as "table", i.origin, group_concat(c.name, ',') from sqlite_schema m, pragma_index_list(m.name) i, pragma_index_info(i.name) c
      where m.type = 'table' and m.${OF_SQLITE} and i.origin in ('pk', 'u') group by m.name, i.name
    union all select m.name, 'pk', c.name from sqlite_schema m, pragma_table_info(m.name) c
      where m.type = 'table' and m.${OF_SQLITE} and c.pk = 1 and lower(c.type) = 'integer'
    union all select m.name, f."from", f."table" from sqlite_schema m, pragma_foreign_key_list(m.name) f where m.type = 'table'`);
  expect(keys.length).toBeGreaterThan(60);
  const others = await inPostgres(`
    select conrelid::regclass, case contype when 'p' then 'pk' else 'u' end,
        (select string_agg(attname, ',' order by n) from unnest(conkey) with ordinality k (key, n)
          join pg_attribute on attrelid = conrelid and attnum = key)
      from pg_constraint where contype in ('p', 'u') and connamespace = 'public'::regnamespace
    union all select conrelid::regclass, attname, confrelid::regclass::text
      from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
      where contype = 'f' and connamespace = 'public'::regnamespace`);
  expect({ more: others.filter((x) => !keys.includes(x)), less: keys.filter((x) => !others.includes(x)) }).toEqual({
    more: [],
    less: [],
  });
});

test("numbers are given by the database in the same tables", async () => {
  const given = inSqlite("select name from sqlite_schema where sql like '%autoincrement%'");
  const others = await inPostgres("select table_name from information_schema.columns where is_identity = 'YES'");
  expect(others).toEqual(given);
});

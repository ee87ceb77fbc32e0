/** A real PostgreSQL for tests: a cluster for each file that asks, made once for all of a run, and a database for whoever asks. */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import type { DatabaseServer } from "../../signaling/postgres/settings.ts";
import { makeCluster, type Postgres, startPostgres } from "../../signaling/quickstart/postgres.ts";
import { openStore } from "../../signaling/store/open.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

export interface TestPostgres {
  readonly cluster: Postgres;
  /** Where it lies; undefined: on a disk like any other. */
  readonly disk: SmallDisk | undefined;
  /** A database of its own, with the tables of today and nothing in them; `empty`: without tables. */
  newDatabase(kind?: "empty"): Promise<DatabaseServer>;
  /** One statement; its rows. As whoever looks from outside. */
  query(database: DatabaseServer, statement: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface TestPostgresOptions {
  /** Of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** On a disk of its own with so much room. */
  readonly megabytes?: number;
}

export async function startTestPostgres({ settings, megabytes }: TestPostgresOptions = {}): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const disk = megabytes === undefined ? undefined : mountSmallDisk(folder, megabytes);
  chmodSync(folder, 0o711);
  await promisify(execFile)("cp", ["-a", "--", `${await madeCluster()}/.`, folder]);
  const logs = `${folder}-logs`; // not in it: the last lines come when it has gone
  mkdirSync(logs);
  const cluster = await startPostgres({ folder, logs, settings: { ...SMALL, ...settings } });
  const password = readFileSync(cluster.passwordFile, "utf8").trim();
  const at = (database: string): DatabaseServer => {
    const { host, port } = cluster;
    return { host, port, user: "engawa", password, database, isLocal: true, ca: undefined };
  };
  let template: Promise<string> | undefined;
  let made = 0;
  const make = async (like = "template0"): Promise<DatabaseServer> => {
    made += 1;
    const name = `test_${made}`;
    await query(at("engawa"), `create database ${name} template ${like}`);
    return at(name);
  };
  const makeTemplate = async (): Promise<string> => {
    const server = await make();
    await (await openStore({ stateDir: "", database: server })).close();
    return server.database;
  };
  return {
    cluster,
    disk,
    query,
    newDatabase: async (kind) => {
      if (kind === "empty") return make();
      template ??= makeTemplate();
      return make(await template);
    },
    close: async () => {
      await cluster.close();
      await disk?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function query(database: DatabaseServer, statement: string): Promise<Record<string, unknown>[]> {
  const { host, port, user, password, database: name } = database;
  const client = new pg.Client({ host, port, user, password, database: name });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A copy starts in a tenth of the time. Two files that make one at the same moment: the second one's is not needed. */
async function madeCluster(): Promise<string> {
  const made = join(tmpdir(), "postgres-made");
  if (existsSync(made)) return made;
  const draft = mkdtempSync(join(tmpdir(), "postgres-draft-"));
  await makeCluster({ folder: draft, mayMakeDatabases: true });
  try {
    renameSync(draft, made);
  } catch {
    rmSync(draft, { recursive: true });
  }
  return made;
}

const SMALL = { shared_buffers: "32MB", min_wal_size: "32MB", max_wal_size: "64MB" };

/** A real PostgreSQL for tests: a cluster for each file that asks, made once for all of a run, and a fresh database for whoever asks. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { makeCluster, type Postgres, startPostgres } from "../../signaling/quickstart/postgres.ts";

export interface TestPostgres {
  readonly cluster: Postgres;
  readonly password: string;
  /** A database of its own, empty; its URL, without the password. */
  newDatabase(): Promise<string>;
  /** One statement; its rows. As whoever looks from outside. */
  query(url: string, statement: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** `settings`: of postgresql.conf. */
export async function startTestPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  await promisify(execFile)("cp", ["-a", "--", `${await madeCluster()}/.`, folder]);
  const cluster = await startPostgres({ folder, logs: join(folder, "logs"), settings: { ...SMALL, ...settings } });
  const password = readFileSync(cluster.passwordFile, "utf8").trim();
  const query = async (url: string, statement: string) => {
    const at = new URL(url);
    at.password ||= password;
    const client = new pg.Client({ connectionString: at.href });
    await client.connect();
    try {
      return (await client.query(statement)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  let made = 0;
  return {
    cluster,
    password,
    query,
    newDatabase: async () => {
      made += 1;
      const name = `test_${made}`;
      await query(cluster.url(), `create database ${name}`);
      return cluster.url(name);
    },
    close: async () => {
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
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

const SMALL = { shared_buffers: "32MB" };

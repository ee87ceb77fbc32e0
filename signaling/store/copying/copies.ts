/**
 * Copies of a whole store. A backup is a SQLite file with the same tables, whatever the engine it came from: one file, from which
 * any of our servers can be restored, or on which one can run.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { DatabaseServer } from "../../postgres/settings.ts";
import { LATEST_VERSION, tooNew } from "../migrations.ts";
import { DATABASE_FILE } from "../open.ts";
import { openSqlite } from "../sqlite.ts";
import { copySqlite, type SqliteSource, sqliteSource, sqliteTarget, toOneFile } from "./sqlite-tables.ts";
import { CopyRefused, copyTables, type TableSource, type TableTarget } from "./tables.ts";

/** As the settings say where a store is. */
export interface StorePlace {
  readonly stateDir: string;
  /** Left out: a file in the folder. */
  readonly database?: DatabaseServer | undefined;
}

export const fileOf = ({ stateDir }: StorePlace): string => join(stateDir, DATABASE_FILE);

/** As it is at one moment; servers may run on it. `look`: at the copy, before it gets its name. Throws CopyRefused. */
export async function backUp<T>(from: StorePlace, file: string, look: (copy: StorePlace) => Promise<T>): Promise<T> {
  if (existsSync(file)) throw new CopyRefused(`${file} is there already: say another name`);
  const { database } = from;
  return inDraft(file, async (draft) => {
    if (!database) copySqlite(mustExist(fileOf(from)), draft);
    else {
      await bringToLatest(draft);
      const { postgresSource } = await import("./postgres-tables.ts");
      await copyBetween(await postgresSource(database), async () => sqliteTarget(draft));
    }
    return look({ stateDir: dirname(draft) });
  });
}

/** Into a store that is empty. The file stays as it is. Throws CopyRefused, StoreTooNew. */
export async function restore(file: string, to: StorePlace): Promise<void> {
  const { database } = to;
  const source = sqliteSource(mustExist(file), { alone: false });
  if (database) return intoPostgres(source, database);
  try {
    const path = fileOf(to);
    if (existsSync(path)) throw new CopyRefused(`${path} is there already: stop the server, and move it away`);
    await mustBeOurs(source);
    mkdirSync(to.stateDir, { recursive: true, mode: 0o700 });
    await inDraft(path, async (draft) => {
      source.copyTo(draft);
      await bringToLatest(draft);
    });
  } finally {
    await source.close();
  }
}

/** From the file of this server, on which none may run, into a database that is empty. Throws CopyRefused, StoreTooNew. */
export async function move(from: StorePlace, to: DatabaseServer): Promise<void> {
  await intoPostgres(sqliteSource(mustExist(fileOf(from)), { alone: true }), to);
}

/** What an older version wrote is brought to the latest in a copy. */
async function intoPostgres(source: SqliteSource, server: DatabaseServer): Promise<void> {
  const folder = mkdtempSync(join(dirname(resolve(source.path)), ".engawa-"));
  try {
    const version = await mustBeOurs(source);
    const { openPostgres } = await import("../postgres.ts");
    await (await openPostgres({ server })).close(); // makes the tables
    const { postgresTarget } = await import("./postgres-tables.ts");
    const target = () => postgresTarget(server);
    if (version === LATEST_VERSION) return await copyBetween(source, target);
    const draft = join(folder, DATABASE_FILE);
    source.copyTo(draft);
    await bringToLatest(draft);
    await copyBetween(sqliteSource(draft, { alone: true }), target);
  } finally {
    await source.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function mustBeOurs(source: TableSource & { readonly path: string }): Promise<number> {
  const version = await source.version();
  if (version === 0) throw new CopyRefused(`${source.path} is no database of this program`);
  if (version > LATEST_VERSION) throw tooNew(version);
  return version;
}

async function copyBetween(source: TableSource, open: () => Promise<TableTarget>): Promise<void> {
  try {
    const target = await open();
    try {
      await copyTables(source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Made where it is not there. */
const bringToLatest = async (path: string): Promise<void> => (await openSqlite({ path })).close();

/** Whole, or not there: it is made beside its place, for its owner alone, and is on the disk when it gets its name. */
async function inDraft<T>(file: string, work: (draft: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(dirname(resolve(file)), ".engawa-"));
  try {
    const draft = join(folder, DATABASE_FILE);
    const done = await work(draft);
    toOneFile(draft);
    chmodSync(draft, 0o600);
    flush(draft);
    renameSync(draft, file);
    flush(dirname(resolve(file)));
    return done;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function flush(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function mustExist(file: string): string {
  if (existsSync(file)) return file;
  throw new CopyRefused(`${file} is not there`);
}

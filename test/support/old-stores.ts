/** A database as an older version of the program left it (old-stores/), in a folder of its own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface OldStore {
  readonly stateDir: string;
  readonly path: string;
  /** When everything in it happened. */
  readonly at: number;
  remove(): void;
}

export function openOldStore(version: 8): OldStore {
  const folder = mkdtempSync(join(tmpdir(), "engawa-old-"));
  const stateDir = join(folder, "state");
  const path = join(stateDir, "engawa.db");
  mkdirSync(stateDir, { mode: 0o700 });
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = wal");
  database.exec(readFileSync(new URL(`old-stores/version-${version}.sql`, import.meta.url), "utf8"));
  database.close();
  return { stateDir, path, at: 1_800_000_000_000, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Chooses the store's adapter. PostgreSQL, for several servers, takes its place here as a second case. */
import { join } from "node:path";
import type { Store } from "./store.ts";

/** `pollMs`: how often to look for changes by other processes. */
export async function openStore(options: { stateDir: string; pollMs?: number }): Promise<Store> {
  const { openSqlite } = await import("./sqlite.ts");
  return openSqlite({ ...options, path: join(options.stateDir, DATABASE_FILE) });
}

export const DATABASE_FILE = "engawa.db";

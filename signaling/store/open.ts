/** Chooses the store's adapter: PostgreSQL, for several servers, where there is one; else a file of this server's own. */
import { join } from "node:path";
import type { DatabaseServer } from "../postgres/settings.ts";
import type { Store } from "./store.ts";

export interface OpenStoreOptions {
  readonly stateDir: string;
  /** Left out: a file in the folder. */
  readonly database?: DatabaseServer | undefined;
  /** Seals the audit (32 bytes, from outside the database); none: its records have no seal. */
  readonly auditKey?: Uint8Array;
  /** How often to look for changes by other processes. */
  readonly pollMs?: number;
  /** Each write says whose rights it changed: whoever else runs on the same data need not ask about everybody. */
  readonly isBesideServer?: boolean;
  /** A file may not grow beyond this: more is refused as on a full disk. */
  readonly maxBytes?: number;
  /** Nothing can be kept any more; said once, until it works again. */
  readonly onTrouble?: (cause: unknown) => void;
  readonly onRecovered?: () => void;
}

export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { database: server } = options;
  if (server) {
    const { openPostgres } = await import("./postgres.ts");
    return openPostgres({ ...options, server });
  }
  const { openSqlite } = await import("./sqlite.ts");
  return openSqlite({ ...options, path: join(options.stateDir, DATABASE_FILE) });
}

export const DATABASE_FILE = "engawa.db";

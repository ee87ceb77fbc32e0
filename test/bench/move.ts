/** A store of many office PCs, as many people and a long record: moved to PostgreSQL, backed up there, and restored. */
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadAdminConfig } from "../../signaling/config.ts";
import { type Postgres, startPostgres } from "../../signaling/quickstart/postgres.ts";
import { type CommandCost, costOfCommand } from "./command-cost.ts";
import { fillCountry } from "./crowd/country.ts";
import type { Crowd } from "./crowd/server.ts";

/** Of the record, for each office PC: a million for 34,000. */
const RECORDS_EACH = 1_000_000 / 34_000;

export interface MoveResult {
  readonly agents: number;
  readonly records: number;
  readonly fileMB: number;
  readonly move: CommandCost;
  readonly backup: CommandCost;
  readonly restore: CommandCost;
  /** Of the file itself, without PostgreSQL. */
  readonly fileBackup: CommandCost;
}

export async function measureMove(folder: string, { agents }: Crowd, say: (what: string) => void): Promise<MoveResult> {
  const records = Math.round(agents * RECORDS_EACH);
  const stateDir = join(folder, "state");
  const own = { ENGAWA_STATE_DIR: stateDir };
  const { storeKey, auditKey } = loadAdminConfig(own);
  say(`${agents} office PCs and people, ${records} records`);
  await fillCountry({ stateDir, storeKey }, { agents, records, auditKey });
  chmodSync(folder, 0o711); // PostgreSQL has an account of its own, which passes through
  const clusters: Postgres[] = [];
  const newCluster = async (name: string): Promise<Record<string, string>> => {
    const place = join(folder, name);
    mkdirSync(place);
    const cluster = await startPostgres({ folder: place, logs: join(place, "logs") });
    clusters.push(cluster);
    return { ...own, ENGAWA_DATABASE_URL: cluster.url(), ENGAWA_DATABASE_PASSWORD_FILE: cluster.passwordFile };
  };
  const cost = (args: readonly string[], environment: Record<string, string>) => {
    say(args.slice(0, 2).join(" "));
    return costOfCommand(args, environment);
  };
  try {
    const [first, second] = [await newCluster("first"), await newCluster("second")];
    const [backup, fileBackup] = [join(folder, "backup.db"), join(folder, "file.db")];
    const fileMB = Math.round(statSync(join(stateDir, "engawa.db")).size / 1e6);
    return {
      ...{ agents, records, fileMB },
      move: await cost(["store", "move"], first),
      backup: await cost(["store", "backup", backup], first),
      restore: await cost(["store", "restore", backup], second),
      fileBackup: await cost(["store", "backup", fileBackup], own),
    };
  } finally {
    for (const cluster of clusters) await cluster.close();
  }
}

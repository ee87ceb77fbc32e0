/** The administrators' lists of many office PCs: how long they take, and what they hold in memory at most. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandCost, costOfCommand } from "./command-cost.ts";
import { fill } from "./crowd/rows.ts";
import type { Crowd } from "./crowd/server.ts";

export interface ListsResult {
  readonly agents: number;
  /** One row: what the program costs by itself. */
  readonly one: CommandCost;
  readonly table: CommandCost;
  readonly json: CommandCost;
}

export async function measureLists(folder: string, crowd: Crowd, say: (what: string) => void): Promise<ListsResult> {
  const storeKey = randomBytes(32);
  const keyFile = join(folder, "store.key");
  writeFileSync(keyFile, storeKey, { mode: 0o600 });
  const stateDir = join(folder, "state");
  say(`${crowd.agents} rows`);
  await fill({ stateDir, storeKey }, crowd);
  const list = (...args: string[]): Promise<CommandCost> => {
    say(["terminal list", ...args].join(" "));
    return costOfCommand(["terminal", "list", ...args], {
      ENGAWA_STATE_DIR: stateDir,
      ENGAWA_STORE_KEY_FILE: keyFile,
    });
  };
  return {
    agents: crowd.agents,
    one: await list("--limit", "1"),
    table: await list(),
    json: await list("--json"),
  };
}

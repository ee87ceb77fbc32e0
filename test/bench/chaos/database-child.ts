/** Looks after PostgreSQL in the namespace in which it was started (database.ts). Ends it when whoever started us is gone. */
import { setTimeout as pause } from "node:timers/promises";
import { type Postgres, type PostgresOptions, startPostgres } from "../../../signaling/quickstart/postgres.ts";

export type DatabaseJob = Pick<PostgresOptions, "folder" | "logs" | "port" | "settings">;
export interface DatabaseOrder {
  readonly kind: "kill" | "start";
}
export interface DatabaseAnswer {
  readonly problem?: string;
}

/** What a killed one leaves behind holds its memory for a moment, and a disk that is full lets nothing begin. */
const TRIES = 40;
const TRY_MS = 250;

const answer = (said: DatabaseAnswer): void => void process.send?.(said);
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function start(database: Postgres): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await database.restart();
    } catch (error) {
      if (tries === TRIES) throw error;
      await pause(TRY_MS);
    }
  }
}

const database = await startPostgres(JSON.parse(process.argv[2] ?? "{}") as DatabaseJob);
process.on("message", async ({ kind }: DatabaseOrder) => {
  try {
    await (kind === "kill" ? database.takeAway() : start(database));
    answer({});
  } catch (error) {
    answer({ problem: wordsOf(error) });
  }
});
process.on("disconnect", async () => {
  await database.close();
  process.exit(0);
});
answer({});

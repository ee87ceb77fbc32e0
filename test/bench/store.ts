/** Signing in, 60 people a second, on each engine of the store: how long it takes, and what it costs the server and the database. */
import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Postgres, startPostgres } from "../../signaling/quickstart/postgres.ts";
import { signIn } from "./crowd/person-at-nine.ts";
import { cpuSeconds } from "./crowd/process-figures.ts";
import { fill } from "./crowd/rows.ts";
import { type Crowd, openServer, type PerProcess, perProcess, sumOf } from "./crowd/server.ts";
import { type Durations, durations, round } from "./stats.ts";

export interface StoreResult {
  readonly people: number;
  readonly perSecond: number;
  readonly engines: Readonly<Record<"sqlite" | "postgres", EngineResult>>;
}

export interface EngineResult {
  readonly signedIn: number;
  readonly signIn: Durations;
  readonly refusals: number;
  readonly serverCpuSeconds: number;
  readonly databaseCpuSeconds: number;
  /** Processor time for each person: of the server's processes, of the database, and of the people themselves (this process). */
  readonly cpuMsEach: PerProcess & { readonly database: number; readonly people: number };
}

const PER_SECOND = 60;
const SETTLE_MS = 3_000;

export async function measureStore(folder: string, crowd: Crowd, say: (what: string) => void): Promise<StoreResult> {
  const people = crowd.people;
  say("sqlite");
  const sqlite = await measure(join(folder, "on-sqlite"), people, undefined, say);
  say("postgres");
  chmodSync(folder, 0o711);
  const postgres = await startPostgres({ folder: join(folder, "postgres"), logs: join(folder, "postgres-logs") });
  try {
    const engines = { sqlite, postgres: await measure(join(folder, "on-postgres"), people, postgres, say) };
    return { people, perSecond: PER_SECOND, engines };
  } finally {
    await postgres.close();
  }
}

async function measure(
  folder: string,
  count: number,
  postgres: Postgres | undefined,
  say: (what: string) => void,
): Promise<EngineResult> {
  mkdirSync(folder);
  const server = await openServer(folder, { agents: count, people: count }, { postgres, countsTurns: false });
  try {
    const { people } = await fill(server, { agents: 0, people: count });
    await server.start();
    await pause(SETTLE_MS);
    say(`${count} people sign in, ${PER_SECOND} a second`);
    const [before, databaseBefore] = [server.cpuSeconds(), databaseSeconds(postgres)];
    const own = process.cpuUsage();
    const refusals: string[] = [];
    const took = await Promise.all(
      people.map(async (person, i) => {
        await pause((i / PER_SECOND) * 1_000);
        const begun = performance.now();
        const cookie = await signIn(server, person, { address: address(i), refusals });
        return cookie === undefined ? null : performance.now() - begun;
      }),
    );
    const { user, system } = process.cpuUsage(own);
    const after = server.cpuSeconds();
    const used = perProcess((name) => after[name] - before[name]);
    const database = databaseSeconds(postgres) - databaseBefore;
    const each = (seconds: number) => round((seconds * 1_000) / count);
    return {
      signedIn: took.filter((ms) => ms !== null).length,
      signIn: durations(took),
      refusals: refusals.length,
      serverCpuSeconds: round(sumOf(used)),
      databaseCpuSeconds: round(database),
      cpuMsEach: {
        ...perProcess((name) => each(used[name])),
        database: each(database),
        people: each((user + system) / 1_000_000),
      },
    };
  } finally {
    await server.close();
  }
}

/** Each person has a line of their own. */
const address = (i: number): string => `127.1.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`;

/** Of it and of all that it started. A connection that ends in between takes its own with it; ours stay. */
function databaseSeconds(postgres: Postgres | undefined): number {
  const parent = postgres?.pid();
  if (parent === undefined) return 0;
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === parent);
  return cpuSeconds(parent) + children.reduce((sum, pid) => sum + cpuSeconds(Number(pid)), 0);
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined; // it has ended
  }
}

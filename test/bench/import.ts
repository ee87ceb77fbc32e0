/** People from a CSV file at the console: how long 5,000 newcomers take in a store with many people, and for how long nothing else has its turn. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Passwords } from "../../signaling/auth/password.ts";
import { operatorAs } from "../../signaling/auth/principal.ts";
import { readPeople } from "../../signaling/console/people-file.ts";
import { type Desk, look } from "../../signaling/organisations/desk.ts";
import { importPeople } from "../../signaling/organisations/import-apply.ts";
import { lastImport, undoImport } from "../../signaling/organisations/import-undo.ts";
import { planPeople } from "../../signaling/organisations/people-import.ts";
import { openStore } from "../../signaling/store/open.ts";
import { Sealer } from "../../signaling/store/sealer.ts";
import { fill } from "./crowd/rows.ts";
import type { Crowd } from "./crowd/server.ts";
import { round } from "./stats.ts";

const NEWCOMERS = 5_000;

interface Cost {
  readonly seconds: number;
  /** The longest turn of the event loop. */
  readonly turnMs: number;
}

export interface ImportResult {
  readonly people: number;
  readonly newcomers: number;
  readonly look: Cost;
  readonly apply: Cost;
  readonly undo: Cost;
}

export async function measureImport(folder: string, crowd: Crowd, say: (what: string) => void): Promise<ImportResult> {
  const storeKey = randomBytes(32);
  const stateDir = join(folder, "state");
  const people = crowd.agents;
  say(`${people} people`);
  await fill({ stateDir, storeKey }, { agents: people, people });
  const store = await openStore({ stateDir, auditKey: randomBytes(32) });
  const desk: Desk = {
    ...{ store, sealer: new Sealer(storeKey), passwords: new Passwords(), now: Date.now },
    principal: operatorAs("administrator:bench"),
  };
  const rows = Array.from({ length: NEWCOMERS }, (_, i) => `見本 ${i},new${i},見本市`);
  const bytes = Buffer.from(`名前,職員ID,団体\r\n${rows.join("\r\n")}\r\n`);
  try {
    let shown: Parameters<typeof importPeople>[1] = { file: [], lines: [] };
    say("look");
    const looked = await costOf(async () => {
      const file = readPeople(bytes);
      if (!("lines" in file)) throw new Error(file.problem);
      const plan = await look(desk, (q, ask) => planPeople(q, ask, file.lines));
      shown = { file: file.lines, lines: plan.map(({ line }) => line) };
    });
    say("apply");
    const applied = await costOf(async () => {
      const { letters } = await importPeople(desk, shown);
      if (letters.length !== NEWCOMERS) throw new Error(`${letters.length} of ${NEWCOMERS} were added`);
    });
    say("undo");
    const { last } = await lastImport(desk);
    const undone = await costOf(() => undoImport(desk, last?.import ?? ""));
    return { people, newcomers: NEWCOMERS, look: looked, apply: applied, undo: undone };
  } finally {
    await store.close();
  }
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  await work();
  const seconds = round((performance.now() - begun) / 1000);
  delay.disable();
  return { seconds, turnMs: Math.round(delay.max / 1e6) };
}

/** Files at the console: how long 5,000 new lines of a kind take in a store with many people, and for how long nothing else has its turn. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Passwords } from "../../signaling/auth/password.ts";
import { operatorAs } from "../../signaling/auth/principal.ts";
import { readImport } from "../../signaling/console/import-file.ts";
import type { Desk } from "../../signaling/organisations/desk.ts";
import type { Shown } from "../../signaling/organisations/imports/import.ts";
import { IMPORTS } from "../../signaling/organisations/imports/kinds.ts";
import type { ImportKind } from "../../signaling/protocol/console-import.ts";
import { openStore } from "../../signaling/store/open.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { Sealer } from "../../signaling/store/sealer.ts";
import type { Store } from "../../signaling/store/store.ts";
import { fill } from "./crowd/rows.ts";
import type { Crowd } from "./crowd/server.ts";
import { round } from "./stats.ts";

const LINES = 5_000;

interface Cost {
  readonly seconds: number;
  /** The longest turn of the event loop. */
  readonly turnMs: number;
}

export interface ImportResult {
  readonly kind: ImportKind;
  readonly people: number;
  readonly lines: number;
  readonly look: Cost;
  readonly apply: Cost;
  readonly undo: Cost;
}

/** What is new in the one town. */
const FILES: Readonly<Record<ImportKind, (i: number, town: Town) => readonly string[]>> = {
  people: (i, { name }) => [`見本 ${i}`, `new${i}`, name],
  terminals: (i, { name }) => [`見本 ${i} の PC`, "", name],
  grants: (i, { name, people, terminals }) => [
    // the PC after one's own, where they are as many
    ...[people[i % people.length] ?? "", terminals[(i + 1) % terminals.length] ?? "", name, "2099-03-31"],
  ],
  // a hundred at the top, each with fifty below it
  divisions: (i, { name }) => [`部署 ${i}`, name, i < 100 ? "" : `部署 ${i % 100}`],
};
const HEADERS: Readonly<Record<ImportKind, string>> = {
  people: "名前,職員ID,団体",
  terminals: "名前,端末ID,団体",
  grants: "職員,職場のパソコン,団体,期限",
  divisions: "名前,団体,上の部署",
};

interface Town {
  readonly name: string;
  readonly people: readonly string[];
  readonly terminals: readonly string[];
}

async function townOf(store: Store): Promise<Town> {
  return store.read(async (q) => {
    const [organisation] = await q.organisations.page(EVERYTHING, { limit: 1 });
    if (!organisation) throw new Error("no town");
    const of = { ...EVERYTHING, organisation: organisation.id };
    const people = await q.people.page(of, { limit: LINES });
    const terminals = await q.terminals.page(of, { limit: LINES });
    return {
      ...{ name: organisation.name, people: people.map(({ login }) => login) },
      terminals: terminals.map(({ id }) => id),
    };
  });
}

export async function measureImport(
  folder: string,
  crowd: Crowd,
  say: (what: string) => void,
  kind: ImportKind,
): Promise<ImportResult> {
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
  try {
    const town = await townOf(store);
    const rows = Array.from({ length: LINES }, (_, i) => FILES[kind](i, town).join(","));
    const bytes = Buffer.from(`${HEADERS[kind]}\r\n${rows.join("\r\n")}\r\n`);
    const at = IMPORTS[kind];
    let shown: Shown = { file: { lines: [], offset: 540 }, lines: [] };
    say("look");
    const looked = await costOf(async () => {
      const read = readImport(kind, bytes);
      if (!("lines" in read)) throw new Error(read.problem);
      const file = { lines: read.lines, offset: 540 };
      shown = { file, lines: await at.look(desk, file) };
    });
    say("apply");
    const applied = await costOf(async () => {
      const { lines } = await at.apply(desk, shown);
      const wrong = lines.find(({ fate }) => fate === "wrong");
      if (wrong) throw new Error(`wrong: ${JSON.stringify(wrong)}`);
    });
    say("undo");
    const { last } = await at.last(desk);
    const undone = await costOf(() => at.undo(desk, last?.import ?? ""));
    return { kind, people, lines: LINES, look: looked, apply: applied, undo: undone };
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

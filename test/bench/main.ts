/**
 * `npm run bench -- NAME` (usage.ts): one measurement of the whole product, each part in a network of its own; or of the server with a crowd, on
 * loopback. Progress goes to stderr; with --json the last line of stdout is one object.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { IMPORT_KINDS, type ImportKind } from "../../signaling/protocol/console-import.ts";
import { buildViewer } from "../../signaling/quickstart/build.ts";
import { temporaryFolder } from "../../signaling/quickstart/temporary.ts";
import { measureAttack } from "./attack.ts";
import { measureAudit } from "./audit.ts";
import { kindFor, play } from "./chaos/play.ts";
import { measureConsole } from "./console.ts";
import { type Crowd, tooFewFiles } from "./crowd/server.ts";
import { measureDay } from "./day.ts";
import { dayEndFor2000 } from "./day-end.ts";
import { measureEnrol } from "./enrol.ts";
import { endOf34000Ids } from "./event.ts";
import { CONTENTS, type Content, measureFilm } from "./film.ts";
import { measureFleet } from "./fleet.ts";
import { measureIdle } from "./idle.ts";
import { measureImport } from "./import.ts";
import { measureJoin } from "./join.ts";
import { measureLab } from "./lab/lab.ts";
import { measureLatency } from "./latency.ts";
import { measureLists } from "./lists.ts";
import { lockOn2000Sessions } from "./lock.ts";
import { measureLoss } from "./loss.ts";
import { measureMotion } from "./motion.ts";
import { measureMove } from "./move.ts";
import { NETS } from "./network.ts";
import { measureNine } from "./nine.ts";
import { SYSTEMS } from "./office-agent.ts";
import { measurePage } from "./page.ts";
import { openPeerScene, PEERS } from "./peers/peer.ts";
import { filmWords, labWords, motionWords, pageWords, squeezeWords, traceWords } from "./picture-words.ts";
import { TRACES, type TraceName } from "./plays.ts";
import { policyFor2000 } from "./policy.ts";
import { LEGS } from "./product.ts";
import {
  attackWords,
  auditWords,
  consoleWords,
  dayEndWords,
  dayWords,
  enrolWords,
  eventWords,
  fleetWords,
  idleWords,
  importWords,
  joinWords,
  latencyWords,
  listsWords,
  lockWords,
  lossWords,
  machineWords,
  moveWords,
  nineWords,
  policyWords,
  storeWords,
} from "./report.ts";
import { measureSqueeze } from "./squeeze.ts";
import { openStage, type Scene, type Stage } from "./stage.ts";
import { measureStore } from "./store.ts";
import { measureTrace } from "./trace.ts";
import { USAGE } from "./usage.ts";

interface Asked {
  readonly samples: number;
  /** How long nobody works, or a film plays, where that is measured. */
  readonly minutes: number;
  readonly trace: TraceName;
  readonly content: Content;
}

interface Measurement<T, S> {
  readonly samples: number;
  readonly minutes?: number;
  /** The links it is about, where nothing else is asked for; `only`: nothing else makes sense. */
  readonly net?: string;
  readonly only?: boolean;
  /** Its window at the office is one of Linux. */
  readonly linux?: boolean;
  /** The agent collects its garbage on demand, which it never does for people. */
  readonly collects?: boolean;
  readonly measure: (stage: S, asked: Asked) => Promise<T>;
  readonly words: (result: T) => string;
}

const measurement = <T extends object, S extends Scene = Stage>(one: Measurement<T, S>) => ({
  samples: one.samples,
  minutes: one.minutes ?? 0.5,
  net: one.net ?? "lan",
  only: one.only ?? false,
  linux: one.linux ?? one.collects ?? false,
  collects: one.collects ?? false,
  run: async (stage: S, asked: Asked): Promise<{ readonly result: object; readonly words: string }> => {
    const result = await one.measure(stage, asked);
    return { result, words: one.words(result) };
  },
});

/** What a peer can be measured with, too. */
const COMPARED = {
  trace: measurement({
    samples: 1,
    measure: (scene: Scene, { trace }) => measureTrace(scene, trace),
    words: traceWords,
  }),
  page: measurement({
    samples: 16,
    linux: true,
    measure: (scene: Scene, { samples }) => measurePage(scene, samples),
    words: pageWords,
  }),
  latency: measurement({
    samples: 64,
    measure: (scene: Scene, { samples }) => measureLatency(scene, samples),
    words: latencyWords,
  }),
  join: measurement({
    samples: 12,
    measure: (scene: Scene, { samples }) => measureJoin(scene, samples),
    words: joinWords,
  }),
};

const MEASUREMENTS = {
  ...COMPARED,
  motion: measurement({
    samples: 3,
    linux: true,
    measure: (stage, { samples }) => measureMotion(stage, samples),
    words: motionWords,
  }),
  film: measurement({
    samples: 1,
    minutes: 1,
    linux: true,
    measure: (stage, { content, minutes }) => measureFilm(stage, content, minutes),
    words: filmWords,
  }),
  squeeze: measurement({
    samples: 1,
    net: "squeeze",
    only: true,
    linux: true,
    measure: measureSqueeze,
    words: squeezeWords,
  }),
  idle: measurement({ samples: 1, measure: (stage, { minutes }) => measureIdle(stage, minutes), words: idleWords }),
  loss: measurement({
    samples: 300,
    net: "loss",
    measure: (stage, { samples }) => measureLoss(stage, samples),
    words: lossWords,
  }),
  day: measurement({
    samples: 8,
    collects: true,
    measure: (stage, { samples }) => measureDay(stage, samples),
    words: dayWords,
  }),
  attack: measurement({
    samples: 64,
    measure: (stage, { samples }) => measureAttack(stage, samples),
    words: attackWords,
  }),
};

/** Those that need no more than the server: many office PCs and people, on loopback. */
const crowd = <T>(
  measure: (folder: string, crowd: Crowd, say: (what: string) => void, kind: ImportKind) => Promise<T>,
  words: (result: T) => string,
) => ({
  run: async (folder: string, size: Crowd, say: (what: string) => void, kind: ImportKind) => {
    const result = await measure(folder, size, say, kind);
    return { result, words: words(result) };
  },
});
const CROWDS = {
  fleet: crowd(measureFleet, fleetWords),
  nine: crowd(measureNine, nineWords),
  enrol: crowd(measureEnrol, enrolWords),
  lists: crowd(measureLists, listsWords),
  import: crowd(measureImport, importWords),
  lock: crowd(lockOn2000Sessions, lockWords),
  policy: crowd(policyFor2000, policyWords),
  "day-end": crowd(dayEndFor2000, dayEndWords),
  event: crowd(endOf34000Ids, eventWords),
  console: crowd(measureConsole, consoleWords),
  audit: crowd(measureAudit, auditWords),
  move: crowd(measureMove, moveWords),
  store: crowd(measureStore, storeWords),
};
/** Of these the rows count, not connections. */
const ROWS_ONLY: readonly string[] = ["lists", "console", "import", "audit", "move"];
const STORES = ["sqlite", "postgres"] as const;
const MAX_NODES = 4;
const WITH_PEOPLE: readonly string[] = ["nine", "lock", "policy", "day-end", "event", "console", "store"];
/** As many office PCs as people. */
const ALL_AT_WORK: readonly string[] = ["lock", "policy", "day-end", "event", "store"];
/** What a server may be set to at most (signaling/edge/capacity.ts). */
const MAX_CROWD = { agents: 20_000, people: 4_000 };
const MAX_LISTED = 200_000;
const MAX_RECORDS = 10_000_000;

/** In words, what is missing; nothing when it can begin. */
function missing(net: string): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, to make network namespaces: sudo npm run bench -- …";
  if (net === "lan") return undefined;
  if (spawnSync("gcc", ["--version"]).error) return `--net ${net} needs a C compiler: apt-get install gcc libc6-dev`;
  return existsSync("/dev/net/tun") ? undefined : `--net ${net} needs /dev/net/tun: modprobe tun`;
}

const OPTIONS = {
  help: { type: "boolean", short: "h", default: false },
  json: { type: "boolean", default: false },
  net: { type: "string" },
  leg: { type: "string", default: "udp" },
  minutes: { type: "string" },
  office: { type: "string", default: "linux" },
  peer: { type: "string" },
  samples: { type: "string" },
  agents: { type: "string" },
  people: { type: "string", default: "2000" },
  records: { type: "string" },
  trace: { type: "string", default: "office" },
  content: { type: "string", default: "film" },
  kind: { type: "string", default: "people" },
  keep: { type: "boolean", default: false },
  seed: { type: "string" },
  nodes: { type: "string", default: "1" },
  store: { type: "string", default: "sqlite" },
} as const;

/** Undefined: nobody knows what was meant. */
function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch {
    return undefined;
  }
}

type Values = NonNullable<ReturnType<typeof readArguments>>["values"];

async function main(): Promise<void> {
  const read = readArguments();
  if (!read) return fail(USAGE);
  const { values, positionals } = read;
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  const [name = ""] = positionals;
  const begun = performance.now();
  const say = (what: string) =>
    process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${what}\n`);
  if (isCrowd(name)) {
    const people = WITH_PEOPLE.includes(name) ? Number(values.people) : 0;
    const usual = ALL_AT_WORK.includes(name) ? people : ROWS_ONLY.includes(name) ? 34_000 : 10_000;
    const asked = name === "audit" ? (values.records ?? 1_000_000) : (values.agents ?? usual);
    const size = { agents: Number(asked), people };
    const kind = IMPORT_KINDS.find((one) => one === values.kind);
    if (!kind) return fail(USAGE);
    return measureCrowd(name, size, { ...values, kind, say });
  }
  const trace = TRACES.find((known) => known === values.trace);
  const content = CONTENTS.find((known) => known === values.content);
  if (!trace || !content) return fail(USAGE);
  if (name === "chaos") return playChaos({ ...values, say });
  if (name === "lab") return playLab({ ...values, trace, say });
  return measureSession(name, values, { trace, content, say });
}

async function measureSession(
  name: string,
  values: Values,
  { say, ...what }: { trace: TraceName; content: Content; say(what: string): void },
): Promise<void> {
  const chosen = Object.entries(MEASUREMENTS).find(([key]) => key === name)?.[1];
  const samples = Number(values.samples ?? chosen?.samples);
  const minutes = Number(values.minutes ?? chosen?.minutes);
  const system = SYSTEMS.find((name) => name === values.office);
  const leg = LEGS.find((name) => name === values.leg);
  const net = values.net ?? chosen?.net ?? "";
  const counts = Number.isInteger(samples) && samples >= 1 && minutes > 0;
  if (!chosen || !system || !leg || !Object.hasOwn(NETS, net) || !counts) return fail(USAGE);
  if (chosen.only && net !== chosen.net) return fail(`${name} has a line of its own: leave --net out`);
  const peer = PEERS.find((known) => known === values.peer);
  const compared = Object.entries(COMPARED).find(([key]) => key === name)?.[1];
  if (values.peer !== undefined && (!peer || !compared || system !== "linux")) return fail(USAGE);
  if (chosen.linux && system !== "linux") return fail(`${name} is measured with --office linux only`);
  const problem = missing(net);
  if (problem !== undefined) return fail(problem);
  if (!(await buildViewer(() => say("the page is built")))) return fail("the page does not build: see above");
  const { keep } = values;
  const asked = { samples, minutes, ...what };
  const stage = await openStage({ net, leg, system, collects: chosen.collects, keep, say });
  const { result, words } = await closedAfter(stage, (opened) => chosen.run(opened, asked));
  const beside =
    peer && compared
      ? await closedAfter(await openPeerScene(peer, { net, keep, say }), (scene) => compared.run(scene, asked))
      : undefined;
  say("done");
  const theirs = beside && { peer: { name: peer, ...beside.result } };
  const text = values.json
    ? JSON.stringify({ ...result, net, leg, office: system, ...theirs })
    : ["", machineWords(), "", words, ...(beside ? ["", `${peer}, the same:`, "", beside.words] : [])].join("\n");
  process.stdout.write(`${text}\n`);
}

async function closedAfter<S extends Scene, T>(scene: S, run: (scene: S) => Promise<T>): Promise<T> {
  try {
    return await run(scene);
  } finally {
    await scene.close();
  }
}

async function playLab(o: { trace: TraceName; json: boolean; say(what: string): void }): Promise<void> {
  const folder = temporaryFolder("bench");
  try {
    const result = await measureLab({ ...o, folder });
    process.stdout.write(`${o.json ? JSON.stringify(result) : `\n${labWords(result)}`}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const CHAOS_MINUTES = 60;
const MAX_SEED = 1_000_000;

async function playChaos({ json, keep, say, ...asked }: Values & { say(what: string): void }): Promise<void> {
  const minutes = Number(asked.minutes ?? CHAOS_MINUTES);
  const seed = Number(asked.seed ?? Math.floor(Math.random() * MAX_SEED));
  const nodes = Number(asked.nodes);
  const store = STORES.find((one) => one === asked.store);
  if (!(minutes > 0) || !Number.isInteger(seed) || !store || !(nodes >= 1 && nodes <= MAX_NODES)) return fail(USAGE);
  if (nodes > 1 && store === "sqlite") return fail("several nodes share a database server: --store postgres");
  const problem = missing("lan");
  if (problem !== undefined) return fail(problem);
  const { result, words } = await play(kindFor(minutes), { seed, nodes, store }, { say, keep });
  process.stdout.write(`${json ? JSON.stringify(result) : `\n${machineWords()}\n\n${words}`}\n`);
  if (result.violations.length > 0) process.exitCode = 1;
}

const isCrowd = (name: string): name is keyof typeof CROWDS => Object.hasOwn(CROWDS, name);

async function measureCrowd(
  name: keyof typeof CROWDS,
  size: Crowd,
  { json, keep, kind, say }: { json: boolean; keep: boolean; kind: ImportKind; say: (what: string) => void },
): Promise<void> {
  const fits = (count: number, least: number, most: number) =>
    Number.isInteger(count) && count >= least && count <= most;
  const { agents, people } = size;
  const most = name === "audit" ? MAX_RECORDS : ROWS_ONLY.includes(name) ? MAX_LISTED : MAX_CROWD.agents;
  const leastPeople = WITH_PEOPLE.includes(name) ? 1 : 0;
  if (!fits(agents, 1, most) || !fits(people, leastPeople, Math.min(agents, MAX_CROWD.people))) return fail(USAGE);
  const connected = name === "console" ? { agents: people, people } : size;
  const problem = ROWS_ONLY.includes(name) && name !== "console" ? undefined : tooFewFiles(connected);
  if (problem !== undefined) return fail(problem);
  if (name === "console" && !(await buildViewer(() => say("the page is built"))))
    return fail("the page does not build: see above");
  const folder = temporaryFolder("bench");
  try {
    const { result, words } = await CROWDS[name].run(folder, size, say, kind);
    say("done");
    process.stdout.write(`${json ? JSON.stringify(result) : `\n${machineWords()}\n\n${words}`}\n`);
  } finally {
    if (keep) say(`left in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

function fail(words: string): void {
  process.stderr.write(`${words}\n`);
  process.exitCode = 1;
}

main().then(
  () => process.exit(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

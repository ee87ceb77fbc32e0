/**
 * `npm run bench -- NAME [--json] [--net lan|wan|line|loss] [--office linux|windows] [--samples N] [--keep]`: one measurement of the whole product, each part in a
 * network of its own. `npm run bench -- fleet|nine|enrol|lists|console|import|lock|policy [--agents N] [--people N]`: of the server with a crowd, on loopback. Progress goes to stderr; with --json the last line of stdout is one object.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { IMPORT_KINDS, type ImportKind } from "../../signaling/protocol/console-import.ts";
import { buildViewer } from "../../signaling/quickstart/build.ts";
import { temporaryFolder } from "../../signaling/quickstart/temporary.ts";
import { measureAttack } from "./attack.ts";
import { measureConsole } from "./console.ts";
import { type Crowd, tooFewFiles } from "./crowd/server.ts";
import { measureDay } from "./day.ts";
import { measureEnrol } from "./enrol.ts";
import { measureFleet } from "./fleet.ts";
import { measureIdle } from "./idle.ts";
import { measureImport } from "./import.ts";
import { measureJoin } from "./join.ts";
import { measureLab } from "./lab/lab.ts";
import { TRACES, type TraceName } from "./lab/record.ts";
import { measureLatency } from "./latency.ts";
import { measureLists } from "./lists.ts";
import { lockOn2000Sessions } from "./lock.ts";
import { measureLoss } from "./loss.ts";
import { NETS } from "./network.ts";
import { measureNine } from "./nine.ts";
import { SYSTEMS } from "./office-agent.ts";
import { policyFor2000 } from "./policy.ts";
import { LEGS } from "./product.ts";
import {
  attackWords,
  consoleWords,
  dayWords,
  enrolWords,
  fleetWords,
  idleWords,
  importWords,
  joinWords,
  labWords,
  latencyWords,
  listsWords,
  lockWords,
  lossWords,
  machineWords,
  nineWords,
  policyWords,
  traceWords,
} from "./report.ts";
import { openStage, type Stage } from "./stage.ts";
import { measureTrace } from "./trace.ts";

const USAGE = `usage: npm run bench -- NAME [--json] [--net lan|wan|line|loss] [--leg udp|tls] [--office linux|windows] [--samples N] [--keep]
       npm run bench -- lab [--trace office|mixed] [--json]
       npm run bench -- fleet|nine|enrol|lists|console|import|lock|policy [--json] [--agents N] [--people N] [--kind KIND] [--keep]

  trace     the office trace, 90 s: bytes on the line, processor time, truth of the picture
  lab       the same trace or another, recorded once and played through encoder and plan off line: bytes and truth, whatever else the machine does
  latency   key → pixel (64 samples), with the method's floor
  join      click → first picture (12 sessions)
  idle      cost while nobody works; with --minutes 12 also whether a session outlives every expiry without internet
  loss      key-up in the page → key-up at the office (300 keys) on a line that loses 5 %
  day       memory of agent and page over a working day of 8 compressed hours; --samples N for other hours
  attack    key → pixel before and during 60 s of what strangers at the relay can send, and sessions lost
  fleet     SIGKILL of the server with 10,000 office PCs: time until all are back, processor time, longest turn of its event loop
  nine      nine o'clock: 2,000 people sign in and connect within a minute, set-up takes 3 s: how many get in, how long they wait
  lock      a lock on a town while 2,000 people work: seconds until the last session has ended at both ends
  policy    a change of policy while 2,000 people work: seconds until the last office PC has it, and the last session is under it
  enrol     2,000 office PCs enrol while 10,000 are connected: how many a second, how long they wait, processor time for each
  lists     the command line's list of 34,000 office PCs: time, and memory at most
  import    5,000 lines of a CSV file into a store with as many people and office PCs as --agents says: time, and the longest turn of the event loop
  console   the administrators' console of 34,000 office PCs and people in 794 organisations: first view, search and filter, scripts; import and lock

  --net     lan: links without delay. wan: 1 Mbit/s, 20 ms each way, 0.5 % loss at home. line: the same at the office.
            loss: 10 Mbit/s, 30 ms each way, 5 % loss at the office (what the loss measurement takes by itself)
  --leg     how the agent reaches the relay: udp (as it chooses by itself) or tls only
  --office  windows: the agent runs in the real Windows node.exe under Wine, on the same screen
  --keep    leave logs and documents where they are, and say where

  --agents  office PCs (10,000; 34,000 for lists, console and import; as many as people for lock and policy)
  --people  for nine, lock, policy and console (2,000)
  --kind    for import: people (usual), terminals, grants, divisions

Needs root (network namespaces; not for those with a crowd). Debian packages are installed by themselves; --net wan, line and loss need gcc and libc6-dev, too.`;

interface Asked {
  readonly samples: number;
  /** How long nobody works, where that is measured. */
  readonly minutes: number;
}

interface Measurement<T> {
  readonly samples: number;
  /** The links it is about, where nothing else is asked for. */
  readonly net?: string;
  /** The agent collects its garbage on demand, which it never does for people. */
  readonly collects?: boolean;
  readonly measure: (stage: Stage, asked: Asked) => Promise<T>;
  readonly words: (result: T) => string;
}

const measurement = <T>(one: Measurement<T>) => ({
  samples: one.samples,
  net: one.net ?? "lan",
  collects: one.collects ?? false,
  run: async (stage: Stage, asked: Asked) => {
    const result = await one.measure(stage, asked);
    return { result, words: one.words(result) };
  },
});

const MEASUREMENTS = {
  trace: measurement({ samples: 1, measure: measureTrace, words: traceWords }),
  latency: measurement({
    samples: 64,
    measure: (stage, { samples }) => measureLatency(stage, samples),
    words: latencyWords,
  }),
  join: measurement({ samples: 12, measure: (stage, { samples }) => measureJoin(stage, samples), words: joinWords }),
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
  console: crowd(measureConsole, consoleWords),
};
/** Of these the rows count, not connections. */
const ROWS_ONLY: readonly string[] = ["lists", "console", "import"];
const WITH_PEOPLE: readonly string[] = ["nine", "lock", "policy", "console"];
/** What a server may be set to at most (signaling/edge/capacity.ts). */
const MAX_CROWD = { agents: 20_000, people: 4_000 };
const MAX_LISTED = 200_000;

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
  minutes: { type: "string", default: "0.5" },
  office: { type: "string", default: "linux" },
  samples: { type: "string" },
  agents: { type: "string" },
  people: { type: "string", default: "2000" },
  trace: { type: "string", default: "office" },
  kind: { type: "string", default: "people" },
  keep: { type: "boolean", default: false },
} as const;

/** Undefined: nobody knows what was meant. */
function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch {
    return undefined;
  }
}

async function main(): Promise<void> {
  const read = readArguments();
  if (!read) return fail(USAGE);
  const { values, positionals } = read;
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  const [name = ""] = positionals;
  const trace = TRACES.find((known) => known === values.trace);
  const begun = performance.now();
  const say = (what: string) =>
    process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${what}\n`);
  if (name === "lab") return trace ? playLab({ ...values, trace, say }) : fail(USAGE);
  if (isCrowd(name)) {
    const people = WITH_PEOPLE.includes(name) ? Number(values.people) : 0;
    const usual = name === "lock" || name === "policy" ? people : ROWS_ONLY.includes(name) ? 34_000 : 10_000;
    const size = { agents: Number(values.agents ?? usual), people };
    const kind = IMPORT_KINDS.find((one) => one === values.kind);
    if (!kind) return fail(USAGE);
    return measureCrowd(name, size, { ...values, kind, say });
  }
  const chosen = Object.entries(MEASUREMENTS).find(([key]) => key === name)?.[1];
  const samples = Number(values.samples ?? chosen?.samples);
  const minutes = Number(values.minutes);
  const system = SYSTEMS.find((name) => name === values.office);
  const leg = LEGS.find((name) => name === values.leg);
  const net = values.net ?? chosen?.net ?? "";
  const counts = Number.isInteger(samples) && samples >= 1 && minutes > 0;
  if (!chosen || !system || !leg || !Object.hasOwn(NETS, net) || !counts) return fail(USAGE);
  if (chosen.collects && system !== "linux") return fail(`${name} is measured with --office linux only`);
  const problem = missing(net);
  if (problem !== undefined) return fail(problem);
  if (!(await buildViewer(() => say("the page is built")))) return fail("the page does not build: see above");
  const stage = await openStage({ net, leg, system, collects: chosen.collects, keep: values.keep, say });
  try {
    const { result, words } = await chosen.run(stage, { samples, minutes });
    say("done");
    const text = values.json
      ? JSON.stringify({ ...result, net, leg, office: system })
      : `\n${machineWords()}\n\n${words}`;
    process.stdout.write(`${text}\n`);
  } finally {
    await stage.close();
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

const isCrowd = (name: string): name is keyof typeof CROWDS => Object.hasOwn(CROWDS, name);

async function measureCrowd(
  name: keyof typeof CROWDS,
  size: Crowd,
  { json, keep, kind, say }: { json: boolean; keep: boolean; kind: ImportKind; say: (what: string) => void },
): Promise<void> {
  const fits = (count: number, least: number, most: number) =>
    Number.isInteger(count) && count >= least && count <= most;
  const { agents, people } = size;
  const most = ROWS_ONLY.includes(name) ? MAX_LISTED : MAX_CROWD.agents;
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

/**
 * One run: ground, server, people; what is done to it, by plan; the quiet, in which everybody comes to an end; then the store is read,
 * and the checker compares it with what everybody saw (check.ts). Everything that was opened is closed, whatever happens.
 */
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { verifyAudit } from "../../../signaling/audit/verify.ts";
import type { Store } from "../../../signaling/store/store.ts";
import { check, type Store as Kept } from "./check.ts";
import { playFaults } from "./faults.ts";
import { figuresOf } from "./figures.ts";
import { ADDRESSES, type Ground, openGround } from "./ground.ts";
import { openHistory, readHistory } from "./history.ts";
import { type NemesisOptions, planOf } from "./nemesis.ts";
import { around, type Reported } from "./report.ts";
import { openServer, type Server } from "./server.ts";
import type { Job, WorkloadAnswer, WorkloadOrder } from "./workload.ts";

export interface ChaosOptions extends NemesisOptions {
  readonly people: number;
  /** How long somebody works at a time, ms. */
  readonly work: { readonly least: number; readonly most: number };
  readonly actEveryMs: number;
  /** Everything is there, and made for this run alone. */
  readonly folder: string;
  readonly say: (what: string) => void;
  /** Breaks it off. */
  readonly signal: AbortSignal;
}

/** Before faults: the first sign-ins. */
const SETTLE_MS = 8_000;
/** People end what they do and sign out; a request that hangs is given up after 20 s. */
const QUIET_LIMIT_MS = 90_000;
/** What was ended at last reaches both ends and the record. */
const LAST_MS = 6_000;
const READ_AT_ONCE = 5_000;

export async function runChaos(options: ChaosOptions): Promise<Reported> {
  const { folder, say, signal, seed, nodes, store, people } = options;
  const paths = { seen: join(folder, "seen.jsonl"), done: join(folder, "done.jsonl") };
  const history = openHistory(paths.done);
  const closers: (() => unknown)[] = [() => history.close()];
  const opened = async <T extends { close(): unknown }>(what: string, opening: Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    say(what);
    const part = await opening;
    closers.push(() => part.close());
    return part;
  };
  const begun = performance.now();
  try {
    const ground = await opened("network", openGround(nodes));
    const onCrash = (what: string) => history.add({ kind: "crash", what });
    const server = await opened(
      "rows, nodes",
      openServer({ ground, folder, nodes, store, agents: people, people, onCrash }),
    );
    const crowd = await opened("office PCs and people", openWorkload(options, { ground, server, seen: paths.seen }));
    await pause(SETTLE_MS, undefined, { signal });
    history.add({ kind: "mark", what: "begin" });
    await playFaults({ plan: planOf(options), server, ground, history, say, signal });
    signal.throwIfAborted();
    say("quiet: everybody ends what they do");
    history.add({ kind: "mark", what: "quiet" });
    await crowd.quiet(QUIET_LIMIT_MS);
    await pause(LAST_MS, undefined, { signal });
    say("the store is read");
    const kept = await server.look(readStore);
    await crowd.close();
    const lines = readHistory(paths.seen, paths.done);
    const minutes = (performance.now() - begun) / 60_000;
    const violations = check(lines, kept, { nodes }).map((one) => ({ ...one, history: around(lines, one) }));
    return { seed, nodes, store, minutes: Math.round(minutes * 10) / 10, ...figuresOf(lines), violations };
  } finally {
    for (const close of closers.splice(0).reverse()) await close();
  }
}

interface Workload {
  /** Fulfilled when everybody has come to their end. */
  quiet(limitMs: number): Promise<void>;
  close(): Promise<void>;
}

async function openWorkload(
  options: ChaosOptions,
  { ground, server, seen }: { ground: Ground; server: Server; seen: string },
): Promise<Workload> {
  const path = join(options.folder, "job.json");
  writeFileSync(path, JSON.stringify(await jobOf(options, server, seen)), { mode: 0o600 });
  const program = join(import.meta.dirname, "workload.ts");
  // its clock is right, and it dies with us
  const child = await ground.at("clients", async () =>
    fork(program, [path], { stdio: ["ignore", "inherit", "inherit", "ipc"] }),
  );
  const over = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  child.on("message", (answer: WorkloadAnswer) => {
    if (answer.kind === "ready") ready.resolve();
    else over.resolve();
  });
  child.once("exit", (code) => {
    const why = new Error(`the process of office PCs and people ended (${code})`);
    ready.reject(why);
    over.reject(why);
  });
  over.promise.catch(() => {});
  await ready.promise;
  return {
    async quiet(limitMs) {
      child.send({ kind: "quiet" } satisfies WorkloadOrder);
      const late = pause(limitMs, undefined, { ref: false }).then(() => {
        throw new Error("people do not come to an end");
      });
      await Promise.race([over.promise, late]);
    },
    close: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await gone;
}

async function jobOf(options: ChaosOptions, server: Server, history: string): Promise<Job> {
  const { seed, people, work, actEveryMs } = options;
  const { rows, origin, insideUrl: inside, ca, environment } = server;
  const jwk = (key: CryptoKey) => crypto.subtle.exportKey("jwk", key);
  return {
    ...{ seed, history, origin, inside, ca, environment, work, actEveryMs, organisation: "見本市" },
    terminals: rows.terminals,
    pcKey: await jwk(rows.keys.privateKey),
    pcPublicKey: rows.publicKey,
    people: await Promise.all(
      rows.people.slice(0, people).map(async (person, i) => ({
        login: person.login,
        seed: Buffer.from(person.seed).toString("base64"),
        key: await jwk(person.keys.privateKey),
        publicKey: person.publicKey,
        terminals: [person.terminal, rows.terminals[i ^ 1] ?? person.terminal],
        address: ADDRESSES.page(i),
      })),
    ),
  };
}

async function readStore(store: Store): Promise<Kept> {
  const audit: Kept["audit"][number][] = [];
  for (let seq = 0; ; ) {
    const rows = await store.read((q) => q.audit.after(seq, READ_AT_ONCE));
    for (const { event, actor, about } of rows)
      audit.push({ event, actor, about: JSON.parse(about) as Kept["audit"][number]["about"] });
    const last = rows.at(-1);
    if (!last || rows.length < READ_AT_ONCE) break;
    seq = last.seq;
  }
  const open = (await store.read((q) => q.sessions.open())).map(({ id }) => id);
  const { ok, chains } = await verifyAudit(store);
  const broken = chains.flatMap((chain) => (chain.ok ? [] : [`${chain.chain} at ${chain.number}: ${chain.problem}`]));
  return { audit, open, verdict: { ok, broken } };
}

/** Mounts of a run that was killed before it could give them back: its process id stands in the path. */
export function unmountForgotten(): void {
  for (const line of readFileSync("/proc/mounts", "utf8").split("\n")) {
    const [, path = ""] = line.split(" ");
    const owner = /\/engawa-chaos-(\d+)-/.exec(path)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) execFileSync("umount", [path]);
  }
}

/** Where a run that broke something keeps what it saw. */
export function keepHistory(folder: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of ["seen.jsonl", "done.jsonl", "logs"])
    if (existsSync(join(folder, file))) execFileSync("cp", ["-r", join(folder, file), to]);
}

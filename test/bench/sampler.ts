/**
 * Reads what the product costs while something else happens: the bytes at the office's interface each 100 ms, the processor
 * time of every part each 500 ms. From /proc only, so that measuring costs little and needs nothing.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Counters, Network } from "./network.ts";
import { growth, type Reading } from "./stats.ts";

const BYTES_EVERY_MS = 100;
const CPU_EVERY_MS = 500;
/** USER_HZ: the unit of utime and stime in /proc/PID/stat (proc(5)); 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

export const EDGE_PARTS = ["edge-outside", "edge-inside"] as const;
export type EdgePart = (typeof EDGE_PARTS)[number];
/** agent: the network process. desktop: its child. x: the X server. apps: the office's other programs, not the product's. */
export const PARTS = ["agent", "desktop", "x", "relay", "signaling", ...EDGE_PARTS, "viewer", "apps"] as const;
export type PartName = (typeof PARTS)[number];

/** Where the parts are; what is not known yet is counted once it is. */
export interface Roots {
  readonly agent?: number | undefined;
  /** Its other processes, where they are nobody's children. */
  readonly program?: string | undefined;
  readonly edges: Readonly<Record<EdgePart, number | undefined>>;
}

interface Process {
  readonly pid: number;
  readonly key: string;
  readonly name: string;
  readonly parent: number;
  readonly ticks: number;
}

export interface Memory {
  /** Megabytes (10^6): PSS shares what processes share, RSS counts it in each. */
  readonly pss: number;
  readonly rss: number;
}

export class Sampler {
  readonly #network: Network;
  readonly #roots: () => Roots;
  readonly #series = new Map<string, Reading[]>();
  readonly #ticks = new Map<string, { part: PartName; ticks: number }>();
  readonly #timer: NodeJS.Timeout;
  #lastCpu = 0;

  constructor(network: Network, roots: () => Roots) {
    this.#network = network;
    this.#roots = roots;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), BYTES_EVERY_MS);
  }

  series(name: keyof Counters | PartName | "machine"): readonly Reading[] {
    return this.#series.get(name) ?? [];
  }

  /** How much a counter grew between two moments. */
  between(name: keyof Counters, from: number, to: number): number {
    return growth(this.series(name), from, to);
  }

  /** Processor seconds of each part between two moments. `machine`: everything, what is not ours included. */
  cpuSeconds(from: number, to: number): Record<PartName | "machine", number> {
    const names = [...PARTS, "machine"] as const;
    const seconds = names.map((name) => [name, growth(this.series(name), from, to)] as const);
    return Object.fromEntries(seconds) as Record<PartName | "machine", number>;
  }

  /** Of the moment; reading it takes the kernel some time per process, so it is not sampled. */
  memory(): Record<PartName, Memory> {
    const total = Object.fromEntries(PARTS.map((part) => [part, { pss: 0, rss: 0 }])) as Record<PartName, Memory>;
    for (const { pid, part } of this.#ours()) {
      const { pss, rss } = memoryOf(pid);
      total[part] = { pss: total[part].pss + pss, rss: total[part].rss + rss };
    }
    return total;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const at = Date.now();
    for (const [name, value] of Object.entries(this.#network.counters())) this.#add(name, at, value);
    if (at - this.#lastCpu < CPU_EVERY_MS) return;
    this.#lastCpu = at;
    // A process that has ended keeps what it had used, so the sums only grow.
    for (const { key, part, ticks } of this.#ours()) this.#ticks.set(key, { part, ticks });
    for (const part of PARTS) {
      const sum = [...this.#ticks.values()].reduce((all, entry) => all + (entry.part === part ? entry.ticks : 0), 0);
      this.#add(part, at, sum / TICKS_PER_S);
    }
    this.#add("machine", at, machineTicks() / TICKS_PER_S);
  }

  #add(name: string, at: number, value: number): void {
    const readings = this.#series.get(name) ?? [];
    readings.push({ at, value });
    this.#series.set(name, readings);
  }

  #ours(): (Process & { part: PartName })[] {
    const places = new Map((["home", "dmz", "office"] as const).map((place) => [this.#network.inode(place), place]));
    const roots = this.#roots();
    return processes().flatMap((process) => {
      const place = places.get(namespaceOf(process.pid));
      return place === undefined ? [] : [{ ...process, part: partOf(place, process, roots) }];
    });
  }
}

function partOf(place: "home" | "dmz" | "office", process: Process, { agent, program, edges }: Roots): PartName {
  if (place === "home") return "viewer";
  if (place === "dmz") {
    if (process.name === "turnserver") return "relay";
    return EDGE_PARTS.find((part) => process.pid === edges[part]) ?? "signaling";
  }
  if (process.name === "Xvfb") return "x";
  if (process.pid === agent) return "agent";
  // Wine's processes are nobody's children
  return process.parent === agent || process.name === "node.exe" || process.name === program ? "desktop" : "apps";
}

function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      const text = readProc(`${name}/stat`);
      // The name stands in brackets and may hold anything, brackets too; state, parent … follow (proc(5)).
      const end = text.lastIndexOf(")");
      const fields = text.slice(end + 2).split(" ");
      const [, parent, , , , , , , , , , user, system] = fields.map(Number);
      if (end < 0 || parent === undefined || user === undefined || system === undefined) return [];
      const started = fields[19] ?? "";
      const comm = text.slice(text.indexOf("(") + 1, end);
      return [{ pid: Number(name), key: `${name} ${started}`, name: comm, parent, ticks: user + system }];
    });
}

function machineTicks(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    readProc("stat").split("\n")[0]?.split(/\s+/).slice(1).map(Number) ?? [];
  return user + nice + system + irq + softirq;
}

function memoryOf(pid: number): Memory {
  const text = readProc(`${pid}/smaps_rollup`);
  const megabytes = (name: string) => (kilobytesOf(name, text) * 1024) / 1e6;
  return { pss: megabytes("Pss") - programMB(pid), rss: megabytes("Rss") };
}

const kilobytesOf = (name: string, text: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);

/**
 * Wine reads a program into memory where Windows maps its file, which all processes share: 83 MB of node.exe in each. What lies
 * between mappings of that file, is private and cannot be written is no memory on Windows.
 */
function programMB(pid: number): number {
  const areas = readProc(`${pid}/smaps`).split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const first = areas.findIndex((area) => /^.*node\.exe$/m.test(area));
  const last = areas.findLastIndex((area) => /^.*node\.exe$/m.test(area));
  return areas
    .slice(first, last)
    .filter((area) => /^\S+ r-[x-]p .* 0 *$/m.test(area))
    .reduce((sum, area) => sum + (kilobytesOf("Private_Dirty", area) * 1024) / 1e6, 0);
}

function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return ""; // it ended meanwhile
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
}

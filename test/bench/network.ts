/**
 * Three network namespaces of this run's own: nothing but the relay joins home and office, for nothing forwards.
 *
 *   home ──10.77.1.0/24── dmz ──10.77.2.0/24── office
 *   browser               signaling, edges,    screen, agent,
 *                         coturn               programs
 *                         (relay-only address 10.77.9.1 on lo)
 *
 * The links carry nothing but IP packets that the product sends: no IPv6, and neighbours are entered by hand instead of asked
 * for by ARP. `gso_max_segs 1` because a counter would count a segment of many packets as one. The names hold the run's
 * process id, so runs do not meet, and the next run removes what a killed one left.
 */

import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Part, type Program } from "../../signaling/quickstart/part.ts";
import { giveUp } from "../support/clean-up.ts";

export const ADDRESS = {
  home: "10.77.1.2",
  dmzOutside: "10.77.1.1",
  dmzInside: "10.77.2.1",
  office: "10.77.2.2",
  relay: "10.77.9.1",
} as const;

export const PLACES = ["home", "dmz", "office"] as const;
export type Place = (typeof PLACES)[number];

/** A link as bad as the peers were measured on. `queue`: bytes that wait before the next is dropped. */
export interface Shape {
  readonly bitsPerSecond: number;
  /** One way, ms. */
  readonly delay: number;
  /** Percent, each way. */
  readonly loss: number;
  readonly queue: number;
  /** What it becomes in mid-session, on demand. */
  readonly narrowBitsPerSecond?: number;
}

const POOR: Shape = { bitsPerSecond: 1_000_000, delay: 20, loss: 0.5, queue: 64_000 };

/** Nothing is scarce, but one packet in twenty is lost each way. */
const LOSSY: Shape = { bitsPerSecond: 10_000_000, delay: 30, loss: 5, queue: 64_000 };

/** A home line that others begin to use. */
const SQUEEZED: Shape = { bitsPerSecond: 5_000_000, delay: 20, loss: 0, queue: 64_000, narrowBitsPerSecond: 300_000 };

/** lan: no link is shaped. wan and squeeze: the one to the home. line and loss: the one to the office. */
export const NETS: Record<string, { outside?: Shape; inside?: Shape }> = {
  lan: {},
  wan: { outside: POOR },
  line: { inside: POOR },
  loss: { inside: LOSSY },
  squeeze: { outside: SQUEEZED },
};

export interface Counters {
  /** IP bytes and packets the office's interface has sent (towards the viewer) and received. */
  readonly sent: number;
  readonly sentPackets: number;
  readonly received: number;
  readonly receivedPackets: number;
}

export interface Network {
  /** One of its links is not as good as a cable. */
  readonly isShaped: boolean;
  /** What to start instead of a program, so that it runs in this place. */
  at(place: Place, program: Program): Program;
  /** The name of the place's network namespace. */
  namespace(place: Place): string;
  /** The inode of the place's network namespace, as /proc/PID/ns/net shows it. */
  inode(place: Place): string;
  /** The office's interface. */
  counters(): Counters;
  /** The links that can be narrower are so from now on, or not any more. */
  squeeze(isNarrow: boolean): void;
  /** Bytes in the DMZ's TCP sockets: not acknowledged yet, or not read. What waits for the home's line waits there. */
  waitingBytes(): number;
  close(): Promise<void>;
}

const run = promisify(execFile);
const ip = (...args: readonly string[]) => run("ip", args);
const NAMESPACES = "/run/netns";
const PREFIX = "engawa-bench-";
const ETHERNET_HEADER_BYTES = 14;
const DEVICE = "link0";

export async function openNetwork(options: { net: string; folder: string }): Promise<Network> {
  const shapes = NETS[options.net];
  if (!shapes) throw new Error(`no such net: ${options.net} (there is ${Object.keys(NETS).join(", ")})`);
  await removeForgotten();
  const network = new Namespaces(options.folder);
  try {
    await network.open(shapes);
  } catch (error) {
    return giveUp(error, () => network.close());
  }
  return network;
}

class Namespaces implements Network {
  readonly #folder: string;
  readonly #parts: Part[] = [];
  readonly #inodes = new Map<Place, string>();
  #headerBytes = ETHERNET_HEADER_BYTES;
  /** Of each place, a process that lives in it. */
  readonly #anchors = new Map<Place, number>();
  readonly #links: Part[] = [];
  isShaped = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(shapes: { outside?: Shape; inside?: Shape }): Promise<void> {
    this.isShaped = shapes.inside !== undefined || shapes.outside !== undefined;
    for (const place of PLACES) {
      await ip("netns", "add", nameOf(place));
      // Something must live there to show us the interface's counters (/proc/PID/net/dev).
      const anchor = await Part.start(this.at(place, this.#program(`anchor-${place}`, "sleep", ["infinity"])));
      this.#parts.push(anchor);
      await this.#inside(place, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv4.ip_forward=0");
      await ip("-n", nameOf(place), "link", "set", "lo", "up");
      this.#inodes.set(place, inodeOf(nameOf(place)));
      this.#anchors.set(place, anchor.pid ?? 0);
    }
    await ip("-n", nameOf("dmz"), "addr", "add", `${ADDRESS.relay}/32`, "dev", "lo");
    await this.#join({ place: "home", address: ADDRESS.home }, ADDRESS.dmzOutside, `${DEVICE}o`, shapes.outside);
    await this.#join({ place: "office", address: ADDRESS.office }, ADDRESS.dmzInside, `${DEVICE}i`, shapes.inside);
    if (shapes.inside) this.#headerBytes = 0; // TUN devices carry bare IP
  }

  namespace(place: Place): string {
    return nameOf(place);
  }

  at(place: Place, program: Program): Program {
    return { ...program, command: "ip", args: ["netns", "exec", nameOf(place), program.command, ...program.args] };
  }

  inode(place: Place): string {
    return this.#inodes.get(place) ?? "";
  }

  counters(): Counters {
    const lines = this.#read("office", "dev").split("\n");
    const line = lines.find((text) => text.trim().startsWith(`${DEVICE}:`)) ?? "";
    // receive: bytes packets errs drop fifo frame compressed multicast, then transmit: bytes packets …
    const numbers = line
      .slice(line.indexOf(":") + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const [received = 0, receivedPackets = 0, , , , , , , sent = 0, sentPackets = 0] = numbers;
    const bare = (bytes: number, packets: number) => bytes - this.#headerBytes * packets;
    return { sent: bare(sent, sentPackets), sentPackets, received: bare(received, receivedPackets), receivedPackets };
  }

  squeeze(isNarrow: boolean): void {
    for (const link of this.#links) link.kill(isNarrow ? "SIGUSR1" : "SIGUSR2");
  }

  waitingBytes(): number {
    // sl local_address rem_address st tx_queue:rx_queue …; a listener's figures are connections, not bytes (state 0A)
    const sockets = this.#read("dmz", "tcp").matchAll(/^ *\d+: \S+ \S+ (?!0A)\S\S ([0-9A-F]{8}):([0-9A-F]{8})/gm);
    return [...sockets]
      .flatMap(([, sent = "", received = ""]) => [sent, received])
      .reduce((sum, hex) => sum + Number.parseInt(hex, 16), 0);
  }

  #read(place: Place, file: string): string {
    return readFileSync(`/proc/${this.#anchors.get(place)}/net/${file}`, "utf8");
  }

  async close(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.close();
    await removeNamespaces(PLACES.map(nameOf));
  }

  async #join(end: { place: Place; address: string }, dmz: string, dmzDevice: string, shape?: Shape): Promise<void> {
    const [name, dmzName] = [nameOf(end.place), nameOf("dmz")];
    const ends = [
      {
        ns: name,
        device: DEVICE,
        address: end.address,
        mac: "02:00:00:00:00:02",
        peer: dmz,
        peerMac: "02:00:00:00:00:01",
      },
      {
        ns: dmzName,
        device: dmzDevice,
        address: dmz,
        mac: "02:00:00:00:00:01",
        peer: end.address,
        peerMac: "02:00:00:00:00:02",
      },
    ] as const;
    if (shape) await this.#startShaped(ends[0], ends[1], shape);
    else {
      const other = ["peer", "name", dmzDevice, "netns", dmzName];
      await ip("link", "add", DEVICE, "netns", name, "type", "veth", ...other);
    }
    for (const { ns, device, address, mac, peer, peerMac } of ends) {
      const addresses = shape ? [`${address}/32`, "peer", `${peer}/32`] : [`${address}/24`];
      if (!shape) await ip("-n", ns, "link", "set", device, "address", mac, "gso_max_segs", "1");
      await ip("-n", ns, "addr", "add", ...addresses, "dev", device);
      await ip("-n", ns, "link", "set", device, "mtu", "1500", "up");
      if (!shape) await ip("-n", ns, "neigh", "replace", peer, "lladdr", peerMac, "dev", device, "nud", "permanent");
    }
    // Chromium looks for its own address on the default route. The dmz forwards nothing, so this leads nowhere else. The
    // office has none: it knows no internet.
    if (end.place === "office") return;
    await ip("-n", name, "route", "add", "default", "via", dmz, ...(shape ? ["dev", DEVICE, "onlink"] : []));
  }

  async #startShaped(a: End, b: End, shape: Shape): Promise<void> {
    const { bitsPerSecond, delay, loss, queue, narrowBitsPerSecond: narrow } = shape;
    const program = join(this.#folder, "link");
    if (!existsSync(program))
      await run("gcc", ["-O2", "-o", program, fileURLToPath(new URL("link.c", import.meta.url))]);
    const figures = [bitsPerSecond, delay, loss, queue, 7, narrow ?? []].flat().map(String);
    const args = [a.ns, a.device, b.ns, b.device, ...figures];
    const ready = { readyLine: (line: string) => line === "ready" };
    const link = await Part.start({ ...this.#program(`link-${a.device}-${b.device}`, program, args), ...ready });
    this.#parts.push(link);
    if (narrow !== undefined) this.#links.push(link);
  }

  #program(name: string, command: string, args: readonly string[]): Program {
    return { name, command, args, env: { PATH: process.env["PATH"] ?? "" }, logs: this.#folder, keep: false };
  }

  #inside(place: Place, ...command: readonly string[]) {
    return ip("netns", "exec", nameOf(place), ...command);
  }
}

interface End {
  readonly ns: string;
  readonly device: string;
}

function nameOf(place: Place): string {
  return `${PREFIX}${process.pid}-${place}`;
}

/** As it stands in /proc/PID/ns/net: `net:[4026532441]`. */
function inodeOf(namespace: string): string {
  return `net:[${statSync(join(NAMESPACES, namespace)).ino}]`;
}

/** What earlier runs left that were killed before they could clean up: their process id stands in the name. */
async function removeForgotten(): Promise<void> {
  if (!existsSync(NAMESPACES)) return;
  const names = readdirSync(NAMESPACES).filter((name) => name.startsWith(PREFIX));
  await removeNamespaces(names.filter((name) => !existsSync(`/proc/${name.slice(PREFIX.length).split("-")[0]}`)));
}

/** Ends what still runs in them, then removes them; the links go along. */
async function removeNamespaces(names: readonly string[]): Promise<void> {
  for (const name of names.filter((name) => existsSync(join(NAMESPACES, name)))) {
    const { stdout } = await ip("netns", "pids", name);
    for (const pid of stdout.split("\n").filter(Boolean)) endProcess(Number(pid));
    await ip("netns", "del", name);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ESRCH: it ended meanwhile
  }
}

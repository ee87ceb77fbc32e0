/**
 * The line between a home and the servers, slow or dead: two network namespaces of this process's own, joined by one link.
 *
 *   home ──link, token bucket both ways── servers
 *   browser                               whatever is started within `atServers`
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ip, makeNamespaces, within } from "./namespaces.ts";

/** Where the servers of a product stand, when that is another network than ours. */
export interface Place {
  /** Where the home finds the servers. */
  readonly address: string;
  /** Runs this in the servers' namespace: what it starts stays there. One at a time. */
  atServers<T>(work: () => Promise<T>): Promise<T>;
}

export interface Line extends Place {
  /** The network namespace of the home. */
  readonly home: string;
  /** Bytes that the servers' end has sent. */
  sentBytes(): Promise<number>;
  /** From now on nothing passes on the TCP connections that are open, and nobody is told. New ones work. Returns how many. */
  silence(): Promise<number>;
  /** The home has another address; the former one is gone. */
  move(): Promise<void>;
  close(): Promise<void>;
}

const DEVICE = "link0";
const ADDRESSES = {
  4: { server: "10.78.0.1", home: "10.78.0.2", moved: "10.78.0.3", prefix: 29 },
  6: { server: "fd00:78::1", home: "fd00:78::2", moved: "fd00:78::3", prefix: 64 },
} as const;
/** More than one packet, or nothing would ever pass. */
const BURST_BYTES = 3_000;

export interface LineShape {
  readonly kbitPerS: number;
  /** What may wait before the next packet is dropped. */
  readonly queueBytes: number;
  /** Of IP, the only one on the link; 4 unless told. */
  readonly family?: 4 | 6;
}

/** Rejects with words without the right to make namespaces. */
export function openLine(shape: LineShape): Promise<Line> {
  const { server, home: homeAddress, moved, prefix } = ADDRESSES[shape.family ?? 4];
  return makeNamespaces(["servers", "home"], async (servers = "", home = "") => {
    await ip("link", "add", DEVICE, "netns", servers, "type", "veth", "peer", "name", DEVICE, "netns", home);
    for (const [name, address] of [[servers, server] as const, [home, homeAddress] as const]) {
      await ip("-n", name, "addr", "add", `${address}/${prefix}`, "dev", DEVICE, ...(prefix === 64 ? ["nodad"] : []));
      await ip("-n", name, "link", "set", DEVICE, "up");
      const bucket = ["rate", `${shape.kbitPerS}kbit`, "burst", `${BURST_BYTES}`, "limit", `${shape.queueBytes}`];
      await promisify(execFile)("tc", ["-n", name, "qdisc", "add", "dev", DEVICE, "root", "tbf", ...bucket]);
    }
    return {
      address: server,
      home,
      atServers: (work) => within(servers, work),
      sentBytes: async () => {
        const links = JSON.parse(await ip("-j", "-s", "-n", servers, "link", "show", "dev", DEVICE));
        return Number((links as { stats64: { tx: { bytes: number } } }[])[0]?.stats64.tx.bytes);
      },
      silence: async () => {
        const inServers = (...command: string[]) => ip("netns", "exec", servers, ...command);
        const open = (await inServers("ss", "-Htn", "state", "established", "src", server)).trim().split("\n");
        const ports = [...new Set(open.map((row) => /:(\d+)\s*$/.exec(row)?.[1]).filter((port) => port !== undefined))];
        if (ports.length === 0) return 0;
        const drop = (hook: string, end: string) =>
          `add chain inet silent ${hook} { type filter hook ${hook} priority 0; }\n` +
          `add rule inet silent ${hook} tcp ${end} { ${ports.join(", ")} } drop\n`;
        await inServers("nft", `add table inet silent\n${drop("input", "sport")}${drop("output", "dport")}`);
        return ports.length;
      },
      move: async () => {
        await ip("-n", home, "addr", "del", `${homeAddress}/${prefix}`, "dev", DEVICE);
        await ip("-n", home, "addr", "add", `${moved}/${prefix}`, "dev", DEVICE);
      },
    };
  });
}

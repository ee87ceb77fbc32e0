/**
 * A slow line between a home and the servers: two network namespaces of this process's own, joined by one link.
 *
 *   home ──link, token bucket both ways── servers
 *   browser                               whatever is started within `atServers`
 *
 * Their names hold our process id: runs do not meet, and the next one removes what a killed one left.
 */
import { execFile } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync } from "node:fs";
import { promisify } from "node:util";
import koffi from "koffi";

export interface Line {
  /** Where the home finds the servers. */
  readonly address: string;
  /** The network namespace of the home. */
  readonly home: string;
  /** Runs this in the servers' namespace: what it starts stays there. One at a time. */
  atServers<T>(work: () => Promise<T>): Promise<T>;
  /** Bytes that the servers' end has sent. */
  sentBytes(): Promise<number>;
  close(): Promise<void>;
}

const PREFIX = "engawa-line-";
const DEVICE = "link0";
const [SERVER, HOME] = ["10.78.0.1", "10.78.0.2"];
/** More than one packet, or nothing would ever pass. */
const BURST_BYTES = 3_000;
/** `man 2 setns` */
const CLONE_NEWNET = 0x4000_0000;

const run = promisify(execFile);

/** `queueBytes`: what may wait before the next packet is dropped. Rejects with words without the right to make namespaces. */
export async function openLine(shape: { kbitPerS: number; queueBytes: number }): Promise<Line> {
  await removeForgotten();
  const [servers, home] = [`${PREFIX}${process.pid}-servers`, `${PREFIX}${process.pid}-home`];
  const remove = async () => {
    for (const name of [servers, home]) await run("ip", ["netns", "del", name]).catch(() => {});
  };
  try {
    for (const name of [servers, home]) await run("ip", ["netns", "add", name]);
    await run("ip", ["link", "add", DEVICE, "netns", servers, "type", "veth", "peer", "name", DEVICE, "netns", home]);
    for (const [name, address] of [[servers, SERVER] as const, [home, HOME] as const]) {
      await run("ip", ["-n", name, "addr", "add", `${address}/30`, "dev", DEVICE]);
      for (const device of ["lo", DEVICE]) await run("ip", ["-n", name, "link", "set", device, "up"]);
      const bucket = ["rate", `${shape.kbitPerS}kbit`, "burst", `${BURST_BYTES}`, "limit", `${shape.queueBytes}`];
      await run("tc", ["-n", name, "qdisc", "add", "dev", DEVICE, "root", "tbf", ...bucket]);
    }
  } catch (error) {
    await remove();
    throw new Error("a slow line needs root, iproute2 and the right to make network namespaces", { cause: error });
  }
  return {
    address: SERVER,
    home,
    atServers: (work) => within(servers, work),
    sentBytes: async () => {
      const { stdout } = await run("ip", ["-j", "-s", "-n", servers, "link", "show", "dev", DEVICE]);
      return Number((JSON.parse(stdout) as { stats64: { tx: { bytes: number } } }[])[0]?.stats64.tx.bytes);
    },
    close: remove,
  };
}

/** A namespace belongs to a thread: children and sockets made by this one get it, and keep it when we are back. */
async function within<T>(name: string, work: () => Promise<T>): Promise<T> {
  const setns = koffi.load("libc.so.6").func("int setns(int fd, int type)");
  const enter = (file: number) => {
    if (setns(file, CLONE_NEWNET) !== 0) throw new Error(`cannot enter the network namespace ${name}`);
  };
  const own = openSync("/proc/thread-self/ns/net", "r");
  const other = openSync(`/run/netns/${name}`, "r");
  try {
    enter(other);
    return await work();
  } finally {
    enter(own);
    closeSync(own);
    closeSync(other);
  }
}

async function removeForgotten(): Promise<void> {
  const names = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  for (const name of names.filter((other) => other.startsWith(PREFIX))) {
    const owner = Number(name.slice(PREFIX.length).split("-")[0]);
    if (!existsSync(`/proc/${owner}`)) await run("ip", ["netns", "del", name]).catch(() => {});
  }
}

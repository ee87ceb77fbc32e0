/**
 * Network namespaces of this process's own. Their names hold our process id: runs do not meet, and the next one removes what a
 * killed one left.
 */

import { execFile } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync } from "node:fs";
import { promisify } from "node:util";
import koffi from "koffi";
import { giveUp } from "./clean-up.ts";

const PREFIXES = { line: "engawa-line-", chaos: "engawa-chaos-" } as const;
/** `man 2 setns` */
const CLONE_NEWNET = 0x4000_0000;

const run = promisify(execFile);

export async function ip(...args: readonly string[]): Promise<string> {
  return (await run("ip", args)).stdout;
}

/** Makes them, lets `arrange` join them, and removes all if that fails. Returns what `arrange` returns, and their end. */
export async function makeNamespaces<T>(
  labels: readonly string[],
  arrange: (...names: string[]) => Promise<T>,
  what: keyof typeof PREFIXES = "line",
): Promise<T & { close(): Promise<void> }> {
  await removeForgotten(PREFIXES[what]);
  const names = labels.map((label) => `${PREFIXES[what]}${process.pid}-${label}`);
  const close = async () => {
    for (const name of names) await ip("netns", "del", name).catch(() => {});
  };
  try {
    for (const name of names) {
      await ip("netns", "add", name);
      await ip("-n", name, "link", "set", "lo", "up");
    }
    return { ...(await arrange(...names)), close };
  } catch (error) {
    const why = new Error("this needs root, iproute2 and the right to make network namespaces", { cause: error });
    return giveUp(why, close);
  }
}

/**
 * Runs this in another namespace, one at a time. A namespace belongs to a thread: children and sockets made by this one get
 * it, and keep it when we are back.
 */
export async function within<T>(name: string, work: () => Promise<T>): Promise<T> {
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

async function removeForgotten(prefix: string): Promise<void> {
  const names = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  for (const name of names.filter((other) => other.startsWith(prefix))) {
    const owner = Number(name.slice(prefix.length).split("-")[0]);
    if (!existsSync(`/proc/${owner}`)) await ip("netns", "del", name).catch(() => {});
  }
}

/**
 * A slow line between a home and the servers: two network namespaces of this process's own, joined by one link.
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
  close(): Promise<void>;
}

const DEVICE = "link0";
const [SERVER, HOME] = ["10.78.0.1", "10.78.0.2"];
/** More than one packet, or nothing would ever pass. */
const BURST_BYTES = 3_000;

/** `queueBytes`: what may wait before the next packet is dropped. Rejects with words without the right to make namespaces. */
export function openLine(shape: { kbitPerS: number; queueBytes: number }): Promise<Line> {
  return makeNamespaces(["servers", "home"], async (servers = "", home = "") => {
    await ip("link", "add", DEVICE, "netns", servers, "type", "veth", "peer", "name", DEVICE, "netns", home);
    for (const [name, address] of [[servers, SERVER] as const, [home, HOME] as const]) {
      await ip("-n", name, "addr", "add", `${address}/30`, "dev", DEVICE);
      await ip("-n", name, "link", "set", DEVICE, "up");
      const bucket = ["rate", `${shape.kbitPerS}kbit`, "burst", `${BURST_BYTES}`, "limit", `${shape.queueBytes}`];
      await promisify(execFile)("tc", ["-n", name, "qdisc", "add", "dev", DEVICE, "root", "tbf", ...bucket]);
    }
    return {
      address: SERVER,
      home,
      atServers: (work) => within(servers, work),
      sentBytes: async () => {
        const links = JSON.parse(await ip("-j", "-s", "-n", servers, "link", "show", "dev", DEVICE));
        return Number((links as { stats64: { tx: { bytes: number } } }[])[0]?.stats64.tx.bytes);
      },
    };
  });
}

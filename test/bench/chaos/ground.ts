/**
 * The network of a run, in namespaces of its own: everybody on one switch, on which any two can be cut off from each other. What is
 * cut off is dropped without a word, as by a firewall; connections stay open at both ends.
 *
 *   clients (office PCs .1.1, each page .2.N) ──┐
 *   node 1 .0.1, node 2 .0.2 …               ───┼── switch
 *   database .0.200                          ───┘
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ip, makeNamespaces, within } from "../../support/namespaces.ts";

const NET = "10.79";
const PREFIX = 16;
const BRIDGE = "switch0";
const DEVICE = "chaos0";
const run = promisify(execFile);

export const ADDRESSES = {
  node: (number: number) => `${NET}.0.${1 + number}`,
  database: `${NET}.0.200`,
  /** In front of several nodes. */
  front: `${NET}.0.100`,
  office: `${NET}.1.1`,
  page: (number: number) => `${NET}.2.${1 + number}`,
} as const;
/** What lies there is theirs; for a rule of the switch. */
const OFFICES = `${NET}.1.0/24`;
const PAGES = `${NET}.2.0/24`;

export type Party = "agents" | "pages" | "database" | "front" | { readonly node: number };

export interface Ground {
  /** Runs this in the namespace of a node, the database or the clients: what it starts stays there. One at a time. */
  at<T>(place: "clients" | "database" | "front" | { readonly node: number }, work: () => Promise<T>): Promise<T>;
  /** From now on nothing passes between these two. Returns what undoes it. */
  cut(one: Party, other: Party): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Rejects with words without the right to make namespaces. */
export function openGround(nodes: number): Promise<Ground> {
  const places = ["clients", "database", "front", ...Array.from({ length: nodes }, (_, i) => `node${i}`)];
  return makeNamespaces(
    ["switch", ...places],
    async (hub = "", ...names) => {
      await ip("-n", hub, "link", "add", BRIDGE, "type", "bridge");
      await ip("-n", hub, "link", "set", BRIDGE, "up");
      const nameOf = new Map(places.map((place, i) => [place, names[i] ?? ""]));
      const homes = [ADDRESSES.office, ADDRESSES.database, ADDRESSES.front];
      for (const [i, name] of names.entries()) {
        const port = `port${i}`;
        await ip("link", "add", DEVICE, "netns", name, "type", "veth", "peer", "name", port, "netns", hub);
        await ip("-n", hub, "link", "set", port, "master", BRIDGE, "up");
        const address = homes[i] ?? ADDRESSES.node(i - homes.length);
        await ip("-n", name, "addr", "add", `${address}/${PREFIX}`, "dev", DEVICE);
        await ip("-n", name, "link", "set", DEVICE, "up");
      }
      // each page has an address, without as many being set
      await ip("-n", nameOf.get("clients") ?? "", "route", "add", "local", PAGES, "dev", "lo");
      const nft = (...command: string[]) => ip("netns", "exec", hub, "nft", ...command);
      await nft("add table bridge chaos");
      await nft("add chain bridge chaos forward { type filter hook forward priority 0; }");
      return {
        at: (place, work) => within(nameOf.get(typeof place === "string" ? place : `node${place.node}`) ?? "", work),
        cut: (one, other) => cut(hub, addressOf(one), addressOf(other)),
      } satisfies Omit<Ground, "close">;
    },
    "chaos",
  );
}

async function cut(hub: string, one: string, other: string): Promise<() => Promise<void>> {
  const nft = async (...command: string[]): Promise<string> =>
    (await run("ip", ["netns", "exec", hub, "nft", ...command])).stdout;
  const handles: string[] = [];
  for (const [from, to] of [[one, other] as const, [other, one] as const]) {
    const said = await nft("-e", "-a", `add rule bridge chaos forward ip saddr ${from} ip daddr ${to} drop`);
    handles.push(/# handle (\d+)/.exec(said)?.[1] ?? "");
  }
  return async () => {
    for (const handle of handles.splice(0)) await nft(`delete rule bridge chaos forward handle ${handle}`);
  };
}

function addressOf(party: Party): string {
  if (party === "agents") return OFFICES;
  if (party === "pages") return PAGES;
  if (party === "front") return ADDRESSES.front;
  return party === "database" ? ADDRESSES.database : ADDRESSES.node(party.node);
}

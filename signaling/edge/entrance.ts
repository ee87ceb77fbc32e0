/**
 * One entrance of signaling, of whichever side: a listener of this process, an edge of its own in front, or both. Both lead
 * to the same web server and keep the same rules.
 *
 *   listen  ─▶ edge in this process ─────────────────────────▶ web
 *   proxied ─▶ an edge of its own ─▶ this listener, control ─▶ web
 */
import { EdgeControl } from "./control-server.ts";
import { type EdgeLog, type EdgeOptions, openEdge, type WebTarget } from "./edge.ts";
import type { IceServers } from "./ice-servers.ts";
import { openProxied } from "./proxied-listener.ts";
import type { RelayPeers } from "./relay-peers.ts";
import type { Side } from "./side.ts";

type Address = { readonly host: string; readonly port: number };

/** Where an entrance is: one of the two at least. */
export interface Doorway {
  readonly listen: Address | undefined;
  /** Where an edge of its own hands over connections, and its address, the only one believed. */
  readonly proxied: { readonly listen: Address; readonly from: string } | undefined;
  /** Load balancers in front of `listen`. */
  readonly balancers?: readonly string[] | undefined;
}

export interface EntranceOptions extends Doorway, Pick<EdgeOptions, "limits" | "tls" | "turn"> {
  readonly side: Side;
  /** Of its listener, in log and figures; with `-proxied` for the edge in front. */
  readonly name: string;
  readonly web: WebTarget;
  readonly peers: RelayPeers;
  readonly iceServers: IceServers;
  readonly log: EdgeLog;
}

export interface Entrance {
  /** By the names of listeners. */
  readonly addresses: Readonly<Record<string, Address>>;
  readonly figures: Readonly<Record<string, () => Readonly<Record<string, number>>>>;
  /** Edges of its own that are told of sessions at this moment, where they are expected. */
  readonly joined: Readonly<Record<string, () => number>>;
  close(): Promise<void>;
}

export async function openEntrance(options: EntranceOptions): Promise<Entrance> {
  const { side, name, listen, proxied, balancers, iceServers, ...rest } = options;
  const { peers, log } = rest;
  const isIssued = (username: string) => iceServers.isIssued(username, side);
  const edge = listen && (await openEdge({ ...rest, name, listen, balancers, isIssued }));
  const control = proxied && new EdgeControl({ side, peers, keys: iceServers.tagKeys(side), log });
  const behind = proxied && control && (await openProxied({ ...rest, ...proxied, control }));
  const ofProxied = `${name}-proxied`;
  return {
    addresses: { ...(edge && { [name]: edge.address }), ...(behind && { [ofProxied]: behind.address }) },
    figures: {
      ...(edge && { [name]: () => edge.stats() }),
      ...(control && { [ofProxied]: () => control.figures() }),
    },
    joined: { ...(control && { [ofProxied]: () => control.joined }) },
    close: async () => {
      control?.close();
      await behind?.close();
      await edge?.close();
    },
  };
}

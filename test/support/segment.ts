/**
 * An office's network segment: three PCs on one switch, each a network namespace of this process's own.
 *
 *   servers ──┐
 *   sleeper ──┼── bridge (in the servers' namespace)
 *   home ─────┘
 *
 * The cards have addresses as if burnt in (of those that RFC 7042 keeps for examples): an agent takes them for real ones.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { MacAddress, type Segment, segmentOf } from "../../signaling/protocol/wake.ts";
import type { Place } from "./line.ts";
import { ip, makeNamespaces, within } from "./namespaces.ts";

export interface Seat {
  readonly namespace: string;
  readonly address: string;
  readonly mac: MacAddress;
  /** Runs this there: what it starts stays there. One at a time, whichever the seat. */
  at<T>(work: () => Promise<T>): Promise<T>;
}

export interface OfficeSegment extends Place {
  readonly segment: Segment;
  readonly servers: Seat;
  readonly sleeper: Seat;
  readonly home: Seat;
  close(): Promise<void>;
}

const DEVICE = "eth0";
const PREFIX = 24;

/** Rejects with words without the right to make namespaces. */
export function openSegment(): Promise<OfficeSegment> {
  return makeNamespaces(["servers", "sleeper", "home"], async (...names) => {
    const seats = names.map((namespace, i): Seat => {
      const mac = MacAddress.parse(`00:00:5e:00:53:0${i + 1}`);
      return { namespace, mac, address: `10.79.0.${i + 1}`, at: (work) => within(namespace, work) };
    });
    const [servers, sleeper, home] = seats as [Seat, Seat, Seat];
    await ip("-n", servers.namespace, "link", "add", DEVICE, "address", servers.mac, "type", "bridge");
    for (const [i, { namespace, mac }] of [sleeper, home].entries()) {
      const port = `port${i}`;
      await ip("link", "add", port, "netns", servers.namespace, "type", "veth", "peer", DEVICE, "netns", namespace);
      await ip("-n", namespace, "link", "set", DEVICE, "address", mac);
      await ip("-n", servers.namespace, "link", "set", port, "master", DEVICE, "up");
    }
    for (const { namespace, address } of seats) {
      await ip("-n", namespace, "addr", "add", `${address}/${PREFIX}`, "broadcast", "+", "dev", DEVICE);
      await ip("-n", namespace, "link", "set", DEVICE, "up");
    }
    const { address } = servers;
    return { segment: segmentOf({ address, prefix: PREFIX }), servers, sleeper, home, address, atServers: servers.at };
  });
}

export interface Packet {
  readonly bytes: Buffer;
  readonly from: string;
}

/** A card that listens while its PC sleeps: everything that arrives on UDP port 9, broadcasts included. */
export async function listenAsleep(seat: Seat) {
  const socket = createSocket("udp4");
  const packets: Packet[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (bytes, { address }) => {
    packets.push({ bytes, from: address });
    for (const wake of waiting) wake();
  });
  await seat.at(async () => {
    socket.bind(9, "0.0.0.0");
    await once(socket, "listening");
  });
  return {
    packets,
    /** The n-th packet (from 1), once it has come. */
    nth: async (n: number): Promise<Packet> => {
      for (;;) {
        const packet = packets[n - 1];
        if (packet) return packet;
        await new Promise<void>((wake) => waiting.add(wake));
      }
    },
    close: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

/**
 * Wakes a sleeping neighbour when signaling asks for it: one magic packet to the broadcast address of a segment this PC stands
 * on. Nothing else can be sent this way, to nobody else, and not often.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AgentMessageOf, ToAgent } from "../../signaling/protocol/signal.ts";
import {
  broadcastOf,
  type MacAddress,
  type Segment,
  segmentOf,
  type WakeRefusal,
  type WiredInterface,
} from "../../signaling/protocol/wake.ts";
import type { Log } from "../log.ts";

/** The `discard` port (RFC 863): what cards listen for is the content, and nobody answers there. */
const PORT = 9;
/** A whole department that comes at half past eight, spread over the PCs that are on. */
const MAX_PER_MINUTE = 60;

export interface WakerOptions {
  readonly setting: "allow" | "never";
  readonly interfaces: () => readonly WiredInterface[];
  readonly send: (from: WiredInterface, mac: MacAddress) => Promise<void>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly log: Pick<Log, "info" | "warn">;
}

type Answer = AgentMessageOf<"wake-sent"> | AgentMessageOf<"wake-refused">;

export class Waker {
  readonly #options: WakerOptions;
  /** When packets were sent within the last minute. */
  #sent: number[] = [];

  constructor(options: WakerOptions) {
    this.#options = options;
  }

  /** What the server is told after each connection. */
  interfaces(): AgentMessageOf<"interfaces"> {
    const { setting, interfaces } = this.#options;
    return { type: "interfaces", interfaces: [...interfaces()], wakesOthers: setting === "allow" };
  }

  /** Never rejects: what went wrong is the answer. */
  async wake({ mac, segment }: Extract<ToAgent, { type: "wake" }>): Promise<Answer> {
    const { send, log } = this.#options;
    const from = this.#from(segment);
    if (typeof from === "string") {
      log.warn({ mac, segment }, `refused to wake: ${from}`);
      return { type: "wake-refused", mac, reason: from };
    }
    try {
      await send(from, mac);
    } catch (error) {
      log.warn({ err: error, mac, segment }, "the packet that wakes could not be sent");
      return { type: "wake-refused", mac, reason: "not-sent" };
    }
    log.info({ mac, segment }, "sent the packet that wakes a neighbour");
    return { type: "wake-sent", mac };
  }

  #from(segment: Segment): WiredInterface | WakeRefusal {
    const { setting, interfaces, now } = this.#options;
    if (setting === "never") return "never";
    const own = interfaces().find((each) => segmentOf(each) === segment);
    if (!own) return "other-segment";
    const at = now();
    this.#sent = this.#sent.filter((before) => at - before < 60_000);
    if (this.#sent.length >= MAX_PER_MINUTE) return "too-many";
    this.#sent.push(at);
    return own;
  }
}

/** What a sleeping card waits for (AMD 20213 "Magic Packet Technology"): six bytes FF, then sixteen times its address. */
export function magicPacket(mac: MacAddress): Buffer {
  const address = Buffer.from(mac.replaceAll(":", ""), "hex");
  return Buffer.concat([Buffer.alloc(6, 0xff), ...new Array<Buffer>(16).fill(address)]);
}

/** Bound to the card's own address, so that it leaves by this card though there be others. Rejects as the system does. */
export async function sendMagicPacket(from: WiredInterface, mac: MacAddress): Promise<void> {
  const socket = createSocket("udp4");
  try {
    socket.bind(0, from.address);
    await once(socket, "listening");
    socket.setBroadcast(true);
    await new Promise<void>((resolve, reject) => {
      const sent = (error: Error | null) => (error ? reject(error) : resolve());
      socket.send(magicPacket(mac), PORT, broadcastOf(segmentOf(from)), sent);
    });
  } finally {
    socket.close();
  }
}

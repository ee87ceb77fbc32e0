/**
 * The port between the parts of signaling that do not know each other, later also between nodes: small notices.
 *
 * Promised by every adapter (test/contract/bus.test.ts): at most once; in order per publisher; every subscriber of the
 * moment of publishing, the publisher's own included; a listener that throws disturbs no other. Not promised: that a notice
 * arrives. Whoever acts on one asks the store what is true.
 */
import { z } from "zod";
import { EndReason } from "../protocol/errors.ts";

export const BusEvent = z.discriminatedUnion("type", [
  /** A sign-in is over: its WebSockets close, its sessions end. */
  z.strictObject({ type: z.literal("sign-in-ended"), signIn: z.string().max(64), reason: EndReason }),
  /** People, devices, terminals, grants or sessions were changed: check what is running. */
  z.strictObject({ type: z.literal("records-changed") }),
]);
export type BusEvent = z.infer<typeof BusEvent>;

/** The smallest payload any planned carrier takes (PostgreSQL NOTIFY: below 8000 bytes). */
export const MAX_EVENT_BYTES = 7_900;

export interface Bus {
  /** Fulfilled once the event is on its way. Refuses what does not fit the schema or is too large. */
  publish(event: BusEvent): Promise<void>;
  /** Returns what ends the subscription; after it the listener is not called again. */
  subscribe(listener: (event: BusEvent) => void): () => void;
  /** No listener is called afterwards. May be called twice. */
  close(): Promise<void>;
}

/**
 * The port between the parts of signaling that do not know each other, and between nodes: small notices for all, and letters for
 * one node.
 *
 * Promised by every adapter (test/contract/bus.test.ts): at most once; in order per publisher; every subscriber of the
 * moment of publishing, the publisher's own included; a listener that throws disturbs no other; letters from one node to
 * another in order among themselves. Not promised: that any of it arrives. Whoever acts on a notice asks the store what is true;
 * where an adapter knows that it has missed some, it says `gap`.
 */
import { z } from "zod";
import { EndReason } from "../protocol/errors.ts";
import { NodeId } from "../protocol/ids.ts";
import { Change, type Changes } from "../store/rows/changes.ts";
import { type Letter, NodeNotice } from "./letters.ts";

/** Some 100 bytes each, so that a notice stays below MAX_EVENT_BYTES. */
const MAX_NOTICE_CHANGES = 50;

export const BusEvent = z.discriminatedUnion("type", [
  /** A sign-in is over: its WebSockets close, its sessions end. */
  z.strictObject({ type: z.literal("sign-in-ended"), signIn: z.string().max(64), reason: EndReason }),
  /** Somebody's rights were changed: check what runs of theirs. Without `changes`: check everybody. */
  z.strictObject({
    type: z.literal("records-changed"),
    changes: z.array(Change).min(1).max(MAX_NOTICE_CHANGES).optional(),
  }),
  /** From one node to all. */
  z.strictObject({ type: z.literal("node"), from: NodeId, notice: NodeNotice }),
  /** Notices were missed. Never published: an adapter says it to its own listeners. */
  z.strictObject({ type: z.literal("gap") }),
]);
export type BusEvent = z.infer<typeof BusEvent>;

/** The smallest payload any planned carrier takes (PostgreSQL NOTIFY: below 8000 bytes). */
export const MAX_EVENT_BYTES = 7_900;

/** An offer is 4 kB as a rule, and 64 kB at most (protocol/limits.ts); JSON in JSON escapes its quotes. */
export const MAX_LETTER_BYTES = 256 * 1024;

export interface Bus {
  /** Fulfilled once the event is on its way. Refuses what does not fit the schema or is too large. */
  publish(event: BusEvent): Promise<void>;
  /** Returns what ends the subscription; after it the listener is not called again. */
  subscribe(listener: (event: BusEvent) => void): () => void;
  /** Fulfilled once the letter is on its way. One to nobody is lost. */
  send(to: NodeId, letter: Letter): Promise<void>;
  /** Returns what ends it. */
  receive(node: NodeId, listener: (letter: Letter) => void): () => void;
  /** No listener is called afterwards. May be called twice. */
  close(): Promise<void>;
}

/** Tells everybody whose rights changed, in as many notices as it takes. */
export async function publishChanges(bus: Bus, changes: Changes): Promise<void> {
  if (changes === "everything") return bus.publish({ type: "records-changed" });
  for (let i = 0; i < changes.length; i += MAX_NOTICE_CHANGES)
    await bus.publish({ type: "records-changed", changes: changes.slice(i, i + MAX_NOTICE_CHANGES) });
}

/** A notice from this node; none where it is between two ids. */
export async function publishAs(
  bus: Pick<Bus, "publish">,
  from: NodeId | undefined,
  notice: NodeNotice,
): Promise<void> {
  if (from !== undefined) await bus.publish({ type: "node", from, notice });
}

/** As every adapter carries it. Throws on what does not fit the schema or is too large. */
export function eventText(event: BusEvent): string {
  const text = JSON.stringify(BusEvent.parse(event));
  if (Buffer.byteLength(text) > MAX_EVENT_BYTES) throw new Error("the event is too large for the bus");
  return text;
}

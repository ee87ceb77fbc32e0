/**
 * What signaling and an edge of its own say to each other on the control connection: one JSON object a line.
 *
 *   edge ─▶ signaling   PROXY header LOCAL │ join │ figures │ figures …
 *   signaling ─▶ edge   proven …, session, session, … │ whole │ proven, session or end, as it happens │ heard, for each figures
 *
 * `session` tells everything that an edge of this side has to know of one session, each time anew. `whole`: those were all,
 * so what was not named since `join` has ended. `proven`: a connection that the edge handed over belongs to somebody who
 * proved who they are. The edge proves by the tag keys, which it holds anyway, that it is an edge of this server and side.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { SessionId } from "../protocol/ids.ts";
import { MAX_AGENTS, MAX_SESSIONS } from "./capacity.ts";
import { ConnectionId } from "./proxy-protocol.ts";
import { ATTEMPTS_KEPT, MAX_PEERS } from "./relay-peers.ts";

/** The longest line is that of figures, some 1,000 bytes; a session's is 560 at most. */
export const MAX_LINE_BYTES = 4_096;
/** Sessions, and each office PC may have the name of a relay check. */
export const MAX_TOLD = MAX_SESSIONS + MAX_AGENTS;
/** All of them told at once, each as long as it can be, and as many connections: who is further behind does not read. */
export const MAX_QUEUE_BYTES = MAX_TOLD * 704;
export const FIGURES_MS = 5_000;
/** Each side hears something every FIGURES_MS: after this without a word the other is gone, whatever TCP believes. */
export const SILENCE_MS = 20_000;

/** What opens the connection; an HTTP request, such as a health check's, begins with a capital letter. */
export const FIRST_BYTE = 0x7b;

const Peers = z.array(z.string().regex(/^(?:\d{1,3}\.){3}\d{1,3}:\d{1,5}$/)).max(MAX_PEERS);
const Attempt = z.strictObject({ attempt: z.int().min(0).max(999_999_999), agent: Peers, viewer: Peers });

export const ToEdge = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("session"), id: SessionId, attempts: z.array(Attempt).max(ATTEMPTS_KEPT) }),
  z.strictObject({ type: z.literal("end"), id: SessionId }),
  z.strictObject({ type: z.literal("whole") }),
  z.strictObject({ type: z.literal("proven"), connection: ConnectionId }),
  z.strictObject({ type: z.literal("heard") }),
]);
export type ToEdge = z.infer<typeof ToEdge>;

/** By name, so that an edge of another version is understood: what this version does not know is not shown. */
const Figures = z
  .record(z.string().regex(/^[A-Za-z]{1,40}$/), z.int().nonnegative())
  .refine((figures) => Object.keys(figures).length <= 64, "too many figures");
export type Figures = Readonly<Record<string, number>>;

export const FromEdge = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("join"), version: z.literal(1), proof: z.string().length(43) }),
  z.strictObject({ type: z.literal("figures"), figures: Figures }),
]);
export type FromEdge = z.infer<typeof FromEdge>;

const PURPOSE = "engawa: an edge joins signaling, v1";

/**
 * The same each time, and never said in the clear: the connection is within TLS, whose server the edge has verified, or on
 * loopback.
 */
export function joinProof(tagKey: Uint8Array): string {
  return createHmac("sha256", tagKey).update(PURPOSE).digest("base64url");
}

/** `keys`: the tag keys of every secret that is honoured, any of them will do. */
export function isJoinProof(proof: string, keys: readonly Uint8Array[]): boolean {
  const claimed = Buffer.from(proof);
  return keys
    .map((key) => Buffer.from(joinProof(key)))
    .some((own) => own.length === claimed.length && timingSafeEqual(own, claimed));
}

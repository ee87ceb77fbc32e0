/**
 * What one node tells all others (notices), and what it tells one of them (letters). A notice is small and may be lost; whoever
 * acts on one asks the store what is true.
 */
import { z } from "zod";
import { Login, NodeId, OrganisationId, PageId, PersonId, PublicKey, SessionId, TerminalId } from "../protocol/ids.ts";
import { ToViewer, ViewerMessage } from "../protocol/signal.ts";
import { WakeFailure } from "../protocol/wake.ts";

/** Some 25 bytes each. */
export const MAX_NOTICE_TERMINALS = 200;
/** Some 70 bytes each. */
export const MAX_NOTICE_SEGMENTS = 80;
/** At most some 400 bytes each: a login may have 64 letters. */
export const MAX_NOTICE_STEPS = 15;
/** In one letter, some 300 bytes each. */
export const MAX_LETTER_SESSIONS = 200;

/** Of attempts to sign in (auth/throttle.ts). */
export const COUNTERS = ["device", "login", "signature", "source", "site", "overall"] as const;
const Counted = z.strictObject({
  counter: z.enum(COUNTERS),
  key: z.string().max(300),
  step: z.enum(["use", "give-back", "forget"]),
});
export type Counted = z.infer<typeof Counted>;

const Address = z.string().max(64);
const Peers = z.strictObject({
  id: z.string().max(64),
  attempts: z
    .array(z.strictObject({ attempt: z.int(), agent: z.array(Address).max(8), viewer: z.array(Address).max(8) }))
    .max(4),
});
const Segments = z.array(z.string().max(120)).max(MAX_NOTICE_SEGMENTS);

export const NodeNotice = z.discriminatedUnion("kind", [
  /** It has just come, or has missed something: it wants to be told what is not in the store. */
  z.strictObject({ kind: z.literal("came") }),
  /** These office PCs are the sender's from now on, by this epoch of theirs. */
  z.strictObject({
    kind: z.literal("claimed"),
    claims: z.array(z.tuple([TerminalId, z.int()])).max(MAX_NOTICE_TERMINALS),
  }),
  /** What pages show of these changed. */
  z.strictObject({ kind: z.literal("terminals"), terminals: z.array(TerminalId).max(MAX_NOTICE_TERMINALS) }),
  /** The sender has this session from now on: whose page it is says so. */
  z.strictObject({ kind: z.literal("session-taken"), session: SessionId, person: PersonId, deviceKey: PublicKey }),
  /** Whom the ends of a session may reach through the relay. */
  z.strictObject({ kind: z.literal("relay-peers"), session: Peers }),
  z.strictObject({ kind: z.literal("relay-end"), id: z.string().max(64) }),
  /** A person's pages on this device are told whether their office PC was locked. */
  z.strictObject({
    kind: z.literal("lock-told"),
    session: SessionId,
    person: PersonId,
    deviceKey: PublicKey,
    locked: z.boolean(),
  }),
  /** Segments on which the sender got its first neighbour that wakes others, or lost its last. */
  z.strictObject({ kind: z.literal("segments"), entered: Segments, left: Segments }),
  /** An office PC is being woken by the sender, or that is over. `over` null: it came. */
  z.strictObject({
    kind: z.literal("wake"),
    terminal: TerminalId,
    person: PersonId,
    elapsedMs: z.int().min(0),
    over: z
      .union([WakeFailure, z.literal("cancelled")])
      .nullable()
      .optional(),
  }),
  /** Steps of counters of attempts (auth/throttle.ts). */
  z.strictObject({
    kind: z.literal("counted"),
    steps: z.array(Counted).max(MAX_NOTICE_STEPS),
  }),
]);
export type NodeNotice = z.infer<typeof NodeNotice>;

/** Who is behind a page that another node has. */
export const FarPage = z.strictObject({
  /** Unique on its node. */
  id: z.string().max(64),
  signedIn: z.strictObject({
    signInId: z.string().max(64),
    person: PersonId,
    login: Login,
    name: z.string(),
    organisation: z.strictObject({ id: OrganisationId, name: z.string() }),
    deviceKey: PublicKey,
    endsAt: z.number(),
  }),
  turnUrls: z.array(z.string().max(300)).max(8),
  page: PageId.optional(),
  remoteAddress: z.string().max(64),
});
export type FarPage = z.infer<typeof FarPage>;

export const Letter = z.discriminatedUnion("kind", [
  /** A page of the sender's is here, and says this. */
  z.strictObject({
    kind: z.literal("from-page"),
    from: NodeId,
    page: FarPage,
    message: ViewerMessage.optional(),
  }),
  z.strictObject({ kind: z.literal("page-gone"), from: NodeId, page: z.string().max(64) }),
  z.strictObject({ kind: z.literal("to-page"), page: z.string().max(64), message: ToViewer }),
  z.strictObject({
    kind: z.literal("close-page"),
    page: z.string().max(64),
    code: z.int(),
    reason: z.string().max(120),
  }),
  /** What the sender knows that is not in the store. */
  z.strictObject({
    kind: z.literal("known"),
    from: NodeId,
    sessions: z.array(Peers).max(MAX_LETTER_SESSIONS),
    segments: Segments,
  }),
]);
export type Letter = z.infer<typeof Letter>;

/**
 * Every message on the two WebSockets: the viewer's (outside) and the agent's (inside). One schema each way; the type is
 * derived from it; unknown fields are refused. Who sends is what the connection says, never a field.
 *
 *   viewer ──session-request──▶ server ──session-open──▶ agent
 *   viewer ◀──session-opened─── server
 *   viewer ◀──────offer───────  server ◀─────offer─────  agent     (all its candidates inside, signed)
 *   viewer ──────answer──────▶  server ─────answer────▶  agent     (signed; candidates follow)
 *                               server ◀──session-live── agent
 *
 * `attempt` counts the peers of one session: a broken path is rebuilt as the next attempt, and what belongs to an
 * older one is dropped.
 */
import { z } from "zod";
import { AuditPosition, CosignedHead, CosignedHeads, SignedHead } from "./audit.ts";
import { EndReason, ErrorCode } from "./errors.ts";
import { IceServer } from "./ice-server.ts";
import {
  KeyCode,
  LiftCode,
  LiftHash,
  LockId,
  Login,
  Nonce,
  PublicKey,
  SessionId,
  Signature,
  TerminalId,
} from "./ids.ts";
import {
  MAX_ENDED_TOLD,
  MAX_FORGOTTEN,
  MAX_LIST_PARTS,
  MAX_LIST_TERMINALS,
  MAX_LOCK_LOGINS,
  MAX_SDP_CHARS,
} from "./limits.ts";
import { holdsNul } from "./nul.ts";
import { MAX_AGENT_POLICIES, PolicyId, SessionPolicy, ToldPolicy } from "./policy.ts";
import { MAX_RECEIPT_CHARS } from "./receipt.ts";
import { MacAddress, Segment, WakeFailure, WakeRefusal, WiredInterfaces } from "./wake.ts";

/** Video codecs in the order we prefer them: AV1 profile 1, AV1 profile 0, VP9 profile 1, VP9 profile 0. */
export const CODECS = ["av1-444", "av1-420", "vp9-444", "vp9-420"] as const;
export const Codec = z.enum(CODECS);
export type Codec = z.infer<typeof Codec>;

/** What an office PC reports of its own protection. */
export const PROTECTION_EVENTS = [
  "locked",
  "lock-failed",
  "shown-unlocked",
  "covered",
  "cover-failed",
  "power-off",
  "stays-on",
] as const;
export const ProtectionEvent = z.enum(PROTECTION_EVENTS);
export type ProtectionEvent = z.infer<typeof ProtectionEvent>;
/** Why the PC was to be locked: the line broke, or the session ended. */
export type LockCause = "interrupted" | "ended";

/** A device that an office PC is to strike off its own list. There is no message by which one gets onto it. */
export const ForgetWish = z.strictObject({ code: KeyCode, login: Login });
export type ForgetWish = z.infer<typeof ForgetWish>;
/** `known`: it stood there until now. */
export const ForgottenDevice = z.strictObject({ ...ForgetWish.shape, known: z.boolean() });
export type ForgottenDevice = z.infer<typeof ForgottenDevice>;

const Sdp = z.string().max(MAX_SDP_CHARS);
const Attempt = z.int().min(1).max(1_000_000);
const ListPart = z.int().min(1).max(MAX_LIST_PARTS);
const Name = z.string().max(200);

/** RTCIceCandidateInit (W3C WebRTC §4.8.2), the fields we use. */
export const Candidate = z.strictObject({
  candidate: z.string().max(1024),
  sdpMid: z.string().max(16).nullable().optional(),
  sdpMLineIndex: z.int().min(0).max(64).nullable().optional(),
  usernameFragment: z.string().max(256).nullable().optional(),
});
export type Candidate = z.infer<typeof Candidate>;

/** What the page shows of waking. `elapsedMs`: since it was asked for. `mine`: the person who reads this asked for it. */
const WakeView = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("possible") }),
  z.strictObject({ state: z.literal("waking"), elapsedMs: z.number(), mine: z.boolean() }),
  z.strictObject({ state: z.literal("failed"), why: WakeFailure, again: z.boolean() }),
]);
export type WakeView = z.infer<typeof WakeView>;

/** What the page shows of one office PC. `since`: epoch ms of the last change of `state`. */
export const TerminalView = z.strictObject({
  id: TerminalId,
  name: Name,
  state: z.enum(["online", "offline", "in-use"]),
  since: z.number(),
  /** Who is using it, when somebody is. `mine`: the person who reads this. `here`: this very browser. */
  holder: z.strictObject({ name: Name, since: z.number(), mine: z.boolean(), here: z.boolean() }).optional(),
  /** Only of one that is offline, and only where waking it is possible or was tried. */
  wake: WakeView.optional(),
  /** Grants may end; epoch ms. */
  grantedUntil: z.number().optional(),
  /** The event for which it has its ID ends or ended then; epoch ms. */
  idUntil: z.number().optional(),
});
export type TerminalView = z.infer<typeof TerminalView>;

/** Whom an office PC keeps out: everybody, whoever comes with this device, or these people. */
export const LockedOut = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("everybody") }),
  z.strictObject({ kind: z.literal("device"), code: KeyCode }),
  z.strictObject({ kind: z.literal("people"), logins: z.array(Login).min(1).max(MAX_LOCK_LOGINS) }),
]);
export type LockedOut = z.infer<typeof LockedOut>;

/** A lock as an office PC is told of it. The same one may come again: then it is wider or longer, never less. */
export const LockOrder = z.strictObject({
  lock: LockId,
  of: LockedOut,
  /** Epoch ms; the office PC keeps it MAX_LOCK_KEPT_MS at most. */
  until: z.int().min(0),
  hash: LiftHash,
  /** For IT at this PC. */
  reason: Name,
});
export type LockOrder = z.infer<typeof LockOrder>;

const offer = z.strictObject({
  type: z.literal("offer"),
  session: SessionId,
  attempt: Attempt,
  sdp: Sdp,
  signature: Signature,
});
const answer = z.strictObject({
  type: z.literal("answer"),
  session: SessionId,
  attempt: Attempt,
  sdp: Sdp,
  signature: Signature,
});
const candidate = z.strictObject({
  type: z.literal("candidate"),
  session: SessionId,
  attempt: Attempt,
  candidate: Candidate,
});
const sessionEnd = z.strictObject({ type: z.literal("session-end"), session: SessionId, reason: EndReason });
const error = z.strictObject({
  type: z.literal("error"),
  code: ErrorCode,
  message: z.string().max(500),
  /** The type of the message that failed, and the session it was about, where known. */
  about: z.string().max(64).optional(),
  session: SessionId.optional(),
  details: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

/** A browser's WebSocket shows no pings of its own (RFC 6455 §5.5.2), so a page has these. */
const ping = z.strictObject({ type: z.literal("ping") });
const pong = z.strictObject({ type: z.literal("pong") });

/** What a viewer may say. */
export const ViewerMessage = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("session-request"),
    terminal: TerminalId,
    /** The person has confirmed to end their own session on another device. */
    takeOver: z.boolean(),
    /** The interrupted session to continue: same person, same device. */
    resume: SessionId.optional(),
    /** What this browser can decode, best first. */
    codecs: z.array(Codec).min(1).max(CODECS.length),
  }),
  answer,
  candidate,
  /** Answered with `session-end`, also when it was over before; until then it is said again after each reconnection. */
  sessionEnd,
  /** Wake this sleeping PC. What comes of it is in the list of terminals. */
  z.strictObject({ type: z.literal("wake"), terminal: TerminalId }),
  /** The person no longer waits for it. */
  z.strictObject({ type: z.literal("wake-cancel"), terminal: TerminalId }),
  /** Is the server still there? Answered at once with `pong`, before what waits. */
  ping,
]);
export type ViewerMessage = z.infer<typeof ViewerMessage>;

/** What the server says to a viewer. */
export const ToViewer = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("welcome"),
    person: z.strictObject({ login: Login, name: Name }),
    organisation: Name,
  }),
  /** The whole list, or one part of a long one: they come in order, each list from part 1 anew. */
  z.strictObject({
    type: z.literal("terminals"),
    terminals: z.array(TerminalView).max(MAX_LIST_TERMINALS),
    part: z.strictObject({ number: ListPart, of: ListPart }).optional(),
    /** Further ones that the longest list does not hold; said with the last part. */
    more: z.int().min(1).optional(),
  }),
  z.strictObject({
    type: z.literal("session-opened"),
    session: SessionId,
    attempt: Attempt,
    terminal: TerminalId,
    nonce: Nonce,
    /** The office PC's key as the server knows it. The viewer goes by the one it pinned. */
    agentKey: PublicKey,
    iceServers: z.array(IceServer),
    /** The picture is shown, and no input counts (policy.ts). */
    viewOnly: z.literal(true).optional(),
  }),
  offer,
  sessionEnd,
  /** The office PC should have been locked after this person's session and was not; or was at last. */
  z.strictObject({ type: z.literal("lock"), session: SessionId, locked: z.boolean() }),
  /** What this person asked of their managers may stand otherwise (requests.ts): to be looked up by who shows it. */
  z.strictObject({ type: z.literal("requests-changed") }),
  pong,
  error,
]);
export type ToViewer = z.infer<typeof ToViewer>;

/** What an agent may say. Its first message is `authenticate`, the answer to the server's `challenge`. */
export const AgentMessage = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("authenticate"), terminal: TerminalId, signature: Signature }),
  /**
   * After every (re)connection: the sessions that still exist on this PC. `live`: pictures flow; else it waits for its
   * viewer to come back. Sessions that are not named are ended. `ended`: the last ones that have ended here and why, whoever
   * wished it: it may be that the server that told so, or heard it, could not keep it.
   */
  z.strictObject({
    type: z.literal("sessions"),
    running: z.array(z.strictObject({ session: SessionId, attempt: Attempt, live: z.boolean() })).max(16),
    ended: z
      .array(z.strictObject({ session: SessionId, reason: EndReason }))
      .max(MAX_ENDED_TOLD)
      .optional(),
  }),
  offer,
  z.strictObject({ type: z.literal("session-live"), session: SessionId, attempt: Attempt }),
  /** Somebody typed or moved in it; at most once a minute. The sign-in it hangs on is in use. */
  z.strictObject({ type: z.literal("session-active"), session: SessionId }),
  /** The path broke; the session waits for the viewer to come back. */
  z.strictObject({ type: z.literal("session-interrupted"), session: SessionId, attempt: Attempt }),
  sessionEnd,
  /** After every (re)connection: how this PC could be woken, and whether it wakes its neighbours. */
  z.strictObject({ type: z.literal("interfaces"), interfaces: WiredInterfaces, wakesOthers: z.boolean() }),
  /** The answers to `wake`. */
  z.strictObject({ type: z.literal("wake-sent"), mac: MacAddress }),
  z.strictObject({ type: z.literal("wake-refused"), mac: MacAddress, reason: WakeRefusal }),
  /**
   * Whether the PC was locked after a session or in its interruption, that nothing could lock it before one, and whether its monitors
   * are covered. `at`: the agent's
   * clock, epoch ms; it may be told late, when the server was away. `reason`: an interruption or an end; or why it failed.
   */
  z.strictObject({
    type: z.literal("protection"),
    session: SessionId,
    event: ProtectionEvent,
    at: z.int().min(0),
    reason: z.string().max(300),
  }),
  /** The answer to `policies`: it has these, each with the name that its content gives it. */
  z.strictObject({ type: z.literal("policies-kept"), ids: z.array(PolicyId).max(MAX_AGENT_POLICIES) }),
  /** It is on this PC's disk. */
  z.strictObject({ type: z.literal("lock-kept"), lock: LockId }),
  /** The answer to `forget-devices`: these stand on its list no longer. */
  z.strictObject({
    type: z.literal("devices-forgotten"),
    devices: z.array(ForgottenDevice).min(1).max(MAX_FORGOTTEN),
  }),
  /** Once a session that was live is over: what was in it (receipt.ts). It may be told late, when the server was away. */
  z.strictObject({ type: z.literal("session-receipt"), text: z.string().max(MAX_RECEIPT_CHARS), signature: Signature }),
  /** After every (re)connection: the heads of the audit that it signed last. It signs further ones (`audit-head`). */
  z.strictObject({ type: z.literal("audit-witness"), heads: CosignedHeads }),
  /** The answers to `audit-head`: signed and kept; or not, because `kept` is what it signed before, and both cannot be. */
  z.strictObject({ type: z.literal("audit-cosigned"), head: CosignedHead }),
  z.strictObject({ type: z.literal("audit-contradiction"), head: AuditPosition, kept: CosignedHead }),
]);
export type AgentMessage = z.infer<typeof AgentMessage>;

/** What the server says to an agent. */
export const ToAgent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("challenge"), challenge: Nonce }),
  z.strictObject({ type: z.literal("welcome"), terminal: TerminalId, name: Name, organisation: Name }),
  z.strictObject({
    type: z.literal("session-open"),
    session: SessionId,
    attempt: Attempt,
    nonce: Nonce,
    person: z.strictObject({ login: Login, name: Name }),
    deviceKey: PublicKey,
    codecs: z.array(Codec).min(1),
    /** The relay by each of its ways is one server; a second one at most. */
    iceServers: z.array(IceServer).max(2),
    /** One that it was told (`policies`); another one ends the session with `policy-unknown`. */
    policy: SessionPolicy.optional(),
  }),
  /** Sets of rules that sessions will name; added to those it has. Answered with `policies-kept`. */
  z.strictObject({ type: z.literal("policies"), policies: z.array(ToldPolicy).min(1).max(MAX_AGENT_POLICIES) }),
  /** From now on another one holds for this session, or it ends at another time. */
  z.strictObject({ type: z.literal("session-policy"), session: SessionId, policy: SessionPolicy }),
  answer,
  candidate,
  sessionEnd,
  /** Send one magic packet for this card to this segment's broadcast address. The agent may refuse. */
  z.strictObject({ type: z.literal("wake"), mac: MacAddress, segment: Segment }),
  /** Whom to keep out from now on, whatever the server says later. After each connection all that concern this PC. Answered with `lock-kept`. */
  z.strictObject({ type: z.literal("lock"), order: LockOrder }),
  /** It counts if the code is the lock's. */
  z.strictObject({ type: z.literal("lock-lifted"), lock: LockId, code: LiftCode }),
  /** Lost, or of somebody who has left. Said after each connection until it is answered; what is left out of a long list comes then. */
  z.strictObject({ type: z.literal("forget-devices"), devices: z.array(ForgetWish).min(1).max(MAX_FORGOTTEN) }),
  /** Where the record of its organisation ends. Only to one that has said `audit-witness`. */
  z.strictObject({ type: z.literal("audit-head"), head: SignedHead }),
  error,
]);
export type ToAgent = z.infer<typeof ToAgent>;

export type ViewerMessageOf<T extends ViewerMessage["type"]> = Extract<ViewerMessage, { type: T }>;
export type AgentMessageOf<T extends AgentMessage["type"]> = Extract<AgentMessage, { type: T }>;

export type Parsed<T> = { ok: true; message: T } | { ok: false; problem: string; about?: string };

/** Reads one text frame. Never throws: a malformed frame is data, not a bug. */
export function parseMessage<T>(schema: z.ZodType<T>, text: string): Parsed<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: "not JSON" };
  }
  const result = schema.safeParse(value);
  if (result.success && !holdsNul(result.data)) return { ok: true, message: result.data };
  const type = (value as { type?: unknown } | null)?.type;
  const issue = result.error?.issues[0];
  const problem = issue ? `${issue.path.join(".") || "message"}: ${issue.message}` : "the character NUL in a text";
  return typeof type === "string" ? { ok: false, problem, about: type.slice(0, 64) } : { ok: false, problem };
}

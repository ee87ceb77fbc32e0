/**
 * What of a TURN client's words reaches the relay. The relay is an old program: it hears nothing that a client of ours
 * does not need, and next to nothing from somebody whom signaling has not sent.
 *
 *   unknown ──request with an issued user name──▶ named ──the relay granted an allocation──▶ allocated
 *
 * unknown    Allocate without a user name (its 401 brings realm and nonce), a few times
 * named      requests of Allocate, Refresh, CreatePermission, ChannelBind under that one user name
 * allocated  also ChannelData and Send indications
 *
 * Dropped, and counted, is whatever else is well formed: Binding too, which neither Chromium (with relay-only transport)
 * nor werift sends to a TURN server over TCP. Closed is a connection that uses a user name which signaling has not made
 * or which has expired, that changes its name, or that had too much dropped.
 *
 * Pure: no sockets, no timers.
 */
import { ATTRIBUTE, CLASS, MAGIC_COOKIE, METHOD } from "../protocol/stun.ts";
import { type Attribute, attributes, type TurnFrame } from "./turn-framing.ts";

/** werift repeats an unanswered Allocate up to seven times even over TCP; Chromium once or twice. */
const MAX_UNNAMED_ALLOCATES = 8;
/** A client of ours has nothing dropped but a late repetition or media that raced the grant. */
const MAX_DROPPED = 64;
/** UDP (RFC 8656 §18.7). TCP would be RFC 6062. */
const TRANSPORT_UDP = 17;
const FAMILY_IPV4 = 1;

export type GateState =
  | { readonly kind: "unknown"; readonly allocates: number; readonly dropped: number }
  | { readonly kind: "named"; readonly username: string; readonly dropped: number }
  | {
      readonly kind: "allocated";
      readonly username: string;
      readonly dropped: number;
      /** Its own address at the relay, `host:port`: `agent doctor` asks for a permission towards itself. */
      readonly relayed?: string | undefined;
    };

export type CloseReason =
  | "user name not issued"
  | "user name changed"
  | "too much dropped"
  | "too many unnamed allocates";
export type Verdict =
  | { readonly kind: "pass"; readonly state: GateState }
  | { readonly kind: "drop"; readonly state: GateState }
  | { readonly kind: "close"; readonly state: GateState; readonly reason: CloseReason };

export const START: GateState = { kind: "unknown", allocates: 0, dropped: 0 };

const REQUESTS: ReadonlySet<number> = new Set([
  METHOD.allocate,
  METHOD.refresh,
  METHOD.createPermission,
  METHOD.channelBind,
]);

/**
 * Attributes that a relay must understand (types below 0x8000) and that our clients need. Left out on purpose:
 * EVEN-PORT and RESERVATION-TOKEN (hold ports back), REQUESTED-ADDRESS-FAMILY (IPv6), CHANGE-REQUEST, ACCESS-TOKEN.
 */
const NEEDED: ReadonlySet<number> = new Set([
  ATTRIBUTE.username,
  ATTRIBUTE.messageIntegrity,
  ATTRIBUTE.channelNumber,
  ATTRIBUTE.lifetime,
  ATTRIBUTE.xorPeerAddress,
  ATTRIBUTE.data,
  ATTRIBUTE.realm,
  ATTRIBUTE.nonce,
  ATTRIBUTE.requestedTransport,
]);
/** Of those that may be ignored, the ones coturn acts upon. */
const REFUSED: ReadonlySet<number> = new Set([
  ATTRIBUTE.additionalAddressFamily,
  ATTRIBUTE.origin,
  ATTRIBUTE.mobilityTicket,
]);

function isHarmless(attribute: Attribute): boolean {
  switch (attribute.type) {
    case ATTRIBUTE.requestedTransport:
      return attribute.value[0] === TRANSPORT_UDP;
    case ATTRIBUTE.xorPeerAddress:
      return attribute.value.length === 8 && attribute.value[1] === FAMILY_IPV4;
    default:
      return attribute.type < 0x8000 ? NEEDED.has(attribute.type) : !REFUSED.has(attribute.type);
  }
}

/**
 * Strict where an old parser is lenient, so that both read the same: no attribute of ours twice, and nothing after
 * MESSAGE-INTEGRITY but FINGERPRINT (RFC 8489 §14.5; coturn before 4.15 honours what follows).
 */
function readable(bytes: Buffer): Attribute[] | undefined {
  const found = attributes(bytes);
  if (!found?.every(isHarmless)) return undefined;
  // CreatePermission may name several peers (RFC 8656 §9.1)
  const single = found.filter(({ type }) => type !== ATTRIBUTE.xorPeerAddress).map(({ type }) => type);
  if (new Set(single).size !== single.length) return undefined;
  const sealed = found.findIndex(({ type }) => type === ATTRIBUTE.messageIntegrity);
  const after = sealed < 0 ? [] : found.slice(sealed + 1);
  return after.every(({ type }) => type === ATTRIBUTE.fingerprint) ? found : undefined;
}

/** May the owner of this name reach this peer? `port` is left out where the relay ignores it. */
export type MayReach = (username: string, host: string, port?: number) => boolean;
const ANYBODY: MayReach = () => true;

/** RFC 8489 §14.2: port and address are written XORed with the magic cookie. */
function unxored(value: Buffer): { host: string; port: number } {
  const host = [24, 16, 8, 0].map((shift, at) => ((MAGIC_COOKIE >>> shift) & 0xff) ^ (value[4 + at] ?? 0)).join(".");
  return { host, port: value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16) };
}

type Named = Exclude<GateState, { kind: "unknown" }>;

function peersAllowed(state: Named, found: readonly Attribute[], hasPort: boolean, mayReach: MayReach): boolean {
  const own = state.kind === "allocated" ? state.relayed : undefined;
  return found
    .filter(({ type }) => type === ATTRIBUTE.xorPeerAddress)
    .every(({ value }) => {
      const { host, port } = unxored(value);
      return own === `${host}:${port}` || mayReach(state.username, host, hasPort ? port : undefined);
    });
}

function drop(state: GateState): Verdict {
  const dropped = state.dropped + 1;
  const next = { ...state, dropped };
  return dropped > MAX_DROPPED
    ? { kind: "close", reason: "too much dropped", state: next }
    : { kind: "drop", state: next };
}

function request(
  state: GateState,
  { method, bytes }: { method: number; bytes: Buffer },
  isIssued: (username: string) => boolean,
  mayReach: MayReach,
): Verdict {
  const found = REQUESTS.has(method) ? readable(bytes) : undefined;
  if (found === undefined) return drop(state);
  const named = found.find(({ type }) => type === ATTRIBUTE.username);
  if (named === undefined) {
    if (state.kind !== "unknown" || method !== METHOD.allocate) return drop(state);
    const allocates = state.allocates + 1;
    if (allocates > MAX_UNNAMED_ALLOCATES) return { kind: "close", reason: "too many unnamed allocates", state };
    return { kind: "pass", state: { ...state, allocates } };
  }
  // every name we issue is ASCII; latin1 keeps other bytes apart from it
  const username = named.value.toString("latin1");
  if (state.kind !== "unknown") {
    if (username !== state.username) return { kind: "close", reason: "user name changed", state };
    // CreatePermission is for all ports of an address (RFC 8656 §9.2)
    const allowed = peersAllowed(state, found, method !== METHOD.createPermission, mayReach);
    return allowed ? { kind: "pass", state } : drop(state);
  }
  if (!isIssued(username)) return { kind: "close", reason: "user name not issued", state };
  return { kind: "pass", state: { kind: "named", username, dropped: state.dropped } };
}

/** A frame from the client: does it go on to the relay? */
export function fromClient(
  state: GateState,
  frame: TurnFrame,
  isIssued: (username: string) => boolean,
  mayReach: MayReach = ANYBODY,
): Verdict {
  if (frame.kind === "channel") return state.kind === "allocated" ? { kind: "pass", state } : drop(state);
  if (frame.class === CLASS.request) return request(state, frame, isIssued, mayReach);
  const isSend = frame.class === CLASS.indication && frame.method === METHOD.send;
  if (!isSend || state.kind !== "allocated") return drop(state);
  const found = readable(frame.bytes);
  return found && peersAllowed(state, found, true, mayReach) ? { kind: "pass", state } : drop(state);
}

/** A frame from the relay: it may be the grant that opens the way for media. */
export function fromRelay(state: GateState, frame: TurnFrame): GateState {
  const granted = frame.kind === "stun" && frame.class === CLASS.success && frame.method === METHOD.allocate;
  if (!granted || state.kind !== "named") return state;
  const own = attributes(frame.bytes)?.find(
    ({ type, value }) => type === ATTRIBUTE.xorRelayedAddress && value.length === 8,
  );
  if (!own) return { ...state, kind: "allocated" };
  const { host, port } = unxored(own.value);
  return { ...state, kind: "allocated", relayed: `${host}:${port}` };
}

/** Media may be lost, answers may not: the relay's answers are few, one for each request. */
export function isMedia(frame: TurnFrame): boolean {
  return frame.kind === "channel" || (frame.class === CLASS.indication && frame.method === METHOD.data);
}

/**
 * One remote-access session as the page sees it.
 *
 *                ┌────────── wait over, WebSocket open ───────────┐
 *                ▼                                                │
 *   requesting ──opened──▶ negotiating ──path open──▶ starting ──picture──▶ live
 *       │                      │                         │         │        │
 *       │                      └──── path lost, too late, undecodable, silence
 *       │                                        │       ▼         │        │
 *       │                                        └─▶ interrupted ◀─┘────────┘
 *       └───────── refused, left, ended by anyone, grace over ──────────▶ ended
 *
 * A first request that the server has no room for becomes `queued`, and is asked again at the time it was told:
 *
 *   requesting ──not now──▶ queued ──its time──▶ requesting        too long, or left ──▶ ended
 *
 * A broken path is never repaired: the same session is asked for again and gets a new peer (the next `attempt`), after
 * growing waits and within the grace period, so no new one-time code is needed. The loss of the WebSocket alone changes
 * nothing in `live`.
 *
 * Pure: no sockets, no timers. The caller applies the returned state, performs the effects in order, and sends a
 * `tick` no later than `wakeAt(state)`.
 */
import { EndReason, type ErrorCode, unreachable } from "../../signaling/protocol/errors.ts";
import type { Nonce, PublicKey, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { DECODE_TIMEOUT_MS, NEGOTIATE_TIMEOUT_MS, RESUME_GRACE_MS } from "../../signaling/protocol/limits.ts";
import type { Codec, IceServer } from "../../signaling/protocol/signal.ts";
import { nextTurn, type Turn } from "./turn.ts";

/** The server answers a request at once; twice the worst round trip of a slow line, and time for its admission queue. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** From `opened` to an open path. The office PC may lose 3 s on a blocked UDP before it tries TLS; then TURN, ICE, DTLS. */
export const PATH_TIMEOUT_MS = 12_000;
/** A heartbeat that is unanswered for this long is shown as a stall, … */
export const STALL_MS = 2_000;
/** … and for this long means that the path is lost. Under SILENCE_END_MS, so that the office PC is still waiting for us. */
export const LOST_MS = 5_000;
/** Waits before the 1st, 2nd, … rebuild; the last one repeats. */
export const REBUILD_WAITS_MS = [100, 500, 1_000, 2_000, 4_000, 6_000] as const;

/** What the person asked for, and what this browser can still decode (a codec that showed nothing is struck off). */
export interface Wish {
  readonly terminal: TerminalId;
  readonly takeOver: boolean;
  readonly codecs: readonly Codec[];
}

/** What server and page agreed on for one attempt. */
export interface Opening {
  readonly session: SessionId;
  readonly attempt: number;
  readonly nonce: Nonce;
  readonly agentKey: PublicKey;
  readonly iceServers: readonly IceServer[];
}

/** The thread that runs through all attempts of one session. */
interface Thread {
  readonly wish: Wish;
  /** Undefined until the server opened the session. */
  readonly session: SessionId | undefined;
  /** Has there been a picture? Then an interruption is an interruption, and waits for the whole grace period. */
  readonly shown: boolean;
  /** Attempts that failed since the last picture. */
  readonly failures: number;
  /** When the page gives up, epoch ms. */
  readonly giveUpAt: number;
  /** Since the server has had no room for us; undefined again once it has opened the session. */
  readonly turn: Turn | undefined;
}

export type Cause =
  | { kind: "reason"; reason: EndReason }
  | { kind: "refused"; code: ErrorCode; details: Readonly<Record<string, string | number>> }
  /** The first meeting with this office PC: somebody must compare its code before anything else happens. */
  | { kind: "unknown-terminal"; agentKey: PublicKey }
  | { kind: "no-answer" };

export type SessionState =
  | { kind: "requesting"; thread: Thread; sent: boolean; deadline: number }
  | { kind: "queued"; thread: Thread; retryAt: number }
  | { kind: "negotiating"; thread: Thread; session: SessionId; attempt: number; deadline: number }
  | {
      kind: "starting";
      thread: Thread;
      session: SessionId;
      attempt: number;
      deadline: number;
      /** When a whole picture had arrived that has not been decoded, epoch ms. */
      arrivedAt: number | undefined;
      askedAt: number | undefined;
    }
  | {
      kind: "live";
      thread: Thread;
      session: SessionId;
      attempt: number;
      since: number;
      /** The oldest heartbeat that nothing has answered, epoch ms. */
      askedAt: number | undefined;
    }
  | { kind: "interrupted"; thread: Thread; session: SessionId; retryAt: number }
  | { kind: "ended"; cause: Cause };

/** `online`: is the WebSocket open at this moment? */
export type SessionEvent = { now: number; online: boolean } & (
  | { kind: "socket" }
  | { kind: "opened"; opening: Opening }
  /** The certificate that arrived is the signed one, and the control channel is open. */
  | { kind: "path-open" }
  | { kind: "path-lost"; attempt: number }
  /** Packets of the picture have arrived, `codec` is what they are. */
  | { kind: "arrived" }
  | { kind: "picture" }
  /** A heartbeat was sent; anything at all came back. */
  | { kind: "asked" }
  | { kind: "heard" }
  | { kind: "undecodable"; codec: Codec | undefined }
  | { kind: "error"; code: ErrorCode; details: Readonly<Record<string, string | number>> }
  | { kind: "end"; cause: Cause; tell: boolean }
  | { kind: "tick" }
);

export type Effect =
  | { kind: "request"; takeOver: boolean; resume: SessionId | undefined; codecs: readonly Codec[] }
  | { kind: "open-peer"; opening: Opening }
  | { kind: "close-peer" }
  | { kind: "tell-end"; session: SessionId; reason: EndReason };

export type Step = readonly [SessionState, readonly Effect[]];

export function begin(wish: Wish, online: boolean, now: number): Step {
  const thread: Thread = {
    wish,
    session: undefined,
    shown: false,
    failures: 0,
    giveUpAt: now + NEGOTIATE_TIMEOUT_MS,
    turn: undefined,
  };
  return ask(thread, online, now);
}

export function next(state: SessionState, event: SessionEvent): Step {
  if (state.kind === "ended") return [state, []]; // ended is final
  switch (event.kind) {
    case "socket":
      return socketChanged(state, event.online, event.now);
    case "opened":
      return opened(state, event.opening, event.now);
    case "path-open":
      return state.kind === "negotiating" ? [starting(state, event.now), []] : [state, []];
    case "path-lost":
      return "attempt" in state && state.attempt === event.attempt ? interrupt(state, event.now) : [state, []];
    case "arrived":
      return state.kind === "starting" && state.arrivedAt === undefined
        ? [{ ...state, arrivedAt: event.now }, []]
        : [state, []];
    case "picture":
      return state.kind === "starting" ? [live(state, event.now), []] : [state, []];
    case "asked":
      return "askedAt" in state ? [{ ...state, askedAt: state.askedAt ?? event.now }, []] : [state, []];
    case "heard":
      return "askedAt" in state ? [{ ...state, askedAt: undefined }, []] : [state, []];
    case "undecodable":
      return undecodable(state, event.codec, event);
    case "error":
      return refused(state, event.code, event.details, event.now);
    case "end":
      return end(state, event.cause, event.tell);
    case "tick":
      return tick(state, event);
    default:
      return unreachable(event);
  }
}

/** When the state wants its next `tick`, epoch ms. */
export function wakeAt(state: SessionState): number | undefined {
  switch (state.kind) {
    case "requesting":
    case "negotiating":
      return Math.min(state.deadline, state.thread.giveUpAt);
    case "starting":
      return Math.min(
        state.deadline,
        state.arrivedAt === undefined ? Infinity : state.arrivedAt + DECODE_TIMEOUT_MS,
        state.askedAt === undefined ? Infinity : state.askedAt + LOST_MS,
      );
    case "live":
      return state.askedAt === undefined ? undefined : state.askedAt + LOST_MS;
    case "queued":
      return state.retryAt;
    case "interrupted":
      return Math.min(state.retryAt, state.thread.giveUpAt);
    case "ended":
      return undefined;
    default:
      return unreachable(state);
  }
}

/** A whole picture has arrived and nothing can be seen for too long: the codec must be given up. (Parts of one may just be a slow line.) */
export function codecFailed(state: SessionState, now: number): boolean {
  return state.kind === "starting" && state.arrivedAt !== undefined && now >= state.arrivedAt + DECODE_TIMEOUT_MS;
}

export function stalled(state: SessionState, now: number): boolean {
  return state.kind === "live" && state.askedAt !== undefined && now >= state.askedAt + STALL_MS;
}

/** The server has no room yet, and the page asks again by itself. */
export const waitsForTurn = (state: SessionState): boolean => state.kind !== "ended" && state.thread.turn !== undefined;

/** What a person calls it. */
export function phase(state: SessionState): "connecting" | "live" | "interrupted" | "ended" {
  if (state.kind === "live" || state.kind === "ended") return state.kind;
  return state.thread.shown ? "interrupted" : "connecting";
}

type Running = Exclude<SessionState, { kind: "ended" }>;
type Open = Extract<SessionState, { attempt: number }>;

function ask(thread: Thread, online: boolean, now: number): Step {
  const state: SessionState = { kind: "requesting", thread, sent: online, deadline: now + REQUEST_TIMEOUT_MS };
  return [state, online ? [request(thread)] : []];
}

const request = (thread: Thread): Effect => ({
  kind: "request",
  takeOver: thread.wish.takeOver && thread.session === undefined,
  resume: thread.session,
  codecs: thread.wish.codecs,
});

function socketChanged(state: Running, online: boolean, now: number): Step {
  if (state.kind === "requesting") {
    if (!online) return [{ ...state, sent: false }, []];
    return state.sent ? [state, []] : ask(state.thread, true, now);
  }
  // The offer, or our candidates, are lost with the socket: begin this attempt again.
  if (state.kind === "negotiating" && !online) return interrupt(state, now);
  return [state, []];
}

function opened(state: Running, opening: Opening, now: number): Step {
  // A request that was repeated is answered twice; the newer attempt is the one the office PC works on.
  const newer = state.kind === "negotiating" && state.session === opening.session && opening.attempt > state.attempt;
  const awaited = state.kind === "requesting" || state.kind === "queued";
  if (!awaited && !newer) return [state, []];
  const negotiating: SessionState = {
    kind: "negotiating",
    thread: { ...state.thread, session: opening.session, turn: undefined },
    session: opening.session,
    attempt: opening.attempt,
    deadline: now + PATH_TIMEOUT_MS,
  };
  const close: readonly Effect[] = newer ? [{ kind: "close-peer" }] : [];
  return [negotiating, [...close, { kind: "open-peer", opening }]];
}

const starting = (state: Extract<SessionState, { kind: "negotiating" }>, now: number): SessionState => ({
  kind: "starting",
  thread: state.thread,
  session: state.session,
  attempt: state.attempt,
  deadline: now + NEGOTIATE_TIMEOUT_MS,
  arrivedAt: undefined,
  askedAt: undefined,
});

const live = (state: Extract<SessionState, { kind: "starting" }>, now: number): SessionState => ({
  kind: "live",
  thread: { ...state.thread, shown: true, failures: 0 },
  session: state.session,
  attempt: state.attempt,
  since: now,
  askedAt: state.askedAt,
});

function interrupt(state: Open, now: number): Step {
  const { thread } = state;
  const wait = REBUILD_WAITS_MS[Math.min(thread.failures, REBUILD_WAITS_MS.length - 1)] ?? 0;
  const interrupted: SessionState = {
    kind: "interrupted",
    session: state.session,
    retryAt: now + Math.round(wait * (1 + spread(state.session))),
    thread: {
      ...thread,
      session: state.session,
      failures: thread.failures + 1,
      giveUpAt: state.kind === "live" ? now + RESUME_GRACE_MS : thread.giveUpAt,
    },
  };
  return [interrupted, [{ kind: "close-peer" }]];
}

/** 0–1, the same for one session, different between sessions: many pages that lost one relay do not return at once. */
const spread = (session: SessionId): number => Number.parseInt(session.slice(0, 4), 16) / 0xffff;

function undecodable(state: Running, codec: Codec | undefined, { now, online }: SessionEvent): Step {
  if (state.kind !== "starting") return [state, []];
  const failed = codec ?? state.thread.wish.codecs[0];
  const codecs = state.thread.wish.codecs.filter((other) => other !== failed);
  if (codecs.length === 0) return end(state, { kind: "reason", reason: "no-common-codec" }, true);
  const thread: Thread = {
    ...state.thread,
    wish: { ...state.thread.wish, codecs },
    giveUpAt: Math.max(state.thread.giveUpAt, now + NEGOTIATE_TIMEOUT_MS),
  };
  const [asking, effects] = ask(thread, online, now);
  return [asking, [{ kind: "close-peer" }, ...effects]];
}

/** Refusals that may pass by themselves while a session is being rebuilt. */
const PASSING: readonly ErrorCode[] = [
  "TERMINAL_OFFLINE",
  "SERVER_BUSY",
  "STORAGE_UNAVAILABLE",
  "TOO_MANY_ATTEMPTS",
  "INTERNAL",
];

function refused(
  state: Running,
  code: ErrorCode,
  details: Readonly<Record<string, string | number>>,
  now: number,
): Step {
  if (state.kind === "live" || state.kind === "interrupted" || state.kind === "queued") return [state, []];
  const { thread } = state;
  if (thread.session !== undefined) {
    if (PASSING.includes(code)) {
      return interrupt({ ...negotiatingAgain(state, thread.session), thread }, now);
    }
    if (code === "SESSION_UNKNOWN") {
      const known = EndReason.safeParse(details["reason"]);
      return end(state, { kind: "reason", reason: known.data ?? "resume-expired" }, false);
    }
  } else {
    const { retryAfterS } = details;
    const next = nextTurn(thread.turn, { code, retryAfterS, terminal: thread.wish.terminal }, now);
    if (next) return [{ kind: "queued", thread: { ...thread, turn: next.turn }, retryAt: next.retryAt }, []];
  }
  return end(state, { kind: "refused", code, details }, thread.session !== undefined);
}

const negotiatingAgain = (state: Running, session: SessionId): Extract<SessionState, { kind: "negotiating" }> => ({
  kind: "negotiating",
  thread: state.thread,
  session,
  attempt: "attempt" in state ? state.attempt : 0,
  deadline: 0,
});

function end(state: Running, cause: Cause, tell: boolean): Step {
  const effects: Effect[] = [{ kind: "close-peer" }];
  const session = state.thread.session;
  if (tell && session !== undefined) effects.push({ kind: "tell-end", session, reason: reasonFor(cause) });
  return [{ kind: "ended", cause }, effects];
}

const reasonFor = (cause: Cause): EndReason => {
  if (cause.kind === "reason") return cause.reason;
  return cause.kind === "no-answer" ? "negotiation-timeout" : "viewer-left";
};

function tick(state: Running, { now, online }: SessionEvent): Step {
  switch (state.kind) {
    case "requesting":
      if (now >= state.thread.giveUpAt) return giveUp(state);
      // Asked and not answered: ask again; the server drops what is older.
      return now >= state.deadline ? ask(state.thread, online, now) : [state, []];
    case "negotiating":
      if (now >= state.thread.giveUpAt) return giveUp(state);
      return now >= state.deadline ? interrupt(state, now) : [state, []];
    case "starting":
    case "live": {
      const silent = state.askedAt !== undefined && now >= state.askedAt + LOST_MS;
      const late = state.kind === "starting" && now >= state.deadline;
      if (late && !state.thread.shown) return giveUp(state);
      return silent || late ? interrupt(state, now) : [state, []];
    }
    case "queued":
      if (now < state.retryAt) return [state, []];
      return ask({ ...state.thread, giveUpAt: now + NEGOTIATE_TIMEOUT_MS }, online, now);
    case "interrupted":
      if (now >= state.thread.giveUpAt) return giveUp(state);
      return now >= state.retryAt ? ask(state.thread, online, now) : [state, []];
    default:
      return unreachable(state);
  }
}

function giveUp(state: Running): Step {
  const { thread } = state;
  if (thread.shown) return end(state, { kind: "reason", reason: "resume-expired" }, true);
  if (thread.session === undefined) return end(state, { kind: "no-answer" }, false);
  const reason: EndReason = state.kind === "starting" ? "negotiation-timeout" : "relay-unreachable";
  return end(state, { kind: "reason", reason }, true);
}

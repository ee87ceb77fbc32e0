/**
 * What the state of one session is made of: its kinds, what happens to it and what it asks for in return; and what can be
 * read from it. Data and arithmetic: how one state becomes another is in session-state.ts.
 */
import { type EndReason, type ErrorCode, unreachable } from "../../signaling/protocol/errors.ts";
import type { IceServer } from "../../signaling/protocol/ice-server.ts";
import type { Nonce, PublicKey, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { DECODE_TIMEOUT_MS } from "../../signaling/protocol/limits.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import type { Turn } from "./turn.ts";

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
  /** As the server says before the office PC does. */
  readonly viewOnly?: true | undefined;
}

/** The thread that runs through all attempts of one session. */
export interface Thread {
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
export type Phase = "connecting" | "live" | "interrupted" | "ended";

export function phase(state: SessionState): Phase {
  if (state.kind === "live" || state.kind === "ended") return state.kind;
  return state.thread.shown ? "interrupted" : "connecting";
}

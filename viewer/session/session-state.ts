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
import { errorFacts } from "../../signaling/protocol/error-table.ts";
import { EndReason, type ErrorCode, unreachable } from "../../signaling/protocol/errors.ts";
import type { SessionId } from "../../signaling/protocol/ids.ts";
import { NEGOTIATE_TIMEOUT_MS, RESUME_GRACE_MS } from "../../signaling/protocol/limits.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import {
  type Cause,
  type Effect,
  LOST_MS,
  type Opening,
  PATH_TIMEOUT_MS,
  REBUILD_WAITS_MS,
  REQUEST_TIMEOUT_MS,
  type SessionEvent,
  type SessionState,
  type Step,
  type Thread,
  type Wish,
} from "./session-shape.ts";
import { nextTurn } from "./turn.ts";

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

function refused(
  state: Running,
  code: ErrorCode,
  details: Readonly<Record<string, string | number>>,
  now: number,
): Step {
  if (state.kind === "live" || state.kind === "interrupted" || state.kind === "queued") return [state, []];
  const { thread } = state;
  if (thread.session !== undefined) {
    if (errorFacts(code).later !== undefined) {
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

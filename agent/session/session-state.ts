/**
 * One remote session as this PC sees it.
 *
 *   open ──▶ negotiating ──connected──▶ live ──failed──▶ interrupted ──open──▶ negotiating (next attempt)
 *                │                       │                    │
 *                └──failed, deadline─────┴───────end──────────┴──until──▶ ended
 *
 * An attempt to resume that fails falls back to interrupted and does not lengthen the grace period, so whoever disturbs the
 * negotiation ends nothing that the line had not ended already.
 * Pure: no sockets, no timers. The caller applies the returned state and performs the effects.
 */
import { type EndReason, unreachable } from "../../signaling/protocol/errors.ts";
import { NEGOTIATE_TIMEOUT_MS, RESUME_GRACE_MS } from "../../signaling/protocol/limits.ts";

export type SessionState =
  /** `resumeUntil`: set when the session was live before. */
  | { kind: "negotiating"; attempt: number; deadline: number; resumeUntil: number | undefined }
  | { kind: "live"; attempt: number }
  | { kind: "interrupted"; attempt: number; until: number }
  | { kind: "ended"; reason: EndReason };

export type SessionEvent =
  | { kind: "open"; attempt: number; now: number }
  | { kind: "connected"; attempt: number }
  /** This attempt will not come about, or its path broke. */
  | { kind: "failed"; attempt: number; reason: EndReason; now: number }
  | { kind: "end"; reason: EndReason }
  | { kind: "tick"; now: number };

export function begin(attempt: number, now: number): SessionState {
  return { kind: "negotiating", attempt, deadline: now + NEGOTIATE_TIMEOUT_MS, resumeUntil: undefined };
}

export function next(state: SessionState, event: SessionEvent): SessionState {
  if (state.kind === "ended") return state; // ended is final
  switch (event.kind) {
    case "open":
      return event.attempt > state.attempt ? reopened(state, event) : state;
    case "connected":
      return state.kind === "negotiating" && event.attempt === state.attempt
        ? { kind: "live", attempt: state.attempt }
        : state;
    case "failed":
      return event.attempt === state.attempt ? failed(state, event) : state;
    case "end":
      return { kind: "ended", reason: event.reason };
    case "tick":
      return ticked(state, event.now);
    default:
      return unreachable(event);
  }
}

type Running = Exclude<SessionState, { kind: "ended" }>;

function reopened(state: Running, { attempt, now }: { attempt: number; now: number }): SessionState {
  return { kind: "negotiating", attempt, deadline: now + NEGOTIATE_TIMEOUT_MS, resumeUntil: resumeUntil(state, now) };
}

function failed(state: Running, { reason, now }: { reason: EndReason; now: number }): SessionState {
  const until = resumeUntil(state, now);
  if (until === undefined) return { kind: "ended", reason };
  return { kind: "interrupted", attempt: state.attempt, until };
}

function ticked(state: Running, now: number): SessionState {
  if (state.kind === "negotiating" && now >= state.deadline)
    return failed(state, { reason: "negotiation-timeout", now });
  if (state.kind === "interrupted" && now >= state.until) return { kind: "ended", reason: "resume-expired" };
  return state;
}

function resumeUntil(state: Running, now: number): number | undefined {
  if (state.kind === "live") return now + RESUME_GRACE_MS;
  return state.kind === "interrupted" ? state.until : state.resumeUntil;
}

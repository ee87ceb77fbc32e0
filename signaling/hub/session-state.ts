/**
 * One remote-access session as the server sees it.
 *
 *             ┌────────────── resume ───────────────┐
 *             ▼                                     │
 *   requested ──offered──▶ negotiating ──live──▶ live ──interrupted──▶ interrupted ──resume──▶ requested (next attempt)
 *                                                 ▲ │
 *                                       confirmed │ │ agent-lost, a restart of this server, or an agent that has offered and then
 *                                                 │ ▼ neither said that pictures flow nor that they will not: it is not heard
 *                                             unconfirmed
 *
 *   any ──end──▶ ended, and each state but live and ended has a deadline after which it ends, or (one that was not offered to who
 *   comes back) falls back to interrupted for what is left of the grace, or (one that was offered) is unconfirmed.
 *
 * Pure: no sockets, no timers. The caller applies the returned state and performs the effects.
 */
import { type EndReason, unreachable } from "../protocol/errors.ts";
import { CONFIRM_TIMEOUT_MS, NEGOTIATE_TIMEOUT_MS, RESUME_GRACE_MS } from "../protocol/limits.ts";

/** `attempt` counts the peers that were built, from 1. `graceUntil`: set while coming back, the end of the grace. Times: ms of a clock that never jumps. */
export type SessionState =
  /** The agent was told; its offer is awaited. */
  | { kind: "requested"; attempt: number; deadline: number; graceUntil: number | undefined }
  /** Offer passed on; answer, candidates and DTLS are under way. */
  | { kind: "negotiating"; attempt: number; deadline: number; graceUntil: number | undefined }
  /** The agent said that pictures flow. */
  | { kind: "live"; attempt: number }
  /** The path broke; the same person on the same device may come back until the deadline. */
  | { kind: "interrupted"; attempt: number; deadline: number }
  /** We cannot ask the agent. It runs on if it runs; the agent's word is awaited. */
  | { kind: "unconfirmed"; attempt: number; deadline: number; graceUntil: number | undefined }
  | { kind: "ended"; reason: EndReason };

export type SessionEvent =
  | { kind: "offered"; attempt: number; now: number }
  | { kind: "live"; attempt: number }
  | { kind: "interrupted"; attempt: number; now: number }
  | { kind: "resume"; now: number }
  | { kind: "agent-lost"; now: number }
  | { kind: "confirmed"; attempt: number; live: boolean; now: number }
  | { kind: "tick"; now: number }
  | { kind: "end"; reason: EndReason };

export const requested = (now: number): SessionState => ({
  kind: "requested",
  attempt: 1,
  deadline: now + NEGOTIATE_TIMEOUT_MS,
  graceUntil: undefined,
});

/** A session found in the store after a restart. */
export const unconfirmed = (now: number): SessionState => ({
  kind: "unconfirmed",
  attempt: 1,
  deadline: now + CONFIRM_TIMEOUT_MS,
  graceUntil: undefined,
});

export function next(state: SessionState, event: SessionEvent): SessionState {
  if (state.kind === "ended") return state; // ended is final
  switch (event.kind) {
    case "offered":
      return state.kind === "requested" && state.attempt === event.attempt
        ? { ...state, kind: "negotiating", deadline: event.now + NEGOTIATE_TIMEOUT_MS }
        : state;
    case "live":
      return state.attempt === event.attempt ? { kind: "live", attempt: event.attempt } : state;
    case "interrupted":
      return state.attempt === event.attempt && state.kind !== "interrupted"
        ? { kind: "interrupted", attempt: event.attempt, deadline: graceUntil(state) ?? event.now + RESUME_GRACE_MS }
        : state;
    case "resume":
      if (state.kind === "unconfirmed") return state;
      return {
        kind: "requested",
        attempt: state.attempt + 1,
        deadline: event.now + NEGOTIATE_TIMEOUT_MS,
        graceUntil: state.kind === "interrupted" ? state.deadline : (graceUntil(state) ?? event.now + RESUME_GRACE_MS),
      };
    case "agent-lost":
      return unconfirmedAfter(state, event.now);
    case "confirmed":
      if (state.kind !== "unconfirmed") return state;
      return event.live
        ? { kind: "live", attempt: event.attempt }
        : {
            kind: "interrupted",
            attempt: event.attempt,
            deadline: state.graceUntil ?? event.now + RESUME_GRACE_MS,
          };
    case "tick":
      return tick(state, event.now);
    case "end":
      return { kind: "ended", reason: event.reason };
    default:
      return unreachable(event);
  }
}

function tick(state: Exclude<SessionState, { kind: "ended" }>, now: number): SessionState {
  if (state.kind === "live" || now < state.deadline) return state;
  switch (state.kind) {
    case "requested":
      return state.graceUntil !== undefined && now < state.graceUntil
        ? { kind: "interrupted", attempt: state.attempt, deadline: state.graceUntil }
        : { kind: "ended", reason: "negotiation-timeout" };
    case "negotiating":
      return unheard(state, now);
    case "interrupted":
      return { kind: "ended", reason: "resume-expired" };
    case "unconfirmed":
      return { kind: "ended", reason: "unconfirmed" };
    default:
      return unreachable(state);
  }
}

/** Its picture may flow by now, also when a grace ends meanwhile: that its agent has the last word on. */
const unheard = (
  { attempt, graceUntil }: Extract<SessionState, { kind: "negotiating" }>,
  now: number,
): SessionState => ({
  ...{ kind: "unconfirmed", attempt, graceUntil },
  deadline: Math.max(now + CONFIRM_TIMEOUT_MS, graceUntil ?? 0),
});

/** An agent that comes and goes renews nothing: a grace that runs, runs on, whoever is away. */
function unconfirmedAfter(state: Exclude<SessionState, { kind: "ended" }>, now: number): SessionState {
  if (state.kind === "unconfirmed") return state;
  if (state.kind === "negotiating") return unheard(state, now);
  const until = state.kind === "interrupted" ? state.deadline : graceUntil(state);
  return { kind: "unconfirmed", attempt: state.attempt, deadline: until ?? now + RESUME_GRACE_MS, graceUntil: until };
}

const graceUntil = (state: SessionState): number | undefined =>
  state.kind === "live" || state.kind === "interrupted" || state.kind === "ended" ? undefined : state.graceUntil;

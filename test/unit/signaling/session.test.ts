import { describe, expect, test } from "vitest";
import {
  next,
  requested,
  type SessionEvent,
  type SessionState,
  unconfirmed,
} from "../../../signaling/hub/session-state.ts";
import { CONFIRM_TIMEOUT_MS, NEGOTIATE_TIMEOUT_MS, RESUME_GRACE_MS } from "../../../signaling/protocol/limits.ts";

const T = 1_000_000;
const then = (state: SessionState, ...events: SessionEvent[]): SessionState => events.reduce(next, state);
const live = then(requested(T), { kind: "offered", attempt: 1, now: T }, { kind: "live", attempt: 1 });

describe("a session", () => {
  test("goes from request over offer to live", () => {
    expect(requested(T)).toMatchObject({ kind: "requested", attempt: 1 });
    expect(then(requested(T), { kind: "offered", attempt: 1, now: T })).toMatchObject({ kind: "negotiating" });
    expect(live).toEqual({ kind: "live", attempt: 1 });
  });

  test("that gets no offer in time ends", () => {
    const late = T + NEGOTIATE_TIMEOUT_MS;
    expect(then(requested(T), { kind: "tick", now: late - 1 }).kind).toBe("requested");
    expect(then(requested(T), { kind: "tick", now: late })).toEqual({ kind: "ended", reason: "negotiation-timeout" });
  });

  test("gives an offer a fresh deadline", () => {
    const offered = then(requested(T), { kind: "offered", attempt: 1, now: T + 5_000 });
    expect(then(offered, { kind: "tick", now: T + NEGOTIATE_TIMEOUT_MS }).kind).toBe("negotiating");
  });

  test("ignores what belongs to another attempt", () => {
    const second = then(live, { kind: "resume", now: T });
    for (const event of [
      { kind: "offered", attempt: 1, now: T },
      { kind: "live", attempt: 1 },
      { kind: "interrupted", attempt: 1, now: T },
    ] as const)
      expect(next(second, event)).toBe(second);
  });

  test("that is interrupted waits for the grace and then ends", () => {
    const lost = then(live, { kind: "interrupted", attempt: 1, now: T });
    expect(lost).toEqual({ kind: "interrupted", attempt: 1, deadline: T + RESUME_GRACE_MS });
    expect(then(lost, { kind: "tick", now: T + RESUME_GRACE_MS })).toEqual({
      kind: "ended",
      reason: "resume-expired",
    });
  });

  test("that comes back counts its attempts", () => {
    const back = then(live, { kind: "interrupted", attempt: 1, now: T }, { kind: "resume", now: T + 1 });
    expect(back).toMatchObject({ kind: "requested", attempt: 2 });
    const again = then(back, { kind: "offered", attempt: 2, now: T + 2 }, { kind: "live", attempt: 2 });
    expect(again).toEqual({ kind: "live", attempt: 2 });
  });

  test("that fails to come back may try again for what is left of the grace, not longer", () => {
    let state = then(live, { kind: "interrupted", attempt: 1, now: T });
    let now = T;
    while (now + NEGOTIATE_TIMEOUT_MS < T + RESUME_GRACE_MS) {
      state = then(state, { kind: "resume", now });
      now += NEGOTIATE_TIMEOUT_MS;
      state = then(state, { kind: "tick", now });
      expect(state).toMatchObject({ kind: "interrupted", deadline: T + RESUME_GRACE_MS });
    }
    state = then(state, { kind: "resume", now }, { kind: "tick", now: T + RESUME_GRACE_MS });
    expect(state.kind).toBe("ended");
  });

  test("whose viewer noticed first may come back from live", () => {
    expect(then(live, { kind: "resume", now: T })).toMatchObject({ kind: "requested", attempt: 2 });
  });

  test("whose agent is away is unconfirmed until the agent says it runs", () => {
    const lost = then(live, { kind: "agent-lost", now: T });
    expect(lost.kind).toBe("unconfirmed");
    expect(then(lost, { kind: "resume", now: T })).toBe(lost);
    expect(then(lost, { kind: "confirmed", attempt: 1, live: true, now: T })).toEqual(live);
    expect(then(lost, { kind: "confirmed", attempt: 3, live: false, now: T })).toMatchObject({
      kind: "interrupted",
      attempt: 3,
    });
    expect(then(lost, { kind: "tick", now: T + RESUME_GRACE_MS })).toEqual({ kind: "ended", reason: "unconfirmed" });
  });

  test("whose agent has offered and is not heard again may be live: it waits for the agent's word, but renews no grace", () => {
    const offered = then(requested(T), { kind: "offered", attempt: 1, now: T });
    const unheard = then(offered, { kind: "tick", now: T + NEGOTIATE_TIMEOUT_MS });
    expect(unheard.kind).toBe("unconfirmed");
    expect(then(unheard, { kind: "live", attempt: 1 })).toEqual(live);
    const until = T + NEGOTIATE_TIMEOUT_MS + CONFIRM_TIMEOUT_MS;
    expect(then(unheard, { kind: "tick", now: until - 1 }).kind).toBe("unconfirmed");
    expect(then(unheard, { kind: "tick", now: until })).toEqual({ kind: "ended", reason: "unconfirmed" });
  });

  test("that was offered once more as its grace ends goes on if it is live, and ends at once if it is not", () => {
    const late = T + RESUME_GRACE_MS - 1_000;
    const back = then(live, { kind: "interrupted", attempt: 1, now: T }, { kind: "resume", now: late });
    const offered = then(back, { kind: "offered", attempt: 2, now: late });
    const now = late + NEGOTIATE_TIMEOUT_MS;
    for (const event of [{ kind: "tick", now } as const, { kind: "agent-lost", now } as const]) {
      const unheard = then(offered, event);
      expect(unheard).toMatchObject({ kind: "unconfirmed", deadline: now + CONFIRM_TIMEOUT_MS });
      expect(then(unheard, { kind: "confirmed", attempt: 2, live: true, now })).toEqual({ kind: "live", attempt: 2 });
      for (const said of ["confirmed", "interrupted"] as const)
        expect(then(unheard, { kind: said, attempt: 2, live: false, now }, { kind: "tick", now })).toEqual({
          kind: "ended",
          reason: "resume-expired",
        });
    }
  });

  test("of an agent that comes and goes keeps the grace that runs, and ends with it", () => {
    let state = then(live, { kind: "interrupted", attempt: 1, now: T });
    for (let now = T + 1_000; now < T + RESUME_GRACE_MS; now += 10_000) {
      state = then(state, { kind: "agent-lost", now });
      expect(state.kind).toBe("unconfirmed");
      state = then(state, { kind: "confirmed", attempt: 1, live: false, now: now + 1_000 });
      expect(state).toMatchObject({ kind: "interrupted", deadline: T + RESUME_GRACE_MS });
    }
    expect(then(state, { kind: "tick", now: T + RESUME_GRACE_MS })).toEqual({
      kind: "ended",
      reason: "resume-expired",
    });
  });

  test("found after a restart ends unless its agent confirms it in time", () => {
    expect(next(unconfirmed(T), { kind: "tick", now: T + CONFIRM_TIMEOUT_MS })).toMatchObject({ kind: "ended" });
  });

  test("that has ended stays so, and keeps its reason", () => {
    const ended = next(live, { kind: "end", reason: "taken-over" });
    for (const event of [
      { kind: "resume", now: T },
      { kind: "live", attempt: 1 },
      { kind: "end", reason: "silence" },
      { kind: "tick", now: T * 2 },
    ] as const)
      expect(next(ended, event)).toBe(ended);
  });
});

import { describe, expect, test } from "vitest";
import { Liveness } from "../../agent/session/liveness.ts";
import { begin, next, type SessionEvent, type SessionState } from "../../agent/session/session-state.ts";
import {
  NEGOTIATE_TIMEOUT_MS,
  RESUME_GRACE_MS,
  SILENCE_END_MS,
  SILENCE_RELEASE_MS,
} from "../../signaling/protocol/limits.ts";

const run = (...events: SessionEvent[]): SessionState => events.reduce(next, begin(1, 0));
const connected = { kind: "connected", attempt: 1 } as const;
const broken = { kind: "failed", attempt: 1, reason: "silence", now: 1_000 } as const;

describe("a session", () => {
  test("that was never live ends with the reason of its failure", () => {
    expect(run({ ...broken, reason: "signature-invalid" })).toEqual({ kind: "ended", reason: "signature-invalid" });
  });

  test("ends when nothing comes of the negotiation in time", () => {
    expect(run({ kind: "tick", now: NEGOTIATE_TIMEOUT_MS - 1 }).kind).toBe("negotiating");
    expect(run({ kind: "tick", now: NEGOTIATE_TIMEOUT_MS })).toEqual({
      kind: "ended",
      reason: "negotiation-timeout",
    });
  });

  test("whose path breaks waits for the grace period, then ends", () => {
    const waiting = run(connected, broken);
    expect(waiting).toEqual({ kind: "interrupted", attempt: 1, until: 1_000 + RESUME_GRACE_MS });
    expect(next(waiting, { kind: "tick", now: 1_000 + RESUME_GRACE_MS })).toEqual({
      kind: "ended",
      reason: "resume-expired",
    });
  });

  test("is live again with the next attempt", () => {
    const state = run(connected, broken, { kind: "open", attempt: 2, now: 2_000 }, { kind: "connected", attempt: 2 });
    expect(state).toEqual({ kind: "live", attempt: 2 });
  });

  test("is not ended, nor its grace lengthened, by an attempt to resume that fails", () => {
    const failed = { kind: "failed", attempt: 2, reason: "signature-invalid", now: 50_000 } as const;
    const state = run(connected, broken, { kind: "open", attempt: 2, now: 40_000 }, failed);
    expect(state).toEqual({ kind: "interrupted", attempt: 2, until: 1_000 + RESUME_GRACE_MS });
  });

  test("does not listen to older attempts", () => {
    const second = run(connected, { kind: "open", attempt: 2, now: 0 });
    expect(next(second, { ...broken, attempt: 1 })).toBe(second);
    expect(next(second, { kind: "connected", attempt: 1 })).toBe(second);
    expect(next(second, { kind: "open", attempt: 2, now: 0 })).toBe(second);
  });

  test("that has ended stays ended", () => {
    const ended = run({ kind: "end", reason: "viewer-left" });
    expect(next(ended, { kind: "open", attempt: 9, now: 0 })).toBe(ended);
    expect(next(ended, { kind: "end", reason: "internal" })).toBe(ended);
  });
});

describe("silence", () => {
  test("releases what is held after three seconds and ends after twelve", () => {
    const life = new Liveness(0);
    expect(life.at(SILENCE_RELEASE_MS - 1, true)).toBe("heard");
    expect(life.at(SILENCE_RELEASE_MS, false)).toBe("heard");
    expect(life.at(SILENCE_RELEASE_MS, true)).toBe("release");
    life.heard(5_000);
    expect(life.at(SILENCE_END_MS, true)).toBe("release");
    expect(life.at(5_000 + SILENCE_END_MS, false)).toBe("silent");
  });
});

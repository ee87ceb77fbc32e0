/** What a session knows of its path and of the office PC: facts, heartbeats, samples. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HEARTBEAT_ACTIVE_MS, HEARTBEAT_IDLE_MS, INPUT_RECENT_MS } from "../../signaling/protocol/limits.ts";
import { Heartbeat } from "../../viewer/session/heartbeat.ts";
import { onNewPath, told, UNTOLD } from "../../viewer/session/office-facts.ts";
import type { Sample } from "../../viewer/session/quality.ts";
import { Sampler } from "../../viewer/session/sampler.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("what the office PC tells", () => {
  test("replaces what was known of that one thing", () => {
    const covered = told(UNTOLD, { type: "cover", state: "covered" }, 0);
    expect(told(covered, { type: "desktop", state: "restarting" }, 0)).toEqual({
      ...UNTOLD,
      cover: "covered",
      desktop: "restarting",
    });
  });

  test("says for how long yet; it is kept as a time, until somebody works again", () => {
    const idle = told(UNTOLD, { type: "idle", endsInS: 60 }, 5_000);
    expect(idle.idleUntil).toBe(65_000);
    expect(told(idle, { type: "idle", endsInS: null }, 6_000).idleUntil).toBeUndefined();
  });

  test("is forgotten with its path, but for the picture and its cover", () => {
    const covered = told(UNTOLD, { type: "cover", state: "covered" }, 0);
    const coarse = told(covered, { type: "picture", state: "coarse" }, 0);
    const locked = told(coarse, { type: "secure-desktop", shown: true }, 0);
    expect(onNewPath(locked)).toEqual({ ...UNTOLD, cover: "covered", picture: "coarse" });
  });
});

describe("heartbeats", () => {
  let sent: number;
  let isAwaited: boolean;
  let heartbeat: Heartbeat;
  beforeEach(() => {
    [sent, isAwaited] = [0, false];
    heartbeat = new Heartbeat({ send: () => ++sent > 0, isAwaited: () => isAwaited });
  });
  const within = (ms: number): number => {
    const before = sent;
    vi.advanceTimersByTime(ms);
    return sent - before;
  };

  test("are seldom while nobody does anything", () => {
    heartbeat.beat();
    expect(within(3 * HEARTBEAT_IDLE_MS)).toBe(3);
  });

  test("are often while a key is held, however long", () => {
    heartbeat.input(1);
    heartbeat.beat();
    vi.advanceTimersByTime(10 * INPUT_RECENT_MS);
    expect(within(10 * HEARTBEAT_ACTIVE_MS)).toBe(10);
  });

  test("are often while an answer is awaited", () => {
    isAwaited = true;
    heartbeat.beat();
    expect(within(10 * HEARTBEAT_ACTIVE_MS)).toBe(10);
  });

  test("are due at once with the first key after a pause, and not with the next", () => {
    expect(heartbeat.input(1)).toBe(true);
    expect(heartbeat.input(0)).toBe(false);
    vi.advanceTimersByTime(INPUT_RECENT_MS + 1);
    expect(heartbeat.input(0)).toBe(true);
  });

  test("end with the path, and what was held is let go", () => {
    heartbeat.input(2);
    heartbeat.beat();
    heartbeat.stop();
    expect(heartbeat.held).toBe(0);
    expect(within(10 * HEARTBEAT_IDLE_MS)).toBe(0);
  });
});

describe("samples", () => {
  const sample = (packets: number): Sample => ({
    at: packets,
    bytes: 0,
    packets,
    whole: 0,
    frames: 0,
    freezes: 0,
    lost: 0,
    codec: "av1-444",
    relay: "tls",
  });

  test("tell whether packets have come since the one before", async () => {
    const counts = [5, 5, 6];
    const moves: boolean[] = [];
    const sampler = new Sampler({
      read: async () => sample(counts[moves.length] ?? 6),
      isStarting: () => true,
      sampled: (_, moved) => void moves.push(moved),
    });
    sampler.start();
    await vi.advanceTimersByTimeAsync(600);
    expect(moves).toEqual([false, false, true]);
    sampler.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that come after the end count for nothing", async () => {
    const late = Promise.withResolvers<Sample>();
    let sampled = 0;
    const sampler = new Sampler({
      read: () => late.promise,
      isStarting: () => false,
      sampled: () => void sampled++,
    });
    sampler.start();
    sampler.stop();
    late.resolve(sample(1));
    await vi.advanceTimersByTimeAsync(5_000);
    expect([sampled, sampler.codec, vi.getTimerCount()]).toEqual([0, undefined, 0]);
  });

  test("are not begun after the end", () => {
    const read = vi.fn(async () => undefined);
    const sampler = new Sampler({ read, isStarting: () => false, sampled: () => {} });
    sampler.stop();
    sampler.start();
    expect(read).not.toHaveBeenCalled();
  });
});

import { describe, expect, test } from "vitest";
import { type Nonce, PublicKey, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { DECODE_TIMEOUT_MS, NEGOTIATE_TIMEOUT_MS, RESUME_GRACE_MS } from "../../signaling/protocol/limits.ts";
import { CODECS } from "../../signaling/protocol/signal.ts";
import {
  codecFailed,
  type Effect,
  LOST_MS,
  type Opening,
  PATH_TIMEOUT_MS,
  phase,
  REBUILD_WAITS_MS,
  REQUEST_TIMEOUT_MS,
  type SessionEvent,
  type SessionState,
  STALL_MS,
  stalled,
  type Wish,
  waitsForTurn,
  wakeAt,
} from "../../viewer/session/session-shape.ts";
import { begin, next } from "../../viewer/session/session-state.ts";
import { TURN_LIMIT_MS } from "../../viewer/session/turn.ts";

const session = SessionId.parse("0191b2a4-5c3d-4e6f-8a90-b1c2d3e4f506");
const wish: Wish = { terminal: TerminalId.parse("K7QM-2Z9P-X4TD"), takeOver: false, codecs: CODECS };
const opening = (attempt: number): Opening => ({
  session,
  attempt,
  nonce: "AAAAAAAAAAAAAAAAAAAAAA" as Nonce,
  agentKey: PublicKey.parse("A".repeat(122)),
  iceServers: [],
});

type Happening = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, "now" | "online"> : never) : never;

/** A session with a clock that the test moves, and every effect it had. */
class Story {
  state: SessionState;
  now = 1_000_000;
  online = true;
  readonly effects: Effect[] = [];

  constructor(what: Wish = wish, online = true) {
    this.online = online;
    const [state, effects] = begin(what, online, this.now);
    this.state = state;
    this.effects.push(...effects);
  }

  on(happening: Happening): this {
    const [state, effects] = next(this.state, { ...happening, now: this.now, online: this.online } as SessionEvent);
    this.state = state;
    this.effects.push(...effects);
    return this;
  }

  /** Lets the time pass and ticks whenever the state asked for it. */
  wait(ms: number): this {
    const until = this.now + ms;
    for (let at = wakeAt(this.state); at !== undefined && at <= until; at = wakeAt(this.state)) {
      this.now = Math.max(this.now, at);
      this.on({ kind: "tick" });
    }
    this.now = until;
    return this;
  }

  live(): this {
    return this.on({ kind: "opened", opening: opening(1) })
      .on({ kind: "path-open" })
      .on({ kind: "picture" });
  }

  kinds(): string[] {
    return this.effects.map(({ kind }) => kind);
  }

  requests(): Array<Extract<Effect, { kind: "request" }>> {
    return this.effects.filter((effect) => effect.kind === "request");
  }
}

describe("the viewer's session", () => {
  test("asks, opens a peer, and is live with the first picture", () => {
    const story = new Story();
    expect(phase(story.state)).toBe("connecting");
    story.live();
    expect(phase(story.state)).toBe("live");
    expect(story.kinds()).toEqual(["request", "open-peer"]);
    expect(story.requests()[0]).toMatchObject({ takeOver: false, resume: undefined, codecs: CODECS });
  });

  test("waits for the WebSocket before it asks, and asks again when the answer was lost with it", () => {
    const story = new Story(wish, false);
    expect(story.kinds()).toEqual([]);
    story.online = true;
    story.on({ kind: "socket" });
    expect(story.kinds()).toEqual(["request"]);
    story.online = false;
    story.on({ kind: "socket" });
    story.online = true;
    story.on({ kind: "socket" });
    expect(story.kinds()).toEqual(["request", "request"]);
  });

  test("the loss of the WebSocket does not touch a live picture", () => {
    const story = new Story().live();
    story.online = false;
    story.on({ kind: "socket" }).wait(10 * 60_000);
    expect(story.state.kind).toBe("live");
  });

  test("a broken path is rebuilt as the same session, without a new take-over", () => {
    const story = new Story({ ...wish, takeOver: true }).live().on({ kind: "path-lost", attempt: 1 });
    expect(phase(story.state)).toBe("interrupted");
    expect(story.kinds().at(-1)).toBe("close-peer");
    story.wait(2 * REBUILD_WAITS_MS[0]);
    expect(story.requests().at(-1)).toMatchObject({ resume: session, takeOver: false });
    story.on({ kind: "opened", opening: opening(2) }).on({ kind: "path-open" });
    expect(phase(story.state)).toBe("interrupted");
    story.on({ kind: "picture" });
    expect(phase(story.state)).toBe("live");
  });

  test("the loss of an older attempt's path is no news", () => {
    const story = new Story().live().on({ kind: "path-lost", attempt: 7 });
    expect(story.state.kind).toBe("live");
  });

  test("waits grow from rebuild to rebuild and begin anew after a picture", () => {
    const story = new Story().live();
    const waits: number[] = [];
    for (let attempt = 1; attempt < 5; attempt++) {
      const from = story.now;
      story.on({ kind: "path-lost", attempt });
      if (story.state.kind !== "interrupted") throw new Error(story.state.kind);
      waits.push(story.state.retryAt - from);
      story.now = story.state.retryAt;
      story.on({ kind: "tick" }).on({ kind: "opened", opening: opening(attempt + 1) });
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(new Set(waits).size).toBe(waits.length);
    story.on({ kind: "path-open" }).on({ kind: "picture" }).on({ kind: "path-lost", attempt: 5 });
    if (story.state.kind !== "interrupted") throw new Error(story.state.kind);
    expect(story.state.retryAt - story.now).toBe(waits[0]);
  });

  test("an interrupted session gives up when the grace period is over, and tells the server", () => {
    const story = new Story().live();
    story.online = false;
    story.on({ kind: "path-lost", attempt: 1 }).wait(RESUME_GRACE_MS - 1);
    expect(phase(story.state)).toBe("interrupted");
    story.wait(1);
    expect(story.state).toMatchObject({ kind: "ended", cause: { reason: "resume-expired" } });
    expect(story.effects.at(-1)).toEqual({ kind: "tell-end", session, reason: "resume-expired" });
  });

  test.each([60_000, 600_000])(
    "a page that stood still for %i ms asks the server how things are, and says what it hears",
    (asleepMs) => {
      const story = new Story().live().on({ kind: "asked" });
      story.now += asleepMs; // no timer runs in a laptop that sleeps
      story.online = false; // its WebSocket has died meanwhile
      story.on({ kind: "tick" });
      expect(phase(story.state)).toBe("interrupted");
      story.wait(5_000);
      expect(story.requests()).toHaveLength(1);
      story.online = true;
      story.on({ kind: "socket" });
      expect(story.requests().at(-1)).toMatchObject({ resume: session });
      const told = new Story().live();
      Object.assign(told, { state: story.state, now: story.now });
      told.on({ kind: "error", code: "SESSION_UNKNOWN", details: { reason: "resume-expired" } });
      expect(told.state).toMatchObject({ kind: "ended", cause: { kind: "reason", reason: "resume-expired" } });
      story
        .on({ kind: "opened", opening: opening(2) })
        .on({ kind: "path-open" })
        .on({ kind: "picture" });
      expect(phase(story.state)).toBe("live");
    },
  );

  test("a refusal that may pass is waited out during a rebuild, and ends a first request", () => {
    const rebuild = new Story().live().on({ kind: "path-lost", attempt: 1 }).wait(1_000);
    rebuild.on({ kind: "error", code: "TERMINAL_OFFLINE", details: {} });
    expect(rebuild.state.kind).toBe("interrupted");
    rebuild.wait(5_000);
    expect(rebuild.requests().length).toBeGreaterThan(2);

    const first = new Story().on({ kind: "error", code: "TERMINAL_OFFLINE", details: {} });
    expect(first.state).toMatchObject({ kind: "ended", cause: { kind: "refused", code: "TERMINAL_OFFLINE" } });
  });

  test("a first request that the server has no room for is asked again when it was told, and spread", () => {
    const story = new Story().on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 2 } });
    expect(phase(story.state)).toBe("connecting");
    expect(waitsForTurn(story.state)).toBe(true);
    const waits: number[] = [];
    for (let time = 0; time < 3; time++) {
      const at = wakeAt(story.state) ?? Number.NaN;
      waits.push(at - story.now);
      story.wait(at - story.now - 1);
      expect(story.requests()).toHaveLength(time + 1);
      story.wait(1);
      expect(story.requests()).toHaveLength(time + 2);
      expect(waitsForTurn(story.state)).toBe(true); // the words do not flicker
      story.on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 2 } });
    }
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(2_000);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(3_000);
    expect(new Set(waits).size).toBe(3);
    const other = new Story({ ...wish, terminal: TerminalId.parse("9QZT-0000-AAAA") });
    other.on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 2 } });
    expect((wakeAt(other.state) ?? 0) - other.now).not.toBe(waits[0]);
  });

  test("whose turn has come is as any other, and gives up as any other", () => {
    const story = new Story().on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 30 } }).wait(45_000);
    story.live();
    expect(phase(story.state)).toBe("live");
    expect(waitsForTurn(story.state)).toBe(false);

    const silent = new Story().on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 30 } });
    silent.wait(45_000 + NEGOTIATE_TIMEOUT_MS);
    expect(silent.state).toEqual({ kind: "ended", cause: { kind: "no-answer" } });
  });

  test("the wait for one's turn has an end, whatever the server tells", () => {
    const ways = [{ retryAfterS: 0 }, { retryAfterS: 1e9 }, { retryAfterS: -5 }, { retryAfterS: "soon" }, {}];
    for (const details of ways) {
      const story = new Story();
      const from = story.now;
      for (let time = 0; story.state.kind !== "ended"; time++) {
        story.on({ kind: "error", code: "SERVER_BUSY", details });
        expect(time).toBeLessThanOrEqual(TURN_LIMIT_MS / 1_000);
        story.wait((wakeAt(story.state) ?? story.now) - story.now);
      }
      expect(story.state).toMatchObject({ cause: { kind: "refused", code: "SERVER_BUSY" } });
      expect(story.now - from).toBeLessThanOrEqual(TURN_LIMIT_MS);
    }
  });

  test("who leaves the queue asks no more; a late answer to an older question still counts while waiting", () => {
    const left = new Story().on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 2 } });
    left.on({ kind: "end", cause: { kind: "reason", reason: "viewer-left" }, tell: true }).wait(60_000);
    expect(left.requests()).toHaveLength(1);
    expect(left.kinds()).not.toContain("tell-end");

    const late = new Story().on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 2 } });
    late.on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 2 } }); // a second answer does not count twice
    late.on({ kind: "opened", opening: opening(1) });
    expect(late.state).toMatchObject({ kind: "negotiating", attempt: 1 });
  });

  test("the queue outlives the WebSocket", () => {
    const story = new Story().on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 2 } });
    story.online = false;
    story.on({ kind: "socket" }).wait(5_000);
    expect(story.requests()).toHaveLength(1);
    story.online = true;
    story.on({ kind: "socket" });
    expect(story.requests()).toHaveLength(2);
  });

  test("a refusal that is not about room is not waited out", () => {
    for (const code of ["TERMINAL_BUSY", "TOO_MANY_SESSIONS", "FORBIDDEN", "INTERNAL"] as const) {
      const story = new Story().on({ kind: "error", code, details: { retryAfterS: 2 } });
      expect(story.state.kind).toBe("ended");
    }
  });

  test("a session the server no longer knows is over", () => {
    const story = new Story().live().on({ kind: "path-lost", attempt: 1 }).wait(1_000);
    story.on({ kind: "error", code: "SESSION_UNKNOWN", details: {} });
    expect(story.state).toMatchObject({ kind: "ended", cause: { reason: "resume-expired" } });
  });

  test.each([
    ["idle", "idle"],
    ["device-expired", "device-expired"],
    ["what no page knows", "resume-expired"],
  ])("and the page says why it is, where the server can tell: %s", (reason, cause) => {
    const story = new Story().live().on({ kind: "path-lost", attempt: 1 }).wait(1_000);
    story.on({ kind: "error", code: "SESSION_UNKNOWN", details: { reason } });
    expect(story.state).toMatchObject({ kind: "ended", cause: { reason: cause } });
  });

  test("silence is shown after a moment and breaks the path later", () => {
    const story = new Story().live().on({ kind: "asked" });
    expect(stalled(story.state, story.now + STALL_MS - 1)).toBe(false);
    expect(stalled(story.state, story.now + STALL_MS)).toBe(true);
    story.wait(1_000).on({ kind: "asked" }); // a second question does not restart the clock
    story.wait(LOST_MS - 1_001);
    expect(story.state.kind).toBe("live");
    story.wait(1);
    expect(story.state.kind).toBe("interrupted");
  });

  test("any sign of life ends the silence", () => {
    const story = new Story()
      .live()
      .on({ kind: "asked" })
      .wait(LOST_MS - 1)
      .on({ kind: "heard" })
      .wait(60_000);
    expect(story.state.kind).toBe("live");
  });

  test("a picture that arrived and cannot be decoded costs a codec its place", () => {
    const story = new Story().on({ kind: "opened", opening: opening(1) }).on({ kind: "path-open" });
    story.on({ kind: "arrived" });
    expect(codecFailed(story.state, story.now + DECODE_TIMEOUT_MS - 1)).toBe(false);
    story.now += DECODE_TIMEOUT_MS;
    expect(codecFailed(story.state, story.now)).toBe(true);
    story.on({ kind: "undecodable", codec: "av1-444" });
    expect(story.requests().at(-1)).toMatchObject({ resume: session, codecs: ["av1-420", "vp9-444", "vp9-420"] });
    expect(story.kinds().slice(-2)).toEqual(["close-peer", "request"]);
  });

  test("when no codec is left the session ends and says so", () => {
    const story = new Story({ ...wish, codecs: ["vp9-420"] }).on({ kind: "opened", opening: opening(1) });
    story.on({ kind: "path-open" }).on({ kind: "arrived" }).on({ kind: "undecodable", codec: undefined });
    expect(story.state).toMatchObject({ kind: "ended", cause: { reason: "no-common-codec" } });
    expect(story.effects.at(-1)).toMatchObject({ kind: "tell-end", reason: "no-common-codec" });
  });

  test("a path that does not open is tried again, and given up in time", () => {
    const story = new Story().on({ kind: "opened", opening: opening(1) }).wait(PATH_TIMEOUT_MS);
    expect(story.state.kind).toBe("interrupted");
    expect(phase(story.state)).toBe("connecting");
    story.wait(NEGOTIATE_TIMEOUT_MS);
    expect(story.state).toMatchObject({ kind: "ended", cause: { reason: "relay-unreachable" } });
  });

  test("a server that says nothing is asked again, then given up", () => {
    const story = new Story().wait(REQUEST_TIMEOUT_MS);
    expect(story.requests()).toHaveLength(2);
    story.wait(NEGOTIATE_TIMEOUT_MS);
    expect(story.state).toEqual({ kind: "ended", cause: { kind: "no-answer" } });
  });

  test("the newer of two answers to a repeated request counts", () => {
    const story = new Story().on({ kind: "opened", opening: opening(1) }).on({ kind: "opened", opening: opening(2) });
    expect(story.state).toMatchObject({ kind: "negotiating", attempt: 2 });
    expect(story.kinds().slice(-2)).toEqual(["close-peer", "open-peer"]);
    story.on({ kind: "opened", opening: opening(1) });
    expect(story.state).toMatchObject({ attempt: 2 });
  });

  test("an office PC nobody has confirmed ends the attempt before anything was exchanged", () => {
    const story = new Story().on({ kind: "opened", opening: opening(1) });
    const { agentKey } = opening(1);
    story.on({ kind: "end", cause: { kind: "unknown-terminal", agentKey }, tell: true });
    expect(story.state).toEqual({ kind: "ended", cause: { kind: "unknown-terminal", agentKey } });
    expect(story.effects.at(-1)).toEqual({ kind: "tell-end", session, reason: "viewer-left" });
  });

  test("ended is final", () => {
    const story = new Story().live().on({ kind: "end", cause: { kind: "reason", reason: "taken-over" }, tell: false });
    const { state } = story;
    const before = story.effects.length;
    story.online = false;
    for (const kind of ["socket", "path-open", "arrived", "picture", "asked", "heard", "tick"] as const)
      story.on({ kind });
    story.on({ kind: "opened", opening: opening(3) }).on({ kind: "path-lost", attempt: 1 });
    expect(story.state).toBe(state);
    expect(story.effects).toHaveLength(before);
    expect(wakeAt(story.state)).toBeUndefined();
  });

  test("whoever was told the end by the other side does not tell it back", () => {
    const story = new Story()
      .live()
      .on({ kind: "end", cause: { kind: "reason", reason: "agent-stopped" }, tell: false });
    expect(story.kinds()).not.toContain("tell-end");
  });
});

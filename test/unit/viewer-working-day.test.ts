/** Nothing in the page grows with the hours: a working day goes through everything that lives as long as a session or a page. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Backoff } from "../../signaling/client/backoff.ts";
import { SignalingClient } from "../../signaling/client/client.ts";
import { type Nonce, type PublicKey, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { HEARTBEAT_ACTIVE_MS } from "../../signaling/protocol/limits.ts";
import { CODECS, type TerminalView, ToViewer, type ViewerMessage } from "../../signaling/protocol/signal.ts";
import { Held } from "../../viewer/input/held.ts";
import { Keys } from "../../viewer/input/keys.ts";
import { MOVE_INTERVAL_MS, Moves, Notches } from "../../viewer/input/motion.ts";
import { Shapes } from "../../viewer/screen/pointer-shape.ts";
import { EarlyCandidates, MAX_EARLY } from "../../viewer/session/early-candidates.ts";
import { QualityMeter } from "../../viewer/session/quality.ts";
import { type SessionEvent, type SessionState, wakeAt } from "../../viewer/session/session-shape.ts";
import { begin, next } from "../../viewer/session/session-state.ts";
import { Wire } from "../../viewer/session/wire.ts";
import { WakeClock } from "../../viewer/wake-clock.ts";
import { staysAsItIs, valuesHeld } from "../support/values-held.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 10 * HOUR_MS;

test("what an object holds is counted, private fields, Maps, Sets and lists included", () => {
  class Leak {
    readonly #map = new Map<number, object>();
    readonly #list: number[] = [];
    readonly #set = new Set<number>();
    grow(to: "map" | "list" | "set"): void {
      if (to === "map") this.#map.set(this.#map.size, {});
      if (to === "list") this.#list.push(1);
      if (to === "set") this.#set.add(this.#set.size);
    }
  }
  for (const to of ["map", "list", "set"] as const) {
    const leak = new Leak();
    leak.grow(to);
    const before = valuesHeld(leak);
    leak.grow(to);
    expect(valuesHeld(leak)).toBeGreaterThan(before);
  }
});

describe("a working day", () => {
  test("of heartbeats, broken paths and refusals leaves the session's state as large as it was", () => {
    const session = SessionId.parse("0191b2a4-5c3d-4e6f-8a90-b1c2d3e4f506");
    const wish = { terminal: TerminalId.parse("K7QM-2Z9P-X4TD"), takeOver: false, codecs: CODECS };
    let now = 1_700_000_000_000;
    let attempt = 0;
    let [state] = begin(wish, true, now);
    const on = (event: object): void => {
      [state] = next(state, { ...event, now, online: true } as SessionEvent);
    };
    const open = (): void => {
      attempt += 1;
      const opening = { session, attempt, nonce: "A" as Nonce, agentKey: "A" as PublicKey, iceServers: [] };
      on({ kind: "opened", opening });
      on({ kind: "path-open" });
      on({ kind: "arrived" });
      on({ kind: "picture" });
    };
    open();
    const sizes = new Set<number>();
    for (const end = now + DAY_MS; now < end; now += HEARTBEAT_ACTIVE_MS) {
      on({ kind: "asked" });
      on({ kind: "heard" });
      if (now % 60_000 >= HEARTBEAT_ACTIVE_MS) continue;
      on({ kind: "path-lost", attempt }); // once a minute, and the server is full, too
      now = wakeAt(state) ?? now;
      on({ kind: "tick" });
      on({ kind: "error", code: "SERVER_BUSY", details: { retryAfterS: 2 } });
      now = wakeAt(state) ?? now;
      on({ kind: "tick" });
      open();
      expect((state as SessionState).kind).toBe("live");
      sizes.add(valuesHeld(state));
    }
    expect(attempt).toBeGreaterThan(100);
    expect(sizes.size).toBe(1);
  });

  test("of figures leaves the meter as it was", () => {
    const meter = new QualityMeter();
    const sample = { packets: 1, whole: 1, freezes: 0, lost: 0, codec: CODECS[0], relay: "udp" };
    staysAsItIs(meter, DAY_MS / 1_000, (second) => {
      meter.sample({ ...sample, at: second * 1_000, bytes: second * 100, frames: second * 10 });
      meter.roundTrip(second % 300);
      meter.quality(false);
    });
  });

  test("of typing, with keys whose release never came, holds no more than a keyboard has", () => {
    const keys = new Keys("windows");
    const plain = { key: "a", repeat: false, ctrlKey: false, shiftKey: false, altKey: false, metaKey: false };
    const codes = Array.from({ length: 26 }, (_, at) => `Key${String.fromCharCode(65 + at)}`);
    staysAsItIs(keys, 50_000, (stroke) => {
      const event = { ...plain, type: "keydown", code: codes[stroke % 26] ?? "", timeStamp: stroke };
      keys.read({ ...event, getModifierState: () => false } as never);
      keys.read({ ...event, code: `Unknown${stroke}`, getModifierState: () => false } as never);
    });
    expect(keys.held).toBe(26);
    const held = new Held<number>();
    staysAsItIs(held, 50_000, (round) => {
      held.press(round % 5);
      if (round % 7 === 0) held.clear();
      for (let button = 0; button < 5; button++) held.press(button);
    });
  });

  test("of moves faster than they may be sent keeps one of them", () => {
    const moves = new Moves();
    const notches = new Notches();
    const wire = new Wire({ control: () => false, pointer: () => false }); // a path that takes nothing
    staysAsItIs([moves, notches, wire], 500_000, (move) => {
      const now = move * (MOVE_INTERVAL_MS / 10);
      const due = moves.offer({ x: move, y: move }, now);
      if (due) wire.move(due.x, due.y);
      notches.add({ deltaX: 0, deltaY: 7, deltaMode: 0 }, now);
      wire.send({ type: "wheel", dx: 0, dy: 1 });
    });
  });

  test("of pointer shapes that are never the same keeps the newest", () => {
    const shapes = new Shapes();
    staysAsItIs(shapes, 3_000, (id) => {
      shapes.add({ type: "pointer-shape", id, width: 1, height: 1, hotX: 0, hotY: 0, pixels: "" });
    });
  });

  test("of waking PCs, which come and go with their grants, remembers those that wake", () => {
    const clock = new WakeClock();
    staysAsItIs(clock, 2_000, (round) => {
      const wake = { state: "waking", elapsedMs: 0, mine: true } as const;
      const id = TerminalId.parse(`0000-0000-${String(round).padStart(4, "0")}`);
      const row: TerminalView = { id, name: "PC", state: "offline", since: 0, wake };
      clock.update([row], round);
      expect(clock.began(id)).toBe(round);
    });
  });

  test("of candidates before the answer keeps a handful, and passes on those that come later", () => {
    const sent: string[] = [];
    const candidates = new EarlyCandidates(({ candidate }) => sent.push(candidate));
    for (let at = 0; at < 10_000; at++) candidates.add({ candidate: `early ${at}` });
    candidates.release();
    expect(sent).toEqual(Array.from({ length: MAX_EARLY }, (_, at) => `early ${at}`));
    candidates.add({ candidate: "late" });
    expect(sent.at(-1)).toBe("late");
  });
});

describe("a day of lost lines", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("leaves one socket and one timer", () => {
    let socket = new EventTarget();
    let opened = 0;
    const client = new SignalingClient<ViewerMessage, ToViewer>({
      open: () => {
        opened += 1;
        socket = Object.assign(new EventTarget(), { send: () => {}, close: () => {} });
        return socket as never;
      },
      incoming: ToViewer,
      backoff: new Backoff({ baseMs: 500, maxMs: 15_000 }),
      onMessage: () => {},
      onState: () => {},
      onProblem: () => {},
    });
    client.start();
    for (let loss = 0; loss < 1_000; loss++) {
      socket.dispatchEvent(new Event("open"));
      if (loss % 2 === 0) client.reconnect();
      else {
        socket.dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "" }));
        expect(vi.getTimerCount()).toBe(1);
        vi.advanceTimersByTime(15_000);
      }
      expect(vi.getTimerCount()).toBe(0);
    }
    expect(opened).toBe(1_001);
    client.close();
  });
});

/**
 * Nothing in the agent grows with the hours: eight of them, and more than anybody does in them, go through everything that lives as
 * long as a session or the process. Time is simulated.
 */
import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ChildDesktop } from "../../agent/desktop/child-desktop.ts";
import type { DesktopSource, DesktopSourceEvents } from "../../agent/desktop/process-source.ts";
import { Lately } from "../../agent/network/lately.ts";
import { PcLock } from "../../agent/protection/pc-lock.ts";
import { Injector, type RawInput } from "../../agent/screen/input/injector.ts";
import { Typist } from "../../agent/screen/input/typist.ts";
import { Congestion } from "../../agent/sending/congestion.ts";
import { LineMemory } from "../../agent/sending/line-memory.ts";
import { Pacer } from "../../agent/sending/pacer.ts";
import { Retransmission } from "../../agent/sending/retransmit.ts";
import { Waker } from "../../agent/server/waker.ts";
import { Attempt, MAX_CANDIDATES } from "../../agent/session/attempt.ts";
import { Gate } from "../../agent/session/gate.ts";
import { PointerNotices } from "../../agent/session/pointer-notices.ts";
import { SessionId } from "../../signaling/protocol/ids.ts";
import { KEY_CODES } from "../../signaling/protocol/keys.ts";
import { MacAddress, Segment, WiredInterface } from "../../signaling/protocol/wake.ts";
import { BusyAgent } from "../support/busy-agent.ts";
import { growsNoMore, staysAsItIs } from "../support/values-held.ts";

const DAY_MS = 8 * 3_600_000;
/** So often somebody does all that is done in a day; below the silence that lets go of held keys. */
const STEP_MS = 2_500;
const STEPS = DAY_MS / STEP_MS;
/** Steps of one of many sessions. */
const SESSION = 240;
const SESSIONS = 8;
const TIMEOUT_MS = 120_000;

/** Shapes that are never the same again. */
const shape = (n: number) => ({
  width: 2,
  height: 1,
  hotX: 0,
  hotY: 0,
  rgba: new Uint8Array(new Uint32Array([n, 0]).buffer),
});
const keyCode = (n: number) => KEY_CODES[n % KEY_CODES.length] ?? "KeyA";

describe("a working day in one piece", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      now: 1_800_000_000_000,
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    });
  });
  afterEach(() => void vi.useRealTimers());

  /** Somebody types, moves, clicks and scrolls, while the office's screen changes by itself. */
  async function step(busy: BusyAgent, n: number): Promise<void> {
    const { desktop, viewer } = busy;
    for (let i = 0; i < 4; i++) busy.move((n * 7 + i) % 1_920, (n * 5 + i) % 1_080);
    busy.say({ type: "heartbeat", at: n });
    busy.say({ type: "key", code: keyCode(n), down: n % 3 > 0 }); // some are never released
    desktop.report({ type: "pointer-position", x: n % 1_920, y: n % 1_080 });
    desktop.report({ type: "changed", share: n % 60 === 0 ? 0.5 : 0.001, moving: 0, at: Date.now() });
    if (n % 10 === 0) {
      busy.say({ type: "text", text: "会議は午後三時から" });
      busy.say({ type: "wheel", dx: 0, dy: 1 });
      busy.say({ type: "button", button: 0, down: n % 20 === 0, x: 1, y: 1 });
      desktop.report({
        type: "office",
        ime: n % 20 === 0 ? "off" : "hiragana",
        operated: n % 30 === 0,
        refusesInput: false,
      });
      desktop.report({ type: "secure-desktop", shown: n % 40 === 0 });
      viewer?.packetsLost([n & 0xffff, (n + 1) & 0xffff]);
      viewer?.keyframeRequested();
    }
    desktop.report(n % 50 === 0 ? { type: "pointer-hidden" } : { type: "pointer-shape", ...shape(n) });
    viewer?.heard();
    vi.advanceTimersByTime(STEP_MS);
    await busy.turn();
    busy.report();
  }

  /** What else comes: broken paths, other people, neighbours to be woken, a server that is away, a crash. */
  async function session(busy: BusyAgent): Promise<void> {
    if (busy.session) busy.receive({ type: "session-end", session: busy.session, reason: "viewer-left" });
    await busy.until(() => busy.agent.sessions.size === 0);
    await busy.begin();
    for (let n = 1; n <= SESSION; n++) {
      await step(busy, n);
      const order = { mac: MacAddress.parse("00:11:22:33:44:55"), segment: Segment.parse("10.1.2.0/24") };
      if (n % 10 === 0) busy.receive({ type: "wake", ...order });
      if (n % 40 === 0) {
        busy.viewer?.lost({ kind: "path", problem: "broken" });
        await busy.attempt();
      }
      if (n % 60 !== 0) continue;
      busy.online = false;
      for (let i = 0; i < 50; i++) busy.open(SessionId.parse(randomUUID()), "suzuki");
      busy.desktop.report({ type: "restarting", cause: "it died" });
      busy.desktop.report({ type: "screen", width: 1_920, height: 1_080 });
      if (n < SESSION) busy.connected(); // it is looked at with what is untold
    }
  }

  test(
    "of many sessions leaves the agent as large as the first ones did",
    async () => {
      const busy = await BusyAgent.start();
      await growsNoMore(
        () => busy.parts,
        2 * SESSIONS,
        async () => {
          busy.connected();
          await session(busy);
        },
      );
      await busy.agent.close();
      expect(vi.getTimerCount()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "of one long session holds no more at its end than in the morning",
    async () => {
      const busy = await BusyAgent.start();
      await busy.begin();
      await growsNoMore(
        () => busy.parts,
        STEPS,
        async (n) => step(busy, n + 1),
      );
      await busy.agent.close();
      expect(vi.getTimerCount()).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe("a day at its worst leaves no more than", () => {
  test("the newest pointer shapes, and the moves that may still be reported back", async () => {
    const notices = new PointerNotices();
    await growsNoMore(
      () => [notices],
      20_000,
      (n) => {
        notices.shape(shape(n));
        for (let i = 0; i < 10; i++) notices.injected(n, i, n * 20);
        if (n % 100 === 0) notices.position({ x: -1, y: -1 }, n * 20);
      },
    );
  });

  test("each key once, of a viewer that never releases one and says much that is none of the protocol", () => {
    const gate = new Gate({ control: true });
    gate.screen = { width: 100, height: 100 };
    staysAsItIs(gate, 10_000, (n) => {
      gate.control(JSON.stringify({ type: "key", seq: 2 * n + 1, code: keyCode(n), down: true }), n * 5);
      gate.control(JSON.stringify({ type: "button", seq: 2 * n + 2, button: n % 5, down: true, x: n, y: n }), n * 5);
      gate.pointer(`{"type":"move","seq":${n + 1},"x":${n}`, n * 5);
    });
  });

  test.each([
    ["that goes on", (now: number) => now],
    ["that is set back again and again", (now: number) => -now],
  ])("the packets of a moment, by a viewer's clock %s", async (_, clock) => {
    const congestion = new Congestion({ hasFeedback: true });
    await growsNoMore(
      () => [congestion],
      10_000,
      (n) => {
        const now = n * 100;
        for (let i = 0; i < 3; i++) congestion.sent((n * 3 + i) & 0xffff, 1_000, now);
        congestion.feedback(
          [0, 1, 2].map((i) => ({ wide: (n * 3 + i) & 0xffff, arrivedAtMs: clock(now) })),
          now,
        );
      },
    );
  });

  test("what is under way, to a viewer that reports nothing", async () => {
    const congestion = new Congestion({ hasFeedback: true });
    const pacer = new Pacer<{ payload: Uint8Array }>(congestion);
    let wide = 0;
    await growsNoMore(
      () => [congestion, pacer],
      10_000,
      (n) => {
        const now = n * 100;
        if (pacer.waitingMs < 120) pacer.push([{ payload: new Uint8Array(100) }]);
        for (let packet = pacer.next(now); packet; packet = pacer.next(now)) congestion.sent(wide++ & 0xffff, 100, now);
      },
    );
  });

  test("seconds of pictures for a viewer that misses each of them", async () => {
    const retransmission = new Retransmission<{ sequence: number; payload: Uint8Array }>();
    await growsNoMore(
      () => [retransmission],
      10_000,
      (n) => {
        const sequence = n & 0xffff;
        retransmission.remember({ sequence, payload: new Uint8Array(10) }, n * 100);
        retransmission.lost([sequence, (sequence - 1) & 0xffff], 1_000_000, n * 100);
      },
    );
  });

  test("the lines of the devices that came last, and the ways to the places asked about last", () => {
    const lines = new LineMemory();
    const ways = new Lately<string>({ most: 64, keepMs: 600_000 });
    staysAsItIs([lines, ways], 5_000, (n) => {
      lines.remember(`device ${n}`, 1, n);
      ways.set(`10.0.0.5:${n}`, "direct", n);
    });
    expect([lines.recall("device 4999", 5_000), ways.get("10.0.0.5:4999", 5_000)]).toEqual([1, "direct"]);
    expect([ways.get("10.0.0.5:1", 5_000), ways.get("10.0.0.5:4999", 700_000)]).toEqual([undefined, undefined]);
  });

  test("a handful of candidates, whenever they come", async () => {
    const passed: string[] = [];
    const attempt = new Attempt({ attempt: 1 } as never);
    attempt.peer = { addCandidate: async ({ candidate }: { candidate: string }) => passed.push(candidate) } as never;
    for (let n = 0; n < 20; n++) await attempt.candidate({ candidate: `early ${n}` });
    attempt.takeAnswer(1);
    await attempt.useEarlyCandidates();
    for (let n = 0; n < 10_000; n++) await attempt.candidate({ candidate: `late ${n}` });
    expect(passed.slice(0, 21)).toEqual([...Array.from({ length: 20 }, (_, n) => `early ${n}`), "late 0"]);
    expect(passed).toHaveLength(MAX_CANDIDATES);
  });

  test("what may wait behind text that takes for ever, and the releases of what is down", async () => {
    const raw = { press: () => {}, move: () => {}, wheel: () => {}, type: () => new Promise(() => {}) };
    const injector = new Injector(raw as unknown as RawInput);
    injector.inject({ type: "text", text: "長い文" });
    await growsNoMore(
      () => [injector],
      20_000,
      (n) => {
        injector.inject({ type: "move", x: n, y: n });
        injector.inject({ type: "key", code: keyCode(n), down: true });
        injector.inject({ type: "key", code: keyCode(n), down: false });
      },
    );
  });

  test("the characters that have a key now, of all there are", async () => {
    const keys = { keycodes: [100, 101, 102, 103, 104], map: () => {}, tap: () => {}, sleep: async () => {} };
    const typist = new Typist(keys, () => 0);
    await growsNoMore(
      () => [typist],
      4_000,
      (n) => typist.type(String.fromCodePoint(0x4e00 + n), { typed: () => {}, stop: new AbortController().signal }),
    );
    typist.close();
  });

  test("the packets of a minute, to neighbours that are to be woken each second", async () => {
    const own = WiredInterface.parse({ mac: "00:11:22:aa:bb:cc", address: "10.1.2.7", prefix: 24 });
    let now = 0;
    const log = { info: () => {}, warn: () => {} };
    const waker = new Waker({ setting: "allow", interfaces: () => [own], send: async () => {}, now: () => now, log });
    const order = { mac: MacAddress.parse("00:11:22:33:44:55"), segment: Segment.parse("10.1.2.0/24") };
    await growsNoMore(
      () => [waker],
      5_000,
      async (n) => {
        now = n * 400;
        await waker.wake({ type: "wake", ...order });
      },
    );
  });

  test("one lock that is owed, on a PC that cannot be locked", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const log = { info: () => {}, error: () => {} } as never;
    const lock = new PcLock({ lock: async () => false, log, tell: () => {}, clock: () => 0 });
    await growsNoMore(
      () => [lock],
      2_000,
      async (n) => {
        await lock.demand({ session: `${n}`, login: "tanaka", cause: "ended" } as never);
        expect(vi.getTimerCount()).toBe(1);
      },
    );
    await lock.close();
    vi.useRealTimers();
  });

  test("the questions to a desktop that dies each time before it answers", async () => {
    let events: DesktopSourceEvents | undefined;
    const source: DesktopSource = {
      start: (handlers) => {
        events = handlers;
      },
      proved: () => {},
      close: async () => {},
    };
    const desktop = new ChildDesktop({ source, onReport: () => {}, log: { info: () => {}, warn: () => {} } });
    desktop.open({ codec: "av1-444" });
    await growsNoMore(
      () => [desktop],
      2_000,
      async () => {
        const pipe = new PassThrough().resume();
        events?.arrived({ pipe: pipe as never, kill: () => {} });
        desktop.encode({ quality: 40, key: true });
        const locked = desktop.lock();
        pipe.destroy();
        events?.left("it died");
        expect(await locked).toBe("no-desktop");
      },
    );
    await desktop.close();
  });
});

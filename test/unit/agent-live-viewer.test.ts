import { afterEach, describe, expect, test } from "vitest";
import { ARROW } from "../../agent/desktop/arrow.ts";
import { learn, NOTHING_KNOWN } from "../../agent/desktop/desktop-state.ts";
import type { DesktopReport } from "../../agent/desktop/reports.ts";
import type { Log } from "../../agent/log.ts";
import type { Peer } from "../../agent/peer/peer.ts";
import { LiveViewer } from "../../agent/session/live-viewer.ts";
import { ownRules } from "../../agent/settings/session-rules.ts";
import { AgentControl } from "../../signaling/protocol/channels.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";
import { seeded } from "../support/random.ts";

const open: LiveViewer[] = [];
afterEach(() => {
  for (const viewer of open.splice(0)) viewer.close();
});

const RULES = ownRules({
  lockOn: "end",
  lockBefore: "required",
  cover: "off",
  idle: { endMs: 900_000, warnMs: 60_000 },
});
/** What every viewer is told first. */
const FIRST: readonly AgentControl[] = [
  { type: "takes", again: true },
  { type: "rules", viewOnly: false },
  { type: "locking", before: "locked", whenIdle: true },
];

/** A viewer that notes what it is told, and comes after these reports. */
function start(...before: DesktopReport[]) {
  const told: AgentControl[] = [];
  const clock = { now: 0 };
  const peer = {
    sendControl(text: string) {
      told.push(AgentControl.parse(JSON.parse(text)));
      return true;
    },
    hasTransportFeedback: true,
    send: () => undefined,
    resend: () => false,
  } as Partial<Peer> as Peer;
  const desktop = new DesktopTwin(() => undefined);
  const viewer = new LiveViewer({
    desktop,
    known: before.reduce(learn, NOTHING_KNOWN),
    peer,
    codec: "av1-444",
    log: { info: () => undefined, warn: () => undefined } as Partial<Log> as Log,
    startBps: undefined,
    first: undefined,
    rules: RULES,
    lockedBefore: "locked",
    onInput: () => undefined,
    now: () => clock.now,
  });
  open.push(viewer);
  const done = () => desktop.calls.map(({ kind }) => kind);
  const injected = () => desktop.calls.flatMap((call) => (call.kind === "inject" ? [call.event] : []));
  return { viewer, told, clock, injected, done };
}

describe("rules that change while somebody is here", () => {
  const say = (seq: number, message: object) => JSON.stringify({ seq, ...message });
  const key = { type: "key", code: "KeyA", down: true };

  test("looking only: what is held and what is being typed ends at once, and nothing more comes through", () => {
    const { viewer, told, injected, done } = start({ type: "screen", width: 640, height: 360 });
    viewer.controlOpen();
    viewer.control(say(1, key));
    viewer.control(say(2, { type: "text", text: "あいう" }));
    const before = [injected().length, done().length, told.length] as const;
    viewer.follow({ ...RULES, viewOnly: true });
    expect(done().slice(before[1])).toEqual(["forget-text", "release-all"]);
    viewer.reported({ type: "typed", characters: 3 }); // forgotten
    viewer.control(say(3, { ...key, code: "KeyB" }));
    viewer.control(say(4, { type: "text", text: "え" }));
    viewer.pointer(say(1, { type: "move", x: 1, y: 1 }));
    expect(injected()).toHaveLength(before[0]);
    expect(told.slice(before[2])).toEqual([
      { type: "rules", viewOnly: true },
      { type: "typed", characters: 3 },
      { type: "input-refused", why: "not-allowed" },
      { type: "typed", characters: 4 },
    ]);
    viewer.follow(RULES);
    viewer.control(say(5, { ...key, code: "KeyC" }));
    expect(injected().at(-1)).toMatchObject({ code: "KeyC" });
    expect(told.at(-1)).toEqual({ type: "rules", viewOnly: false });
  });

  test("whether it is locked at the end, and that it is covered no more", () => {
    const { viewer, told, done } = start();
    viewer.controlOpen();
    viewer.follow({ ...RULES, cover: "when-possible" });
    expect([told, done().at(-1)]).toEqual([FIRST, "release-all"]); // the cover itself says how it went
    viewer.follow({ ...RULES, lockOn: "never" });
    expect(told.slice(FIRST.length)).toEqual([
      { type: "locking", before: "locked", whenIdle: false },
      { type: "cover", state: "off" },
    ]);
  });

  test("not that it is covered, once it was to be covered no more, also to a channel that opens later", () => {
    const { viewer, told } = start();
    viewer.reported({ type: "covered", ok: true, reason: "" });
    viewer.follow({ ...RULES, cover: "when-possible" });
    viewer.follow(RULES);
    viewer.controlOpen();
    expect(
      told.filter(({ type, ...about }) => type === "cover" && "state" in about && about.state === "covered"),
    ).toEqual([]);
  });

  test("the end that the clock gives: said at each mark, when it moves, and when there is none any more", () => {
    const { viewer, told } = start();
    viewer.ends({ at: 900_000, by: "hours", leftMs: 900_000, mark: 900_000 });
    expect(told).toEqual([]); // nobody hears it yet
    viewer.controlOpen();
    for (const leftMs of [900_000, 800_500]) viewer.ends({ at: 900_000, by: "hours", leftMs, mark: 900_000 });
    viewer.ends({ at: 900_000, by: "hours", leftMs: 300_000, mark: 300_000 });
    viewer.ends({ at: 870_000, by: "session-hours", leftMs: 270_000, mark: 300_000 });
    for (let n = 0; n < 2; n++) viewer.ends(undefined);
    expect(told.slice(FIRST.length)).toEqual([
      { type: "ending", end: { inS: 900, by: "hours" } },
      { type: "ending", end: { inS: 300, by: "hours" } },
      { type: "ending", end: { inS: 270, by: "session-hours" } },
      { type: "ending", end: null },
    ]);
  });
});

describe("text from the viewer", () => {
  const text = (seq: number, characters: string) => JSON.stringify({ type: "text", seq, text: characters });
  const typed = (told: AgentControl[]) => told.flatMap((one) => (one.type === "typed" ? [one.characters] : []));

  test("how far it is typed is told five times a second, and when it is done", () => {
    const { viewer, told, clock } = start();
    viewer.controlOpen();
    viewer.control(text(1, "𠮷".repeat(100)));
    viewer.control(text(2, "あ".repeat(100)));
    for (let n = 0; n < 20; n++) {
      viewer.reported({ type: "typed", characters: 10 });
      clock.now += 50;
    }
    expect(typed(told)).toEqual([10, 50, 90, 130, 170, 200]);
  });

  test("what nobody will type is done with: refused, or lost with the process that typed", () => {
    const { viewer, told } = start();
    viewer.controlOpen();
    for (let seq = 1; seq <= 500; seq++) viewer.control(JSON.stringify({ type: "wheel", seq, dx: 0, dy: 1 }));
    viewer.control(text(501, "あいう"));
    expect(told).toEqual([...FIRST, { type: "typed", characters: 3 }, { type: "input-refused", why: "too-many" }]);
    const { viewer: other, told: toldOther } = start();
    other.controlOpen();
    other.control(text(1, "あいう"));
    other.reported({ type: "restarting", cause: "" });
    expect(typed(toldOther)).toEqual([3]);
  });

  test("what another viewer left to be typed is not told to this one", () => {
    const { viewer, told } = start();
    viewer.controlOpen();
    viewer.reported({ type: "typed", characters: 100 });
    expect(told).toEqual(FIRST);
  });

  test("each reason for a refusal is told, whichever message it was, and each once a second", () => {
    const { viewer, told, clock } = start();
    viewer.controlOpen();
    viewer.control("{");
    viewer.pointer("{");
    viewer.reported({ type: "input-dropped" });
    viewer.reported({ type: "input-dropped" });
    expect(told).toEqual([
      ...FIRST,
      { type: "input-refused", why: "bad-message" },
      { type: "input-refused", why: "too-many" },
    ]);
    clock.now = 1000;
    viewer.reported({ type: "input-dropped" });
    expect(told.length).toBe(FIRST.length + 3);
  });
});

describe("what a viewer is told of the office PC", () => {
  test("nothing but what it understands, where nothing is known", () => {
    const { viewer, told } = start();
    viewer.controlOpen();
    expect(told).toEqual(FIRST);
  });

  test("what was known before it came, in the words in which it was reported, and each change", () => {
    const locks = { type: "locks", caps: true, num: false, kana: false } as const;
    const office = { type: "office", ime: "hiragana", operated: true, refusesInput: false } as const;
    const { viewer, told } = start(
      { type: "screen", width: 640, height: 360 },
      { type: "secure-desktop", shown: true },
      { type: "pointer-hidden" },
      { type: "pointer-position", x: 1, y: 2 },
      { type: "covered", ok: false, reason: "no ramp" },
      { ...office, operated: false },
      locks,
    );
    viewer.reported(office);
    expect(told).toEqual([]);
    viewer.controlOpen();
    const known = [
      ...FIRST,
      { type: "cover", state: "impossible" },
      { type: "screen", width: 640, height: 360 },
      { type: "pointer-use", id: null },
      { type: "pointer-position", x: 1, y: 2 },
      office,
      locks,
      { type: "secure-desktop", shown: true },
    ];
    expect(told).toEqual(known);
    viewer.reported({ ...locks, caps: false });
    viewer.reported({ type: "covered", ok: true, reason: "" });
    expect(told).toEqual([...known, { ...locks, caps: false }, { type: "cover", state: "covered" }]);
  });

  test("a pointer that is too large to be sent is a plain arrow", () => {
    const rgba = seeded(1).bytes(128 * 128 * 4); // noise, which does not deflate
    const { viewer, told } = start({ type: "pointer-shape", width: 128, height: 128, hotX: 0, hotY: 0, rgba });
    viewer.controlOpen();
    const shape = told.find(({ type }) => type === "pointer-shape");
    expect(shape).toMatchObject({ width: ARROW.width, height: ARROW.height });
    expect(told.at(-1)).toEqual({ type: "pointer-use", id: 0 });
  });

  test("its first position counts: the size of the screen is known from before", () => {
    const desktop = start({ type: "screen", width: 640, height: 360 });
    desktop.viewer.pointer(JSON.stringify({ type: "move", seq: 1, x: 9_999, y: 5 }));
    expect(desktop.injected()).toEqual([{ type: "move", x: 639, y: 5 }]);
  });

  test("that the process which reads the screen died, and once when its successor has shown its own", () => {
    const screen = { type: "screen", width: 640, height: 360 } as const;
    const { viewer, told } = start(screen);
    viewer.controlOpen();
    told.length = 0;
    viewer.reported({ type: "restarting", cause: "SIGSEGV" });
    viewer.reported({ type: "locks", caps: true, num: false, kana: false });
    viewer.reported(screen);
    viewer.reported(screen);
    expect(told.filter(({ type }) => type !== "locks")).toEqual([
      { type: "desktop", state: "restarting" },
      screen,
      { type: "desktop", state: "running" },
      screen,
    ]);
  });
});

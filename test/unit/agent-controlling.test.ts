import { afterEach, describe, expect, test } from "vitest";
import type { DesktopHandlers } from "../../agent/desktop/desktop.ts";
import type { Log } from "../../agent/log.ts";
import type { Peer } from "../../agent/peer/peer.ts";
import { Controlling } from "../../agent/session/controlling.ts";
import { AgentControl } from "../../signaling/protocol/channels.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";

const open: Controlling[] = [];
afterEach(() => {
  for (const controlling of open.splice(0)) controlling.close();
});

const LOCKING = { before: "locked", whenIdle: true } as const;
/** What every viewer is told first. */
const FIRST: readonly AgentControl[] = [
  { type: "takes", again: true },
  { type: "locking", ...LOCKING },
];

/** A viewer that notes what it is told. */
function start() {
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
  const controlling = new Controlling({
    desktop: new DesktopTwin({
      screen: () => undefined,
      picture: () => undefined,
    } as Partial<DesktopHandlers> as DesktopHandlers),
    peer,
    codec: "av1-444",
    log: { info: () => undefined, warn: () => undefined } as Partial<Log> as Log,
    startBps: undefined,
    first: undefined,
    locking: LOCKING,
    onInput: () => undefined,
    now: () => clock.now,
  });
  open.push(controlling);
  return { controlling, told, clock };
}

describe("text from the viewer", () => {
  const text = (seq: number, characters: string) => JSON.stringify({ type: "text", seq, text: characters });
  const typed = (told: AgentControl[]) => told.flatMap((one) => (one.type === "typed" ? [one.characters] : []));

  test("how far it is typed is told five times a second, and when it is done", () => {
    const { controlling, told, clock } = start();
    controlling.controlOpen();
    controlling.control(text(1, "𠮷".repeat(100)));
    controlling.control(text(2, "あ".repeat(100)));
    for (let n = 0; n < 20; n++) {
      controlling.typed(10);
      clock.now += 50;
    }
    expect(typed(told)).toEqual([10, 50, 90, 130, 170, 200]);
  });

  test("what nobody will type is done with: refused, or lost with the process that typed", () => {
    const { controlling, told } = start();
    controlling.controlOpen();
    for (let seq = 1; seq <= 500; seq++) controlling.control(JSON.stringify({ type: "wheel", seq, dx: 0, dy: 1 }));
    controlling.control(text(501, "あいう"));
    expect(told).toEqual([...FIRST, { type: "typed", characters: 3 }, { type: "input-refused", why: "too-many" }]);
    const { controlling: other, told: toldOther } = start();
    other.controlOpen();
    other.control(text(1, "あいう"));
    other.desktopRestarting();
    expect(typed(toldOther)).toEqual([3]);
  });

  test("what another viewer left to be typed is not told to this one", () => {
    const { controlling, told } = start();
    controlling.controlOpen();
    controlling.typed(100);
    expect(told).toEqual(FIRST);
  });

  test("each reason for a refusal is told, whichever message it was, and each once a second", () => {
    const { controlling, told, clock } = start();
    controlling.controlOpen();
    controlling.control("{");
    controlling.pointer("{");
    controlling.inputDropped();
    controlling.inputDropped();
    expect(told).toEqual([
      ...FIRST,
      { type: "input-refused", why: "bad-message" },
      { type: "input-refused", why: "too-many" },
    ]);
    clock.now = 1000;
    controlling.inputDropped();
    expect(told.length).toBe(FIRST.length + 3);
  });
});

describe("what a viewer is told of the office PC", () => {
  const state = { ime: "hiragana", operated: true, refusesInput: false } as const;

  test("nothing but what it understands, where nothing is known", () => {
    const { controlling, told } = start();
    controlling.controlOpen();
    expect(told).toEqual(FIRST);
  });

  test("the locks of its keyboard, which says that the viewer's own may be told", () => {
    const { controlling, told } = start();
    controlling.locks({ caps: true, num: false, kana: false });
    controlling.controlOpen();
    controlling.locks({ caps: false, num: false, kana: false });
    expect(told).toEqual([
      ...FIRST,
      { type: "locks", caps: true, num: false, kana: false },
      { type: "locks", caps: false, num: false, kana: false },
    ]);
  });

  test("what was known before it came, and each change", () => {
    const { controlling, told } = start();
    controlling.office(state);
    expect(told).toEqual([]);
    controlling.controlOpen();
    controlling.office({ ...state, operated: false });
    expect(told).toEqual([...FIRST, { type: "office", ...state }, { type: "office", ...state, operated: false }]);
  });
});

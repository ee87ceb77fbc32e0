/** What the page says once more, and what the office PC's gate makes of it. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Gate, type Verdict } from "../../agent/session/gate.ts";
import { ViewerRepeat } from "../../signaling/protocol/channels.ts";
import { MAX_REPEATED } from "../../signaling/protocol/limits.ts";
import { Wire } from "../../viewer/session/wire.ts";

/** A page and an office PC; `passes` says which control messages the line lets through at once. */
function line(passes: (seq: number) => boolean = () => true) {
  const gate = new Gate({ control: true });
  gate.screen = { width: 100, height: 100 };
  const done: string[] = [];
  const late: string[] = [];
  const repeated: string[] = [];
  const note = (verdict: Verdict): void => {
    if (verdict.kind === "several") verdict.verdicts.forEach(note);
    else if (verdict.kind === "inject") done.push(...verdict.events.map((event) => JSON.stringify(event)));
    else if (verdict.kind === "release-all") done.push("release-all");
    else if (verdict.kind === "refuse") done.push(verdict.why);
  };
  const wire = new Wire({
    control: (text) => {
      // an ordered channel: what comes after a lost message waits for it
      if (late.length > 0 || !passes(JSON.parse(text).seq)) late.push(text);
      else note(gate.control(text, 0));
      return true;
    },
    pointer: (text) => {
      if (JSON.parse(text).type === "again") repeated.push(text);
      note(gate.pointer(text, 0));
      return true;
    },
  });
  wire.takes({ again: true });
  return {
    wire,
    done,
    repeated,
    /** The transport has sent again what was lost. */
    recover: () => {
      for (const text of late.splice(0)) note(gate.control(text, 0));
    },
  };
}

const key = (code: "KeyA" | "ShiftLeft", down: boolean) => ({ type: "key" as const, code, down });
const injected = (code: string, down: boolean) => JSON.stringify({ type: "key", code, down });
const SHIFTED = [key("ShiftLeft", true), key("KeyA", true), key("KeyA", false), key("ShiftLeft", false)];
const SHIFTED_DONE = SHIFTED.map(({ code, down }) => injected(code, down));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a control message that is lost", () => {
  test("counts from its repeat, and not again when it comes after all", () => {
    const { wire, done, recover } = line((seq) => seq !== 2);
    wire.send(key("KeyA", true));
    wire.send(key("KeyA", false));
    expect(done).toEqual([injected("KeyA", true)]);
    vi.advanceTimersToNextTimer();
    expect(done).toEqual([injected("KeyA", true), injected("KeyA", false)]);
    recover();
    expect(done).toHaveLength(2);
  });

  test.each([1, 2, 3, 4])("changes no order, whichever of a chord it is (%i)", (lost) => {
    const { wire, done, recover } = line((seq) => seq !== lost);
    for (const stroke of SHIFTED) wire.send(stroke);
    vi.advanceTimersToNextTimer();
    expect(done).toEqual(SHIFTED_DONE);
    recover();
    expect(done).toEqual(SHIFTED_DONE);
  });

  test("keeps back what comes after it when it is too long to be repeated", () => {
    const { wire, done, recover } = line((seq) => seq !== 1);
    wire.send({ type: "text", text: "あ".repeat(250) });
    wire.send(key("KeyA", true));
    vi.runAllTimers();
    expect(done).toEqual([]);
    recover();
    expect(done).toHaveLength(2);
  });
});

describe("what is repeated", () => {
  test("is repeated three times, and then the line is quiet", () => {
    const { wire, repeated } = line();
    wire.send(key("KeyA", true));
    vi.runAllTimers();
    expect(repeated).toHaveLength(3);
  });

  test("is bounded however fast somebody types, and fits its schema", () => {
    const { wire, repeated } = line();
    for (let n = 0; n < 100; n++) wire.send(key("KeyA", n % 2 === 0));
    vi.runAllTimers();
    for (const text of repeated)
      expect(ViewerRepeat.parse(JSON.parse(text)).control.length).toBeLessThanOrEqual(MAX_REPEATED);
    expect(ViewerRepeat.parse(JSON.parse(repeated[0] ?? "")).control.at(-1)?.seq).toBe(100);
  });

  test("is nothing while nobody works, and nothing for an office PC that does not say that it takes it", () => {
    const idle = line();
    for (let n = 0; n < 10; n++) idle.wire.send({ type: "heartbeat", at: n });
    const old = line();
    old.wire.takes({ again: false });
    old.wire.send(key("KeyA", true));
    vi.runAllTimers();
    expect([...idle.repeated, ...old.repeated]).toEqual([]);
  });

  test("is nothing any more once the path is closed", () => {
    const { wire, repeated } = line();
    wire.send(key("KeyA", true));
    wire.close();
    vi.runAllTimers();
    expect(repeated).toEqual([]);
  });
});

describe("the gate", () => {
  const again = (gate: Gate, ...control: object[]) => gate.pointer(JSON.stringify({ type: "again", control }), 0);

  test("takes nothing from behind a gap: what is missing there is not known", () => {
    const gate = new Gate({ control: true });
    expect(again(gate, { seq: 2, ...key("KeyA", false) })).toEqual({ kind: "ignore" });
  });

  test("lets a repeat do no more than its own channel may", () => {
    const gate = new Gate({ control: false });
    expect(again(gate, { seq: 1, ...key("KeyA", true) })).toEqual({
      kind: "several",
      verdicts: [{ kind: "refuse", why: "not-allowed" }],
    });
    const open = new Gate({ control: true });
    expect(again(open, { seq: 1, type: "key", code: "Power", down: true })).toMatchObject({ why: "bad-message" });
    const flood = Array.from({ length: MAX_REPEATED + 1 }, (_, n) => ({ seq: n + 1, ...key("KeyA", true) }));
    expect(again(open, ...flood)).toMatchObject({ why: "bad-message" });
  });
});

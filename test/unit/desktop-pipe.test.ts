import { describe, expect, test } from "vitest";
import { type Command, COMMANDS as TABLE } from "../../agent/desktop/commands.ts";
import { MAX_COMMAND_BYTES, readCommands, readReports, writeCommand, writeReport } from "../../agent/desktop/pipe.ts";
import { REPORTS as REPORT_TABLE, type Report } from "../../agent/desktop/reports.ts";

const COMMANDS: Command[] = [
  { type: "open", codec: "av1-444" },
  { type: "encode", quality: 35, key: true, quick: false, moving: false, page: false, lineBps: 2_000_000 },
  { type: "key", code: "IntlRo", down: true },
  { type: "button", button: 4, down: false },
  { type: "move", x: -3, y: 32_767 },
  { type: "locks", caps: true, num: null },
  { type: "locks", caps: false, num: true },
  { type: "wheel", dx: -32, dy: 32 },
  { type: "text", text: "縁側𠮷" },
  { type: "release-all" },
  { type: "forget-text" },
  { type: "pause" },
  { type: "lock", id: 4_000_000_000 },
  { type: "lock-state", id: 0 },
  { type: "protect", cover: "when-possible", words: "遠隔で利用中です\n見本市", lockWhenAlone: true },
  { type: "notice", words: "あと 10 分で終わります。" },
  { type: "power-off", id: 3, inS: 60, words: "電源を切ります" },
  { type: "stay-on" },
];
const REPORTS: Report[] = [
  { type: "screen", width: 16_384, height: 1 },
  { type: "changed", share: 0.123, moving: 0, at: 1_700_000_000_000.5 },
  {
    type: "picture",
    key: true,
    quality: 63,
    share: 1,
    width: 1920,
    height: 1080,
    changedAt: 1,
    encodedAt: 2,
    data: Uint8Array.from({ length: 70_000 }, (_, i) => i & 255),
  },
  { type: "encode-failed", code: "no-codec", message: "なし" },
  { type: "pointer-shape", width: 1, height: 2, hotX: 0, hotY: 1, rgba: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  { type: "pointer-hidden" },
  { type: "pointer-position", x: -1, y: 5 },
  { type: "secure-desktop", shown: true },
  { type: "office", ime: "hiragana", operated: true, refusesInput: false },
  { type: "locks", caps: true, num: false, kana: true },
  { type: "typed", characters: 256 },
  { type: "input-dropped" },
  { type: "note", words: "画面" },
  { type: "unusable", code: "wayland", message: "" },
  { type: "lock-state", id: 8, state: "unknown" },
  { type: "locked", id: 7, outcome: "impossible" },
  { type: "covered", ok: false, reason: "no ramp" },
  { type: "power", id: 3, why: "logind does not let this session switch the PC off" },
];
const joined = (frames: Uint8Array[]) => Uint8Array.from(frames.flatMap((frame) => [...frame]));

/** The same numbers in each run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

describe("the pipe between network and desktop process", () => {
  test("every command comes out as it went in, however the bytes are split", () => {
    const next = random(1);
    const stream = joined(COMMANDS.map(writeCommand));
    for (let round = 0; round < 200; round++) {
      const reader = readCommands();
      const got: Command[] = [];
      for (let at = 0; at < stream.length; ) {
        const size = 1 + next(round % 2 ? 7 : stream.length);
        got.push(...reader.push(stream.subarray(at, at + size)));
        at += size;
      }
      expect(got).toEqual(COMMANDS);
    }
  });

  test("every report comes out as it went in, in pieces of a socket's size", () => {
    const stream = joined(REPORTS.map(writeReport));
    const reader = readReports();
    const got: Report[] = [];
    for (let at = 0; at < stream.length; at += 8191) got.push(...reader.push(stream.subarray(at, at + 8191)));
    expect(got).toEqual(REPORTS);
  });

  test("a frame that says it is too long is refused before it is stored", () => {
    const frame = new Uint8Array(4);
    new DataView(frame.buffer).setUint32(0, MAX_COMMAND_BYTES + 1);
    expect(() => readCommands().push(frame)).toThrow("a frame of");
  });

  test("an empty frame is refused", () => expect(() => readCommands().push(new Uint8Array(4))).toThrow("a frame of"));

  const number = (type: Command["type"]) => Object.keys(TABLE).indexOf(type);
  test.each([
    ["an unknown kind", [99], "no message of kind 99"],
    ["an unknown codec", [number("open"), 9], "no such word"],
    ["a key that is not in the table", [number("key"), 250, 1], "no such word"],
    ["a truth that is neither", [number("encode"), 35, 2, 0], "neither true nor false"],
    ["a message cut short", [number("move"), 0, 1, 0], "too short"],
    ["a message with something behind it", [number("pause"), 0], "too long"],
    ["text that is not UTF-8", [number("text"), 0, 0, 0, 2, 0xc3, 0x28], "not UTF-8"],
    ["text longer than the frame", [number("text"), 0, 0, 0, 9, 65], "too many bytes"],
  ])("%s is refused", (_, body, why) => {
    const frame = Uint8Array.of(0, 0, 0, body.length, ...body);
    expect(() => readCommands().push(frame)).toThrow(why);
  });

  test("each kind of message is among those that are tried here", () => {
    expect(new Set(COMMANDS.map(({ type }) => type))).toEqual(new Set(Object.keys(TABLE)));
    expect(new Set(REPORTS.map(({ type }) => type))).toEqual(new Set(Object.keys(REPORT_TABLE)));
  });

  test("random bytes end in a refusal or in nothing, never in another error", () => {
    const next = random(7);
    for (let round = 0; round < 2000; round++) {
      const noise = Uint8Array.from({ length: 1 + next(64) }, (_, i) => (i < 3 ? 0 : next(i === 3 ? 32 : 256)));
      try {
        for (const command of readCommands().push(noise))
          expect(COMMANDS.map(({ type }) => type)).toContain(command.type);
      } catch (error) {
        expect((error as Error).name).toBe("Malformed");
      }
    }
  });

  test("words that are too long are cut, not refused", () => {
    const [report] = readReports().push(
      writeReport({ type: "unusable", code: "internal", message: "語".repeat(5000) }),
    );
    expect(report).toMatchObject({ type: "unusable", message: expect.stringMatching(/^語{600,}$/) });
  });
});

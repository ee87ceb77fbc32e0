/** What is known of a desktop from what it has reported. */
import { describe, expect, test } from "vitest";
import { forgetCover, lastingReports, learn, NOTHING_KNOWN } from "../../agent/desktop/desktop-state.ts";
import type { DesktopReport } from "../../agent/desktop/reports.ts";
import { AgentControl } from "../../signaling/protocol/channels.ts";

const knownAfter = (...reports: DesktopReport[]) => reports.reduce(learn, NOTHING_KNOWN);

const SCREEN = { type: "screen", width: 640, height: 360 } as const;
const OFFICE = { type: "office", ime: "off", operated: false, refusesInput: false } as const;
const LOCKS = { type: "locks", caps: true, num: false, kana: false } as const;
const SECURE = { type: "secure-desktop", shown: true } as const;
const POSITION = { type: "pointer-position", x: 3, y: -4 } as const;
const COVERED = { type: "covered", ok: true, reason: "" } as const;
const SHAPE = { type: "pointer-shape", width: 1, height: 1, hotX: 0, hotY: 0, rgba: new Uint8Array(4) } as const;
const PICTURE = {
  type: "picture",
  key: true,
  quality: 30,
  share: 1,
  width: 640,
  height: 360,
  changedAt: 0,
  encodedAt: 0,
  data: new Uint8Array(4),
} as const;

describe("what is known of a desktop", () => {
  test("is nothing at first", () => expect(lastingReports(NOTHING_KNOWN)).toEqual([]));

  test("is the newest of each kind, told in one order", () => {
    const known = knownAfter(SECURE, LOCKS, OFFICE, POSITION, SHAPE, SCREEN, COVERED, { ...LOCKS, caps: false });
    expect(lastingReports(known)).toEqual([
      COVERED,
      SCREEN,
      SHAPE,
      POSITION,
      OFFICE,
      { ...LOCKS, caps: false },
      SECURE,
    ]);
  });

  test("is one pointer, shown or hidden", () => {
    expect(lastingReports(knownAfter(SHAPE, { type: "pointer-hidden" }))).toEqual([{ type: "pointer-hidden" }]);
    expect(lastingReports(knownAfter({ type: "pointer-hidden" }, SHAPE))).toEqual([SHAPE]);
  });

  test.each<DesktopReport>([
    PICTURE,
    { type: "changed", share: 1, moving: 0, at: 0 },
    { type: "typed", characters: 3 },
    { type: "input-dropped" },
    { type: "encode-failed", code: "no-codec", message: "" },
    { type: "unusable", code: "no-display", message: "" },
  ])("is not changed by what passes: $type", (report) => {
    const known = knownAfter(SCREEN);
    expect(learn(known, report)).toBe(known);
  });

  test("stays when its process dies, which counts as restarting until its successor has a screen", () => {
    const died = knownAfter(SCREEN, LOCKS, { type: "restarting", cause: "SIGSEGV" });
    expect(lastingReports(died)).toEqual([SCREEN, LOCKS]);
    expect([died, learn(died, LOCKS), learn(died, SCREEN)].map(({ isRestarting }) => isRestarting)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("is not the cover any more when somebody else is protected", () =>
    expect(lastingReports(forgetCover(knownAfter(COVERED, SCREEN)))).toEqual([SCREEN]));

  test.each<DesktopReport>([SCREEN, OFFICE, LOCKS, SECURE, POSITION])(
    "is told to a viewer as it was reported: $type",
    (report) => expect(AgentControl.parse(report)).toEqual(report),
  );
});

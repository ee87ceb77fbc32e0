import { describe, expect, test } from "vitest";
import { StillPace } from "../../agent/native/codecs/still-pace.ts";

const PAGE_BYTES = 40_000;
const paceOf = (...times: number[]) => {
  const pace = new StillPace();
  for (const ms of times) pace.took({ ms, bytes: PAGE_BYTES }, 0);
  return pace;
};
const soon = (pace: StillPace, now = 0, savedMs = 0) => pace.isSoonEnough({ atRest: false, savedMs }, now);
const both = (pace: StillPace, now = 0) => [soon(pace, now), pace.isSoonEnough({ atRest: true, savedMs: 0 }, now)];

describe("whether still pictures come soon enough", () => {
  test("is believed until a few were made", () => expect(both(paceOf(900, 900))).toEqual([true, true]));

  test("is judged by the quickest of the last three: others had to wait for the processor", () => {
    expect(both(paceOf(900, 240, 900))).toEqual([true, true]);
    expect(both(paceOf(240, 900, 900, 900))).toEqual([false, false]);
  });

  test("is not judged by those of hardly more than paper, which say only that they were worth sending", () => {
    const pace = paceOf(900, 900, 900);
    for (let n = 0; n < 3; n++) pace.took({ ms: 100, bytes: 9_999 }, 0);
    expect(both(pace)).toEqual([false, false]);
    const other = paceOf(200, 200, 200);
    other.wasVain(0);
    other.took({ ms: 100, bytes: 100 }, 0);
    expect(both(other)).toEqual([true, true]);
  });

  test("is asked less of them while the screen stands still", () => {
    expect(both(paceOf(300, 300, 300))).toEqual([false, true]);
    expect(both(paceOf(601, 601, 601))).toEqual([false, false]);
  });

  test("is asked less of them where the line takes longer than they do", () => {
    expect([soon(paceOf(400, 400, 400), 0, 149), soon(paceOf(400, 400, 400), 0, 150)]).toEqual([false, true]);
    expect(soon(paceOf(2_000, 2_000, 2_000), 0, 10_000)).toBe(true);
  });

  test("is tried again after a while", () => {
    expect(both(paceOf(900, 900, 900), 300_000)).toEqual([false, false]);
    expect(both(paceOf(900, 900, 900), 300_001)).toEqual([true, true]);
  });

  test("is not tried anew at once after one in vain, and later each time: a film is on", () => {
    const pace = new StillPace();
    pace.wasVain(0);
    expect([soon(pace, 499), soon(pace, 500)]).toEqual([false, true]);
    pace.wasVain(500);
    expect([soon(pace, 1_499), soon(pace, 1_500)]).toEqual([false, true]);
    for (let n = 0; n < 20; n++) pace.wasVain(2_000);
    expect([soon(pace, 17_999), soon(pace, 18_000)]).toEqual([false, true]);
  });

  test("is tried while the screen stands still, whatever was in vain before, and at once after one that was sent", () => {
    const pace = new StillPace();
    for (let n = 0; n < 5; n++) pace.wasVain(0);
    expect(both(pace)).toEqual([false, true]);
    pace.took({ ms: 200, bytes: PAGE_BYTES }, 0);
    expect(both(pace)).toEqual([true, true]);
  });
});

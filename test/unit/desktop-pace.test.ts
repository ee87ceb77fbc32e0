import { describe, expect, test } from "vitest";
import { Pace } from "../../agent/screen/capture/pace.ts";

/** Looks whenever it is due, from `now` to `until`; returns when. */
function looks(
  pace: Pace,
  now: number,
  until: number,
  o: { costMs: number; found?: (at: number) => boolean },
): number[] {
  const times: number[] = [];
  for (let at = now; at < until; at++) {
    if (pace.due(at) > at) continue;
    times.push(at);
    pace.looked({ now: at, costMs: o.costMs, found: o.found?.(at) ?? false });
  }
  return times;
}
const GDI = { costMs: 10 };

describe("the pace of looking at a screen that does not tell of changes", () => {
  test("slows down to 2 % of a core when nothing happens", () => {
    const pace = new Pace();
    looks(pace, 0, 5000, GDI);
    expect(looks(pace, 5000, 15_000, GDI)).toHaveLength(20);
  });

  test("a key is followed at once and often, until its answer is seen", () => {
    const pace = new Pace();
    looks(pace, 0, 5000, GDI);
    pace.acted(5000);
    const [first = 0, second = 0] = looks(pace, 5000, 5050, { ...GDI, found: (at) => at > 5015 });
    expect([first, second]).toEqual([5006, 5018]);
    expect(pace.due(5019) - 5018).toBeGreaterThan(20);
  });

  test("a wheel that turns without a pause does not keep it from looking", () => {
    const pace = new Pace();
    looks(pace, 0, 5000, GDI);
    let seen = 0;
    for (let at = 5000; at < 5200; at += 2) {
      pace.acted(at);
      seen += looks(pace, at, at + 2, GDI).length;
    }
    expect(seen).toBeGreaterThan(8);
  });

  test("an answer that does not come is not waited for for ever", () => {
    const pace = new Pace();
    looks(pace, 0, 5000, GDI);
    pace.acted(5000);
    expect(looks(pace, 5200, 5500, GDI).length).toBeLessThan(11);
  });

  test("a moving pointer is work, and takes at most a third of a core", () => {
    const pace = new Pace();
    looks(pace, 0, 5000, GDI);
    pace.stirred(5000);
    const times = looks(pace, 5000, 5480, GDI);
    expect(times.length).toBeGreaterThan(10);
    expect(times.length * GDI.costMs).toBeLessThan(480 / 2.5);
  });

  test("a film is soon looked at often, a blinking caret is not", () => {
    const film = new Pace();
    looks(film, 0, 5000, GDI);
    looks(film, 5000, 6200, { ...GDI, found: () => true });
    expect(looks(film, 6200, 7200, { ...GDI, found: () => true }).length).toBeGreaterThan(25);
    const caret = new Pace();
    let seen = 0;
    const blinks = (at: number) => {
      const state = Math.floor(at / 530);
      const changed = state !== seen;
      seen = state;
      return changed;
    };
    looks(caret, 0, 5000, GDI);
    expect(looks(caret, 5000, 15_000, { ...GDI, found: blinks }).length).toBeLessThan(50);
  });

  test("what costs little is looked at often even while nothing happens", () => {
    const pace = new Pace();
    looks(pace, 0, 5000, { costMs: 0.1 });
    expect(looks(pace, 5000, 6000, { costMs: 0.1 }).length).toBeGreaterThan(50);
  });
});

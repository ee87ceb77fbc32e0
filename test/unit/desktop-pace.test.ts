import { describe, expect, test } from "vitest";
import { Pace } from "../../agent/screen/capture/pace.ts";

/** Of a screen's rows. */
const CARET = 20 / 1080;
const WINDOW = 400 / 1080;

/** Looks whenever it is due, from `now` to `until`; returns when. */
function looks(
  pace: Pace,
  now: number,
  until: number,
  o: { costMs: number; found?: (at: number) => boolean; changed?: number },
): number[] {
  const times: number[] = [];
  for (let at = now; at < until; at++) {
    if (pace.due(at) > at) continue;
    times.push(at);
    pace.looked({ now: at, costMs: o.costMs, changed: o.found?.(at) ? (o.changed ?? CARET) : 0 });
  }
  return times;
}
const GDI = { costMs: 10 };
/** A caret that is to be seen for 530 ms and then not. */
function blinking(): (at: number) => boolean {
  let seen = 0;
  return (at) => {
    const state = Math.floor(at / 530);
    const changed = state !== seen;
    seen = state;
    return changed;
  };
}

describe("the pace of looking at a screen that does not tell of changes", () => {
  test("slows down to 2 % of a core when nothing happens", () => {
    const pace = new Pace(0);
    looks(pace, 0, 5000, GDI);
    expect(looks(pace, 5000, 10_000, GDI)).toHaveLength(10);
  });

  test("slows down to 1 % when nobody has used the PC for a while, a caret or not", () => {
    for (const found of [() => false, blinking()]) {
      const pace = new Pace(0);
      looks(pace, 0, 20_000, { ...GDI, found });
      expect(pace.isResting(20_000)).toBe(true);
      expect(looks(pace, 20_000, 30_000, { ...GDI, found })).toHaveLength(10);
    }
  });

  test("a screen at rest is seen within a second and a half, however slow looking is", () => {
    const pace = new Pace(0);
    const times = looks(pace, 0, 40_000, { costMs: 30 }).slice(-5);
    expect(times.slice(1).map((at, i) => at - (times[i] ?? 0))).toEqual([1500, 1500, 1500, 1500]);
  });

  test.each([
    ["a key", (pace: Pace) => pace.acted(20_000), 6],
    ["the pointer", (pace: Pace) => pace.stirred(20_000), 30],
  ] as const)("%s ends the rest at once", (_, use, withinMs) => {
    const pace = new Pace(0);
    looks(pace, 0, 20_000, GDI);
    use(pace);
    expect(pace.isResting(20_000)).toBe(false);
    expect(pace.due(20_000)).toBeLessThanOrEqual(20_000 + withinMs);
    looks(pace, 20_000, 25_000, GDI);
    expect(looks(pace, 25_000, 30_000, GDI)).toHaveLength(10);
  });

  test("somebody who types at the office ends it too, and input long ago does not", () => {
    const pace = new Pace(0);
    looks(pace, 0, 20_000, GDI);
    pace.used(5000);
    expect(pace.isResting(20_000)).toBe(true);
    pace.used(19_800);
    expect(pace.due(20_000) - 20_000).toBeLessThanOrEqual(500);
    pace.used(5000);
    expect(pace.isResting(20_000)).toBe(false);
  });

  test("a film that begins while it rests is soon looked at often", () => {
    const pace = new Pace(0);
    const film = { ...GDI, found: () => true, changed: WINDOW };
    looks(pace, 0, 20_000, GDI);
    looks(pace, 20_000, 23_000, film);
    expect(looks(pace, 23_000, 24_000, film).length).toBeGreaterThan(25);
  });

  test("a key is followed at once and often, until its answer is seen", () => {
    const pace = new Pace(0);
    looks(pace, 0, 5000, GDI);
    pace.acted(5000);
    const [first = 0, second = 0] = looks(pace, 5000, 5050, { ...GDI, found: (at) => at > 5015 });
    expect([first, second]).toEqual([5006, 5018]);
    expect(pace.due(5019) - 5018).toBeGreaterThan(20);
  });

  test("a wheel that turns without a pause does not keep it from looking", () => {
    const pace = new Pace(0);
    looks(pace, 0, 5000, GDI);
    let seen = 0;
    for (let at = 5000; at < 5200; at += 2) {
      pace.acted(at);
      seen += looks(pace, at, at + 2, GDI).length;
    }
    expect(seen).toBeGreaterThan(8);
  });

  test("an answer that does not come is not waited for for ever", () => {
    const pace = new Pace(0);
    looks(pace, 0, 5000, GDI);
    pace.acted(5000);
    expect(looks(pace, 5200, 5500, GDI).length).toBeLessThan(11);
  });

  test("a moving pointer is work, and takes at most a third of a core", () => {
    const pace = new Pace(0);
    looks(pace, 0, 5000, GDI);
    pace.stirred(5000);
    const times = looks(pace, 5000, 5480, GDI);
    expect(times.length).toBeGreaterThan(10);
    expect(times.length * GDI.costMs).toBeLessThan(480 / 2.5);
  });

  test("a film is soon looked at often, a blinking caret is not", () => {
    const film = new Pace(0);
    looks(film, 0, 5000, GDI);
    looks(film, 5000, 6200, { ...GDI, found: () => true });
    expect(looks(film, 6200, 7200, { ...GDI, found: () => true }).length).toBeGreaterThan(25);
    const caret = new Pace(0);
    const found = blinking();
    looks(caret, 0, 5000, { ...GDI, found });
    expect(looks(caret, 5000, 10_000, { ...GDI, found }).length).toBeLessThan(25);
  });

  test("what costs little is looked at often even while nothing happens", () => {
    const pace = new Pace(0);
    looks(pace, 0, 5000, { costMs: 0.1 });
    expect(looks(pace, 5000, 6000, { costMs: 0.1 }).length).toBeGreaterThan(50);
    looks(pace, 6000, 15_000, { costMs: 0.1 });
    expect(looks(pace, 15_000, 16_000, { costMs: 0.1 })).toHaveLength(20); // at rest being woken costs more than that
  });
});

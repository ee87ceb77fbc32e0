import { describe, expect, test } from "vitest";
import { clip, joinRectangles, MAX_RECTANGLES, type Rectangle } from "../../agent/picture/rectangles.ts";

const rectangle = (x: number, y: number, width: number, height: number): Rectangle => ({ x, y, width, height });
const covers = (all: readonly Rectangle[], { x, y, width, height }: Rectangle) =>
  all.some((r) => r.x <= x && r.y <= y && r.x + r.width >= x + width && r.y + r.height >= y + height);

describe("joining damaged rectangles", () => {
  test("small neighbours become one", () =>
    expect(joinRectangles([rectangle(10, 10, 5, 20), rectangle(18, 10, 5, 20)])).toEqual([rectangle(10, 10, 13, 20)]));

  test("what lies far apart stays apart", () =>
    expect(joinRectangles([rectangle(0, 0, 10, 10), rectangle(1900, 1000, 10, 10)])).toHaveLength(2));

  test("nothing stays nothing", () => expect(joinRectangles([])).toEqual([]));

  test("a scattered thousand becomes few, and all are covered", () => {
    const all = Array.from({ length: 1000 }, (_, i) => rectangle((i * 397) % 1900, (i * 211) % 1060, 9, 7));
    const joined = joinRectangles(all);
    expect(joined.length).toBeLessThanOrEqual(MAX_RECTANGLES);
    expect(all.every((one) => covers(joined, one))).toBe(true);
  });
});

describe("clipping to the screen", () => {
  const screen = { width: 101, height: 77 };
  test("edges become even where the screen allows", () =>
    expect(clip(rectangle(3, 5, 4, 4), screen)).toEqual(rectangle(2, 4, 6, 6)));
  test("what sticks out is cut", () =>
    expect(clip(rectangle(-10, -10, 500, 500), screen)).toEqual(rectangle(0, 0, 101, 77)));
  test("what lies outside is nothing", () => expect(clip(rectangle(101, 0, 5, 5), screen)).toBeUndefined());
});

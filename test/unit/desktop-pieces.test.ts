import { beforeEach, describe, expect, test } from "vitest";
import { Pieces } from "../../agent/picture/pieces.ts";
import { type Planes, planesLayout, planesOver, touch } from "../../agent/picture/planes.ts";
import { letters } from "../support/drawn-pictures.ts";

describe.each([
  [1024, 256],
  [333, 211],
])("pieces of a screen of %i × %i", (width, height) => {
  let planes: Planes;
  let pieces: Pieces;
  beforeEach(() => {
    planes = planesOver(new Uint8Array(planesLayout("444", width, height).bytes), "444", width, height);
    pieces = new Pieces(planes);
  });

  function draw(of: (x: number, y: number) => number, [dx, dy] = [0, 0]): void {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) planes.y[y * planes.lumaStride + x] = of(x + dx, y + dy);
      touch(planes, y, 0, width);
    }
  }

  test("a page that nothing is held of is new, and is not once a slot holds it", () => {
    draw(letters(1));
    const all = pieces.unseen([0]);
    expect(all).toBeGreaterThan((width * height) / 10);
    pieces.coded([0, 2]);
    expect([pieces.unseen([0]), pieces.unseen([2]), pieces.unseen([1, 3])]).toEqual([0, 0, all]);
    draw(letters(2));
    expect(pieces.unseen([0])).toBeGreaterThan(0.9 * all);
    pieces.coded([0]);
    draw(letters(1));
    expect(pieces.unseen([0, 2])).toBe(0);
    expect(pieces.unseen([0])).toBeGreaterThan(0.9 * all);
  });

  test.each([
    ["up", [0, 40], 0.25],
    ["down", [0, -40], 0.25],
    ["sideways", [56, 0], 0.5],
    ["both ways", [-31, 17], 0.5],
  ] as const)("what was moved %s is found again, for the most part", (_way, by, part) => {
    draw(letters(3), [0, 0]);
    const all = pieces.unseen([0]);
    pieces.coded([0]);
    draw(letters(3), [...by]);
    expect(pieces.unseen([0])).toBeLessThan(part * all);
    expect(pieces.unseen([0])).toBeGreaterThan(0); // what came in at the side
  });

  test("what is of one colour or a gradient is never new, and what repeats is new once", () => {
    draw(() => 128);
    expect(pieces.unseen([])).toBe(0);
    draw((x) => x % 256);
    draw((x) => Math.floor(x / 8));
    expect(pieces.unseen([])).toBe(0);
    draw((x) => (x % 16 === 0 ? 0 : 255));
    expect(pieces.unseen([])).toBeLessThan(40);
  });

  test("only what was touched is looked at, the last row and column too", () => {
    draw(() => 200);
    pieces.coded([0]);
    for (let x = width - 30; x < width; x += 2) planes.y[(height - 1) * planes.lumaStride + x] = 0;
    expect(pieces.unseen([0])).toBe(0);
    touch(planes, height - 1, width - 30, width);
    expect(pieces.unseen([0])).toBeGreaterThan(20);
  });
});

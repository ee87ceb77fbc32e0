import { describe, expect, test } from "vitest";
import { changedRows, countRows, joinRows } from "../../agent/picture/rows.ts";

const WIDTH_BYTES = 12;
const picture = (height: number) => new Uint8Array(WIDTH_BYTES * height);
function changed(height: number, ...rows: number[]) {
  const newer = picture(height);
  for (const row of rows) newer[row * WIDTH_BYTES + (row % WIDTH_BYTES)] = 1;
  return changedRows(newer, picture(height), WIDTH_BYTES);
}

describe("rows that differ between two pictures", () => {
  test("none when they are equal", () => expect(changed(100)).toEqual([]));
  test("come in pairs, for 4:2:0", () => expect(changed(100, 33)).toEqual([{ top: 32, bottom: 34 }]));
  test("up to the last row of an odd height", () => expect(changed(101, 100)).toEqual([{ top: 100, bottom: 101 }]));
  test("are joined where they touch, across bands too", () =>
    expect(changed(100, 14, 15, 16, 40)).toEqual([
      { top: 14, bottom: 18 },
      { top: 40, bottom: 42 },
    ]));
  test("every single one is found", () => {
    for (let row = 0; row < 101; row++)
      expect(changed(101, row)).toEqual([{ top: row & ~1, bottom: Math.min(101, (row & ~1) + 2) }]);
  });
});

test("rows of several looks are joined in order", () =>
  expect(
    joinRows([
      { top: 40, bottom: 60 },
      { top: 0, bottom: 2 },
      { top: 50, bottom: 52 },
      { top: 2, bottom: 4 },
    ]),
  ).toEqual([
    { top: 0, bottom: 4 },
    { top: 40, bottom: 60 },
  ]));

test("rows are counted", () =>
  expect(
    countRows([
      { top: 2, bottom: 6 },
      { top: 40, bottom: 41 },
    ]),
  ).toBe(5));

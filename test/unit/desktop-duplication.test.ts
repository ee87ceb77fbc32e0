import { expect, test } from "vitest";
import { changedAreas, guid } from "../../agent/native/win32/dxgi-layouts.ts";

const view = (...numbers: number[]) => new DataView(Int32Array.from(numbers).buffer);

test("a frame differs where it is dirty and where something was moved to", () =>
  expect(changedAreas(view(10, 20, 110, 40, 0, 0, 1, 1), view(5, 300, 5, 200, 805, 500))).toEqual([
    { x: 10, y: 20, width: 100, height: 20 },
    { x: 0, y: 0, width: 1, height: 1 },
    { x: 5, y: 200, width: 800, height: 300 },
  ]));

test("a frame may differ nowhere", () => expect(changedAreas(view(), view())).toEqual([]));

test("an id lies in memory with its numbers in little endian", () =>
  expect([...guid("00112233-4455-6677-8899-aabbccddeeff")].map((byte) => byte.toString(16))).toEqual(
    "33 22 11 0 55 44 77 66 88 99 aa bb cc dd ee ff".split(" "),
  ));

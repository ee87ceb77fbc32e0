import { describe, expect, test } from "vitest";
import { cursorShape } from "../../agent/screen/capture/cursor.ts";

/** Masks come from GetDIBits as black and white pixels. */
const bits = (rows: readonly string[]) => Uint32Array.from(rows.join(""), (mark) => (mark === "1" ? 0x00ffffff : 0));
const pixels = (rgba: Uint8Array | undefined) =>
  rgba && Array.from(new Uint32Array(rgba.slice().buffer), (pixel) => (pixel >>> 0).toString(16).padStart(8, "0"));

describe("a pointer of Windows as RGBA", () => {
  test("black and white: the mask holds what stays and, below, what is painted", () => {
    const mask = bits(["0011", "0101"]);
    const shape = cursorShape({ hotX: 1, hotY: 0, width: 4, maskHeight: 2, mask, colour: undefined });
    expect(shape).toMatchObject({ width: 4, height: 1, hotX: 1, hotY: 0 });
    // black, white, clear (edged, as its neighbour inverts), inverting: ABGR here
    expect(pixels(shape?.rgba)).toEqual(["ff000000", "ffffffff", "ffffffff", "ff000000"]);
  });

  test("an inverting text bar becomes black with a white edge", () => {
    const mask = bits(["11111", "11111", "11111", "00000", "00100", "00000"]);
    const shape = cursorShape({ hotX: 2, hotY: 1, width: 5, maskHeight: 6, mask, colour: undefined });
    const [clear, white, black] = ["00000000", "ffffffff", "ff000000"];
    expect(pixels(shape?.rgba)).toEqual([
      ...[clear, white, white, white, clear],
      ...[clear, white, black, white, clear],
      ...[clear, white, white, white, clear],
    ]);
  });

  test.each([
    ["white", 255],
    ["black", 0],
    ["grey", 128],
  ])("an inverting text bar can be seen on a %s page", (_, ground) => {
    const [wide, high] = [32, 32];
    const and = Array.from({ length: high }, () => "1".repeat(wide));
    const xor = Array.from({ length: high }, (_, y) =>
      y > 4 && y < 28 ? `${"0".repeat(16)}1${"0".repeat(15)}` : "0".repeat(wide),
    );
    const mask = bits([...and, ...xor]);
    const shape = cursorShape({ hotX: 16, hotY: 16, width: wide, maskHeight: 2 * high, mask, colour: undefined });
    const drawn = pixels(shape?.rgba)?.map((pixel) =>
      pixel.startsWith("ff") ? Number.parseInt(pixel.slice(6), 16) : ground,
    );
    expect(drawn?.filter((grey) => Math.abs(grey - ground) > 100).length).toBeGreaterThanOrEqual(23);
  });

  test("colours with transparency of their own need no mask", () => {
    const colour = Uint32Array.of(0x80102030, 0);
    const shape = cursorShape({ hotX: 0, hotY: 0, width: 2, maskHeight: 1, mask: bits(["11"]), colour });
    expect([...(shape?.rgba ?? [])]).toEqual([0x10, 0x20, 0x30, 0x80, 0, 0, 0, 0]);
  });

  test("colours without transparency are cut out by the mask", () => {
    const colour = Uint32Array.of(0x00102030, 0, 0x00ffffff);
    const shape = cursorShape({ hotX: 0, hotY: 0, width: 3, maskHeight: 1, mask: bits(["010"]), colour });
    expect(pixels(shape?.rgba)).toEqual(["ff302010", "00000000", "ffffffff"]);
  });

  test("one that shows nothing is none", () =>
    expect(
      cursorShape({ hotX: 0, hotY: 0, width: 2, maskHeight: 2, mask: bits(["11", "00"]), colour: undefined }),
    ).toBeUndefined());

  test("a hot spot outside of it is brought to its edge", () =>
    expect(
      cursorShape({ hotX: 99, hotY: 99, width: 2, maskHeight: 2, mask: bits(["00", "00"]), colour: undefined }),
    ).toMatchObject({ hotX: 2, hotY: 1 }));
});

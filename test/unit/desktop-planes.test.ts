import { describe, expect, test } from "vitest";
import { convert } from "../../agent/picture/convert.ts";
import { type Chroma, planesLayout, planesOver } from "../../agent/picture/planes.ts";

/** BT.709 limited range by the book (ITU-R BT.709-6 §3), in floating point. */
function reference(rgb: number): [number, number, number] {
  const [r, g, b] = [(rgb >>> 16) & 255, (rgb >>> 8) & 255, rgb & 255].map((value) => value / 255) as [
    number,
    number,
    number,
  ];
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return [16 + 219 * y, 128 + (224 * (b - y)) / 1.8556, 128 + (224 * (r - y)) / 1.5748];
}

const empty = (chroma: Chroma, width: number, height: number) =>
  planesOver(new Uint8Array(planesLayout(chroma, width, height).bytes), chroma, width, height);

/** The same numbers in each run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

describe("planes in 4:4:4", () => {
  test.each([64, 65, 200, 333, 1366])("%i pixels of a row at once give what one by one gives", (width) => {
    const [height, left, top] = [23, 7, 5];
    const next = random(width);
    const pixels = Int32Array.from({ length: width * height }, () => next());
    const [atOnce, oneByOne] = [empty("444", width + 9, 30), empty("444", width + 9, 30)];
    for (let turn = 0; turn < 3; turn++) {
      let counted = 0;
      // columns so narrow that they are done one by one
      for (let x = 0; x < width; x += 50) {
        const columns = Math.min(50, width - x);
        const part = Int32Array.from(
          { length: columns * height },
          (_, at) => pixels[Math.floor(at / columns) * width + x + (at % columns)] as number,
        );
        counted += convert(part, oneByOne, left + x, top, columns, height);
      }
      expect(convert(pixels, atOnce, left, top, width, height)).toBe(counted);
      for (const plane of ["y", "u", "v", "touchedRows"] as const)
        expect(Buffer.compare(atOnce[plane], oneByOne[plane]), plane).toBe(0);
      const rows = (planes: typeof atOnce) =>
        Array.from({ length: 2 }, (_, row) =>
          planes.touchedBlocks
            .subarray(row * planes.blockColumns, (row + 1) * planes.blockColumns)
            .some((one) => one > 0),
        );
      expect(rows(atOnce)).toEqual(rows(oneByOne));
      for (const planes of [atOnce, oneByOne])
        for (const touched of [planes.touchedRows, planes.touchedBlocks]) touched.fill(0);
      for (let change = 0; change < 40; change++) pixels[next() % (pixels.length >> turn)] = next();
    }
  });

  test("a whole picture wider than high, as often as it changes", () => {
    const planes = empty("444", 1921, 70); // its rows have a sample more than pixels
    const pixels = new Int32Array(1921 * 70).fill(0x336699);
    expect(convert(pixels, planes, 0, 0, 1921, 70)).toBe(1921 * 70);
    expect(convert(pixels, planes, 0, 0, 1921, 70)).toBe(0);
    pixels[1920] = 0xffffff;
    pixels[1921 * 69] = 0;
    planes.touchedRows.fill(0);
    expect(convert(pixels, planes, 0, 0, 1921, 70)).toBe(2);
    expect([...planes.touchedRows].flatMap((touched, row) => (touched ? [row] : []))).toEqual([0, 69]);
    expect([planes.y[1920], planes.y[69 * planes.lumaStride]]).toEqual([235, 16]);
  });

  test("a change marks its block and no other, at whatever edge of whatever width", () => {
    for (const [left, width] of [
      [0, 1920],
      [16, 64],
      [7, 200],
    ] as const) {
      const planes = empty("444", 1930, 64);
      const pixels = new Int32Array(width * 40);
      convert(pixels, planes, left, 3, width, 40);
      for (const [x, y] of [
        [0, 0],
        [width - 1, 39],
        [width >> 1, 12],
        [width >> 1, 13],
      ] as const) {
        planes.touchedBlocks.fill(0);
        pixels[y * width + x] = (pixels[y * width + x] as number) ^ 0xffffff;
        expect(convert(pixels, planes, left, 3, width, 40)).toBe(1);
        const marked = [...planes.touchedBlocks].flatMap((touched, block) => (touched ? [block] : []));
        const own = ((3 + y) >> 4) * planes.blockColumns + ((left + x) >> 4);
        expect(marked).toContain(own);
        expect(marked.every((block) => Math.abs(block - own) <= 1)).toBe(true);
      }
    }
  });

  test("every colour is within one step of BT.709 limited range", () => {
    const next = random(1);
    const pixels = Int32Array.from({ length: 4096 }, (_, i) =>
      i < 8 ? (i & 4 ? 0xff0000 : 0) | (i & 2 ? 0xff00 : 0) | (i & 1 ? 0xff : 0) : next(),
    );
    const planes = empty("444", 64, 64);
    convert(pixels, planes, 0, 0, 64, 64);
    const worst = Math.max(
      ...Array.from(pixels, (pixel, at) => {
        const [y, u, v] = reference(pixel);
        return Math.max(
          Math.abs((planes.y[at] ?? 0) - y),
          Math.abs((planes.u[at] ?? 0) - u),
          Math.abs((planes.v[at] ?? 0) - v),
        );
      }),
    );
    expect(worst).toBeLessThan(1);
  });

  test("white is 235, black 16, grey has no colour", () => {
    const planes = empty("444", 2, 2);
    convert(Int32Array.of(0xffffff, 0x000000, 0x808080, 0xffffff), planes, 0, 0, 2, 2);
    expect([...planes.y]).toEqual([235, 16, 126, 235]);
    expect([...planes.u, ...planes.v]).toEqual(Array(8).fill(128));
  });

  test("the unused highest byte of a pixel does not count", () => {
    const planes = empty("444", 2, 2);
    convert(Int32Array.of(0x123456, 0x123456, 0x123456, 0x123456), planes, 0, 0, 2, 2);
    expect(convert(Int32Array.of(0xff123456 | 0, 0x80123456 | 0, 0x123456, 0), planes, 0, 0, 2, 2)).toBe(1);
  });

  test("only pixels that differ are counted", () => {
    const planes = empty("444", 8, 8);
    const pixels = new Int32Array(64).fill(0xffffff);
    expect(convert(pixels, planes, 0, 0, 8, 8)).toBe(64);
    expect(convert(pixels, planes, 0, 0, 8, 8)).toBe(0);
    pixels[10] = 0;
    pixels[63] = 0x0000ff;
    expect(convert(pixels, planes, 0, 0, 8, 8)).toBe(2);
  });

  test("a rectangle lands where it belongs and nowhere else", () => {
    const planes = empty("444", 10, 6);
    convert(new Int32Array(6).fill(0xffffff), planes, 4, 2, 3, 2);
    const white = [...planes.y].flatMap((sample, at) => (sample === 235 ? [at] : []));
    expect(white).toEqual([24, 25, 26, 34, 35, 36]);
  });
});

describe("planes in 4:2:0", () => {
  test("luma is the same as in 4:4:4", () => {
    const next = random(2);
    const pixels = Int32Array.from({ length: 64 }, next);
    const [full, half] = [empty("444", 8, 8), empty("420", 8, 8)];
    convert(pixels, full, 0, 0, 8, 8);
    convert(pixels, half, 0, 0, 8, 8);
    expect(half.y).toEqual(full.y);
  });

  test("four pixels share the colour of their mean", () => {
    const planes = empty("420", 2, 2);
    convert(Int32Array.of(0xff0000, 0x0000ff, 0x00ff00, 0xffffff), planes, 0, 0, 2, 2);
    const [, u, v] = reference(0x808080);
    expect(planes.u[0]).toBeCloseTo(u, 0);
    expect(planes.v[0]).toBeCloseTo(v, 0);
  });

  test.each([
    [5, 4],
    [4, 5],
    [5, 5],
    [1, 1],
  ])("an odd size of %i × %i has colour up to its edge", (width, height) => {
    const planes = empty("420", width, height);
    expect(convert(new Int32Array(width * height).fill(0xff0000), planes, 0, 0, width, height)).toBe(width * height);
    const [y, u, v] = reference(0xff0000);
    for (let row = 0; row < height; row++)
      for (let x = 0; x < width; x++) expect(planes.y[row * planes.lumaStride + x]).toBeCloseTo(y, 0);
    for (const sample of planes.u) expect(Math.abs(sample - u)).toBeLessThan(1);
    for (const sample of planes.v) expect(Math.abs(sample - v)).toBeLessThan(1);
  });

  test("a rectangle at an even place changes only its samples", () => {
    const planes = empty("420", 8, 8);
    expect(convert(new Int32Array(4).fill(0x00ff00), planes, 2, 4, 2, 2)).toBe(4);
    expect([...planes.u].flatMap((sample, at) => (sample ? [at] : []))).toEqual([9]);
    expect(convert(new Int32Array(4).fill(0x00ff00), planes, 2, 4, 2, 2)).toBe(0);
  });
});

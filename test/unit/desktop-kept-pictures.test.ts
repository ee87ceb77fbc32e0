import { beforeEach, describe, expect, test } from "vitest";
import { convert } from "../../agent/picture/convert.ts";
import { KeptPictures } from "../../agent/picture/kept-pictures.ts";
import { type Planes, planesLayout, planesOver } from "../../agent/picture/planes.ts";

describe.each(["444", "420"] as const)("kept pictures, %s", (chroma) => {
  const [width, height] = [33, 21];
  let planes: Planes;
  let kept: KeptPictures;
  beforeEach(() => {
    planes = planesOver(new Uint8Array(planesLayout(chroma, width, height).bytes), chroma, width, height);
    kept = new KeptPictures(planes);
    kept.encodedKey();
  });

  const paint = (colour: number, [x, y, w, h] = [0, 0, width, height]) =>
    convert(new Int32Array((w ?? 0) * (h ?? 0)).fill(colour), planes, x ?? 0, y ?? 0, w ?? 0, h ?? 0);
  function encode(colour: number, quality = 35): void {
    paint(colour);
    kept.encoded(quality);
  }

  test("finds the newest picture and the one before, and no older one", () => {
    encode(0xff0000);
    encode(0x00ff00);
    const green = kept.newest;
    encode(0x0000ff);
    expect(kept.find(35)).toBe(kept.newest);
    paint(0x00ff00);
    expect(kept.find(35)).toBe(green);
    paint(0xff0000);
    expect(kept.find(35)).toBeUndefined();
  });

  test("a picture that came out finer than was asked for is only where it was put, until it is moved", () => {
    paint(0xff0000);
    kept.encodedInto(22, undefined);
    expect(kept.mustMove).toBe(true);
    for (const colour of [0x00ff00, 0x0000ff]) encode(colour);
    paint(0xff0000);
    expect(kept.find(35)).toBeUndefined();
    kept.encodedInto(22, kept.still(22));
    expect(kept.mustMove).toBe(false);
    for (const colour of [0x00ff00, 0x0000ff]) encode(colour);
    paint(0xff0000);
    expect(kept.find(35)).toBeGreaterThanOrEqual(2);
  });

  test("one sample that differs in the last row or column is another picture", () => {
    encode(0xffffff);
    paint(0x000000, [width - 1, height - 1, 1, 1]);
    expect(kept.find(35)).toBeUndefined();
    paint(0xffffff, [width - 1, height - 1, 1, 1]);
    expect(kept.find(35)).toBe(kept.newest);
  });

  test("a colour that differs at the same brightness is another picture", () => {
    encode(0x808080);
    expect(paint(0x808090, [4, 4, 2, 2])).toBeGreaterThan(0);
    expect(kept.find(35)).toBeUndefined();
  });

  test("a keyframe is never shown again", () => {
    paint(0x123456);
    kept.encodedKey();
    expect(kept.find(63)).toBeUndefined();
    encode(0xffffff);
    kept.encodedKey();
    expect(kept.find(63)).toBeUndefined();
  });

  test("what was asked for coarser does not do, what was asked for finer does", () => {
    encode(0xffffff, 30);
    expect(kept.find(29)).toBeUndefined();
    expect(kept.find(30)).toBe(kept.newest);
    expect(kept.find(52)).toBe(kept.newest);
  });

  test("a finer picture makes the coarser one before it useless", () => {
    encode(0xffffff, 45);
    encode(0x000000, 35);
    paint(0xffffff);
    expect(kept.find(52)).toBeUndefined();
    encode(0xffffff, 45);
    paint(0x000000);
    expect(kept.find(45)).toBe(kept.next);
  });
});

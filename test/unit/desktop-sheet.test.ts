/** What is new on a page, alone on white paper. */
import { expect, test } from "vitest";
import { planesLayout, planesOver } from "../../agent/picture/planes.ts";
import { copyOntoSheet } from "../../agent/picture/sheet.ts";

const [WIDTH, HEIGHT] = [37, 35]; // three blocks by three, the last ones cut off

test.each(["444", "420"] as const)("the blocks that are named are as they are, all else is white: 4:%s", (chroma) => {
  const { bytes } = planesLayout(chroma, WIDTH, HEIGHT);
  const [planes, sheet] = [0, 1].map((seed) =>
    planesOver(
      Uint8Array.from({ length: bytes }, (_, at) => (at * 7 + seed) & 0xff),
      chroma,
      WIDTH,
      HEIGHT,
    ),
  ) as [ReturnType<typeof planesOver>, ReturnType<typeof planesOver>];
  copyOntoSheet(planes, sheet, Uint8Array.of(0, 1, 0, 0, 0, 0, 1, 1, 1));
  const isNamed = (x: number, y: number) => y >= 32 || (y < 16 && x >= 16 && x < 32);
  const half = chroma === "444" ? 1 : 2;
  for (const [name, part, white] of [
    ["y", 1, 235],
    ["u", half, 128],
    ["v", half, 128],
  ] as const) {
    const stride = part === 1 ? planes.lumaStride : planes.chromaStride;
    for (let y = 0; y < Math.ceil(HEIGHT / part); y++)
      for (let x = 0; x < Math.ceil(WIDTH / part); x++) {
        const at = y * stride + x;
        expect(sheet[name][at]).toBe(isNamed(x * part, y * part) ? planes[name][at] : white);
      }
  }
});

/** Small pictures for tests of encoders, and what is in the planes without what fills them up. */
import { convert } from "../../agent/picture/convert.ts";
import type { Planes } from "../../agent/picture/planes.ts";

export const WIDTH = 333;
export const HEIGHT = 211;

/** Something like text: dark strokes on white, a coloured heading. */
export function drawPage(planes: Planes, line: number): void {
  const pixels = new Int32Array(WIDTH * HEIGHT).fill(0xffffff);
  for (let y = 10; y < HEIGHT - 10; y++)
    for (let x = 10; x < WIDTH - 10; x++)
      if (y % 16 < 10 && ((x * 7 + (y >> 4) * 13 + line) % 11 < 3 || (x + y) % 17 === 0))
        pixels[y * WIDTH + x] = y < 30 ? 0xc02040 : 0x202020;
  convert(pixels, planes, 0, 0, WIDTH, HEIGHT);
}

const GLYPHS = 40;
const [GLYPH_WIDTH, GLYPH_HEIGHT] = [8, 10];

/** Numbers from 0 to below `below`, the same for each seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The samples of a page of letters, another one for each seed: dark strokes on white, all from one set of glyphs. */
export function letters(seed: number): (x: number, y: number) => number {
  const stroke = numbers(0);
  const glyphs = Array.from({ length: GLYPHS * GLYPH_WIDTH * GLYPH_HEIGHT }, () => stroke(3) === 0);
  const which = numbers(seed);
  const text = Array.from({ length: 65_536 }, () => which(GLYPHS));
  return (x, y) => {
    const [column, line] = [Math.floor(x / GLYPH_WIDTH), Math.floor(y / GLYPH_HEIGHT)];
    const glyph = text[(line * 256 + column) & 0xffff] as number;
    const [inX, inY] = [x - column * GLYPH_WIDTH, y - line * GLYPH_HEIGHT];
    return glyphs[(glyph * GLYPH_HEIGHT + inY) * GLYPH_WIDTH + inX] ? 0x20 : 0xff;
  };
}

/** From row `top` on. */
export function drawLetters(planes: Planes, seed: number, top = 0): void {
  const of = letters(seed);
  const height = HEIGHT - top;
  const pixels = Int32Array.from(
    { length: WIDTH * height },
    (_, at) => 0x10101 * of(at % WIDTH, top + Math.floor(at / WIDTH)),
  );
  convert(pixels, planes, 0, top, WIDTH, height);
}

/** Something like a photograph: no palette helps, so quality shows. */
export function drawPhoto(planes: Planes, shift = 0): void {
  const wave = (x: number, y: number, k: number) =>
    Math.round(127 + 60 * Math.sin((x * k + y) / 9) + 60 * Math.cos((x - y * k) / 23));
  const pixels = Int32Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH) + shift];
    return (wave(x, y, 1) << 16) | (wave(x, y, 2) << 8) | wave(x, y, 3);
  });
  convert(pixels, planes, 0, 0, WIDTH, HEIGHT);
}

/** The planes without the padding of an odd size. */
export function tight(planes: Planes, width = WIDTH, height = HEIGHT): [Uint8Array, Uint8Array, Uint8Array] {
  const half = planes.chroma === "420";
  const [w, h] = half ? [(width + 1) >> 1, (height + 1) >> 1] : [width, height];
  const cut = (plane: Uint8Array, stride: number, columns: number, rows: number) =>
    Uint8Array.from(
      { length: columns * rows },
      (_, at) => plane[Math.floor(at / columns) * stride + (at % columns)] ?? 0,
    );
  return [
    cut(planes.y, planes.lumaStride, width, height),
    cut(planes.u, planes.chromaStride, w, h),
    cut(planes.v, planes.chromaStride, w, h),
  ];
}

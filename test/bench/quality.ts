/**
 * How close the viewer's picture is to the true screen: PSNR of luma (ITU-R BT.601 weights of R'G'B', full range), in dB.
 * Luma, because a codec that halves the colour planes cannot be right about coloured text, and text is read by luma.
 */
import type { Picture } from "./screen.ts";

/** Luma in 1/256 of a level, so that rounding adds nothing that shows below 75 dB. */
export type Luma = Uint16Array;

/** Bit-exact. What the peers' harness says too. */
export const EXACT_DB = 99;

/** 256 × 0.299, 0.587, 0.114; they add up to 256, so white is 255 × 256. */
export const LUMA_WEIGHTS = { red: 76.544, green: 150.272, blue: 29.184 } as const;

export function lumaOf({ width, height, data }: Picture): Luma {
  const luma = new Uint16Array(width * height);
  const { red, green, blue } = LUMA_WEIGHTS;
  for (let i = 0, at = 0; i < luma.length; i++, at += 4) {
    luma[i] = (data[at + 2] ?? 0) * red + (data[at + 1] ?? 0) * green + (data[at] ?? 0) * blue + 0.5;
  }
  return luma;
}

export function psnr(seen: Luma, truth: Luma): number {
  if (seen.length !== truth.length) throw new Error(`${seen.length} pixels seen, ${truth.length} on the screen`);
  let sum = 0;
  for (let i = 0; i < truth.length; i++) {
    const difference = (seen[i] ?? 0) - (truth[i] ?? 0);
    sum += difference * difference;
  }
  const error = sum / truth.length / (256 * 256);
  return error < 1e-9 ? EXACT_DB : Math.min(EXACT_DB, 10 * Math.log10((255 * 255) / error));
}

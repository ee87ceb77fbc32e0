/** What the page has held of its picture (probe.ts), against what the office's screen showed. */
import type { Page } from "playwright-core";
import { LUMA_WEIGHTS, type Luma, psnr } from "./quality.ts";

const { red, green, blue } = LUMA_WEIGHTS;
export const WEIGHTS = [red, green, blue] as const;

/** Forgets the frame. */
export async function psnrOfHeld(page: Page, index: number, truth: Luma): Promise<number> {
  const text = await page.evaluate(({ index, weights }) => window.engawaProbe.takeLuma(index, ...weights), {
    index,
    weights: WEIGHTS,
  });
  return psnr(lumaFrom(text), truth);
}

/** Base64 of little-endian 16 bit numbers. */
export function lumaFrom(text: string): Luma {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Uint16Array(bytes.buffer, 0, bytes.length / 2);
}

/** Paints plain areas and lines of text into a window (GDI). */
import koffi from "koffi";
import type { Pointer } from "../library.ts";
import { gdi32, user32, wide } from "./win32.ts";

/** RECT of windef.h; `right` and `bottom` are the first pixels outside. */
koffi.struct("PAINT_RECT", { left: "int32", top: "int32", right: "int32", bottom: "int32" });
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const w = {
  fillRect: user32.func("int __stdcall FillRect(void *dc, _In_ PAINT_RECT *area, void *brush)") as (
    dc: Pointer,
    area: Rect,
    brush: Pointer,
  ) => number,
  drawText: user32.func(
    "int __stdcall DrawTextW(void *dc, void *text, int chars, _Inout_ PAINT_RECT *area, uint32 how)",
  ) as (dc: Pointer, text: Buffer, chars: number, area: Rect, how: number) => number,
  brush: gdi32.func("void *__stdcall CreateSolidBrush(uint32 colour)") as (colour: number) => Pointer,
  font: gdi32.func(
    "void *__stdcall CreateFontW(int h, int w, int e, int o, int weight, uint32 i, uint32 u, uint32 s, uint32 set, uint32 out, uint32 clip, uint32 quality, uint32 pitch, void *face)",
  ) as (...args: [...number[], Buffer]) => Pointer,
  select: gdi32.func("void *__stdcall SelectObject(void *dc, void *object)") as (
    dc: Pointer,
    object: Pointer,
  ) => Pointer,
  remove: gdi32.func("int __stdcall DeleteObject(void *object)") as (object: Pointer) => number,
  textColour: gdi32.func("uint32 __stdcall SetTextColor(void *dc, uint32 colour)") as (
    dc: Pointer,
    colour: number,
  ) => number,
  backgroundMode: gdi32.func("int __stdcall SetBkMode(void *dc, int mode)") as (dc: Pointer, mode: number) => number,
};

/** DT_CENTER | DT_NOPREFIX */
const CENTRED = 0x0801;
const TRANSPARENT = 1;
const SHIFT_JIS_CHARSET = 128;

/** COLORREF, 0x00BBGGRR. */
const LIGHT = 0xf0_f0_f0;

export function fill(dc: Pointer, area: Rect, colour: number): void {
  const brush = w.brush(colour);
  w.fillRect(dc, area, brush);
  w.remove(brush);
}

/** The first line large, the others below it, none wider than the monitor; all in the middle. */
export function writeWords(dc: Pointer, area: Rect, words: string): void {
  const height = area.bottom - area.top;
  const lines = words.split("\n").map((text, at) => {
    const widest = (area.right - area.left) / (text.length + 2); // Japanese letters are as wide as high
    return { text, size: Math.round(Math.min(height / (at === 0 ? 14 : 28), widest)) };
  });
  writeLines(dc, area, lines);
}

/** All in the middle of the area. `size`: of the letters, pixels. */
export function writeLines(
  dc: Pointer,
  area: Rect,
  lines: readonly { readonly text: string; readonly size: number }[],
): void {
  const height = area.bottom - area.top;
  let top = area.top + Math.round((height - lines.reduce((sum, { size }) => sum + 1.6 * size, 0)) / 2);
  w.backgroundMode(dc, TRANSPARENT);
  w.textColour(dc, LIGHT);
  for (const { text, size } of lines) {
    const font = w.font(-size, 0, 0, 0, 400, 0, 0, 0, SHIFT_JIS_CHARSET, 0, 0, 0, 0, wide("Yu Gothic UI"));
    const former = w.select(dc, font);
    w.drawText(dc, wide(text), -1, { ...area, top }, CENTRED);
    w.select(dc, former);
    w.remove(font);
    top += Math.round(1.6 * size);
  }
}

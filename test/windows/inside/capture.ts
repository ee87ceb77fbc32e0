/** The contract of screen captures on Windows' adapter, and what only its pointers can show. */
import { afterAll, describe, expect, test } from "vitest";
import type { PointerShape } from "../../../agent/desktop/reports.ts";
import { duplicateOutputs } from "../../../agent/native/win32/duplication.ts";
import { openCapture } from "../../../agent/screen/capture/open.ts";
import { captureContract, listen } from "../../contract/capture-contract.ts";
import { WindowsPainter } from "../../support/windows-painter.ts";

const painter = new WindowsPainter();
afterAll(() => painter.close());

captureContract("windows", async (handlers) => ({
  capture: await openCapture({ kind: "windows" }, handlers),
  stage: {
    fill: (x, y, width, height, colour) => painter.fill(x, y, width, height, colour),
    movePointer: (x, y) => painter.movePointer(x, y),
    tellsEachPaint: false,
  },
}));

describe("the pointer of Windows", () => {
  /** The shape that is told after `change`. */
  async function told(change: () => void): Promise<PointerShape | undefined> {
    const { events, handlers } = listen();
    const capture = await openCapture({ kind: "windows" }, handlers);
    const from = events.all.length;
    change();
    const said = await events.first(({ type }) => type === "pointer-shape" || type === "pointer-hidden", from);
    await capture.close();
    return said.type === "pointer-shape" ? said : undefined;
  }
  const rows = (fill: number) => new Uint8Array(128).fill(fill);
  const pixel = (shape: PointerShape | undefined, x: number, y: number) =>
    shape && [...shape.rgba.subarray((y * shape.width + x) * 4, (y * shape.width + x) * 4 + 4)];

  test("one of black, white, clear and inverting pixels", async () => {
    // from left to right eight pixels each: black, white, clear, inverting
    const and = Uint8Array.from({ length: 128 }, (_, at) => [0, 0, 255, 255][at % 4] ?? 0);
    const xor = Uint8Array.from({ length: 128 }, (_, at) => [0, 255, 0, 255][at % 4] ?? 0);
    const shape = await told(() => painter.showMaskPointer(and, xor));
    expect(shape).toMatchObject({ width: 32, height: 32, hotX: 3, hotY: 4 });
    expect([0, 8, 16, 24].map((x) => pixel(shape, x, 10))).toEqual([
      [0, 0, 0, 255],
      [255, 255, 255, 255],
      [0, 0, 0, 0],
      [0, 0, 0, 255],
    ]);
    expect(pixel(shape, 23, 10)).toEqual([255, 255, 255, 255]);
  });

  test("one with colours and transparency", async () => {
    const bgra = Uint8Array.from({ length: 4096 }, (_, at) => [10, 20, 30, 128][at % 4] ?? 0);
    const shape = await told(() => painter.showColourPointer(rows(0), bgra));
    expect(shape).toMatchObject({ width: 32, height: 32, hotX: 5, hotY: 6 });
    expect(pixel(shape, 7, 7)).toEqual([30, 20, 10, 128]);
  });

  test("one with colours and a mask", async () => {
    const bgr = Uint8Array.from({ length: 4096 }, (_, at) => (at % 128 < 64 ? ([10, 20, 30, 0][at % 4] ?? 0) : 0));
    const mask = Uint8Array.from({ length: 128 }, (_, at) => (at % 4 < 2 ? 0 : 255));
    const shape = await told(() => painter.showColourPointer(mask, bgr));
    expect(pixel(shape, 7, 7)).toEqual([30, 20, 10, 255]);
    expect(pixel(shape, 20, 7)).toEqual([0, 0, 0, 0]);
  });

  test("a hidden one", async () => expect(await told(() => painter.hidePointer())).toBeUndefined());
});

/** Wine has the interfaces but not the duplication itself: that the answer comes from there shows that all calls before it were right. */
test("desktop duplication is asked for by the way of DXGI and Direct3D", () =>
  expect(() => duplicateOutputs()).toThrow("DuplicateOutput answers 0x80004001"));

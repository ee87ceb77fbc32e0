/** What every screen capture promises: one suite, run on each adapter, on Linux and in Windows. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DesktopProblem } from "../../agent/desktop/reports.ts";
import { FOR_ALL, type Planes, planesLayout, planesOver } from "../../agent/picture/planes.ts";
import type { Rectangle } from "../../agent/picture/rectangles.ts";
import type { CaptureHandlers, CaptureReport, ScreenCapture } from "../../agent/screen/capture/capture.ts";
import { Events } from "../support/events.ts";

type Said = CaptureReport | { type: "damaged" | "input" | "resized" } | ({ type: "lost" } & DesktopProblem);

export interface Stage {
  fill(x: number, y: number, width: number, height: number, colour: number): void;
  movePointer(x: number, y: number): void;
  /** The same colour again is told as damage too. False where the adapter compares pixels and tells nothing then. */
  readonly tellsEachPaint: boolean;
}

export function listen() {
  const events = new Events<Said>();
  const handlers: CaptureHandlers = {
    damaged: () => events.add({ type: "damaged" }),
    input: () => events.add({ type: "input" }),
    resized: () => events.add({ type: "resized" }),
    lost: (problem) => events.add({ type: "lost", ...problem }),
    report: events.add,
  };
  return { events, handlers };
}

export const planesFor = (
  { width, height }: { width: number; height: number },
  chroma: "444" | "420" = "444",
): Planes => planesOver(new Uint8Array(planesLayout(chroma, width, height).bytes), chroma, width, height);
export const lumaAt = (planes: Planes, x: number, y: number) => planes.y[y * planes.lumaStride + x];

export function captureContract(
  name: string,
  open: (handlers: CaptureHandlers) => Promise<{ capture: ScreenCapture; stage: Stage }>,
) {
  describe(`screen capture: ${name}`, () => {
    let heard: ReturnType<typeof listen>;
    let capture: ScreenCapture;
    let stage: Stage;

    beforeEach(async () => {
      heard = listen();
      ({ capture, stage } = await open(heard.handlers));
    });
    afterEach(() => capture.close());
    const damaged = (from: number) => heard.events.first(({ type }) => type === "damaged", from);

    test("the first take brings the whole screen", () => {
      const planes = planesFor(capture);
      expect(capture.take(planes)).toBe(capture.width * capture.height);
      expect(Math.min(...planes.u.subarray(0, capture.width))).toBeGreaterThanOrEqual(16);
    });

    test.each(["444", "420"] as const)("a change is told, and only it is brought, in %s", async (chroma) => {
      const planes = planesFor(capture, chroma);
      stage.fill(0, 0, capture.width, capture.height, 0x000000);
      capture.take(planes);
      const from = heard.events.all.length;
      stage.fill(101, 51, 7, 5, 0xffffff);
      await damaged(from);
      expect(capture.take(planes)).toBe(35);
      expect([lumaAt(planes, 101, 51), lumaAt(planes, 107, 55)]).toEqual([235, 235]);
      expect([lumaAt(planes, 100, 51), lumaAt(planes, 108, 55), lumaAt(planes, 101, 56)]).toEqual([16, 16, 16]);
    });

    test("a change up to the last pixel of an odd size is brought", async () => {
      const planes = planesFor(capture, "420");
      stage.fill(0, 0, capture.width, capture.height, 0x000000);
      capture.take(planes);
      const from = heard.events.all.length;
      stage.fill(capture.width - 1, capture.height - 1, 1, 1, 0xffffff);
      await damaged(from);
      expect(capture.take(planes)).toBe(1);
      expect(lumaAt(planes, capture.width - 1, capture.height - 1)).toBe(235);
    });

    test("painting the same again is no change", async () => {
      const planes = planesFor(capture);
      stage.fill(10, 10, 20, 20, 0x336699);
      capture.take(planes);
      const from = heard.events.all.length;
      stage.fill(10, 10, 20, 20, 0x336699);
      if (stage.tellsEachPaint) await damaged(from);
      expect(capture.take(planes)).toBe(0);
    });

    test("hundreds of scattered changes are all brought", async () => {
      const planes = planesFor(capture);
      stage.fill(0, 0, capture.width, capture.height, 0x000000);
      capture.take(planes);
      for (let i = 0; i < 300; i++) stage.fill((i * 37) % 630, (i * 53) % 350, 1, 1, 0xffffff);
      const places = new Set(Array.from({ length: 300 }, (_, i) => `${(i * 37) % 630},${(i * 53) % 350}`));
      expect(capture.take(planes)).toBe(places.size);
    });

    test("what is held back is not brought, until it is asked for", async () => {
      const planes = planesFor(capture);
      stage.fill(0, 0, capture.width, capture.height, 0x000000);
      capture.take(planes);
      const from = heard.events.all.length;
      stage.fill(64, 64, 64, 64, 0xffffff);
      stage.fill(200, 64, 10, 10, 0xffffff);
      await damaged(from);
      const held = { x: 64, y: 64, width: 64, height: 64 };
      const beside = {
        also: [],
        hold: ({ x, y, width, height }: Rectangle) => [{ x: 128, y, width: x + width - 128, height }],
      };
      expect(capture.take(planes, beside)).toBe(100);
      expect([lumaAt(planes, 70, 70), lumaAt(planes, 205, 70)]).toEqual([16, 235]);
      expect(capture.take(planes, { also: [held], hold: undefined })).toBe(64 * 64);
      expect(lumaAt(planes, 70, 70)).toBe(235);
    });

    test("where only something else is asked for, what changed waits for the next time", async () => {
      const planes = planesFor(capture);
      stage.fill(0, 0, capture.width, capture.height, 0x000000);
      capture.take(planes);
      const from = heard.events.all.length;
      stage.fill(300, 200, 10, 10, 0xffffff);
      await damaged(from);
      expect(capture.take(planes, { also: [{ x: 0, y: 0, width: 64, height: 64 }], hold: undefined })).toBe(0);
      expect(capture.take(planes)).toBe(100);
    });

    test.each(["444", "420"] as const)("the blocks that changed are marked, in %s", async (chroma) => {
      const planes = planesFor(capture, chroma);
      stage.fill(0, 0, capture.width, capture.height, 0x000000);
      capture.take(planes);
      planes.touchedBlocks.fill(0);
      const from = heard.events.all.length;
      stage.fill(101, 51, 7, 5, 0xffffff);
      await damaged(from);
      capture.take(planes);
      const marked = (x: number, y: number) => planes.touchedBlocks[(y >> 4) * planes.blockColumns + (x >> 4)];
      expect([marked(101, 51), marked(101, 55)]).toEqual([FOR_ALL, FOR_ALL]);
      expect([marked(101, 80), marked(101, 30)]).toEqual([0, 0]);
    });

    test("other planes are filled whole", () => {
      capture.take(planesFor(capture));
      expect(capture.take(planesFor(capture))).toBe(capture.width * capture.height);
    });

    test("shape and position of the pointer are told at once, and each move", async () => {
      await heard.events.first(({ type }) => type === "pointer-shape" || type === "pointer-hidden");
      await heard.events.first(({ type }) => type === "pointer-position");
      stage.movePointer(33, 44);
      await heard.events.first((said) => said.type === "pointer-position" && said.x === 33 && said.y === 44);
    });

    test("after close nothing is called, and closing twice is fine", async () => {
      await capture.close();
      await capture.close();
      const from = heard.events.all.length;
      stage.fill(0, 0, 10, 10, 0x123456);
      await new Promise((resolve) => setImmediate(resolve));
      expect(heard.events.all.length).toBe(from);
      expect(capture.take(planesFor(capture))).toBe(0);
    });
  });
}

/** What every screen capture promises: one suite, run on each adapter. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CaptureHandlers, ScreenCapture } from "../../agent/desktop/capture/capture.ts";
import { openCapture } from "../../agent/desktop/capture/open.ts";
import { type Planes, planesLayout, planesOver } from "../../agent/desktop/capture/planes.ts";
import { TestPattern } from "../../agent/desktop/capture/test-pattern.ts";
import { Events } from "../support/events.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXvfb, type Xvfb } from "../support/xvfb.ts";

type Said = {
  [K in keyof CaptureHandlers]: { kind: K; value: Parameters<CaptureHandlers[K]>[0] };
}[keyof CaptureHandlers];

interface Stage {
  fill(x: number, y: number, width: number, height: number, colour: number): void;
  movePointer(x: number, y: number): void;
}

const SIZE = { width: 641, height: 361 }; // odd: the hardest

function listen() {
  const events = new Events<Said>();
  const say = <K extends keyof CaptureHandlers>(kind: K) =>
    ((value: unknown) => events.add({ kind, value } as Said)) as CaptureHandlers[K];
  const handlers: CaptureHandlers = {
    damaged: say("damaged"),
    resized: say("resized"),
    lost: say("lost"),
    pointerShape: say("pointerShape"),
    pointerPosition: say("pointerPosition"),
  };
  return { events, handlers };
}

const planesFor = ({ width, height }: { width: number; height: number }, chroma: "444" | "420" = "444"): Planes =>
  planesOver(new Uint8Array(planesLayout(chroma, width, height).bytes), chroma, width, height);
const lumaAt = (planes: Planes, x: number, y: number) => planes.y[y * planes.lumaStride + x];

function captureContract(
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
    const damaged = (from: number) => heard.events.first(({ kind }) => kind === "damaged", from);

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
      await damaged(from);
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

    test("other planes are filled whole", () => {
      capture.take(planesFor(capture));
      expect(capture.take(planesFor(capture))).toBe(capture.width * capture.height);
    });

    test("shape and position of the pointer are told at once, and each move", async () => {
      await heard.events.first(({ kind }) => kind === "pointerShape");
      await heard.events.first(({ kind }) => kind === "pointerPosition");
      stage.movePointer(33, 44);
      await heard.events.first((said) => said.kind === "pointerPosition" && said.value.x === 33 && said.value.y === 44);
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

captureContract("test pattern", async (handlers) => {
  const capture = new TestPattern(handlers, SIZE);
  return {
    capture,
    stage: {
      fill: (x, y, width, height, colour) => capture.draw({ x, y, width, height }, colour),
      movePointer: (x, y) => capture.movePointer(x, y),
    },
  };
});

describe("on a real X display", () => {
  let server: Xvfb;
  let painter: Painter;
  beforeAll(async () => {
    server = await startXvfb(SIZE);
    painter = new Painter(server.display);
  });
  afterAll(async () => {
    painter.close();
    await server.close();
  });
  const source = () => ({ kind: "x11", display: server.display, authority: undefined }) as const;

  captureContract("x11", async (handlers) => ({
    capture: await openCapture(source(), handlers),
    stage: {
      fill: (x, y, width, height, colour) => painter.fill(x, y, width, height, colour),
      movePointer: (x, y) => painter.movePointer(x, y),
    },
  }));

  test("a new pointer shape is told, with its pixels not premultiplied", async () => {
    const { events, handlers } = listen();
    const capture = await openCapture(source(), handlers);
    const from = events.all.length;
    painter.pointerShape(152); // XC_xterm
    const said = await events.first((event) => event.kind === "pointerShape" && event.value !== undefined, from);
    const shape = said.kind === "pointerShape" ? said.value : undefined;
    expect(shape?.rgba.length).toBe((shape?.width ?? 0) * (shape?.height ?? 0) * 4);
    expect(shape?.rgba.filter((_, at) => at % 4 === 3).some((alpha) => alpha > 0)).toBe(true);
    await capture.close();
  });

  test("a change of the screen's size is told", async () => {
    const { events, handlers } = listen();
    const capture = await openCapture(source(), handlers);
    const xrandr = (...args: string[]) =>
      promisify(execFile)("xrandr", ["--display", server.display, "--output", "screen", ...args]);
    await xrandr("--off", "--fb", "320x200");
    await events.first(({ kind }) => kind === "resized");
    await capture.close();
    const smaller = await openCapture(source(), listen().handlers);
    expect([smaller.width, smaller.height]).toEqual([320, 200]);
    expect(smaller.take(planesFor(smaller))).toBe(320 * 200);
    await smaller.close();
  });
});

describe("a display that cannot be used", () => {
  const refused = (display: string, authority?: string) =>
    openCapture({ kind: "x11", display, authority }, listen().handlers);

  test("is named when it goes away", async () => {
    const server = await startXvfb({ width: 320, height: 200 });
    const { events, handlers } = listen();
    const capture = await openCapture({ kind: "x11", display: server.display, authority: undefined }, handlers);
    await server.close();
    expect(await events.first(({ kind }) => kind === "lost")).toMatchObject({ value: { code: "capture-lost" } });
    expect(capture.take(planesFor(capture))).toBe(0);
    await capture.close();
  });

  test("is named when it does not exist", () =>
    expect(refused(":9999")).rejects.toMatchObject({ code: "no-display", message: expect.stringContaining(":9999") }));

  test("is named when it wants a key that we do not have", async () => {
    const server = await startXvfb({ width: 320, height: 200, authorised: true });
    await expect(refused(server.display)).rejects.toMatchObject({
      code: "no-authority",
      message: expect.stringContaining("XAUTHORITY"),
    });
    await server.close();
  });
});

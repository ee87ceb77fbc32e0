/** The contract of screen captures on the adapters of Linux, and what only a real X display can show. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DamageTracker } from "../../agent/native/x11/damage.ts";
import { PointerWatcher } from "../../agent/native/x11/pointer.ts";
import { XConnection } from "../../agent/native/x11/x11.ts";
import { openCapture } from "../../agent/screen/capture/open.ts";
import { TestPattern } from "../../agent/screen/capture/test-pattern.ts";
import { openInjector } from "../../agent/screen/input/open.ts";
import { Events } from "../support/events.ts";
import { NOBODY } from "../support/nobody.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXvfb, type Xvfb } from "../support/xvfb.ts";
import { captureContract, listen, planesFor } from "./capture-contract.ts";

const FLICKER = fileURLToPath(new URL("../support/x11-flicker.ts", import.meta.url));
const SIZE = { width: 641, height: 361 }; // odd: the hardest

captureContract("test pattern", async (handlers) => {
  const capture = new TestPattern(handlers, SIZE);
  return {
    capture,
    stage: {
      fill: (x, y, width, height, colour) => capture.draw({ x, y, width, height }, colour),
      movePointer: (x, y) => capture.movePointer(x, y),
      tellsEachPaint: true,
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
    painter?.close();
    await server?.close();
  });
  const source = () => ({ kind: "x11", display: server.display, authority: undefined }) as const;

  captureContract("x11", async (handlers) => ({
    capture: await openCapture(source(), handlers),
    stage: {
      fill: (x, y, width, height, colour) => painter.fill(x, y, width, height, colour),
      movePointer: (x, y) => painter.movePointer(x, y),
      tellsEachPaint: true,
    },
  }));

  test("a new pointer shape is told, with its pixels not premultiplied", async () => {
    const { events, handlers } = listen();
    const capture = await openCapture(source(), handlers);
    const from = events.all.length;
    painter.pointerShape(152); // XC_xterm
    const shape = await events.first((said) => said.type === "pointer-shape", from);
    expect(shape.rgba.length).toBe(shape.width * shape.height * 4);
    expect(shape.rgba.filter((_, at) => at % 4 === 3).some((alpha) => alpha > 0)).toBe(true);
    await capture.close();
  });

  test("a key or a button that goes down is told, whoever pressed it", async () => {
    const { events, handlers } = listen();
    const capture = await openCapture(source(), handlers);
    const injector = await openInjector(source(), NOBODY);
    for (const down of [
      { type: "key", code: "KeyA", down: true },
      { type: "button", button: 0, down: true },
    ] as const) {
      const from = events.all.length;
      injector.inject(down);
      await events.first(({ type }) => type === "input", from);
    }
    injector.releaseAll();
    await injector.close();
    await capture.close();
  });

  test("a change is told that came while an answer was awaited", async () => {
    const connection = XConnection.open(server.display);
    if (!connection) throw new Error("the display does not answer");
    const [damage, pointer, events] = [
      new DamageTracker(connection),
      new PointerWatcher(connection),
      new Events<number>(),
    ];
    connection.watch({ event: events.add, drained: () => {}, lost: () => {} });
    connection.sync();
    damage.take();
    const from = events.all.length;
    painter.fill(1, 1, 5, 5, 0x123456);
    pointer.position(); // Xlib has read the change now, and nothing else will come
    await events.first((type) => type === damage.eventType, from);
    expect(damage.take()).toEqual([{ x: 1, y: 1, width: 5, height: 5 }]);
    connection.close();
  });

  test("a change of the screen's size is told", async () => {
    const { events, handlers } = listen();
    const capture = await openCapture(source(), handlers);
    const xrandr = (...args: string[]) =>
      promisify(execFile)("xrandr", ["--display", server.display, "--output", "screen", ...args]);
    await xrandr("--off", "--fb", "320x200");
    await events.first(({ type }) => type === "resized");
    await capture.close();
    const smaller = await openCapture(source(), listen().handlers);
    expect([smaller.width, smaller.height]).toEqual([320, 200]);
    expect(smaller.take(planesFor(smaller))).toBe(320 * 200);
    await smaller.close();
  });
});

test("a picture of a large screen is of one moment, whatever happens on it meanwhile", async () => {
  const size = { width: 1920, height: 1080 };
  const server = await startXvfb(size);
  const flicker = spawn(process.execPath, [FLICKER, server.display, String(size.width), String(size.height)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(flicker.stdout, "data");
    const capture = await openCapture(
      { kind: "x11", display: server.display, authority: undefined },
      listen().handlers,
    );
    const planes = planesFor(capture);
    const seen = new Set<number>();
    for (let turn = 0; turn < 200 || seen.size < 2; turn++) {
      capture.take(planes);
      const first = planes.y[0] as number;
      expect(planes.y.findIndex((sample) => sample !== first)).toBe(-1);
      seen.add(first);
      await new Promise(setImmediate);
    }
    await capture.close();
  } finally {
    flicker.kill("SIGKILL");
    await server.close();
  }
});

describe("a display that cannot be used", () => {
  const refused = (display: string, authority?: string) =>
    openCapture({ kind: "x11", display, authority }, listen().handlers);

  test("is named when it goes away", async () => {
    const server = await startXvfb({ width: 320, height: 200 });
    const { events, handlers } = listen();
    const capture = await openCapture({ kind: "x11", display: server.display, authority: undefined }, handlers);
    await server.close();
    expect(await events.first(({ type }) => type === "lost")).toMatchObject({ code: "capture-lost" });
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

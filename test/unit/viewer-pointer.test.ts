import { deflateRawSync } from "node:zlib";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { buttonChanges, MOVE_INTERVAL_MS, Moves, Notches } from "../../viewer/input/motion.ts";
import { layout, locate, panSpeed } from "../../viewer/screen/geometry.ts";
import { Shapes } from "../../viewer/screen/pointer-shape.ts";

describe("moves", () => {
  test("the first goes at once, the rest collapse to the newest", () => {
    const moves = new Moves();
    expect(moves.offer({ x: 1, y: 1 }, 0)).toEqual({ x: 1, y: 1 });
    expect(moves.offer({ x: 2, y: 2 }, 1)).toBeUndefined();
    expect(moves.offer({ x: 3, y: 3 }, 2)).toBeUndefined();
    expect(moves.waitMs(2)).toBe(MOVE_INTERVAL_MS - 2);
    expect(moves.due(MOVE_INTERVAL_MS)).toEqual({ x: 3, y: 3 });
    expect(moves.waitMs(MOVE_INTERVAL_MS)).toBeUndefined();
  });

  test("a second of movement stays within a fifth of what the office PC takes", () => {
    const moves = new Moves();
    let sent = 0;
    for (let now = 0; now < 1_000; now++) if (moves.offer({ x: now, y: 0 }, now)) sent++;
    expect(sent).toBeLessThanOrEqual(100);
  });

  test("the same place is told once", () => {
    const moves = new Moves();
    moves.offer({ x: 5, y: 5 }, 0);
    expect(moves.offer({ x: 5, y: 5 }, 100)).toBeUndefined();
    moves.forget({ x: 9, y: 9 });
    expect(moves.offer({ x: 9, y: 9 }, 200)).toBeUndefined();
  });
});

describe("the wheel", () => {
  test("adds fine movement up to whole notches", () => {
    const notches = new Notches();
    const steps = Array.from({ length: 10 }, (_, i) => notches.add({ deltaX: 0, deltaY: 25, deltaMode: 0 }, i));
    expect(steps.filter(Boolean)).toEqual([
      { dx: 0, dy: 1 },
      { dx: 0, dy: 1 },
    ]);
  });

  test("knows lines and pages", () => {
    expect(new Notches().add({ deltaX: 0, deltaY: -3, deltaMode: 1 }, 0)).toEqual({ dx: 0, dy: -1 });
    expect(new Notches().add({ deltaX: 1, deltaY: 0, deltaMode: 2 }, 0)).toEqual({ dx: 1, dy: 0 });
  });

  test("begins anew when the direction changes, and after a pause", () => {
    const notches = new Notches();
    notches.add({ deltaX: 0, deltaY: 90, deltaMode: 0 }, 0);
    expect(notches.add({ deltaX: 0, deltaY: -90, deltaMode: 0 }, 10)).toBeUndefined();
    expect(notches.add({ deltaX: 0, deltaY: -90, deltaMode: 0 }, 2_000)).toBeUndefined();
  });

  test("never exceeds what one message may say", () => {
    expect(new Notches().add({ deltaX: 0, deltaY: 1e9, deltaMode: 0 }, 0)).toEqual({ dx: 0, dy: 32 });
  });
});

test("buttons follow the mask, whatever events were lost", () => {
  expect(buttonChanges([], 1)).toEqual([{ button: 0, down: true }]);
  expect(buttonChanges([0], 3)).toEqual([{ button: 2, down: true }]);
  expect(buttonChanges([0, 2], 0)).toEqual([
    { button: 0, down: false },
    { button: 2, down: false },
  ]);
  expect(buttonChanges([], 4 | 8 | 16).map(({ button }) => button)).toEqual([1, 3, 4]);
});

describe("geometry", () => {
  const screen = { width: 1920, height: 1080 };

  test("fits the whole screen into the view and centres it", () => {
    const drawn = layout(screen, { width: 1366, height: 724 }, 1, "fit");
    expect(drawn.height).toBeCloseTo(724);
    expect(drawn.left).toBeCloseTo((1366 - drawn.width) / 2, 0);
    expect(drawn).toMatchObject({ top: 0, overflows: false, crisp: false });
  });

  test("prefers a whole-number scale when it costs little room", () => {
    const drawn = layout(screen, { width: 3840, height: 2300 }, 1, "fit");
    expect(drawn).toMatchObject({ width: 3840, height: 2160, crisp: true });
    const close = layout(screen, { width: 2000, height: 1120 }, 1, "fit");
    expect(close).toMatchObject({ width: 1920, height: 1080, left: 40, top: 20, crisp: true });
  });

  test("one to one means device pixels", () => {
    const drawn = layout(screen, { width: 1200, height: 700 }, 1.5, "actual");
    expect(drawn).toMatchObject({ width: 1280, height: 720, left: 0, top: 0, crisp: true, overflows: true });
  });

  test.each([1, 1.25, 1.5, 2, 3])("every office pixel can be hit at a pixel ratio of %f", (dpr) => {
    const view = { width: 1366, height: 724 };
    for (const scale of ["fit", "actual"] as const) {
      const drawn = layout(screen, view, dpr, scale);
      for (const x of [0, 1, 959, 960, 1918, 1919]) {
        const clientX = drawn.left + ((x + 0.5) * drawn.width) / screen.width;
        expect(locate({ x: clientX, y: drawn.top }, drawn, screen)).toEqual({ x, y: 0 });
      }
    }
  });

  test.each([1, 1.25, 1.5, 2])("stands on whole device pixels although the bar above does not, at %f", (dpr) => {
    const drawn = layout(screen, { width: 2001, height: 1111, left: 0, top: 47.921875 }, dpr, "fit");
    const device = (drawn.top + 47.921875) * dpr;
    expect(device).toBeCloseTo(Math.round(device), 6);
  });

  test("outside the picture the nearest pixel counts", () => {
    const drawn = { left: 100, top: 50, width: 960, height: 540 };
    expect(locate({ x: 0, y: 0 }, drawn, screen)).toEqual({ x: 0, y: 0 });
    expect(locate({ x: 5_000, y: 5_000 }, drawn, screen)).toEqual({ x: 1919, y: 1079 });
    expect(locate({ x: 5, y: 5 }, { ...drawn, width: 0, height: 0 }, screen)).toEqual({ x: 0, y: 0 });
  });

  test("pans at the edges only, faster towards them", () => {
    expect(panSpeed(500, 1_000)).toBe(0);
    expect(panSpeed(0, 1_000)).toBeLessThan(panSpeed(20, 1_000));
    expect(panSpeed(1_000, 1_000)).toBeGreaterThan(panSpeed(980, 1_000));
  });
});

describe("pointer shapes", () => {
  const message = (pixels: Uint8Array, width: number, height: number) =>
    ({
      type: "pointer-shape",
      id: 7,
      width,
      height,
      hotX: 1,
      hotY: 2,
      pixels: deflateRawSync(pixels).toString("base64"),
    }) as const;

  test("become a PNG of the same pixels", async () => {
    const rgba = Uint8Array.from({ length: 48 * 33 * 4 }, (_, index) => (index * 37) % 256);
    const shapes = new Shapes();
    shapes.add(message(rgba, 48, 33));
    const shape = await shapes.get(7);
    const png = PNG.sync.read(Buffer.from(shape?.url.split(",")[1] ?? "", "base64"));
    expect([png.width, png.height]).toEqual([48, 33]);
    expect(Buffer.compare(png.data, Buffer.from(rgba))).toBe(0);
    expect(shape).toMatchObject({ hotX: 1, hotY: 2 });
  });

  test("that do not fit their size, or unpack without end, are none", async () => {
    const shapes = new Shapes();
    shapes.add(message(new Uint8Array(10), 4, 4));
    expect(await shapes.get(7)).toBeUndefined();
    shapes.add(message(new Uint8Array(8_000_000), 4, 4));
    expect(await shapes.get(7)).toBeUndefined();
    shapes.add({ ...message(new Uint8Array(64), 4, 4), pixels: "%%%" });
    expect(await shapes.get(7)).toBeUndefined();
    expect(await shapes.get(99)).toBeUndefined();
  });
});

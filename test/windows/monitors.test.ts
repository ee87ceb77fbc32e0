/** Capture and input of Windows on two monitors, one of them at negative coordinates; and what it says when they are put elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../support/until.ts";
import { MAIN_MONITOR, type Monitors, SMALL_MONITOR, startMonitors } from "../support/wine/monitors.ts";
import { openWine, type Wine } from "../support/wine/wine.ts";

describe("two monitors in Windows", () => {
  let monitors: Monitors;
  let wine: Wine;
  beforeAll(async () => {
    monitors = await startMonitors();
    wine = await openWine({ display: monitors });
  });
  afterAll(async () => {
    await wine?.close();
  });

  test("keep the contract of a capture as one picture", async () => {
    const results = await wine.suite("test/windows/inside/capture.ts");
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  test("keep the contract of input: positions count from the corner of all monitors", async () => {
    const results = await wine.suite("test/windows/inside/input.ts");
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  test("show a window where it is, across both too; and a change of their places is told", async () => {
    const running = wine.startNode("test/support/wine/watch-screens.ts");
    const lines = () =>
      running
        .output()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as unknown);
    await until(
      () => `the window was seen everywhere: ${running.output()}`.slice(-500),
      () => running.output().includes("ready"),
      30_000,
    );
    expect(lines()).toEqual([
      { x: -1024, y: -32, width: 2304, height: 832, monitors: [MAIN_MONITOR, SMALL_MONITOR] },
      ...[
        [100, 100],
        [924, 300],
        [2000, 700],
      ].map((window) => ({ window })),
      { ready: true },
    ]);
    await monitors.swap();
    expect(await running.ended()).toMatchObject({ code: 0 });
    expect(lines().at(-1)).toEqual({
      width: 2304,
      height: 800,
      monitors: [
        { ...MAIN_MONITOR, x: 0, y: 0 },
        { ...SMALL_MONITOR, x: 1280, y: 0 },
      ],
    });
  });
});

/** The cover of the office's monitors on X11, on a server whose monitors have gamma ramps, and on one whose have none. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { activeCrtcs, readRamp } from "../../agent/native/x11/gamma.ts";
import { XConnection } from "../../agent/native/x11/x11.ts";
import { planesLayout, planesOver } from "../../agent/picture/planes.ts";
import { openCapture } from "../../agent/screen/capture/open.ts";
import type { Cover, CoverHandlers } from "../../agent/screen/cover/cover.ts";
import { examineCover } from "../../agent/screen/cover/examine.ts";
import { openCover, removeLeftCover } from "../../agent/screen/cover/open.ts";
import { Events } from "../support/events.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXorg, type Xorg } from "../support/xorg.ts";
import { startXvfb } from "../support/xvfb.ts";

const source = (display: string) => ({ kind: "x11", display, authority: undefined }) as const;
const silent = { changed: () => undefined };

describe("the cover on X11", () => {
  let server: Xorg;
  let looker: XConnection;
  const xrandr = (...args: string[]) => promisify(execFile)("xrandr", ["-display", server.display, ...args]);
  /** The brightest value that each monitor is given, as the X server says. */
  const brightest = () => activeCrtcs(looker).map((crtc) => Math.max(...readRamp(looker, crtc)));
  const darkest = () => activeCrtcs(looker).map((crtc) => Math.min(...readRamp(looker, crtc).slice(1, 2)));
  const open: Cover[] = [];
  const cover = async (handlers: CoverHandlers = silent) => {
    const opened = await openCover(source(server.display), "", handlers);
    open.push(opened);
    return opened;
  };

  beforeAll(async () => {
    server = await startXorg();
  });
  afterAll(() => server?.close());
  beforeEach(() => {
    looker = XConnection.open(server.display) as XConnection;
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
    looker.close();
  });

  test("makes every monitor black, and gives each its own ramp back", async () => {
    await xrandr("--output", "DUMMY0", "--gamma", "0.7:0.8:0.9"); // as a calibrated monitor has
    const before = activeCrtcs(looker).map((crtc) => readRamp(looker, crtc));
    expect(Math.max(...brightest())).toBeGreaterThan(60_000);
    const covered = await cover();
    expect(await covered.verify()).toBeUndefined();
    expect(brightest()).toEqual([0]);
    await covered.close();
    expect(activeCrtcs(looker).map((crtc) => readRamp(looker, crtc))).toEqual(before);
    await covered.close();
  });

  test("is known to be possible, and while it is there too, with no monitor made black to see it", async () => {
    const before = activeCrtcs(looker).map((crtc) => readRamp(looker, crtc));
    expect(await examineCover(source(server.display))).toBeUndefined();
    expect(activeCrtcs(looker).map((crtc) => readRamp(looker, crtc))).toEqual(before);
    const covered = await cover();
    await covered.verify();
    expect(await examineCover(source(server.display))).toBeUndefined();
    expect(brightest()).toEqual([0]);
  });

  test("leaves our own picture as it is", async () => {
    const painter = new Painter(server.display);
    painter.fill(0, 0, 1024, 768, 0xffffff);
    painter.fill(100, 100, 50, 50, 0xc02040);
    const ignore = () => undefined;
    const handlers = { damaged: ignore, input: ignore, resized: ignore, lost: ignore, report: ignore };
    const picture = async () => {
      const capture = await openCapture(source(server.display), handlers);
      const { width, height } = capture;
      const planes = planesOver(new Uint8Array(planesLayout("444", width, height).bytes), "444", width, height);
      capture.take(planes);
      await capture.close();
      return Buffer.from(planes.y);
    };
    const before = await picture();
    const covered = await cover();
    expect(await covered.verify()).toBeUndefined();
    const hidden = await picture();
    await covered.close();
    painter.close();
    expect(before.includes(235)).toBe(true);
    expect(hidden.equals(before)).toBe(true);
  });

  test("says when a monitor is switched on, and covers it too", async () => {
    const said = new Events<"changed">();
    const covered = await cover({ changed: () => said.add("changed") });
    await covered.verify();
    await xrandr("--addmode", "DUMMY1", "1024x768");
    await xrandr("--output", "DUMMY1", "--mode", "1024x768", "--right-of", "DUMMY0");
    await said.first(() => true);
    expect(brightest()).toHaveLength(2);
    expect(await covered.verify()).toBeUndefined();
    expect(brightest()).toEqual([0, 0]);
    await covered.close();
    expect(Math.min(...brightest())).toBeGreaterThan(60_000);
    await xrandr("--output", "DUMMY1", "--off");
  });

  test("takes back what another program has made bright again", async () => {
    const covered = await cover();
    await covered.verify();
    await xrandr("--output", "DUMMY0", "--gamma", "1:1:1");
    expect(Math.max(...brightest())).toBeGreaterThan(60_000);
    expect(await covered.verify()).toBeUndefined();
    expect(brightest()).toEqual([0]);
    await covered.close();
  });

  test("a process that is killed leaves black monitors, and its successor gives them back", async () => {
    await xrandr("--output", "DUMMY0", "--gamma", "0.5:0.5:0.5");
    const before = darkest();
    const covering = `
      const { openCover } = await import("./agent/screen/cover/open.ts");
      const cover = await openCover(${JSON.stringify(source(server.display))}, "", { changed() {} });
      console.log(await cover.verify() ?? "covered");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", covering], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said] = await once(child.stdout, "data");
    expect(String(said).trim()).toBe("covered");
    await removeLeftCover(source(server.display)); // a doctor, say, while the cover is wanted
    expect(brightest()).toEqual([0]);
    await expect(cover()).rejects.toThrow("Another agent covers this display");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(brightest()).toEqual([0]);
    await expect.poll(async () => removeLeftCover(source(server.display)).then(darkest)).toEqual(before);
  });

  test("is said to be impossible where the X server has no true ramps", async () => {
    const xvfb = await startXvfb({ width: 320, height: 200 });
    const covered = await openCover(source(xvfb.display), "", silent);
    expect(await covered.verify()).toContain("no true gamma ramp");
    await covered.close();
    expect(await examineCover(source(xvfb.display))).toContain("no true gamma ramp");
    await xvfb.close();
    expect(await examineCover(source(xvfb.display))).toContain("no display");
  });
});

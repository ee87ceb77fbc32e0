/** The cover in the whole desktop process: no picture without it, and none left behind, however the process ends. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDesktop } from "../../agent/desktop/child.ts";
import { UNPROTECTED } from "../../agent/desktop/commands.ts";
import type { Desktop, OnReport } from "../../agent/desktop/desktop.ts";
import type { CoverState } from "../../agent/desktop/reports.ts";
import { activeCrtcs, readRamp } from "../../agent/native/x11/gamma.ts";
import { XConnection } from "../../agent/native/x11/x11.ts";
import { Events } from "../support/events.ts";
import { until } from "../support/until.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXorg, type Xorg } from "../support/xorg.ts";
import { startXvfb } from "../support/xvfb.ts";

type Said =
  | { kind: "picture" }
  | { kind: "covered"; state: CoverState; wasBright: boolean }
  | { kind: "restarting" | "screen" };

const REQUIRED = { cover: "required", words: "遠隔で利用中です", lockWhenAlone: false } as const;

describe("a required cover", () => {
  let server: Xorg;
  let looker: XConnection;
  let said: Events<Said>;
  let desktop: Desktop;

  const isBright = () => activeCrtcs(looker).some((crtc) => readRamp(looker, crtc).some((value) => value > 0));
  const onReport: OnReport = (report) => {
    const { type } = report;
    if (type === "screen" || type === "picture" || type === "restarting") said.add({ kind: type });
    if (type === "covered") {
      const { ok, reason } = report;
      said.add({ kind: "covered", state: { ok, reason }, wasBright: isBright() });
    }
  };
  const open = (display: string) =>
    openDesktop({ display, log: { info: () => undefined, warn: () => undefined }, onReport });
  const covered = (from = 0) =>
    said.first((one): one is Extract<Said, { kind: "covered" }> => one.kind === "covered", from);
  const picture = (from = 0) => said.first(({ kind }) => kind === "picture", from);
  const bright = () => expect.poll(isBright, { interval: 5, timeout: 10_000 });
  async function childPid(): Promise<number> {
    const { stdout } = await promisify(execFile)("pgrep", ["-P", String(process.pid), "-f", "screen/main.ts"]);
    return Number(stdout.trim());
  }

  beforeAll(async () => {
    server = await startXorg();
  });
  afterAll(() => server?.close());
  beforeEach(() => {
    looker = XConnection.open(server.display) as XConnection;
    said = new Events();
  });
  afterEach(async () => {
    await desktop.close();
    looker.close();
  });

  test("is up before the first picture, and down when it is not wished for any more", async () => {
    desktop = open(server.display);
    desktop.protect(REQUIRED);
    desktop.open({ codec: "av1-420" });
    desktop.encode({ quality: 45, key: true });
    await picture();
    expect(said.all[0]).toEqual({ kind: "covered", state: { ok: true, reason: "" }, wasBright: false });
    desktop.pause();
    expect(isBright()).toBe(false); // between two attempts, and until the PC is locked
    desktop.protect(UNPROTECTED);
    await bright().toBe(true);
  });

  test("that is wished for in mid-session comes on, and the picture goes on behind it", async () => {
    desktop = open(server.display);
    desktop.protect({ ...REQUIRED, cover: "off" });
    desktop.open({ codec: "av1-420" });
    desktop.encode({ quality: 45, key: true });
    await picture();
    const from = said.all.length;
    desktop.protect(REQUIRED);
    desktop.encode({ quality: 45, key: false });
    expect(await covered(from)).toMatchObject({ state: { ok: true }, wasBright: false });
    await said.first(({ kind }) => kind === "screen", from);
    const painter = new Painter(server.display);
    painter.fill(0, 0, 200, 200, 0xff0000);
    const later = said.all.length;
    desktop.encode({ quality: 45, key: false });
    await picture(later);
    painter.close();
    desktop.protect({ ...REQUIRED, cover: "off" });
    await bright().toBe(true);
  });

  test("is put up anew by the successor of a process that died, before its first picture", async () => {
    desktop = open(server.display);
    desktop.protect(REQUIRED);
    desktop.open({ codec: "av1-420" });
    desktop.encode({ quality: 45, key: true });
    await picture();
    const from = said.all.length;
    process.kill(await childPid(), "SIGKILL");
    desktop.encode({ quality: 45, key: true }); // nobody hears it; the successor is told
    await said.first(({ kind }) => kind === "restarting", from);
    await picture(said.all.findIndex(({ kind }) => kind === "restarting"));
    const after = said.all.slice(said.all.findLastIndex(({ kind }) => kind === "restarting"));
    expect(after.map(({ kind }) => kind).slice(0, 2)).toEqual(["restarting", "covered"]);
    expect(isBright()).toBe(false);
    await desktop.close();
    expect(isBright()).toBe(true);
  });

  test("a process that died with the session is over leaves the monitors to its successor, which gives them back", async () => {
    desktop = open(server.display);
    desktop.protect(REQUIRED);
    await covered();
    const pid = await childPid();
    process.kill(pid, "SIGSTOP"); // it does not hear that the cover is not wished for any more
    desktop.protect(UNPROTECTED);
    process.kill(pid, "SIGKILL");
    await said.first(({ kind }) => kind === "restarting");
    await bright().toBe(true);
  });

  test("that cannot be put up means no picture and no input, and is said in words", async () => {
    const xvfb = await startXvfb({ width: 320, height: 200 });
    desktop = open(xvfb.display);
    desktop.protect(REQUIRED);
    desktop.open({ codec: "av1-420" });
    desktop.encode({ quality: 45, key: true });
    expect((await covered()).state).toMatchObject({ ok: false, reason: expect.stringContaining("gamma ramp") });
    expect(said.all.some(({ kind }) => kind === "picture" || kind === "screen")).toBe(false);
    const painter = new Painter(xvfb.display);
    desktop.inject({ type: "key", code: "ShiftLeft", down: true });
    desktop.protect({ ...REQUIRED, cover: "when-possible" });
    await picture();
    expect(painter.heldKeycodes()).toEqual([]); // nobody operates what they may not see
    desktop.inject({ type: "key", code: "ShiftLeft", down: true });
    await expect.poll(() => painter.heldKeycodes(), { interval: 1, timeout: 10_000 }).toHaveLength(1);
    painter.close();
    await xvfb.close();
  });
});

describe("a desktop process whose network process was killed", () => {
  test.each([
    [true, "locks the PC before it ends"],
    [false, "leaves the PC as it is when nobody was there from afar"],
  ])("lockWhenAlone %s: %s", async (lockWhenAlone) => {
    const xvfb = await startXvfb({ width: 320, height: 200 });
    const folder = await mkdtemp(join(tmpdir(), "engawa-lock-"));
    const locked = join(folder, "locked");
    await writeFile(join(folder, "xscreensaver-command"), `#!/bin/sh\n: > ${locked}\n`, { mode: 0o700 });
    const network = `
      const { openDesktop } = await import("./agent/desktop/child.ts");
      const nothing = () => {};
      const onReport = ({ type }) => type === "screen" && console.log("ready");
      const desktop = openDesktop({ display: "${xvfb.display}", log: { info: nothing, warn: nothing }, onReport });
      desktop.protect({ cover: "off", words: "", lockWhenAlone: ${lockWhenAlone} });
      desktop.open({ codec: "av1-420" });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", network], {
      env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}`, XDG_SESSION_ID: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const { stdout } = await promisify(execFile)("pgrep", ["-P", String(child.pid), "-f", "screen/main.ts"]);
    child.kill("SIGKILL");
    await until("the desktop process has ended", async () => !existsSync(`/proc/${stdout.trim()}/cmdline`));
    expect(existsSync(locked)).toBe(lockWhenAlone);
    await xvfb.close();
    await rm(folder, { recursive: true });
  });
});

/** The whole desktop process on a real X display: started, used, killed, started again. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDesktop } from "../../agent/desktop/child.ts";
import type { Desktop } from "../../agent/desktop/desktop.ts";
import type { DesktopProblem, DesktopReport, Picture } from "../../agent/desktop/reports.ts";
import { KEYS } from "../../agent/screen/input/keys.ts";
import { Decoder, psnr } from "../support/decoder.ts";
import { Events } from "../support/events.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXvfb, type Xvfb } from "../support/xvfb.ts";

const SIZE = { width: 640, height: 360 };

function listen() {
  const events = new Events<DesktopReport>();
  const log: string[] = [];
  const note = (message: string) => log.push(message);
  return { events, log, options: { onReport: events.add, log: { info: note, warn: note } } };
}
type Heard = ReturnType<typeof listen>;

const is =
  <T extends DesktopReport["type"]>(type: T) =>
  (report: DesktopReport): report is Extract<DesktopReport, { type: T }> =>
    report.type === type;

async function pictureOf(desktop: Desktop, { events }: Heard, quality = 30): Promise<Picture> {
  const from = events.all.length;
  desktop.encode({ quality, key: false });
  return events.first(is("picture"), from);
}

/** Process numbers of our children that run the desktop. */
async function desktopPids(): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return status.includes(`PPid:\t${process.pid}\n`) && command.includes("screen/main.ts") ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

/** Never 0: a signal to that goes to our own process group. */
async function desktopPid(): Promise<number> {
  const [pid] = await desktopPids();
  if (!pid) throw new Error("there is no desktop process");
  return pid;
}

describe("the desktop process", () => {
  let server: Xvfb;
  let painter: Painter;
  let heard: Heard;
  let desktop: Desktop;
  let cacheFolder: string;

  beforeAll(async () => {
    server = await startXvfb({ ...SIZE, layout: "jp" });
    painter = new Painter(server.display);
    cacheFolder = await mkdtemp(join(tmpdir(), "engawa-cache-"));
  });
  afterAll(async () => {
    painter?.close();
    await server?.close();
    await rm(cacheFolder, { recursive: true });
  });
  beforeEach(() => {
    heard = listen();
    desktop = openDesktop({ ...heard.options, display: server.display, cacheFolder });
  });
  afterEach(() => desktop.close());
  const held = () => expect.poll(() => painter.heldKeycodes(), { interval: 1, timeout: 10_000 });

  test("tells the screen's size, then its pictures: a keyframe first, and the true screen", async () => {
    painter.fill(0, 0, SIZE.width, SIZE.height, 0xffffff);
    painter.fill(100, 100, 200, 50, 0xc02040);
    desktop.open({ codec: "av1-444" });
    const picture = await pictureOf(desktop, heard);
    expect(picture).toMatchObject({ ...SIZE, key: true, share: 1 });
    expect(picture.quality).toBeLessThanOrEqual(30); // a still picture is better than was asked for
    expect(heard.events.all[0]?.type).toMatch(/pointer|screen/);
    const decoder = new Decoder("av1");
    const [y] = decoder.decode(picture.data).planes;
    decoder.close();
    const expected = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, at) => {
      const [x, row] = [at % SIZE.width, Math.floor(at / SIZE.width)];
      return x >= 100 && x < 300 && row >= 100 && row < 150 ? 63 : 235;
    });
    expect(psnr(y, expected)).toBeGreaterThan(40);
  });

  test("a change is told with its share, and the next picture is small", async () => {
    painter.fill(0, 0, SIZE.width, SIZE.height, 0xffffff);
    desktop.open({ codec: "av1-444" });
    await pictureOf(desktop, heard);
    const from = heard.events.all.length;
    painter.fill(10, 10, 16, 20, 0x000000);
    const changed = await heard.events.first(is("changed"), from);
    expect(changed).toMatchObject({ share: 320 / (640 * 360) });
    const picture = await pictureOf(desktop, heard);
    expect(picture.key).toBe(false);
    expect(picture.data.length).toBeLessThan(300);
    expect(picture.encodedAt).toBeGreaterThanOrEqual(picture.changedAt);
  });

  test("what moves by itself comes only when it is asked for; what is written beside it comes without it", async () => {
    painter.fill(0, 0, SIZE.width, SIZE.height, 0xffffff);
    desktop.open({ codec: "av1-444" });
    const decoder = new Decoder("av1");
    const luma = ({ data }: Picture) => decoder.decode(data).planes[0];
    const at = (plane: Uint8Array, x: number, y: number) => plane[y * SIZE.width + x] ?? 0;
    luma(await pictureOf(desktop, heard));
    let shade = 0;
    const film = setInterval(() => {
      shade = (shade + 0x101010) & 0x7f7f7f;
      painter.fill(320, 128, 128, 128, shade);
    }, 20);
    try {
      // looked at as often as it changes, until it is known for what it is
      for (let held = 0; held === 0; ) {
        const from = heard.events.all.length;
        const changed = await heard.events.first(is("changed"), from);
        held = changed.moving;
        if (held === 0) luma(await pictureOf(desktop, heard));
      }
      // a machine that is so busy that the film stood still for a moment brings it, and the next letter is written
      for (let x = 32, share = 1; share > 0.01; x += 16) {
        const before = luma(await pictureOf(desktop, heard));
        const from = heard.events.all.length;
        painter.fill(x, 64, 16, 16, 0x000000);
        await heard.events.first((report) => is("changed")(report) && report.share > 0, from);
        const picture = await pictureOf(desktop, heard, 35);
        const beside = luma(picture);
        share = picture.share;
        if (share > 0.01) continue;
        expect(at(beside, x + 6, 70)).toBeLessThan(40);
        expect(Math.abs(at(beside, 384, 192) - at(before, 384, 192))).toBeLessThan(3);
      }
    } finally {
      clearInterval(film);
    }
    painter.fill(320, 128, 128, 128, 0xff0000);
    desktop.encode({ quality: 35, key: false, moving: true });
    const from = heard.events.all.length;
    const moved = luma(await heard.events.first(is("picture"), from));
    expect(Math.abs(at(moved, 384, 192) - 63)).toBeLessThan(8);
    decoder.close();
  });

  test("another codec is another stream that begins with a keyframe", async () => {
    for (const codec of ["av1-444", "vp9-420", "av1-420", "vp9-444"] as const) {
      desktop.open({ codec });
      const { data, key } = await pictureOf(desktop, heard);
      expect(key).toBe(true);
      const decoder = new Decoder(codec.startsWith("av1") ? "av1" : "vp9");
      expect(decoder.decode(data).chroma).toBe(codec.slice(4));
      decoder.close();
    }
  });

  test("killed by a wrong native call, it is back with a keyframe, and what was held is released", async () => {
    desktop.open({ codec: "av1-444" });
    await pictureOf(desktop, heard);
    desktop.inject({ type: "key", code: "ControlLeft", down: true });
    desktop.inject({ type: "key", code: "KeyA", down: true });
    desktop.inject({ type: "button", button: 0, down: true });
    await held().toHaveLength(2);
    const from = heard.events.all.length;
    const pid = await desktopPid();
    desktop.encode({ quality: 30, key: false });
    process.kill(pid, "SIGSEGV");
    await heard.events.first(is("restarting"), from);
    const after = heard.events.all.findIndex(({ type }, at) => at >= from && type === "restarting");
    const picture = await heard.events.first(is("picture"), after);
    expect(picture.key).toBe(true);
    await held().toEqual([]);
    expect(painter.pointer().buttons).toBe(0);
    expect(heard.log.join()).toContain("SIGSEGV");
  });

  test("killed while nobody asks, it says that the whole screen is new", async () => {
    desktop.open({ codec: "av1-444" });
    await pictureOf(desktop, heard);
    const from = heard.events.all.length;
    process.kill(await desktopPid(), "SIGKILL");
    const restarting = await heard.events.first(is("restarting"), from);
    const changed = await heard.events.first(is("changed"), heard.events.all.indexOf(restarting));
    expect(changed).toMatchObject({ share: 1 });
  });

  test("hanging, it is ended and started again", { timeout: 60_000 }, async () => {
    desktop.open({ codec: "av1-444" });
    await pictureOf(desktop, heard);
    const from = heard.events.all.length;
    process.kill(await desktopPid(), "SIGSTOP");
    desktop.encode({ quality: 30, key: false });
    expect((await heard.events.first(is("picture"), from)).key).toBe(true);
    expect(heard.log.join()).toContain("SIGKILL");
  });

  test("paused, it injects nothing, holds nothing, and reports no change", async () => {
    desktop.open({ codec: "av1-444" });
    await pictureOf(desktop, heard);
    desktop.inject({ type: "key", code: "ShiftLeft", down: true });
    await held().toEqual([KEYS.ShiftLeft.evdev + 8]);
    desktop.pause();
    await held().toEqual([]);
    desktop.inject({ type: "key", code: "KeyB", down: true });
    painter.fill(0, 0, 50, 50, 0x00ff00);
    const from = heard.events.all.length;
    desktop.encode({ quality: 30, key: false });
    await heard.events.first(is("encode-failed"), from);
    expect(heard.events.all.slice(from).map(({ type }) => type)).toEqual(["encode-failed"]);
    expect(painter.heldKeycodes()).toEqual([]);
  });

  test("paused in the middle of a long text, it does not type the rest into whatever comes next", async () => {
    const program = spawn("xev", ["-event", "keyboard", "-geometry", "300x300+0+0"], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, DISPLAY: server.display },
    });
    let text = "";
    program.stdout.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    const pressed = (keysym: number) =>
      text.split("KeyPress event").filter((one) => one.includes(`keysym 0x${keysym.toString(16)},`)).length;
    const [space, b, hiraganaA] = [0x20, 0x62, 0x1003042];
    const tap = (code: "Space" | "KeyB") => {
      for (const down of [true, false]) desktop.inject({ type: "key", code, down });
    };
    try {
      desktop.open({ codec: "av1-444" });
      await pictureOf(desktop, heard);
      desktop.inject({ type: "move", x: 100, y: 100 });
      // until its window is there, nothing reaches it
      await expect.poll(() => tap("Space") ?? pressed(space), { timeout: 10_000 }).toBeGreaterThan(0);
      desktop.inject({ type: "text", text: "あ".repeat(256) });
      await expect.poll(() => pressed(hiraganaA), { interval: 1, timeout: 10_000 }).toBeGreaterThan(0);
      desktop.pause();
      desktop.open({ codec: "av1-444" });
      await pictureOf(desktop, heard);
      tap("KeyB");
      await expect.poll(() => pressed(b), { timeout: 10_000 }).toBe(1);
      expect(pressed(hiraganaA)).toBeLessThan(256);
      const typed = heard.events.all.flatMap((said) => (said.type === "typed" ? [said.characters] : []));
      expect(typed.reduce((sum, characters) => sum + characters, 0)).toBe(256);
    } finally {
      const exited = once(program, "exit");
      program.kill();
      await exited;
    }
  });

  test("a screen of another size gives pictures of that size, the one that was asked for too", async () => {
    const own = await startXvfb(SIZE);
    const other = listen();
    const resized = openDesktop({ ...other.options, display: own.display });
    resized.open({ codec: "av1-420" });
    await pictureOf(resized, other);
    const from = other.events.all.length;
    const xrandr = promisify(execFile)("xrandr", [
      "--display",
      own.display,
      "--output",
      "screen",
      "--off",
      "--fb",
      "320x200",
    ]);
    await other.events.first((said) => said.type === "screen" && said.width === 320, from);
    await xrandr;
    expect(await pictureOf(resized, other)).toMatchObject({ width: 320, height: 200, key: true });
    await resized.close();
    await own.close();
  });

  test("input works again after the display was started anew while paused", async () => {
    const own = await startXvfb(SIZE);
    const other = listen();
    const seat = openDesktop({ ...other.options, display: own.display });
    seat.open({ codec: "av1-420" });
    await pictureOf(seat, other);
    seat.pause();
    await own.close();
    const again = await startXvfb({ ...SIZE, display: own.display });
    seat.open({ codec: "av1-420" });
    await pictureOf(seat, other);
    const witness = new Painter(again.display);
    seat.inject({ type: "key", code: "KeyA", down: true });
    await expect.poll(() => witness.heldKeycodes(), { interval: 1, timeout: 10_000 }).toHaveLength(1);
    witness.close();
    await seat.close();
    await again.close();
  });

  test("says in words when the display goes away", async () => {
    const own = await startXvfb(SIZE);
    const other = listen();
    const orphan = openDesktop({ ...other.options, display: own.display });
    orphan.open({ codec: "av1-420" });
    await pictureOf(orphan, other);
    await own.close();
    const codes: DesktopProblem["code"][] = [(await other.events.first(is("unusable"))).code];
    const again = await other.events.first((said) => said.type === "unusable" && said.code === "no-display");
    expect(codes).toEqual(["capture-lost"]);
    expect(again).toMatchObject({ message: expect.stringContaining(own.display) });
    await orphan.close();
  });

  test("nothing runs after close, and closing twice is fine", async () => {
    desktop.open({ codec: "av1-444" });
    await pictureOf(desktop, heard);
    desktop.inject({ type: "key", code: "ShiftLeft", down: true });
    await held().toHaveLength(1);
    await Promise.all([desktop.close(), desktop.close()]);
    await held().toEqual([]);
    expect(await desktopPids()).toEqual([]);
    expect(await desktop.lock()).toBe("no-desktop");
    expect(await desktop.lockState()).toBe("open");
  });

  test("that hangs while it is asked to lock is ended, and nobody answers; so is closing it", async () => {
    const own = await desktopPids();
    const other = listen();
    const hanging = openDesktop({ ...other.options, testPattern: true, lockTimeoutMs: 100 });
    hanging.open({ codec: "av1-444" });
    await pictureOf(hanging, other);
    const [before] = (await desktopPids()).filter((pid) => !own.includes(pid));
    if (!before) throw new Error("there is no desktop process");
    process.kill(before, "SIGSTOP");
    hanging.pause();
    expect(await hanging.lock()).toBe("no-desktop");
    await other.events.first(is("restarting"));
    hanging.open({ codec: "av1-444" });
    await pictureOf(hanging, other);
    await hanging.close();
  });

  test("shows a test pattern where there is no display", async () => {
    const other = listen();
    const pattern = openDesktop({ ...other.options, testPattern: true });
    pattern.open({ codec: "av1-444" });
    expect(await pictureOf(pattern, other)).toMatchObject({ width: 1280, height: 720, key: true });
    const from = other.events.all.length;
    pattern.inject({ type: "move", x: 12, y: 34 });
    expect(await other.events.first(is("pointer-position"), from)).toMatchObject({ x: 12, y: 34 });
    await pattern.close();
  });
});

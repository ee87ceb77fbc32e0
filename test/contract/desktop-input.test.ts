/** Input into X11 and into the recording twin: the contract, and what is X11's own. Windows: test/windows/inside/input.ts. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { InputEvent } from "../../agent/desktop/commands.ts";
import { Injector } from "../../agent/screen/input/injector.ts";
import { KEYS } from "../../agent/screen/input/keys.ts";
import { openInjector } from "../../agent/screen/input/open.ts";
import { openRecordingInput } from "../../agent/screen/input/recording.ts";
import { KEY_CODES, type PhysicalKey } from "../../signaling/protocol/keys.ts";
import { NOBODY } from "../support/nobody.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXvfb, type Xvfb } from "../support/xvfb.ts";
import { holdKey, inputContract, key } from "./input-contract.ts";

const SIZE = { width: 800, height: 600 };

inputContract("recording", async () => {
  const events: InputEvent[] = [];
  const injector = new Injector(openRecordingInput((event) => events.push(event), SIZE));
  const held = <T>(of: (event: InputEvent) => T | undefined) => {
    const down = new Set<T>();
    for (const event of events) {
      const item = of(event);
      if (item === undefined || !("down" in event)) continue;
      if (event.down) down.add(item);
      else down.delete(item);
    }
    return [...down];
  };
  return {
    injector,
    size: SIZE,
    witness: {
      heldKeys: () => held((event) => (event.type === "key" ? event.code : undefined)),
      heldButtons: () =>
        held((event) => (event.type === "button" ? event.button : undefined)).reduce((sum, n) => sum | (1 << n), 0),
      pointer: () => {
        const move = events.findLast((event) => event.type === "move");
        return move?.type === "move" ? { x: move.x, y: move.y } : { x: 0, y: 0 };
      },
    },
  };
});

describe("on a real X display with a JIS keyboard", () => {
  let server: Xvfb;
  let painter: Painter;
  let folder: string;
  const codeOf = new Map(KEY_CODES.map((code) => [KEYS[code].evdev + 8, code]));
  const open = () => openInjector({ kind: "x11", display: server.display, authority: undefined }, NOBODY);

  beforeAll(async () => {
    server = await startXvfb({ ...SIZE, layout: "jp" });
    painter = new Painter(server.display);
    folder = await mkdtemp(join(tmpdir(), "engawa-input-"));
  });
  afterAll(async () => {
    painter?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });

  inputContract("x11", async () => ({
    injector: await open(),
    size: SIZE,
    witness: {
      heldKeys: () => painter.heldKeycodes().map((keycode) => codeOf.get(keycode) as PhysicalKey),
      heldButtons: () => painter.pointer().buttons,
      pointer: () => {
        const { x, y } = painter.pointer();
        return { x, y };
      },
    },
  }));

  // X11/keysymdef.h
  test.each([
    ["Backquote", 0xff2a], // Zenkaku_Hankaku
    ["Convert", 0xff23], // Henkan_Mode
    ["NonConvert", 0xff22], // Muhenkan
    ["KanaMode", 0xff27], // Hiragana_Katakana
    ["IntlYen", 0x5c], // backslash: the ￥ key
    ["IntlRo", 0x5c], // backslash, underscore with Shift: the ろ key
    ["Backslash", 0x5d], // bracketright
    ["BracketLeft", 0x40], // at
    ["Equal", 0x5e], // asciicircum
  ] as const)("%s is the JIS key with keysym %i", (code, keysym) =>
    expect(painter.keysym(KEYS[code].evdev + 8)).toBe(keysym),
  );

  test("what a process left pressed when it was killed is released by its successor", async () => {
    const module = new URL("../../agent/screen/input/open.ts", import.meta.url);
    const script = `
      const { openInjector } = await import(${JSON.stringify(module.href)});
      const source = { kind: "x11", display: ${JSON.stringify(server.display)} };
      const injector = await openInjector(source, { lost() {}, refuses() {}, attention() {}, note() {}, locksChanged() {}, typed() {}, dropped() {} });
      for (const code of ["ShiftLeft", "KeyA"]) injector.inject({ type: "key", code, down: true });
      injector.inject({ type: "button", button: 2, down: true });
      console.log("held");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    const held = () => [painter.heldKeycodes().length, painter.pointer().buttons];
    await expect.poll(held, { interval: 1, timeout: 10_000 }).toEqual([2, 4]);
    const injector = await open();
    await expect.poll(held, { interval: 1, timeout: 10_000 }).toEqual([0, 0]);
    await injector.close();
  });

  test("an Alt or Win that nobody holds any more was not pressed alone: a key that is none came between", async () => {
    const program = spawn("xev", ["-event", "keyboard", "-geometry", "300x300+0+0"], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, DISPLAY: server.display },
    });
    const injector = await open();
    try {
      let text = "";
      program.stdout.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      injector.inject({ type: "move", x: 100, y: 100 });
      const keys = () =>
        [...text.matchAll(/(KeyPress|KeyRelease) event.*?keysym \S+ (\w+)\)/gs)].map(([, ...is]) => is);
      // until its window is there, nothing reaches it
      await expect
        .poll(() => {
          for (const down of [true, false]) injector.inject(key("Space", down));
          return keys().length;
        })
        .toBeGreaterThan(1);
      for (const code of ["AltLeft", "MetaLeft"] as const) {
        injector.inject(key(code, true));
        injector.releaseAll();
      }
      const both = ["Alt_L", "Super_L"].flatMap((name) => [
        ["KeyPress", name],
        ["KeyPress", "NoSymbol"],
        ["KeyRelease", "NoSymbol"],
        ["KeyRelease", name],
      ]);
      const seen = () => keys().filter(([, name]) => name !== "space");
      await expect.poll(() => seen().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(both.length);
      expect(seen()).toEqual(both);
    } finally {
      await injector.close();
      const exited = once(program, "exit");
      program.kill();
      await exited;
    }
  });

  test("a lock changed by anybody is told, and becomes what it is at home", async () => {
    let changes = 0;
    const injector = await openInjector(
      { kind: "x11", display: server.display, authority: undefined },
      { ...NOBODY, locksChanged: () => changes++ },
    );
    const others = await open();
    try {
      injector.inject({ type: "locks", caps: false, num: false });
      expect(injector.locks()).toEqual({ caps: false, num: false, kana: false });
      changes = 0;
      others.inject({ type: "locks", caps: true, num: true });
      await expect.poll(() => changes, { interval: 1, timeout: 10_000 }).toBeGreaterThan(0);
      await expect.poll(() => injector.locks(), { interval: 1 }).toEqual({ caps: true, num: true, kana: false });
      const before = changes;
      injector.inject({ type: "locks", caps: null, num: false });
      // not with the next event only, which may be long in coming
      await expect.poll(() => changes, { interval: 1 }).toBeGreaterThan(before);
      expect(injector.locks()).toEqual({ caps: true, num: false, kana: false });
      injector.inject({ type: "locks", caps: false, num: null });
      expect(injector.locks()).toEqual({ caps: false, num: false, kana: false });
    } finally {
      await others.close();
      await injector.close();
    }
    expect(injector.locks()).toBeUndefined();
  });

  describe("text into a terminal", () => {
    let terminal: ChildProcess;
    let file: string;
    let injector: Injector;
    beforeEach(async () => {
      file = join(folder, `typed-${crypto.randomUUID()}`);
      terminal = spawn(
        "xterm",
        ["-u8", "-geometry", "80x24+0+0", "-e", "sh", "-c", `echo ready > ${file}; cat >> ${file}`],
        { stdio: "ignore", env: { ...process.env, DISPLAY: server.display, LC_ALL: "C.UTF-8" } },
      );
      injector = await open();
      await until(file, (text) => text.startsWith("ready"));
      // no window manager: what is under the pointer has the keyboard
      injector.inject({ type: "move", x: 100, y: 100 });
    });
    afterEach(async () => {
      await injector.close();
      const exited = once(terminal, "exit");
      terminal.kill();
      await exited;
    });

    test("arrives whole and in order, keys among it where they belong", async () => {
      const text = "自治体テレワークの縁側。ＡＢＣabc123!? 𠮷野家 ｱｲｳ";
      injector.inject({ type: "text", text });
      for (const code of ["KeyO", "KeyK", "Enter"] as const) {
        injector.inject(key(code, true));
        injector.inject(key(code, false));
      }
      expect(await until(file, (typed) => typed.includes("ok\n"))).toBe(`ready\n${text}ok\n`);
    });

    test("comes out as it was meant with CapsLock left on at the office: letters by the state at home, text as it is", async () => {
      injector.inject({ type: "locks", caps: true, num: true });
      injector.inject({ type: "text", text: "abcＸyz" });
      for (const caps of [true, false]) {
        injector.inject({ type: "locks", caps, num: false });
        for (const down of [true, false]) injector.inject(key("KeyQ", down));
      }
      for (const code of ["Numpad7", "Enter"] as const) {
        injector.inject({ type: "locks", caps: false, num: true });
        for (const down of [true, false]) injector.inject(key(code, down));
      }
      injector.inject({ type: "locks", caps: false, num: false });
      expect(await until(file, (typed) => typed.endsWith("7\n"))).toBe("ready\nabcＸyzQq7\n");
    });

    test("has the signs of the keys that only a JIS keyboard has, with Shift too", async () => {
      const tap = (code: PhysicalKey) => {
        for (const down of [true, false]) injector.inject(key(code, down));
      };
      for (const code of ["IntlYen", "IntlRo"] as const) {
        tap(code);
        injector.inject(key("ShiftLeft", true));
        tap(code);
        injector.inject(key("ShiftLeft", false));
      }
      for (const code of ["Backslash", "Enter"] as const) tap(code);
      expect(await until(file, (typed) => typed.endsWith("]\n"))).toBe("ready\n\\|\\_]\n");
    });

    test("of a key held for two seconds is as much as the X server repeats, once each", async () => {
      const { heldMs } = await holdKey(injector, "KeyA", (heldMs) => heldMs >= 2000);
      for (const down of [true, false]) injector.inject(key("Enter", down));
      const text = await until(file, (typed) => /a\n$/.test(typed));
      const { delayMs, periodMs } = painter.repeatRate();
      expect(delayMs).toBeGreaterThan(0);
      const office = 2 + Math.floor((heldMs - delayMs) / periodMs);
      const letters = text.replaceAll(/[^a]/g, "").length - 1; // "ready" has one
      expect(letters).toBeLessThanOrEqual(office + 2);
      // a server on a busy machine repeats late, and does not make up for it
      expect(letters).toBeGreaterThan(office / 2);
    });

    test("leaves the keyboard's map as it was", async () => {
      const map = () => Array.from({ length: 248 }, (_, i) => painter.keysym(i + 8));
      const before = map();
      injector.inject({ type: "text", text: "縁側\n" });
      await until(file, (typed) => typed.includes("縁側\n"));
      expect(map()).not.toEqual(before);
      await injector.close();
      expect(map()).toEqual(before);
    });
  });
});

/** Less than the test's own time: what is missing is to be seen. */
const PATIENCE_MS = 50_000;

/** Waits until the file's text fits. */
async function until(file: string, fits: (text: string) => boolean): Promise<string> {
  const watcher = watch(join(file, ".."));
  const signal = AbortSignal.timeout(PATIENCE_MS);
  let text = "";
  try {
    for (;;) {
      const changed = once(watcher, "change", { signal });
      changed.catch(() => {}); // long after the last one nobody waits for it
      text = await readFile(file, "utf8").catch(() => "");
      if (fits(text)) return text;
      await changed;
    }
  } catch (error) {
    throw new Error(`all that was typed: ${JSON.stringify(text)}`, { cause: error });
  } finally {
    watcher.close();
  }
}

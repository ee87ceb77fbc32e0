/** Input into Windows: the contract, watched by a window of ours, and what is Windows' own. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { keyboardSettings, virtualScreenSize } from "../../../agent/native/win32/input.ts";
import type { Injector } from "../../../agent/screen/input/injector.ts";
import { openInjector } from "../../../agent/screen/input/open.ts";
import { repeatRate } from "../../../agent/screen/input/repeat.ts";
import type { PhysicalKey } from "../../../signaling/protocol/keys.ts";
import { button, holdKey, inputContract, key, seen } from "../../contract/input-contract.ts";
import { NOBODY } from "../../support/nobody.ts";
import { bringToFront, textOf, WitnessWindow } from "../../support/windows-window.ts";

const PRESS_AND_STAY = fileURLToPath(new URL("../../support/wine/press-and-stay.ts", import.meta.url));
const size = virtualScreenSize();
const open = () => openInjector({ kind: "windows" }, NOBODY);

describe("with a window over the whole screen", () => {
  let window: WitnessWindow;
  beforeAll(() => {
    window = new WitnessWindow(size);
  });
  afterAll(() => window.close());

  inputContract("windows", async () => ({ injector: await open(), witness: window, size }));

  describe("what Windows makes of it", () => {
    let injector: Injector;
    beforeEach(async () => {
      injector = await open();
      window.forget();
    });
    afterEach(() => injector.close());

    // kbd.h and ime.h: what kbd106.dll makes of the keys that only a Japanese keyboard has
    test.each([
      ["Backquote", 0xf3], // VK_DBE_SBCSCHAR, 半角/全角
      ["Convert", 0x1c], // VK_CONVERT
      ["NonConvert", 0x1d], // VK_NONCONVERT
      ["KanaMode", 0xf2], // VK_DBE_HIRAGANA
      ["IntlYen", 0xdc], // VK_OEM_5
      ["IntlRo", 0xe2], // VK_OEM_102
      ["Pause", 0x13], // VK_PAUSE
      ["NumLock", 0x90], // VK_NUMLOCK
      ["ControlRight", 0x11], // VK_CONTROL
    ] as const)("%s is virtual key %i", async (code, virtualKey) => {
      injector.inject(key(code, true));
      await seen(() => window.heldKeys()).toEqual([code]);
      expect(window.virtualKey).toBe(virtualKey);
    });

    test("extra buttons and both wheels arrive, a notch towards the person as −120", async () => {
      for (const number of [3, 4]) for (const down of [true, false]) injector.inject(button(number, down));
      injector.inject({ type: "wheel", dx: 1, dy: 2 });
      await seen(() => window.seenMouse()).toEqual([
        ...["extra down 1", "extra up 1", "extra down 2", "extra up 2"],
        ...["wheel -240", "horizontal wheel 120"],
      ]);
    });

    test("text arrives in UTF-16 units, lines with Enter, without control characters", async () => {
      injector.inject({ type: "text", text: "縁側 𠮷😀ａa\r\nb\t\u001bc" });
      await seen(() => window.seenText()).toBe("縁側 𠮷😀ａa\rb\tc");
    });

    test("a key held for two seconds goes down as often as at the office, and no more once it is up", async () => {
      expect(keyboardSettings()).toBeDefined();
      const { heldMs, stalledMs } = await holdKey(injector, "KeyA", (heldMs) => window.heldKeys() && heldMs >= 2000);
      await seen(() => window.heldKeys()).toEqual([]);
      const { delayMs, periodMs } = repeatRate(keyboardSettings());
      const office = 2 + Math.floor((heldMs - delayMs) / periodMs);
      expect(window.downs.length).toBeLessThanOrEqual(office + 2);
      expect(window.downs.length).toBeGreaterThanOrEqual(office - 2 - Math.ceil(stalledMs / periodMs));
      const after = window.downs.length;
      injector.inject(key("ShiftLeft", true));
      await holdKey(injector, "ControlLeft", (heldMs) => window.heldKeys() && heldMs >= 1000);
      expect(window.downs.slice(after)).toEqual(["ShiftLeft", "ControlLeft"]);
    });

    test("the locks become what they are at home, and are read again", async () => {
      const tap = () => {
        for (const down of [true, false]) injector.inject(key("KeyA", down));
      };
      // whose window has the keyboard is told with its messages; our desktop process has none
      const locks = () => window.heldKeys() && injector.locks();
      for (const on of [true, false]) {
        injector.inject({ type: "locks", caps: on, num: on });
        await seen(locks).toEqual({ caps: on, num: on, kana: false });
        window.forget();
        tap();
        await seen(() => window.seenText()).toBe(on ? "A" : "a");
      }
      injector.inject({ type: "locks", caps: true, num: null });
      await seen(locks).toEqual({ caps: true, num: false, kana: false });
      injector.inject({ type: "locks", caps: false, num: null });
      await seen(locks).toEqual({ caps: false, num: false, kana: false });
    });

    test("what a process left pressed when it was killed is released by its successor", async () => {
      const child = spawn(process.execPath, [PRESS_AND_STAY], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      await seen(() => window.heldKeys()).toEqual(["ShiftLeft", "KeyA"]);
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      expect([window.heldKeys(), window.heldButtons()]).toEqual([["ShiftLeft", "KeyA"], 4]);
      await (await open()).close();
      await seen(() => [window.heldKeys(), window.heldButtons()]).toEqual([[], 0]);
    });
  });
});

test("a program takes what is typed: Latin and Japanese keys, then text that is on no key", async () => {
  const notepad = spawn("notepad.exe", [], { stdio: "ignore" });
  const injector = await open();
  try {
    await seen(() => bringToFront("Notepad")).toBe(true);
    const tap = (...codes: PhysicalKey[]) => {
      for (const code of codes) injector.inject(key(code, true));
      for (const code of codes.reverse()) injector.inject(key(code, false));
    };
    tap("ShiftLeft", "KeyH");
    for (const code of ["KeyE", "KeyL", "KeyL", "KeyO", "Space", "IntlYen", "IntlRo", "BracketLeft", "Equal"] as const)
      tap(code);
    tap("ShiftLeft", "Digit2");
    injector.inject({ type: "text", text: "日本語 😀𠮷\nＡ" });
    const text = 'Hello \\\\@^"日本語 😀𠮷\r\nＡ';
    await seen(() => textOf("Notepad", "Edit")).toBe(text);
    // ￥ | ろ _ ] of a JIS keyboard
    for (const code of ["IntlYen", "IntlRo"] as const) {
      tap(code);
      tap("ShiftLeft", code);
    }
    tap("Backslash");
    await seen(() => textOf("Notepad", "Edit")).toBe(`${text}\\|\\_]`);
    // Alt, and the home PC has the focus taken away (Alt+Tab there): no menu, the next letters are text
    injector.inject(key("AltLeft", true));
    injector.releaseAll();
    for (const code of ["KeyA", "KeyB", "KeyC"] as const) tap(code);
    await seen(() => textOf("Notepad", "Edit")).toBe(`${text}\\|\\_]abc`);
  } finally {
    await injector.close();
    const exited = once(notepad, "exit");
    notepad.kill();
    await exited;
  }
});

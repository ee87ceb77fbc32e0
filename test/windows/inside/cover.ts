/** The cover on Windows: what Wine can show of it, and that a Windows that cannot hide it says so and leaves nothing behind. */
import koffi from "koffi";
import { afterEach, describe, expect, test } from "vitest";
import { CoverWindows } from "../../../agent/native/win32/cover.ts";
import { examineCover } from "../../../agent/screen/cover/examine.ts";
import { openCover } from "../../../agent/screen/cover/open.ts";

const user32 = koffi.load("user32.dll");
const topWindow = user32.func("void *__stdcall GetTopWindow(void *parent)") as (parent: null) => bigint | null;
const findWindow = user32.func("void *__stdcall FindWindowW(str16 cls, str16 title)") as (
  cls: string,
  title: null,
) => bigint | null;
const createWindow = user32.func(
  "void *__stdcall CreateWindowExW(uint32 ex, str16 cls, str16 title, uint32 style, int x, int y, int w, int h, void *parent, void *menu, void *instance, void *param)",
) as (...args: unknown[]) => bigint;
const destroyWindow = user32.func("int __stdcall DestroyWindow(void *window)") as (window: bigint) => number;
const WS_EX_TOPMOST = 8;
const WS_VISIBLE_POPUP = 0x9000_0000;

const SOURCE = { kind: "windows" } as const;

describe("the cover", () => {
  test("is refused where Windows cannot keep it out of a capture, and nothing is left on the screen", async () => {
    await expect(openCover(SOURCE, "遠隔で利用中です", { changed: () => undefined })).rejects.toMatchObject({
      code: "no-cover",
      message: expect.stringContaining("SetWindowDisplayAffinity") as string,
    });
    expect(findWindow("EngawaCover", null)).toBeNull();
  });
});

test("is known to be impossible here, without one being shown", async () => {
  expect(await examineCover(SOURCE)).toContain("SetWindowDisplayAffinity");
  expect(findWindow("EngawaCover", null)).toBeNull();
});

describe("its windows", () => {
  let windows: CoverWindows | undefined;
  afterEach(() => windows?.close());
  // without the call that Wine refuses
  const place = () => {
    windows = new CoverWindows("遠隔で利用中です\n見本市", { hideFromCapture: () => true });
    windows.place();
    windows.raise();
    windows.pump();
    return windows;
  };

  const seen = (cover: CoverWindows) => () => {
    cover.pump(); // the other window paints itself then, too
    return cover.isCaptured;
  };

  test("lie above all others, and are raised when one comes to lie above them", () => {
    const cover = place();
    expect(cover.isOverlaid).toBe(false);
    const other = createWindow(WS_EX_TOPMOST, "Static", "", WS_VISIBLE_POPUP, 10, 10, 50, 50, null, null, null, null);
    expect(topWindow(null)).toBe(other);
    expect(cover.isOverlaid).toBe(true);
    cover.raise();
    expect(cover.isOverlaid).toBe(false);
    destroyWindow(other);
  });

  test("are recognised in a capture that shows them, and not in one that does not", async () => {
    const cover = place();
    await expect.poll(seen(cover)).toBe(true);
    const other = createWindow(WS_EX_TOPMOST, "Static", "", WS_VISIBLE_POPUP, 0, 0, 400, 300, null, null, null, null);
    await expect.poll(seen(cover)).toBe(false);
    destroyWindow(other);
  });

  test("stay as they are while the monitors do", () => {
    const cover = place();
    expect(cover.place()).toBe(false);
  });
});

/** The notice on Windows: above the others, painted, and in nobody's way. */
import koffi from "koffi";
import { afterEach, expect, test } from "vitest";
import { NoticeWindow } from "../../../agent/native/win32/notice.ts";
import { openNotice } from "../../../agent/screen/notice/open.ts";

const user32 = koffi.load("user32.dll");
const gdi32 = koffi.load("gdi32.dll");
const findWindow = user32.func("void *__stdcall FindWindowW(str16 cls, str16 title)") as (
  cls: string,
  title: null,
) => bigint | null;
const topWindow = user32.func("void *__stdcall GetTopWindow(void *parent)") as (parent: null) => bigint | null;
const windowRect = user32.func("int __stdcall GetWindowRect(void *window, _Out_ int32 *area)") as (
  window: bigint,
  area: number[],
) => number;
const getDc = user32.func("void *__stdcall GetDC(void *window)") as (window: null) => bigint;
const releaseDc = user32.func("int __stdcall ReleaseDC(void *window, void *dc)") as (w: null, dc: bigint) => number;
const pixel = gdi32.func("uint32 __stdcall GetPixel(void *dc, int x, int y)") as (
  dc: bigint,
  x: number,
  y: number,
) => number;
const WORDS =
  "利用時間が終わりました。あと 42 秒で、このパソコンの電源を切ります。\nここで使うときは、ロックを解除してください。";

let notice: NoticeWindow | undefined;
afterEach(() => {
  notice?.close();
  notice = undefined;
});

function area(): { left: number; top: number; right: number; bottom: number } {
  const buffer = koffi.alloc("int32", 4) as never;
  windowRect(findWindow("EngawaNotice", null) as bigint, buffer);
  const [left = 0, top = 0, right = 0, bottom = 0] = koffi.decode(buffer, "int32", 4) as number[];
  return { left, top, right, bottom };
}

test("lies above all others, at the bottom, as wide as its words", () => {
  notice = new NoticeWindow();
  notice.show(WORDS);
  expect(topWindow(null)).toBe(findWindow("EngawaNotice", null));
  const wide = area();
  expect(wide.top).toBeGreaterThan(300);
  expect(wide.bottom - wide.top).toBeLessThan(200);
  notice.show("短い");
  const narrow = area();
  expect(narrow.right - narrow.left).toBeLessThan((wide.right - wide.left) / 2);
});

test("is painted: an edge, and letters inside", async () => {
  notice = new NoticeWindow();
  const colours = () => {
    notice?.pump();
    const { left, top, right, bottom } = area();
    const dc = getDc(null);
    const found = new Set<number>();
    for (let y = top; y < bottom; y += 2) for (let x = left; x < right; x += 2) found.add(pixel(dc, x, y));
    releaseDc(null, dc);
    return found.size;
  };
  notice.show(WORDS);
  await expect.poll(colours, { timeout: 10_000 }).toBeGreaterThan(2);
});

test("lives in a thread of its own, and is gone when it is closed", async () => {
  const opened = await openNotice({ kind: "windows" });
  opened.say(WORDS);
  await expect.poll(() => findWindow("EngawaNotice", null), { timeout: 10_000 }).not.toBeNull();
  await opened.close();
  await expect.poll(() => findWindow("EngawaNotice", null), { timeout: 10_000 }).toBeNull();
});

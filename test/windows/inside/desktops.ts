/**
 * Windows shows another desktop than ours: followed where we may, told where not. Wine never switches, so here it is we who go
 * elsewhere. Has no window: Windows lets no thread with windows change its desktop.
 */
import { afterEach, describe, expect, test } from "vitest";
import { followInputDesktop } from "../../../agent/native/win32/desktop.ts";
import { kernel32, user32 } from "../../../agent/native/win32/win32.ts";
import { openCapture } from "../../../agent/screen/capture/open.ts";
import { listen, planesFor } from "../../contract/capture-contract.ts";

const w = {
  createDesktop: user32.func(
    "void *__stdcall CreateDesktopW(str16 name, str16 device, void *mode, uint32 flags, uint32 access, void *security)",
  ),
  setThreadDesktop: user32.func("int __stdcall SetThreadDesktop(void *desktop)"),
  threadDesktop: user32.func("void *__stdcall GetThreadDesktop(uint32 thread)"),
  createStation: user32.func(
    "void *__stdcall CreateWindowStationW(str16 name, uint32 flags, uint32 access, void *security)",
  ),
  station: user32.func("void *__stdcall GetProcessWindowStation()"),
  setStation: user32.func("int __stdcall SetProcessWindowStation(void *station)"),
  currentThread: kernel32.func("uint32 __stdcall GetCurrentThreadId()"),
};
const ALL_ACCESS = 0x10000000;

const home = { station: w.station(), desktop: w.threadDesktop(w.currentThread()) };
/** Where Windows shows no desktop at all: as refused as the lock screen is to a user's program. */
const elsewhere = w.createStation("EngawaTest", 0, ALL_ACCESS, null);
afterEach(() => {
  w.setStation(home.station);
  w.setThreadDesktop(home.desktop);
});

test("the desktop that Windows shows is gone to, and stayed on", () => {
  expect(followInputDesktop()).toBe("same");
  expect(w.setThreadDesktop(w.createDesktop("EngawaOther", null, null, 0, ALL_ACCESS, null))).toBe(1);
  expect(followInputDesktop()).toBe("switched");
  expect(followInputDesktop()).toBe("same");
});

test("a desktop that is not ours is refused", () => {
  w.setStation(elsewhere);
  expect(followInputDesktop()).toBe("refused");
});

describe("the capture", () => {
  test("says at once whether a desktop is shown that it may not see, and is opened anew when that went away", async () => {
    w.setStation(elsewhere);
    const { events, handlers } = listen();
    const capture = await openCapture({ kind: "windows" }, handlers);
    expect(events.all.filter(({ type }) => type === "secure-desktop")).toEqual([
      { type: "secure-desktop", shown: true },
    ]);
    w.setStation(home.station);
    await events.first(({ type }) => type === "resized");
    await capture.close();
    const next = listen();
    await (await openCapture({ kind: "windows" }, next.handlers)).close();
    expect(next.events.all.filter(({ type }) => type === "secure-desktop")).toEqual([
      { type: "secure-desktop", shown: false },
    ]);
  });

  test("says it when it comes about in between", async () => {
    const { events, handlers } = listen();
    const capture = await openCapture({ kind: "windows" }, handlers);
    capture.take(planesFor(capture));
    w.setStation(elsewhere);
    await events.first((said) => said.type === "secure-desktop" && said.shown);
    expect(events.all.some(({ type }) => type === "resized" || type === "lost")).toBe(false);
    const planes = planesFor(capture);
    expect([capture.take(planes), capture.take(planes)]).toEqual([capture.width * capture.height, 0]);
    w.setStation(home.station);
    await events.first(({ type }) => type === "resized");
    await capture.close();
  });

  test("goes over to a desktop that it may see", async () => {
    const { events, handlers } = listen();
    const capture = await openCapture({ kind: "windows" }, handlers);
    w.setThreadDesktop(w.createDesktop("EngawaOther", null, null, 0, ALL_ACCESS, null));
    await events.first(({ type }) => type === "resized");
    expect(events.all.some((said) => said.type === "secure-desktop" && said.shown)).toBe(false);
    await capture.close();
    expect(followInputDesktop()).toBe("same");
  });
});

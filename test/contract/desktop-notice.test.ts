/** The notice on X11: above the others, read from above, and in nobody's way. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openDesktop } from "../../agent/desktop/child.ts";
import type { Desktop } from "../../agent/desktop/desktop.ts";
import { NoticeWindow } from "../../agent/native/x11/notice.ts";
import { Grabber } from "../../agent/native/x11/shm.ts";
import { XConnection } from "../../agent/native/x11/x11.ts";
import { until } from "../support/until.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXvfb, type Xvfb } from "../support/xvfb.ts";

const WORDS = "遠隔での利用は、あと 10 分で終わります。\n作業を保存してください。";
let server: Xvfb;
let looker: XConnection;
let desktop: Desktop | undefined;

beforeAll(async () => {
  server = await startXvfb({ width: 1280, height: 720, windowManager: true });
});
afterAll(() => server?.close());
beforeEach(() => {
  looker = XConnection.open(server.display) as XConnection;
});
afterEach(async () => {
  await desktop?.close();
  desktop = undefined;
  looker.close();
});

/** How many pixels of the screen's lower part are lighter than an empty one: letters and edge. */
function lightPixels(): number {
  const grabber = new Grabber(looker, { width: 1280, height: 200 });
  try {
    if (!grabber.fetch(0, 520, 1280, 200)) return 0;
    return grabber.pixels.filter((pixel) => (pixel & 0x00ff00) > 0x8000).length;
  } finally {
    grabber.close();
  }
}

test("is seen while there is something to say, and leaves nothing behind", async () => {
  expect(lightPixels()).toBe(0);
  const notes: string[] = [];
  const log = { info: (words: string) => void notes.push(words), warn: (words: string) => void notes.push(words) };
  desktop = openDesktop({ display: server.display, log, onReport: () => undefined });
  desktop.notice(WORDS);
  await until(
    () => `letters are seen; ${notes.join()}`,
    () => lightPixels() > 2_000,
  );
  desktop.notice("短い");
  await until("there are fewer of them", () => lightPixels() < 2_000 && lightPixels() > 100);
  desktop.notice("");
  await until("it is gone", () => lightPixels() === 0);
  expect(notes).toEqual([]);
});

test("goes with its process", async () => {
  desktop = openDesktop({
    display: server.display,
    log: { info: () => undefined, warn: () => undefined },
    onReport: () => undefined,
  });
  desktop.notice(WORDS);
  await until("letters are seen", () => lightPixels() > 2_000);
  await desktop.close();
  desktop = undefined;
  await until("it is gone", () => lightPixels() === 0);
});

test("lets the pointer through to what lies below", () => {
  const own = XConnection.open(server.display) as XConnection;
  const notice = new NoticeWindow(own);
  notice.show(WORDS);
  own.sync();
  const painter = new Painter(server.display);
  try {
    painter.movePointer(640, 620);
    expect(painter.windowBelowPointer()).toBe(0); // the root itself
  } finally {
    painter.close();
    notice.close();
    own.close();
  }
});

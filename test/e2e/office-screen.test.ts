/** The office's monitor in mid-session, on a real X server (Xorg): turned on its side, switched off and on. Its picture is back, and clicks land. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openProductOn, type TestProduct, type TestScreen } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXorg } from "../support/xorg.ts";

interface Monitor extends TestScreen {
  xrandr(...args: readonly string[]): Promise<string>;
}

let monitor: Monitor;
let product: TestProduct<Monitor>;
let staff: Staff;
let office: Painter;

beforeAll(async () => {
  monitor = await openMonitor();
  product = await openProductOn(monitor);
  office = new Painter(monitor.display);
  paint(1024, 768);
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
  await staff.connect();
  await staff.sees(40);
});
afterAll(async () => {
  office?.close(); // before its server, whose end would be ours
  await staff?.close();
  await product?.close();
});

async function openMonitor(): Promise<Monitor> {
  const { display, close } = await startXorg("1024x768");
  const run = promisify(execFile);
  const env = { PATH: "/usr/bin:/bin", DISPLAY: display };
  const screenshot = async () => {
    const options = { env, encoding: "buffer", maxBuffer: 64 * 1024 * 1024 } as const;
    return PNG.sync.read((await run("import", ["-silent", "-window", "root", "png:-"], options)).stdout);
  };
  const xrandr = async (...args: readonly string[]) => (await run("xrandr", args, { env })).stdout;
  return { display, authority: undefined, screenshot, xrandr, logs: () => "", readFile: () => "", close };
}

/** Something to be recognised by: another colour in each corner. */
function paint(width: number, height: number): void {
  const [halfWidth, halfHeight] = [width / 2, height / 2];
  office.fill(0, 0, halfWidth, halfHeight, 0x204060);
  office.fill(halfWidth, 0, halfWidth, halfHeight, 0xc0b040);
  office.fill(0, halfHeight, halfWidth, halfHeight, 0x40a060);
  office.fill(halfWidth, halfHeight, halfWidth, halfHeight, 0xd0d0d8);
}

const size = () =>
  staff.at("screen-video").evaluate((video) => {
    const { videoWidth, videoHeight } = video as HTMLVideoElement;
    return `${videoWidth}x${videoHeight}`;
  });

/** The picture is what is on the screen, and a click in it presses there. */
async function works(width: number, height: number): Promise<void> {
  await until("the picture has the screen's size", async () => (await size()) === `${width}x${height}`);
  paint(width, height);
  await staff.sees(40);
  for (const [partX, partY] of [
    [0.25, 0.9],
    [0.75, 0.1],
  ] as const) {
    const box = await staff.at("screen-video").boundingBox();
    if (!box) throw new Error("no picture");
    await staff.page.mouse.move(box.x + box.width * partX, box.y + box.height * partY);
    await staff.page.mouse.down();
    await until("the button is down where the picture was clicked", () => {
      const { x, y, buttons } = office.pointer();
      return buttons === 1 && Math.abs(x - width * partX) <= 2 && Math.abs(y - height * partY) <= 2;
    });
    await staff.page.mouse.up();
    await until("the button is up", () => office.pointer().buttons === 0);
  }
}

test("turned on its side and back: the same session on the same path, clicks land", async () => {
  await works(1024, 768);
  const attempt = await staff.attempt();
  // the memory's driver turns nothing itself; to whoever looks, a turned screen is one of this size
  await monitor.xrandr("--newmode", "upright", "64", "768", "800", "880", "1000", "1024", "1027", "1037", "1070");
  await monitor.xrandr("--addmode", "DUMMY0", "upright");
  await monitor.xrandr("--output", "DUMMY0", "--mode", "upright");
  await works(768, 1024);
  await staff.page.screenshot({ path: "test-results/upright.png" });
  await monitor.xrandr("--output", "DUMMY0", "--mode", "1024x768");
  await works(1024, 768);
  expect(await staff.attempt()).toBe(attempt);
});

test("switched off with a key held down, and on again: the same session, no key sticks, clicks land", async () => {
  const attempt = await staff.attempt();
  await staff.focus();
  await staff.key("keyDown", "ShiftLeft");
  await until("the office holds it", () => office.heldKeycodes().length > 0);
  await monitor.xrandr("--output", "DUMMY0", "--off");
  await staff.key("keyUp", "ShiftLeft");
  await until("no key is held at the office", () => office.heldKeycodes().length === 0);
  await until("what is left of the screen is shown", async () => (await size()) === "64x64");
  await staff.page.screenshot({ path: "test-results/switched-off.png" });
  await monitor.xrandr("--output", "DUMMY0", "--auto");
  await works(1024, 768);
  expect(await staff.attempt()).toBe(attempt);
});

/** A home with a line of 300 kbit/s, both ways, before which 64 kB may wait: over two seconds of delay when it is full. */
import { chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Line, openLine } from "../support/line.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

/** Each changes most of the screen. */
const PAGES = 30;

let line: Line;
let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  line = await openLine({ kbitPerS: 300, queueBytes: 64_000 });
  product = await openTestProduct({ place: line });
  await openLongText();
  staff = await Staff.arrive(product, { namespace: line.home, url: product.urlAt(line.address) });
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
  await line?.close();
});

let file: string;

/** In the editor: lines that differ everywhere, so that scrolling is new content. */
async function openLongText(): Promise<void> {
  const { screen } = product;
  file = join(screen.home, "long.txt");
  const lines = Array.from(
    { length: 2_000 },
    (_, i) => `${i} ${"起案 決裁 供覧 施行 回議 ".repeat(1 + (i % 5))}${i ** 3}`,
  );
  writeFileSync(file, lines.join("\n"));
  const { uid, gid } = statSync(screen.home);
  chownSync(file, uid, gid);
  await screen.run("mousepad", file);
  await until("the editor has the keyboard", async () =>
    (await screen.xdotool("getactivewindow", "getwindowname").catch(() => "")).includes("long.txt"),
  );
}

test("a page that is scrolled does not break the session, keys arrive, and the picture becomes sharp", async () => {
  await staff.connect();
  await staff.sees(40);
  const attempt = await staff.attempt();
  await staff.focus();
  await staff.chord("ControlLeft", "Home");
  const before = await line.sentBytes();
  for (let i = 0; i < PAGES; i++) {
    const page = await product.screen.screenshotPng();
    await staff.press("PageDown");
    // a person's pace is the load: the office has turned the page, however far the line is behind
    await until("the office shows another page", async () => !page.equals(await product.screen.screenshotPng()));
  }
  expect(await staff.state()).toBe("live");
  await staff.chord("ControlLeft", "End");
  await staff.press("Enter");
  await staff.type("arrived");
  await staff.chord("ControlLeft", "KeyS");
  await until("the letters are in the file", () => readFileSync(file, "utf8").trimEnd().endsWith("arrived"));
  expect(await staff.sees(40)).toBeGreaterThanOrEqual(40);
  expect(await staff.attempt()).toBe(attempt);
  expect(await line.sentBytes()).toBeGreaterThan(before + 64_000);
});

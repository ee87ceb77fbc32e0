/** A page behind another tab for longer than browsers leave its timers alone, with nobody attached to it who would keep it awake. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPlainBrowser, type PlainBrowser } from "../support/browser.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

/** Chromium slows hidden pages to one timer a minute after five minutes; here after five seconds. */
const SLOWED_SOON = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/5";
/** More than one of those minutes, and many times what counts as silence. */
const AWAY_MS = 75_000;

let product: TestProduct;
let browser: PlainBrowser;

beforeAll(async () => {
  product = await openTestProduct();
  browser = await openPlainBrowser({ caFile: product.pki.caFile, args: [SLOWED_SOON] });
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

test("behind another tab it is not taken for dead, and in front again the picture is there at once", async () => {
  const person = await product.addPerson();
  await browser.drive(async (driven) => {
    await driven.page.goto(product.url);
    const staff = new Staff(product, person, driven);
    await staff.reach("signed-out");
    await staff.registerAndSignIn();
    await staff.connect();
  });
  const see = (expression: string) => browser.evaluate(product.url, expression);
  await browser.cover();
  await until("it is hidden", async () => (await see("document.visibilityState")) === "hidden");
  await see("globalThis.ticks = 0; setInterval(() => { ticks += 1 }, 100); 0");
  await pause(AWAY_MS);
  // it really was slowed down: else this would test nothing
  expect(await see("ticks")).toBeLessThan(AWAY_MS / 100 / 2);
  expect(await see("document.documentElement.dataset.session")).toBe("live");
  await browser.uncover(product.url);
  await until("it is seen", async () => (await see("document.visibilityState")) === "visible");
  expect(await see("document.documentElement.dataset.session")).toBe("live");
  expect(await see("document.querySelector('[data-testid=screen-video]').dataset.attempt")).toBe("1");
  const [session] = await product.sessions();
  expect(session).toMatchObject({ endedAt: null });
});

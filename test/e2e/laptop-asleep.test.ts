/** A laptop whose lid is closed in mid-session, with a key held down: opened soon, the work goes on; later, the page says why not. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RESUME_GRACE_MS } from "../../signaling/protocol/limits.ts";
import { closeLid } from "../support/asleep.ts";
import { HeldKeys } from "../support/held-keys.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const ASLEEP_MS = 60_000;

let product: TestProduct;
let staff: Staff;
let keys: HeldKeys;

beforeAll(async () => {
  product = await openTestProduct();
  keys = new HeldKeys(product.screen);
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
  await staff.connect();
  await staff.sees(40);
});
afterAll(async () => {
  keys?.close();
  await staff?.close();
  await product?.close();
});

const newest = async () => (await product.sessions())[0];

/** What goes down before the lid comes up while it is closed: the browser never hears of that. */
async function holdAndClose(): Promise<() => void> {
  await keys.holdShift(staff);
  const open = closeLid(staff.browser.home);
  try {
    await keys.none();
  } catch (error) {
    open();
    throw error;
  }
  staff.forgetKeys();
  return open;
}

/** The picture is the office's again, and letters arrive as they are typed: small ones. */
async function works(word: string): Promise<void> {
  await staff.settle("live");
  await staff.sees(40);
  await staff.focus();
  await staff.type(word);
  await staff.saves((text) => text.endsWith(word), `"${word}"`);
  await keys.none(); // the last key-up is under way
}

test("asleep for a minute: the same session has its picture back, untouched", async () => {
  const before = await newest();
  const attempt = await staff.attempt();
  const open = await holdAndClose();
  try {
    await pause(ASLEEP_MS);
  } finally {
    open();
  }
  await until("a newer attempt is shown", async () => (await staff.attempt()) > attempt);
  await works("minute");
  expect(await newest()).toMatchObject({ id: before?.["id"], endedAt: null });
});

test("asleep for longer than a session waits: page and record say why, and one click connects anew", async () => {
  const before = await newest();
  const open = await holdAndClose();
  try {
    await until("the server knows that nobody is there", async () => !(await isLive()));
    // in earnest: what a session waits for goes by a clock that nobody can set
    await until("it is over", async () => (await newest())?.["endedAt"] !== null, RESUME_GRACE_MS + 30_000);
  } finally {
    open();
  }
  await staff.reach("ended");
  expect(await staff.at("curtain").innerText()).toContain("時間内に再接続できませんでした");
  expect(await newest()).toMatchObject({ id: before?.["id"], reason: "resume-expired" });
  await staff.page.screenshot({ path: "test-results/asleep.png" });
  await staff.at("connect-again").click();
  await works("anew");
});

/** As the server's log says it. */
async function isLive(): Promise<boolean> {
  const steps = product.signaling
    .logs()
    .split("\n")
    .filter((line) => line.includes('"msg":"session"'));
  return (JSON.parse(steps.at(-1) ?? "{}") as { to?: string }).to === "live";
}

/** A sign-in as short as a server may be set to have it: who works stays, and each of its ends is told in its own words. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { openServerClock, type ServerClock } from "../support/server-clock.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const MINUTE_S = 60;
/** The server looks at everybody's rights every 15 s: two of its looks. */
const LOOKED_MS = 31_000;

let clock: ServerClock;
let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  clock = openServerClock();
  product = await openTestProduct({
    signalingSettings: { ...clock.environment, ENGAWA_SIGN_IN_IDLE_MINUTES: "5", ENGAWA_SIGN_IN_HOURS: "1" },
  });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
  clock?.close();
});

/** The server's clock is ahead by so much, and it has seen that. */
async function jump(aheadS: number): Promise<void> {
  const jumps = () => product.signaling.logs().split("the clock of this server jumped").length;
  const before = jumps();
  clock.set(aheadS);
  await until("the server's clock has jumped", () => jumps() > before);
}

const newest = async () => (await product.sessions())[0];

test("the list says when it ends", async () => {
  expect(await staff.page.locator("body").innerText()).toContain("5分操作がないときも終わります");
});

test("what is done at the office counts as use; nothing done for longer ends session and sign-in, in words", async () => {
  await staff.connect();
  await staff.sees(40);
  await jump(4 * MINUTE_S);
  await staff.focus();
  await staff.type("used");
  await staff.saves((text) => text.includes("used"), "what was typed");
  await pause(2_000); // the office PC has told of it by then
  await jump(8 * MINUTE_S);
  await pause(LOOKED_MS);
  expect(await staff.state()).toBe("live");
  expect(await staff.attempt()).toBe(1);

  await jump(14 * MINUTE_S);
  await staff.reach("signed-out");
  expect(await staff.at("problem").innerText()).toContain("サインインの期限が来たので、接続を終わりました");
  await until("the record has it", async () => (await newest())?.["reason"] === "sign-in-expired");
});

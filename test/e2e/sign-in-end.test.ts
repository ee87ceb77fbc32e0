/** A sign-in as short as a server may be set to have it: who works stays, and each of its ends is told in its own words. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { openServerClock, type ServerClock } from "../support/server-clock.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const MINUTE_S = 60;

let clock: ServerClock;
let product: TestProduct;
let staff: Staff;
/** Somebody else, who does nothing. */
let other: Staff;

beforeAll(async () => {
  clock = openServerClock();
  product = await openTestProduct({
    signalingSettings: { ...clock.environment, ENGAWA_SIGN_IN_IDLE_MINUTES: "5", ENGAWA_SIGN_IN_HOURS: "1" },
  });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
  other = await Staff.arrive(product);
});
afterAll(async () => {
  await other?.close();
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

/** When the sign-in of the session was last used, as the record has it. */
function lastUse(): number {
  const database = new DatabaseSync(join(product.folder, "signaling", "engawa.db"), { readOnly: true });
  try {
    return Number(Object.values(database.prepare("select max(last_used_at) from sign_ins").get() ?? {})[0]);
  } finally {
    database.close();
  }
}

const newest = async () => (await product.sessions())[0];

test("the list says when it ends", async () => {
  expect(await staff.page.locator("body").innerText()).toContain("5分操作がないときも終わります");
});

test("what is done at the office counts as use; nothing done for longer ends session and sign-in, in words", async () => {
  await other.registerAndSignIn();
  await staff.connect();
  await staff.sees(40);
  await jump(4 * MINUTE_S);
  await staff.focus();
  const before = lastUse();
  await staff.type("used");
  await staff.saves((text) => text.includes("used"), "what was typed");
  await until("the office PC has told of it, and it is on record", () => lastUse() > before);
  await jump(8 * MINUTE_S);
  await other.reach("signed-out"); // who did nothing: the server has looked at everybody's rights
  expect(await staff.state()).toBe("live");
  expect(await staff.attempt()).toBe(1);

  await jump(14 * MINUTE_S);
  await staff.reach("signed-out");
  expect(await staff.at("problem").innerText()).toContain("サインインの期限が来たので、接続を終わりました");
  await until("the record has it", async () => (await newest())?.["reason"] === "sign-in-expired");
});

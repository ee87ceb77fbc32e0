/** Policy set on the command line while somebody works: what their page says, and what comes after it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { lookAt } from "../support/axe.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";

let product: TestProduct;
let staff: Staff;
const findings: string[] = [];
beforeAll(async () => {
  product = await openTestProduct({ office: { editor: false } });
  staff = await Staff.arrive(product, { viewport: { width: 1280, height: 900 } });
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const policy = (...words: string[]) =>
  product.signaling.admin("policy", ...words, "--person", staff.person.login, "--yes", "--reason", "試行");
const curtain = async () =>
  `${await staff.at("curtain-title").innerText()} ${await staff.at("curtain-todo").innerText()}`;

test("hours that are over end the session, and the next one is refused with the hour from which it would not be", async () => {
  await staff.connect();
  const thirdDay = DAYS[new Date(Date.now() + 3 * 86_400_000).getDay()];
  await policy("set", `hours=${thirdDay}:09:00-17:00`);
  await staff.reach("ended");
  expect(await curtain()).toContain("利用できる時間が終わったので、終わりました");
  await staff.page.screenshot({ path: "test-results/policy-hours.png" });
  await staff.page.reload();
  await staff.reach("list");
  await staff.ask();
  await staff.reach("ended");
  // by the clock of whoever reads it
  expect(await curtain()).toMatch(/今は利用できる時間ではありません（次は \d+月\d+日 \d+:00 から）/);
  findings.push(...(await lookAt(staff.page, "policy-hours")));
  await staff.page.screenshot({ path: "test-results/policy-refused.png" });
  await policy("clear", "hours");
  await staff.page.reload();
  await staff.reach("list");
  await staff.connect();
});

test("a place that is not allowed any more ends it too, and signing in again is refused for it alone", async () => {
  await product.signaling.admin("policy", "set", "places=別館:203.0.113.0/24", "--yes", "--reason", "試行");
  await policy("set", "from=別館");
  await staff.reach("ended");
  expect(await curtain()).toContain("場所");
  await staff.page.reload();
  await staff.reach("list");
  await staff.at("sign-out").click();
  await staff.reach("signed-out");
  expect(await staff.trySignIn()).toBe(false);
  expect(await staff.at("sign-in-problem").innerText()).toContain("この場所からは利用できない決まりです");
  findings.push(...(await lookAt(staff.page, "policy-place")));
  await policy("set", "from=elsewhere");
  expect(await staff.trySignIn()).toBe(true);
  await staff.connect();
});

test("on all of it axe finds nothing", () => expect(findings).toEqual([]));

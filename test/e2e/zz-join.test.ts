import { appendFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
let product: TestProduct; let staff: Staff;
const N = Number(process.env.ZZN ?? 12);
beforeAll(async () => {
  product = await openTestProduct({ agentFlags: ["--cpu-prof", "--cpu-prof-dir=/tmp/prof", "--cpu-prof-interval", "500"], agentEnvironment: process.env.ZZDEBUG ? { DEBUG: process.env.ZZDEBUG } : {} });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => { await staff?.close(); await product?.close(); });
test("many", { timeout: 3_000_000 }, async () => {
  for (let n = 0; n < N; n++) {
    const t = Date.now();
    appendFileSync("/tmp/zj.log", `--- ${n} ${new Date().toISOString()}\n`);
    await staff.ask();
    appendFileSync("/tmp/zj.log", `=== ${n} ${new Date().toISOString()} ${Date.now() - t} ms\n`);
    await staff.at("end").click(); await staff.page.waitForFunction(() => document.documentElement.dataset["session"] !== "live");
    if ((await staff.state()) !== "list") { await staff.page.reload(); await staff.reach("list"); }
    await new Promise(r => setTimeout(r, 1000));
  }
  writeFileSync("/tmp/zj.agent", product.agent.logs());
  writeFileSync("/tmp/zj.sig", product.signaling.logs());
});

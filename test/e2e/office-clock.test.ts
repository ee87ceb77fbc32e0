/** An office PC whose clock nobody has set: work goes on, and the PC says what is wrong. */
import { afterEach, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct | undefined;
let staff: Staff | undefined;

afterEach(async () => {
  await staff?.close();
  await product?.close();
});

test.each([-120, 120])("a clock that is %i s ahead", async (aheadS) => {
  product = await openTestProduct({
    agentEnvironment: {
      LD_PRELOAD: "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
      FAKETIME: `${aheadS > 0 ? "+" : ""}${aheadS}s`,
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
  });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
  await staff.connect();
  await staff.sees(40);
  await staff.focus();
  await staff.type("clock");
  await staff.saves((text) => text.includes("clock"), "what was typed");
  await staff.at("end").click();
  await staff.reach("list", "ended");
  await until("the session is over", async () => (await product?.sessions())?.[0]?.["endedAt"] !== null);
  expect((await product.sessions())[0]).toMatchObject({ reason: "viewer-left" });
  const said = product.agent
    .logs()
    .split("\n")
    .find((line) => line.includes("clock differs"));
  expect(Math.abs((JSON.parse(said ?? "{}") as { aheadS: number }).aheadS - aheadS)).toBeLessThanOrEqual(2);
});

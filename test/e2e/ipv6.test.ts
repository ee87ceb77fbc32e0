/** A home and servers that know IPv6 only between them: page, server, TURN on TLS and UDP, and the agent. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Line, openLine } from "../support/line.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";

let line: Line;
let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  line = await openLine({ kbitPerS: 100_000, queueBytes: 1_000_000, family: 6 });
  product = await openTestProduct({ place: line, inside: line.address });
  staff = await Staff.arrive(product, { namespace: line.home, url: product.urlAt(line.address) });
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
  await line?.close();
});

test("the page is reached at an IPv6 address", () => {
  expect(new URL(staff.page.url()).hostname).toBe(`[${line.address}]`);
});

test("the office PC is seen and operated, over UDP to a relay at an IPv6 address", async () => {
  await staff.connect();
  expect(await staff.sees(40)).toBeGreaterThanOrEqual(40);
  await staff.focus();
  await staff.type("over ipv6");
  await staff.saves((text) => text === "over ipv6", "the letters");
  expect(product.agent.logs()).toMatch(/"relay":"turn:\[[^"]*transport=udp","msg":"offer sent"/);
});

test("the doctor finds nothing that is in the way", async () => {
  const { ok, findings } = (await line.atServers(() => product.agent.command("doctor"))) as {
    ok: boolean;
    findings: object[];
  };
  expect(findings).toContainEqual(expect.objectContaining({ check: "中継 (TURN/UDP)", ok: true }));
  expect(findings).toContainEqual(expect.objectContaining({ check: "中継 (TURN/TLS)", ok: true }));
  expect(ok).toBe(true);
});

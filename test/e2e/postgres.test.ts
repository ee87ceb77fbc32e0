/** `npm start -- --store postgres`: the whole product on a PostgreSQL of its own. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  product = await openTestProduct({ store: "postgres" });
  staff = await Staff.arrive(product);
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

test("a person registers a browser, signs in and works; what happened is in the database, and in no file", async () => {
  await staff.registerAndSignIn();
  await staff.connect();
  await staff.sees(40);
  await staff.works("shigoto");
  const [session] = await product.sessions();
  expect(session).toMatchObject({ endedAt: null });
  expect(existsSync(join(product.folder, "signaling/engawa.db"))).toBe(false);
});

test("signaling comes back to the same database, and the page to the same session", async () => {
  const [before] = await product.sessions();
  await product.signaling.restart();
  await until("the office PC is told of", async () => (await staff.state()) === "live");
  await staff.works("tsuzuki");
  // it belongs to the server that came, which is another node
  expect((await product.sessions())[0]).toEqual({
    ...before,
    nodeId: expect.not.stringMatching(String(before?.["nodeId"])),
  });
});

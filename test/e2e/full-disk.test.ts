/** The disk of the server is full: who works goes on, who comes is told so in words, nothing is half written, and with room all works again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import type { SmallDisk } from "../support/small-disk.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const WORDS = "サーバーが記録を残せないため";

let product: TestProduct;
let disk: SmallDisk;
let staff: Staff;
let other: Staff;

beforeAll(async () => {
  product = await openTestProduct({ diskMegabytes: 16 });
  if (!product.disk) throw new Error("no disk of its own");
  disk = product.disk;
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
  other = await Staff.arrive(product);
  await other.registerAndSignIn();
  await staff.connect();
  await staff.sees(40);
  disk.fill();
});
afterAll(async () => {
  await other?.close();
  await staff?.close();
  await product?.close();
});

const newest = async () => (await product.sessions())[0];

test("a live session goes on, through a change of its path too", async () => {
  await staff.focus();
  await staff.type("full");
  await staff.saves((text) => text.includes("full"), "what was typed");
  const attempt = await staff.attempt();
  await product.relay.restart();
  await until("a newer attempt is shown", async () => (await staff.attempt()) > attempt);
  await staff.settle("live");
  await staff.sees(40);
});

test("a sign-out counts, although it cannot be written yet", async () => {
  await other.at("sign-out").click();
  await other.at("signed-out").waitFor();
  await other.page.reload();
  await other.reach("signed-out");
});

test("a sign-in is refused in words", async () => {
  expect(await other.trySignIn()).toBe(false);
  expect(await other.at("sign-in-problem").innerText()).toContain(WORDS);
  await other.page.screenshot({ path: "test-results/full-disk.png" });
});

test("a new connection is refused in words", async () => {
  await staff.at("end").click();
  await staff.reach("ended", "list");
  if ((await staff.state()) === "ended") await staff.at("connect-again").click();
  else await staff.at("connect").first().click();
  await staff.at("curtain").filter({ hasText: WORDS }).waitFor();
  await staff.reach("ended");
});

test("with room again it works by itself; what happened meanwhile is on record, and the record is whole", async () => {
  const [before] = await product.sessions();
  disk.empty();
  await until("the end that could not be written is on record", async () => (await newest())?.["endedAt"] !== null);
  expect(await newest()).toMatchObject({ id: before?.["id"], reason: "viewer-left" });
  await staff.at("connect-again").click();
  await staff.settle("live");
  await staff.sees(40);
  expect((await newest())?.["id"]).not.toBe(before?.["id"]);
  expect(await other.trySignIn()).toBe(true);
  const audit = (await product.signaling.list("audit", "list")) as { event: string; about: string }[];
  expect(audit.filter(({ event }) => event === "sign-in.ended")).toHaveLength(1);
  expect(await product.signaling.admin("audit", "verify")).toMatchObject({ ok: true });
  expect(product.events).not.toContain("signaling crashed");
});

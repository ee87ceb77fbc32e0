/** What happens to the line at home: connections that die without a word, and another address. Nobody touches anything. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Line, openLine } from "../support/line.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let line: Line;
let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  line = await openLine({ kbitPerS: 20_000, queueBytes: 256_000 });
  product = await openTestProduct({ place: line });
  staff = await Staff.arrive(product, { namespace: line.home, url: product.urlAt(line.address) });
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
  await line?.close();
});

const openSessions = async () => (await product.sessions()).filter((row) => row["endedAt"] === null);

/** The same session has a picture by a newer path, and the office hears the keys. */
async function returns(attempt: number, word: string): Promise<void> {
  await until("a newer attempt is shown", async () => (await staff.attempt()) > attempt, 60_000);
  await staff.settle("live");
  await staff.sees(40);
  await staff.focus();
  await staff.type(word);
  await staff.saves((text) => text.includes(word), `"${word}"`);
}

test("the list learns what happens at the office although its connection has died without a word", async () => {
  expect(await line.silence()).toBeGreaterThan(0);
  const state = () => staff.at("terminal").first().getAttribute("data-state");
  expect(await state()).toBe("online");
  product.agent.kill("SIGSTOP");
  try {
    await until("the list says that the office PC is away", async () => (await state()) === "offline", 90_000);
  } finally {
    product.agent.kill("SIGCONT");
  }
  await until("the list says that it is back", async () => (await state()) === "online", 90_000);
});

test("a session whose every connection has died without a word has its picture back", async () => {
  await staff.connect();
  const [session] = await openSessions();
  const attempt = await staff.attempt();
  expect(await line.silence()).toBeGreaterThan(1); // the page's, and the relay's
  await returns(attempt, "silence");
  expect((await openSessions()).map((row) => row["id"])).toEqual([session?.["id"]]);
});

test("a session goes on when the home has another address", async () => {
  const [session] = await openSessions();
  const attempt = await staff.attempt();
  await line.move();
  await returns(attempt, "moved");
  expect((await openSessions()).map((row) => row["id"])).toEqual([session?.["id"]]);
});

test("an end over connections that have died without a word is told again, and the page says so until it was heard", async () => {
  const [session] = await openSessions();
  await line.silence();
  await staff.at("end").click();
  await staff.reach("ended");
  const said = () => staff.at("curtain-text").innerText();
  await until("the page says that it was not heard", async () =>
    (await said()).includes("まだサーバーに届いていません"),
  );
  const row = async () => (await product.sessions()).find(({ id }) => id === session?.["id"]);
  await until("the server has heard it", async () => (await row())?.["endedAt"] !== null);
  expect((await row())?.["reason"]).toBe("viewer-left");
  await until("the page knows it", async () => !(await said()).includes("まだサーバーに届いていません"));
});

/** Passwords belong to the person: the first one is changed before anything else, and every one can be. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openTestProduct, type TestPerson, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const [CHOSEN, LATER] = ["veranda-7-summer", "hamburger-veranda-47"];

let product: TestProduct;
const arrived: Staff[] = [];

beforeAll(async () => {
  product = await openTestProduct({ office: { editor: false } });
});
afterEach(async () => {
  for (const staff of arrived.splice(0)) await staff.close();
});
afterAll(() => product?.close());

async function arrive(person: TestPerson): Promise<Staff> {
  const staff = await Staff.arrive(product, { person, viewport: { width: 1280, height: 900 } });
  arrived.push(staff);
  return staff;
}

const picture = (staff: Staff, name: string) => staff.page.screenshot({ path: `test-results/password-${name}.png` });

/** Types a new password twice and sends it. */
async function choose(staff: Staff, password: string, again = password): Promise<void> {
  await staff.at("new-password").fill(password);
  await staff.at("new-password-again").fill(again);
  await staff.at("password-change").click();
}

/** What is said next to this field, which has the focus. */
async function problemAt(staff: Staff, field: string): Promise<string> {
  const problem = staff.at(`${field}-problem`);
  await until(`something is said next to ${field}`, async () => (await problem.innerText()) !== "");
  expect(await staff.page.evaluate(() => document.activeElement?.getAttribute("data-testid"))).toBe(field);
  expect(await staff.at(field).getAttribute("aria-invalid")).toBe("true");
  expect(await staff.at(field).getAttribute("aria-describedby")).toContain(await problem.getAttribute("id"));
  return problem.innerText();
}

test("a password that was handed out is changed before anything else", async () => {
  const person = await product.addPerson({ name: "Hanako 佐藤", mustChange: true });
  const staff = await arrive(person);
  await staff.registerAndSignIn();
  await staff.reach("password");
  await picture(staff, "first");
  expect(await staff.at("old-password").count()).toBe(0);
  expect(await staff.at("new-password").getAttribute("autocomplete")).toBe("new-password");

  // neither a new look at the page nor its own socket leads to the list
  await staff.page.reload();
  await staff.reach("password");
  const opened = await staff.page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket("/ws");
        socket.onopen = () => resolve("open");
        socket.onclose = () => resolve("refused");
      }),
  );
  expect(opened).toBe("refused");

  await choose(staff, "short");
  expect(await problemAt(staff, "new-password")).toContain("12文字以上");
  await choose(staff, CHOSEN, "veranda-7-winter");
  expect(await problemAt(staff, "new-password-again")).toContain("1回目と違います");
  await choose(staff, "hanako-veranda-47");
  expect(await problemAt(staff, "new-password")).toContain("自分の名前");
  await choose(staff, person.password);
  expect(await problemAt(staff, "new-password")).toContain("同じです");
  await choose(staff, "qwertyuiop12");
  expect(await problemAt(staff, "new-password")).toContain("人に当てられる");
  await picture(staff, "guessable");
  await choose(staff, CHOSEN);
  await staff.reach("list");
  await staff.at("password-changed").waitFor();
  await staff.at("connect").waitFor();
  await picture(staff, "list");
  await staff.page.reload();
  await staff.reach("list");
});

test("a change from the own page ends the sign-in in the other browser, with its session, and not this one's", async () => {
  const person = await product.addPerson();
  const [here, there] = [await arrive(person), await arrive(person)];
  await here.registerAndSignIn();
  await there.registerAndSignIn();
  await there.connect();

  await here.at("own").click();
  await here.at("change-password").click();
  await here.reach("password");
  await picture(here, "own");
  await here.at("old-password").fill("not it at all");
  await here.at("one-time-code").fill("000000");
  await choose(here, LATER);
  expect(await problemAt(here, "old-password")).toContain("今のパスワードか、ワンタイムコードが違います");
  await picture(here, "wrong");
  expect(await there.state()).toBe("live");
  await here.at("old-password").fill(person.password);
  await here.at("one-time-code").fill(await person.code());
  await choose(here, LATER);
  await here.reach("list");
  await here.at("password-changed").waitFor();

  await there.reach("signed-out");
  await until("the record has the end", async () => (await product.sessions())[0]?.["reason"] === "signed-out");
  await there.page.reload();
  await there.reach("signed-out");
  expect(await there.trySignIn({ password: LATER })).toBe(true);
  await here.at("connect").waitFor();
  await here.page.reload();
  await here.reach("list");
  expect(product.logs()).not.toContain(LATER);
});

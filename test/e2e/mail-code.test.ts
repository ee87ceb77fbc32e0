/** A code that comes by mail, in a real browser: off unless the policy says otherwise, and the same words whether one is sent or not. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { lookAt } from "../support/axe.ts";
import { startMailServer, type TestMailServer } from "../support/mail-server.ts";
import { openTestProduct, type TestPerson, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";

let box: TestMailServer;
let product: TestProduct;
let person: TestPerson;
let staff: Staff;

beforeAll(async () => {
  box = await startMailServer();
  const signalingSettings = {
    ENGAWA_MAIL_URL: `smtp://127.0.0.1:${box.port}`,
    ENGAWA_MAIL_FROM: "engawa@city.example",
  };
  product = await openTestProduct({ office: { editor: false }, signalingSettings });
  person = await product.addPerson();
  await product.signaling.admin("person", "set-mail", person.login, "--mail", "hanako@city.example");
  staff = await Staff.arrive(product, { person, viewport: { width: 1280, height: 1000 } });
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
  await box?.close();
});

const decide = (...words: string[]) => product.signaling.admin("policy", ...words, "--reason", "試行", "--yes");
/** Presses the button and returns what the page says. */
async function ask(): Promise<string> {
  await staff.at("mail-code").click();
  const said = staff.at("mail-code-asked");
  await said.waitFor();
  expect(await staff.page.evaluate(() => document.activeElement?.getAttribute("data-testid"))).toBe("one-time-code");
  return said.innerText();
}

test("the rule off: the button is there, its words are the same, and no mail is sent", async () => {
  await staff.registerAndSignIn(); // with the app, as everybody
  await staff.at("sign-out").click();
  await staff.reach("signed-out");
  await staff.at("login").fill(person.login);
  await staff.at("mail-code").click();
  expect(await staff.at("sign-in-problem").innerText()).toContain("パスワード");
  await staff.at("password").fill(person.password);
  const off = await ask();
  expect(box.mails()).toEqual([]);
  const [refusal] = (await product.signaling.list("audit", "list")) as { event: string; about: string }[];
  expect(refusal).toMatchObject({ event: "sign-in.refused", about: expect.stringContaining('"faults":"way"') });

  await decide("set", "signInWays=app-or-mail");
  expect(await ask()).toBe(off);
  await box.reached(1);
  expect(await lookAt(staff.page, "mail-code")).toEqual([]);
});

test("the code in the mail lets its person in, and the own page says which codes count", async () => {
  const [mail] = await box.reached(1);
  const [, first, second] = /^ {4}(\d{4}) (\d{4})$/m.exec(mail?.text ?? "") ?? [];
  // as it is copied out of the mail
  await staff.at("one-time-code").fill(`${first} ${second}`);
  await staff.at("sign-in").click();
  await staff.reach("list");
  await staff.at("own").click();
  await staff.reach("own");
  expect(await staff.at("rule-one-time-code").innerText()).toContain("登録したアドレスに届く数字");
  expect(product.logs()).not.toContain(`${first}${second}`);
  expect(product.logs()).not.toContain("hanako@");
});

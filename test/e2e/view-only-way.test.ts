/** Looking only, on its whole way: set by the command line, told to the office PC by the hub, kept there by itself, and seen in the page of whoever works. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  product = await openTestProduct();
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

const admin = (...words: string[]) =>
  product.signaling.admin("policy", ...words, "--person", staff.person.login, "--yes", "--reason", "試し");
const banner = () => staff.at("banner").innerText();

async function saved(): Promise<string> {
  await staff.key("keyDown", "ControlLeft");
  await staff.press("KeyS");
  await staff.key("keyUp", "ControlLeft");
  return product.screen.readFile().trim();
}

test("who may only look is told so from the first picture on, and nothing they type arrives", async () => {
  await admin("set", "viewOnly=yes");
  await staff.connect();
  await staff.at("view-only").waitFor();
  expect(await banner()).toBe("見るだけの接続です。キーボードとマウスは送られません。");
  await staff.focus();
  await staff.press("KeyX");
  expect(product.agent.logs()).toContain('"viewOnly":true');
});

test("a rule that is taken back holds no more in the session that runs", async () => {
  await admin("clear", "viewOnly");
  await staff.at("view-only").waitFor({ state: "hidden" });
  await staff.focus();
  await staff.press("KeyO", "KeyK");
  await until("it is typed, and what was tried before is not", async () => (await saved()) === "ok");
});

/** Sheets to print at the console: what is on the paper, that it fits, and that what it says lets its person in. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeAt, seedOfUri } from "../../signaling/auth/totp.ts";
import { Administrator } from "../support/administrator.ts";
import { addAdministrator, openWithConsole } from "../support/at-console.ts";
import { ORGANISATION, type TestPerson, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";

const PICTURES = "test-results";

let product: TestProduct;
let kanri: Administrator;
let tanaka: TestPerson;
let staff: Staff | undefined;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  const opened = await openWithConsole();
  product = opened.product;
  tanaka = await product.addPerson({ login: "tanaka", name: "田中 一郎" });
  await product.addPerson({ login: "sato", name: "佐藤 花子", mustChange: true });
  await product.addPerson({ login: "mori", name: "森 三郎", mustChange: true });
  const person = await addAdministrator(product, "kanri", "見本 管理");
  staff = await Staff.arrive(product, { person: tanaka });
  await staff.registerAndSignIn();
  await staff.close();
  staff = undefined;
  kanri = await Administrator.arrive(product, person, opened.url);
  await kanri.registerAndSignIn();
  await kanri.reach("today");
});
afterAll(async () => {
  await staff?.close();
  await kanri?.close();
  await product?.close();
});

/** Prints to a file a person can look at; how many pages of A4 there are on it, and how much of any page was cut off. */
async function print(name: string): Promise<{ pages: number; sizes: string[] }> {
  const pdf = await kanri.page.pdf({ preferCSSPageSize: true });
  writeFileSync(`${PICTURES}/sheet-${name}.pdf`, pdf);
  const text = pdf.toString("latin1");
  const sizes = [...text.matchAll(/\/MediaBox\s*\[([^\]]+)\]/g)].map(([, box = ""]) =>
    box
      .trim()
      .split(/\s+/)
      .map((side) => Math.round(Number(side)))
      .join(" "),
  );
  return { pages: [...text.matchAll(/\/Type\s*\/Page\b/g)].length, sizes: [...new Set(sizes)] };
}
const A4 = "0 0 595 842";

/** Of each sheet, in print: its words, and whether all of it is on its page. */
async function sheets(): Promise<{ text: string; fits: boolean }[]> {
  await kanri.page.emulateMedia({ media: "print" });
  const found = await kanri.at("sheet").evaluateAll((all) =>
    all.map((sheet) => ({
      text: (sheet as HTMLElement).innerText,
      fits: sheet.scrollHeight <= sheet.clientHeight && sheet.scrollWidth <= sheet.clientWidth,
    })),
  );
  await kanri.page.emulateMedia({ media: null });
  return found;
}

test("first letters for a selection: a page each, for who has never signed in", async () => {
  await kanri.open("people");
  for (const name of ["田中 一郎", "佐藤 花子", "森 三郎"]) await kanri.row(name).getByTestId("select").check();
  await kanri.at("many-people.letters").click();
  await kanri.at("effect").getByText("職員 2 名に関わります").waitFor();
  await kanri.look("letters");
  await kanri.give("4月の採用", await kanri.person.code());
  await kanri.at("once").waitFor();
  expect(await kanri.at("once").innerText()).toMatch(/手紙 2 通/);
  expect(await kanri.at("no-letter").innerText()).toContain("田中 一郎");
  await kanri.page.locator("#contact").fill("総務課 情報係（内線 1234）");
  await kanri.look("letters-made");
  const [mori, sato, ...others] = await sheets();
  expect(others).toEqual([]);
  for (const [sheet, name, login] of [
    [mori, "森 三郎", "mori"],
    [sato, "佐藤 花子", "sato"],
  ] as const) {
    expect(sheet?.fits, name).toBe(true);
    for (const words of [`${name} 様`, login, ORGANISATION, product.url, "総務課 情報係（内線 1234）", "令和"])
      expect(sheet?.text).toContain(words);
    expect(sheet?.text).not.toContain("田中");
  }
  // nothing of the page is on the paper, and no letter on the screen
  await kanri.page.emulateMedia({ media: "print" });
  expect(await kanri.at("who").isVisible()).toBe(false);
  expect(await kanri.at("once").isVisible()).toBe(false);
  await kanri.page.emulateMedia({ media: null });
  expect(await kanri.at("paper").isVisible()).toBe(false);
  expect(await print("letters")).toEqual({ pages: 2, sizes: [A4] });
});

test("by what is on the paper its person comes in, as far as a browser that nobody knows can come", async () => {
  const [paper] = (await sheets()).filter(({ text }) => text.includes("森 三郎"));
  const password = /[0-9a-z]{4}(?:-[0-9a-z]{4})+/.exec(paper?.text ?? "")?.[0] ?? "";
  const secret = (/(?:[A-Z2-7]{4} ){5,}[A-Z2-7]{1,4}/.exec(paper?.text ?? "")?.[0] ?? "").replaceAll(" ", "");
  const seed = seedOfUri(`otpauth://totp/Engawa:mori?secret=${secret}`);
  const person = { login: "mori", name: "森 三郎", password, code: async () => codeAt(seed, Date.now()) };
  await kanri.at("once-close").click();
  staff = await Staff.arrive(product, { person });
  await staff.registerAndSignIn();
  await staff.reach("password");
});

test("a PC is added: its token goes into a file, its paper has boxes for the code and no token", async () => {
  await kanri.open("terminals");
  await kanri.at("add").click();
  await kanri.page.locator("#field-name").fill("総務課 12");
  await kanri.give("新しい PC");
  await kanri.at("once-token").waitFor();
  const token = await kanri.at("once-token").innerText();
  const [file] = await Promise.all([kanri.page.waitForEvent("download"), kanri.at("save-token").click()]);
  expect([file.suggestedFilename(), readFileSync(await file.path(), "utf8")]).toEqual(["engawa-token.txt", token]);
  await kanri.look("token");
  const [asked] = await Promise.all([
    kanri.page.waitForEvent("dialog"),
    kanri.page.evaluate(() => void setTimeout(() => history.back())),
  ]);
  expect(asked.message()).toContain("もう見られません");
  await asked.dismiss();
  expect(await kanri.at("once-token").innerText()).toBe(token);
  const [sheet, ...others] = await sheets();
  expect([others.length, sheet?.fits]).toEqual([0, true]);
  for (const words of ["総務課 12", "engawa-token.txt", "使う人の控え"]) expect(sheet?.text).toContain(words);
  expect(sheet?.text).not.toContain(token.slice(0, 20));
  expect(await kanri.at("boxes").locator(".a4-box").count()).toBe(20);
  expect(await print("pc")).toEqual({ pages: 1, sizes: [A4] });
  await kanri.at("once-close").click();
  await kanri.at("drawer").waitFor();
  await kanri.page.keyboard.press("Escape");
});

test("devices and PCs of a list, a page each; the browser remembers whom to ask", async () => {
  await kanri.open("terminals");
  await kanri.page.getByTestId("select-all").check();
  await kanri.at("many-papers").click();
  expect(await kanri.page.locator("#contact").inputValue()).toBe("総務課 情報係（内線 1234）");
  await kanri.look("papers");
  expect((await sheets()).map(({ fits }) => fits)).toEqual([true, true]);
  expect(await print("pcs")).toEqual({ pages: 2, sizes: [A4] });
  await kanri.page.keyboard.press("Escape");
  await kanri.at("papers").waitFor({ state: "detached" });

  await kanri.open("devices");
  await kanri.row("田中 一郎").getByTestId("open-devices").click();
  await kanri.at("papers-open").click();
  await kanri.at("papers").waitFor();
  const [sheet] = await sheets();
  expect(sheet?.fits).toBe(true);
  expect(sheet?.text).toMatch(/agent devices add [0-9A-Z]{5}(-[0-9A-Z]{5}){3} --login tanaka/);
  expect(await print("device")).toEqual({ pages: 1, sizes: [A4] });
  await kanri.page.keyboard.press("Escape");
  await kanri.page.keyboard.press("Escape");
});

test("the code that lifts a lock, with what is locked and how it is lifted", async () => {
  await kanri.open("people");
  await kanri.row("tanaka").getByTestId("open-people").click();
  await kanri.at("act-lock.person").click();
  await kanri.give("端末を紛失したため", await kanri.person.code());
  const code = await kanri.at("once-liftCode").innerText();
  expect(await kanri.at("once").innerText()).toContain("田中 一郎（tanaka）");
  const [sheet, ...others] = await sheets();
  expect([others.length, sheet?.fits]).toEqual([0, true]);
  for (const words of [code, "田中 一郎（tanaka）", "緊急停止を解く", ORGANISATION])
    expect(sheet?.text).toContain(words);
  expect(await print("lift")).toEqual({ pages: 1, sizes: [A4] });
  await kanri.at("once-close").click();
  // what is opened now has the number that is on the paper
  await kanri.at("drawer").getByText("端末を紛失したため").first().waitFor();
  const [, number = ""] = /緊急停止の番号\s+(\S+)/.exec(sheet?.text ?? "") ?? [];
  expect(number).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  expect(await kanri.at("drawer").innerText()).toContain(number);
});

test("axe finds nothing, and the browser had nothing to complain about", () => {
  expect(kanri.findings).toEqual([]);
  expect(kanri.browser.console.filter((line) => !/status of (401|403|404|409)/.test(line))).toEqual([]);
});

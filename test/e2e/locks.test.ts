/** A lock on somebody who is at work, set at the console: what the page says, within seconds; and how it is lifted again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AtConsole, openAtConsole } from "../support/at-console.ts";
import { until } from "../support/until.ts";

let close: AtConsole["close"] | undefined;
let product: AtConsole["product"];
let kanri: AtConsole["kanri"];
let staff: AtConsole["staff"];
beforeAll(async () => {
  ({ product, kanri, staff, close } = await openAtConsole());
});
afterAll(() => close?.());

const agentLocks = async (): Promise<string> => JSON.stringify(await product.agent.command("locks", "list"));
let liftCode = "";

test("who is locked in mid-session is told why by their page, and the office PC keeps them out", async () => {
  await staff.connect();
  await kanri.open("people");
  await kanri.row("tanaka").getByTestId("open-people").click();
  await kanri.at("act-lock.person").click();
  await kanri.at("effect").getByText("今つないでいる 1 名の接続が切れます").waitFor();
  await kanri.page.locator("#field-end").fill("2099-03-31T17:15");
  await kanri.look("lock");
  await kanri.give("端末を紛失したため", await kanri.person.code());
  await staff.reach("signed-out", "ended");
  await staff.page.getByText("管理者が利用を緊急に止めました").first().waitFor();
  await staff.page.screenshot({ path: "test-results/locked-out.png" });
  liftCode = await kanri.at("once-liftCode").innerText();
  expect(liftCode).toMatch(/^([0-9A-Z]{5}-){3}[0-9A-Z]{5}$/);
  await kanri.look("lock-once");
  await kanri.at("once-close").click();
  await kanri.at("drawer").getByText("端末を紛失したため").first().waitFor();
  await until("the office PC keeps it", async () => (await agentLocks()).includes("tanaka"));
});

test("signing in again says until when, and nobody is let in", async () => {
  if ((await staff.state()) !== "signed-out") await staff.page.reload();
  await staff.reach("signed-out");
  expect(await staff.trySignIn()).toBe(false);
  expect(await staff.at("sign-in-problem").innerText()).toMatch(/緊急に止めています（3月31日 17:15 まで）/);
  await staff.page.screenshot({ path: "test-results/locked-out-sign-in.png" });
});

test("Today counts it and leads to the list, whose filter stands in the address", async () => {
  await kanri.page.keyboard.press("Escape");
  await kanri.at("drawer").waitFor({ state: "detached" });
  await kanri.at("menu-today").click();
  await kanri.reach("today");
  await until("it is counted", async () => /緊急停止しているもの\s*1/.test(await kanri.at("figure-locks").innerText()));
  await kanri.look("today-locks");
  await kanri.at("figure-locks").click();
  await kanri.reach("locks");
  expect(await kanri.page.evaluate(() => location.hash)).toBe("#/locks?state=in-force");
  await until("the office PC is counted", async () => {
    const cells = await kanri.row("田中 一郎").locator("td").allTextContents();
    return cells.includes("1");
  });
  await kanri.look("locks");
});

test("without its code nothing else lifts it at the office PC; with it the person is back at work", async () => {
  await kanri.row("田中 一郎").getByTestId("open-locks").click();
  await kanri.at("act-lock.lift").click();
  await kanri.page.locator("#field-liftCode").fill("AAAA");
  await kanri.give("端末が見つかった", "123456");
  await kanri.at("act-dialog").getByText("20 文字を入力してください").waitFor();
  await kanri.look("lock-lift");
  await kanri.page.locator("#field-liftCode").fill(liftCode.toLowerCase());
  await kanri.give("端末が見つかった", await kanri.person.code());
  await kanri.at("act-dialog").waitFor({ state: "detached" });
  await until("the office PC lets go", async () => !(await agentLocks()).includes("tanaka"));
  expect(await staff.trySignIn()).toBe(true);
  await staff.connect();
});

test("on all of it axe finds nothing", () => expect(kanri.findings).toEqual([]));

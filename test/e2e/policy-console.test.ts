/** Policy at the console: looked at, decided with its effect in numbers, overtaken by somebody else, and in force on who is at work. */
import type { Dialog } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Administrator } from "../support/administrator.ts";
import { addAdministrator, openWithConsole } from "../support/at-console.ts";
import { ORGANISATION, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;
let kanri: Administrator;
let staff: Staff;

beforeAll(async () => {
  const opened = await openWithConsole();
  product = opened.product;
  const tanaka = await product.addPerson({ login: "tanaka", name: "田中 一郎" });
  const person = await addAdministrator(product, "kanri", "見本 管理");
  await product.signaling.admin("division", "add", "総務課");
  await product.signaling.admin("person", "move", "tanaka", "--division", "総務課");
  kanri = await Administrator.arrive(product, person, opened.url);
  await kanri.registerAndSignIn();
  await kanri.reach("today");
  staff = await Staff.arrive(product, { person: tanaka, viewport: { width: 1280, height: 900 } });
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await kanri?.close();
  await product?.close();
});

const textOf = (testId: string) => kanri.at(testId).innerText();
const place = (name: string) => kanri.at("policy-place").filter({ hasText: name });
const change = async (rule: string, fill: () => Promise<void>): Promise<void> => {
  await kanri.at(`policy-edit-${rule}`).click();
  await kanri.at("policy-mode-set").check();
  await fill();
  await kanri.at("rule-yes").click();
  await kanri.at("rule-dialog").waitFor({ state: "detached" });
};
const save = async (because: string): Promise<void> => {
  await kanri.at("policy-check").click();
  await kanri.give(because, await kanri.person.code());
};

test("every rule is there, with what holds and where it comes from", async () => {
  await kanri.at("menu-policy").click();
  await kanri.reach("policy");
  await kanri.at("policy-place-name").waitFor();
  expect(await textOf("policy-idleMinutes")).toMatch(
    /上から引き継ぐ[\s\S]*パソコンごとの設定[\s\S]*どこでも決めていません/,
  );
  expect(await kanri.at("policy-place").count()).toBe(2);
  await kanri.look("policy");
});

test("by the keyboard alone a rule is decided, with its effect in numbers, and reaches the office PC", async () => {
  const { keyboard } = kanri.page;
  await kanri.at("policy-edit-idleMinutes").focus();
  await keyboard.press("Enter");
  await kanri.at("policy-mode-inherit").focus();
  await keyboard.press("ArrowDown");
  await keyboard.press("Tab");
  await keyboard.press("Control+a");
  await keyboard.type("３０");
  await keyboard.press("Enter");
  await kanri.at("policy-problem-line").getByText("5 から 25 までの整数").waitFor();
  await kanri.look("policy-rule");
  await kanri.page.locator("#policy-number").focus();
  await keyboard.press("Control+a");
  await keyboard.type("１０");
  await keyboard.press("Enter");
  await kanri.at("policy-changes").getByText("1 件を変えます").waitFor();
  await kanri.look("policy-changed");
  await kanri.at("policy-check").focus();
  await keyboard.press("Enter");
  await kanri.at("effect").getByText("関わる職員 2 人").waitFor();
  expect(await textOf("effect")).toMatch(/パソコン 1 台[\s\S]*接続 0 件[\s\S]*切れる接続 0 件/);
  expect(await textOf("policy-diff")).toMatch(/いま 上から引き継ぐ\s*これから 10 分/);
  await kanri.look("policy-confirm");
  await kanri.page.locator("#reason").focus();
  await keyboard.type("画面の開きっぱなしを防ぐため");
  await keyboard.press("Tab");
  await keyboard.type(await kanri.person.code());
  await keyboard.press("Enter");
  await kanri.at("policy-saved").getByText("第 1 版").waitFor();
  await kanri.at("policy-agents").getByText("職場のパソコン 1 台のうち").waitFor();
  await kanri.at("policy-history").getByText("第 1 版").waitFor();
  expect(await textOf("policy-history")).toMatch(
    /第 1 版[\s\S]*画面の開きっぱなしを防ぐため[\s\S]*上から引き継ぐ → 10 分/,
  );
});

test("codes by mail are decided, and it is said that this server can send none", async () => {
  await kanri.at("policy-edit-signInWays").click();
  await kanri.at("policy-no-mail").waitFor();
  await kanri.at("policy-mode-set").check();
  await kanri.at("policy-choice-app-or-mail").check();
  await kanri.look("policy-mail");
  await kanri.at("rule-yes").click();
  await kanri.at("policy-no-mail-mark").waitFor();
  expect(await textOf("policy-signInWays")).toMatch(/認証アプリか、メールのコード[\s\S]*メールのコードは送られません/);
  await kanri.look("policy-mail-changed");
  await kanri.at("policy-drop").click();
  await kanri.at("policy-no-mail-mark").waitFor({ state: "detached" });
});

test("a city's way of ending the day fills the draft, which is looked at like any other and changed before it is saved", async () => {
  await kanri.at("policy-preset-neyagawa").focus();
  await kanri.page.keyboard.press("Enter");
  await kanri.at("policy-changes").getByText("3 件を変えます").waitFor();
  expect(await textOf("policy-hours")).toContain("月曜日～金曜日 8:30～17:30");
  expect(await textOf("policy-endNotices")).toContain(
    "終わりの 90 分前から 30 分ごと、切れる前の 10 分間は 1 分ごとに知らせ",
  );
  expect(await textOf("policy-shutDown")).toContain("電源を切る");
  await kanri.look("policy-preset");
  await kanri.at("policy-preset-yabu").click();
  expect(await textOf("policy-hours")).toMatch(/水曜日 8:30～18:30/);
  await kanri.at("policy-edit-endNotices").click();
  await kanri.page.locator("#notice-firstMin").fill("５００");
  await kanri.at("rule-yes").click();
  await kanri.at("policy-problem-line").getByText("1 から 180 までの整数").waitFor();
  await kanri.look("policy-notices");
  await kanri.page.locator("#notice-firstMin").fill("４５");
  await kanri.at("rule-yes").click();
  await kanri.at("policy-endNotices").getByText("45 分前から").waitFor();
  await change("calendar", async () => {
    await kanri.at("calendar-days").fill("年末年始");
    await kanri.at("rule-yes").click();
    await kanri.at("policy-problem-line").getByText("この行が読めません：年末年始").waitFor();
    await kanri.at("calendar-days").fill("１２/２９～１/３ 年末年始\n2026-11-03 9:00-12:00 臨時開庁");
    await kanri.look("policy-calendar");
  });
  expect(await textOf("policy-calendar")).toMatch(
    /祝日・休日は使えない、12-29～01-03 年末年始、2026-11-03 9:00-12:00 臨時開庁/,
  );
  await kanri.at("policy-drop").click();
  await kanri.at("policy-changes").waitFor({ state: "detached" });
});

test("a division inherits it, and says from where", async () => {
  await place("総務課").click();
  await kanri.at("policy-place-name").getByText("総務課").waitFor();
  expect(await textOf("policy-idleMinutes")).toMatch(/上から引き継ぐ[\s\S]*10 分/);
  await kanri.at("policy-idleMinutes").getByRole("link").click();
  await kanri.at("policy-idleMinutes").getByText("ここ", { exact: true }).waitFor();
});

test("named places are typed, and chosen as from where one may come", async () => {
  await change("places", async () => {
    await kanri.page.locator("#place-name-0").fill("庁内フリーアドレス");
    await kanri.page.locator("#place-networks-0").fill("１０.０.０.０／８");
    await kanri.at("place-add").click();
    await kanri.page.locator("#place-name-1").fill("この製品");
    await kanri.page.locator("#place-networks-1").fill("127.0.0.0/8\n::1");
    await kanri.look("policy-places");
  });
  await change("from", async () => {
    for (const name of ["庁内フリーアドレス", "この製品", "自宅など、名前のないほかの場所"])
      await kanri.at("rule-dialog").getByLabel(name).check();
  });
  expect(await textOf("policy-from")).toContain("庁内フリーアドレス、この製品、自宅など");
});

test("what is not saved is not left for another place, nor by a reload, without a question", async () => {
  const { page } = kanri;
  const asked: string[] = [];
  const stay = (dialog: Dialog) => {
    asked.push(dialog.type() === "confirm" ? dialog.message() : dialog.type());
    void dialog.dismiss();
  };
  page.on("dialog", stay);
  const before = page.url();
  await place("総務課").click();
  await until("it is asked", () => asked.length === 1);
  await page.evaluate(() => history.back());
  await until("it is asked again", () => asked.length === 2);
  await kanri.at("sign-out").click();
  await until("before a sign-out too", () => asked.length === 3);
  await page.evaluate(() => location.reload());
  await until("by the browser", () => asked.length === 4);
  page.off("dialog", stay);
  const question = expect.stringContaining("登録していない変更があります");
  expect(asked).toEqual([question, question, question, "beforeunload"]);
  expect(page.url()).toBe(before);
  expect(await textOf("policy-changes")).toContain("2 件を変えます");
});

test("who is overtaken loses nothing of what they typed, and hears by whom and why", async () => {
  await kanri.at("policy-check").click();
  await kanri.page.locator("#reason").fill("場所を決めるため");
  await product.signaling.admin(
    ...["policy", "set", "kbps=200", "--organisation", ORGANISATION, "--yes", "--reason", "回線を増やしたため"],
  );
  await kanri.page.locator("#fresh-code").fill(await kanri.person.code());
  await kanri.at("act-yes").click();
  await kanri.at("policy-conflict").getByText("回線を増やしたため").waitFor();
  await kanri.look("policy-conflict");
  expect(await textOf("policy-changes")).toContain("2 件を変えます");
  expect(await textOf("policy-kbps")).toContain("200 キロビット/秒");
  await kanri.at("policy-check").click();
  expect(await kanri.page.locator("#reason").inputValue()).toBe("場所を決めるため");
  // the code was not used up
  await kanri.page.locator("#fresh-code").fill(await kanri.person.code());
  await kanri.at("act-yes").click();
  await kanri.at("policy-saved").getByText("第 3 版").waitFor();
  expect(await kanri.at("policy-conflict").count()).toBe(0);
  await kanri.look("policy-history");
});

test("from their drawer to a person's own rules; hours that are over end the session that was counted", async () => {
  await staff.connect();
  await kanri.open("people");
  await kanri.row("tanaka").getByTestId("open-people").click();
  await kanri.look("policy-drawer");
  await kanri.at("to-policy").click();
  await kanri.at("policy-place-name").getByText("田中 一郎").waitFor();
  expect(await textOf("policy-places")).toContain("サーバーと団体でだけ決めます");
  await change("hours", async () => {
    // all but today, by the server's clock
    const today = (new Date().getDay() + 6) % 7;
    for (let day = 0; day < 7; day += 1) await kanri.at(`hours-open-${day}`).setChecked(day === (today + 3) % 7);
    await kanri.look("policy-hours");
  });
  await kanri.at("policy-check").click();
  await kanri.at("effect").getByText("切れる接続 1 件").waitFor();
  await kanri.at("act-no").click();
  await save("時間外の利用をなくすため");
  await kanri.at("policy-saved").getByText("第 1 版").waitFor();
  await staff.reach("ended", "list");
  await kanri.open("sessions");
  await until("it is recorded", async () =>
    (await kanri.row("田中 一郎").allInnerTexts()).some((row) => row.includes("利用できる時間の終わり")),
  );
});

test("documents are made of what holds, by the keyboard alone, and print on A4 without what is around them", async () => {
  const { page } = kanri;
  await kanri.at("menu-policy").click();
  await kanri.at("to-documents").focus();
  await page.keyboard.press("Enter");
  const shown = (name: string) => page.locator(`[data-testid="document"][data-name="${name}"]`);
  await shown("rules").waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("帳票");
  expect(await shown("rules").innerText()).toMatch(
    /操作がないとき接続を終えるまで\s*10 分[\s\S]*200 kbit\/s[\s\S]*職員が1人いる/,
  );
  await kanri.look("document-rules");
  const sheets: Record<string, string[]> = {};
  await kanri.at("document-rules").focus();
  for (const name of ["rules", "communications", "leaflet", "duties", "placement"]) {
    if (name !== "rules") await page.keyboard.press("ArrowDown");
    await shown(name).waitFor();
    if (name === "placement") await kanri.look(`document-${name}`);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    sheets[name] = [...pdf.matchAll(/\/MediaBox\s*\[([^\]]+)\]/g)].map(([, box = ""]) =>
      box
        .trim()
        .split(/\s+/)
        .slice(2)
        .map((side) => Math.round(Number(side)))
        .join("x"),
    );
  }
  const across = new Set(["842x595"]);
  expect(sheets["leaflet"]).toEqual(["595x842"]);
  expect(new Set(sheets["rules"])).toEqual(new Set(["595x842"]));
  for (const name of ["communications", "duties", "placement"]) expect(new Set(sheets[name]), name).toEqual(across);
  await page.emulateMedia({ media: "print" });
  for (const around of ["menu-policy", "documents-back", "documents-print", "sign-out"])
    expect(await kanri.at(around).isVisible(), around).toBe(false);
  await page.emulateMedia({ media: null });
  await kanri.at("documents-back").click();
  await kanri.at("policy-place-name").waitFor();
});

test("a person's mail address is set with a fresh code, and shown masked", async () => {
  await kanri.open("people");
  await kanri.row("tanaka").getByTestId("open-people").click();
  await kanri.at("act-people.set-mail").click();
  await kanri.page.locator("#field-mail").fill("tanaka");
  await kanri.at("act-yes").click();
  await kanri.at("act-dialog").getByText("半角で正しく").waitFor();
  await kanri.look("set-mail");
  await kanri.page.locator("#field-mail").fill("ｔａｎａｋａ@city.example");
  await kanri.give("本人の申請", await kanri.person.code());
  await kanri.at("drawer").getByText("t***@city.example").first().waitFor();
  await kanri.look("set-mail-done");
  expect(await kanri.page.content()).not.toContain("tanaka@city");
  await kanri.page.keyboard.press("Escape");
});

test("at 200 % nothing of the page runs out of the window", async () => {
  await kanri.page.setViewportSize({ width: 960, height: 540 });
  await kanri.at("menu-policy").click();
  await kanri.at("policy-idleMinutes").waitFor();
  const isWider = () => document.documentElement.scrollWidth > document.documentElement.clientWidth;
  expect(await kanri.page.evaluate(isWider)).toBe(false);
});

test("on all of it axe finds nothing, and the browser had nothing to complain about", () => {
  expect(kanri.findings).toEqual([]);
  expect(kanri.browser.console.filter((line) => !/status of (401|403|404|409)/.test(line))).toEqual([]);
});

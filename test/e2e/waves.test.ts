/** IDs of office PCs in waves: applied for, approved with one click, used, and over while somebody works. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Administrator } from "../support/administrator.ts";
import { type AtConsole, openAtConsole } from "../support/at-console.ts";
import { lookAt } from "../support/axe.ts";
import { until } from "../support/until.ts";

let opened: AtConsole;
let kanri: Administrator;

beforeAll(async () => {
  opened = await openAtConsole();
  kanri = opened.kanri;
  const { admin } = opened.product.signaling;
  await admin("organisation", "add", "国", "--kind", "operator", "--code", "kuni");
  for (const [name, code] of [
    ["緑市", "midori"],
    ["桜町", "sakura"],
  ] as const)
    await admin("organisation", "add", name, "--code", code, "--parent", "kuni");
  await admin("duty", "give", "kanri", "operator", "--organisation", "kuni");
  await kanri.page.reload();
  await kanri.reach("today");
});
afterAll(() => opened?.close());

const textOf = (testId: string) => kanri.at(testId).innerText();

test("an event is declared by the keyboard alone", async () => {
  const { keyboard } = kanri.page;
  await kanri.at("menu-waves").click();
  await kanri.reach("waves");
  await kanri.at("event-declare").focus();
  await keyboard.press("Enter");
  await kanri.at("declare-yes").focus();
  await keyboard.press("Enter");
  await kanri.at("declare-dialog").getByText("日を選んでください").waitFor();
  await kanri.page.locator("#event-name").focus();
  await keyboard.type("緊急事態宣言（試し）");
  const tomorrow = new Date(Date.now() + 86_400_000);
  await kanri.page.locator("#event-last-day").fill(tomorrow.toLocaleDateString("sv-SE"));
  await kanri.at("declare-yes").focus();
  await keyboard.press("Enter");
  await kanri.at("waves-done").waitFor();
  expect(await textOf("events")).toMatch(/緊急事態宣言（試し）[\s\S]*緊急事態措置[\s\S]*24:00/);
});

test("numbers come from a file and from the form; what is wrong in the file is said", async () => {
  await kanri.at("apply-event").selectOption({ index: 1 });
  await kanri.at("apply-file").locator("summary").click();
  const rows = [
    "団体コード,団体,台数,宣言",
    "midori,緑市,20,緊急事態宣言（試し）",
    "sakura,桜町,多め,",
    "nowhere,知らない町,3,",
  ];
  const file = { name: "apply.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\r\n")) };
  await kanri.at("apply-csv").setInputFiles(file);
  await kanri.at("apply-csv-read").getByText("直すところ 2 件").waitFor();
  expect(await textOf("apply-csv-read")).toMatch(/3 行目 桜町[\s\S]*4 行目 知らない町/);
  expect(await kanri.at("apply-count-midori").inputValue()).toBe("20");
  const own = kanri.page.locator(".waves-lines li").filter({ hasText: "見本市" }).locator("input");
  await own.fill("１");
  await kanri.at("apply-yes").click();
  await kanri.page.locator("#apply-because-problem").getByText("入力してください").waitFor();
  await kanri.look("waves-apply");
  await kanri.page.locator("#apply-because").fill("在宅勤務を始めるため");
  expect(await textOf("apply-sum")).toBe("2 団体、合わせて 21 台");
  await kanri.at("apply-yes").click();
  await kanri.at("queue-row").waitFor();
  await own.fill("500");
  await kanri.page.locator("#apply-because").fill("念のため");
  await kanri.at("apply-yes").click();
  await until("two applications wait", async () => (await kanri.at("queue-row").count()) === 2);
});

test("the operator approves with one click, and refuses with a word", async () => {
  await kanri.at("queue-choose").first().check();
  expect(await textOf("queue-approve")).toBe("選んだ 1 件を承認する（端末ID 21 件）");
  await kanri.look("waves-queue");
  await kanri.at("queue-approve").click();
  await kanri.at("waves-done").getByText("承認しました").waitFor();
  await kanri.at("queue-refuse").click();
  await kanri.page.locator("#refuse-word").fill("数が多すぎます");
  await kanri.at("refuse-yes").click();
  await kanri.at("decided-lately").locator("summary").first().click();
  expect(await textOf("decided")).toMatch(/断りました[\s\S]*数が多すぎます[\s\S]*第 1 回の交付/);
  expect(await textOf("owned")).toMatch(/緑市[\s\S]*20\s*0\s*20/);
});

test("until when is said to who uses it, and at the end of the event the session ends with the reason", async () => {
  const { product, staff } = opened;
  await product.signaling.admin("terminal", "allot", product.agent.terminal, "--event", "1");
  await staff.at("id-until").getByText("までです").waitFor();
  await staff.connect();
  await kanri.at("menu-today").click();
  await kanri.at("expiring").getByText("緊急事態宣言（試し）").waitFor();
  await kanri.look("today-expiring");
  await kanri.at("menu-waves").click();
  await kanri.at("event-change").click();
  await kanri.at("end-now").check();
  await kanri.at("effect").getByText("1 名の接続が、10 秒以内に切れます").waitFor();
  await kanri.look("waves-end");
  await kanri.give("宣言が解除されたため", await kanri.person.code());
  await staff.reach("ended");
  expect(await staff.at("curtain").innerText()).toContain("このパソコンの利用期間が終わりました");
  await kanri.at("events").getByText("終わりました").waitFor();
  await staff.at("back-to-list").click();
  await staff.reach("list");
  await staff.at("id-until").getByText("で終わりました").waitFor();
  expect(await staff.at("connect").isEnabled()).toBe(false);
  kanri.findings.push(...(await lookAt(staff.page, "list-id-over")));
});

test("an ID that was misheard on the telephone is said to be so", async () => {
  const id = opened.product.agent.terminal;
  const heard = `${id.slice(0, -1)}${id.endsWith("7") ? "8" : "7"}`;
  await kanri.page.evaluate((q) => {
    location.hash = `#/terminals?q=${q}`;
  }, heard);
  await kanri.at("misheard").getByText("聞き間違い").waitFor();
  await kanri.look("misheard");
});

test("on all of it axe finds nothing, and the browser had nothing to complain about", () => {
  expect(kanri.findings).toEqual([]);
  const complaints = kanri.browser.console.filter((line) => !/status of (401|403|404|409)/.test(line));
  expect(complaints).toEqual([]);
});

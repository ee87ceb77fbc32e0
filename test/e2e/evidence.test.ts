/** What can be shown afterwards: the receipt that the office PC signed, on paper, and the whole record as a file. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Administrator } from "../support/administrator.ts";
import { addAdministrator, openWithConsole } from "../support/at-console.ts";
import type { TestPerson, TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;
let kanri: Administrator;
let sato: TestPerson;
let staff: Staff | undefined;
let session: string;

beforeAll(async () => {
  const opened = await openWithConsole();
  product = opened.product;
  sato = await product.addPerson({ login: "sato", name: "佐藤 花子" });
  staff = await Staff.arrive(product, { person: sato });
  await staff.registerAndSignIn();
  await staff.connect();
  await staff.press("ShiftLeft");
  await staff.at("end").click();
  await staff.at("end").waitFor({ state: "hidden" });
  const person = await addAdministrator(product, "kanri", "見本 管理");
  kanri = await Administrator.arrive(product, person, opened.url);
  await kanri.registerAndSignIn();
  await kanri.reach("today");
});
afterAll(async () => {
  await staff?.close();
  await kanri?.close();
  await product?.close();
});

test("a session that is over has a receipt that its office PC signed", async () => {
  const [found] = (await product.signaling.list("session", "list")) as { id: string }[];
  session = found?.id ?? "";
  let kept: Record<string, unknown> = {};
  await until("the office PC has said it", async () => {
    kept = (await product.signaling.admin("session", "receipt", session).catch(() => ({}))) as typeof kept;
    return "receipt" in kept;
  });
  expect(kept).toMatchObject({
    ...{ isSigned: true, isItsKeyNow: true },
    receipt: {
      session,
      login: "sato",
      person: "佐藤 花子",
      channels: ["picture", "control", "pointer"],
      viewOnly: false,
    },
  });
  const { sentBytes, receivedBytes } = kept["receipt"] as { sentBytes: number; receivedBytes: number };
  expect(sentBytes).toBeGreaterThan(1_000);
  expect(receivedBytes).toBeGreaterThan(100);
});

test("it is printed from the session's drawer, on one page", async () => {
  await kanri.open("sessions");
  await kanri.page.evaluate((id) => {
    location.hash = `#/sessions?open=sessions:${id}`;
  }, session);
  await kanri.at("drawer").waitFor();
  await kanri.at("papers-open").click();
  await kanri.at("papers").waitFor();
  await kanri.look("receipt");
  await kanri.page.emulateMedia({ media: "print" });
  const sheet = kanri.at("sheet");
  expect(await sheet.evaluate((one) => one.scrollHeight <= one.clientHeight)).toBe(true);
  const text = await sheet.innerText();
  for (const words of ["接続の利用証", "佐藤 花子（sato）", "クリップボード", "このパソコンの鍵で署名"])
    expect(text).toContain(words);
  await kanri.page.screenshot({ path: "test-results/receipt-sheet.png", fullPage: true });
  await kanri.page.emulateMedia({ media: null });
  await kanri.page.keyboard.press("Escape");
});

test("the whole record is a file, and reading and taking it stand in it", async () => {
  await kanri.page.keyboard.press("Escape");
  await kanri.open("audit");
  await kanri.at("export").locator("summary").click();
  await kanri.look("audit-export");
  const [download] = await Promise.all([kanri.page.waitForEvent("download"), kanri.at("export-csv").click()]);
  const path = await download.path();
  const lines = readFileSync(path, "utf8").trimEnd().split("\r\n");
  expect(lines[0]).toContain("seq,organisation,chain,number");
  expect(lines.some((line) => line.includes("session.receipt-kept"))).toBe(true);
  expect(lines.some((line) => line.includes("audit.read"))).toBe(true);
  const events = (await product.signaling.list("audit", "list", "--limit", "20")) as { event: string }[];
  expect(events.map(({ event }) => event)).toContain("audit.exported");
  expect(await product.signaling.admin("audit", "verify")).toMatchObject({ ok: true, falselySigned: 0 });
});

test("mails of notice can be silenced by each person, with the keyboard", async () => {
  await kanri.page.evaluate(() => {
    location.hash = "#/today";
  });
  await kanri.at("notices").locator("summary").focus();
  await kanri.page.keyboard.press("Enter");
  const digest = kanri.at("notices-digest");
  await digest.waitFor();
  expect(await kanri.at("notices").innerText()).toContain("メールサーバーが設定されていない");
  await digest.focus();
  await kanri.page.keyboard.press("Space");
  await kanri.at("notices").getByText("変えました").waitFor();
  expect(await digest.isChecked()).toBe(false);
  await kanri.look("notices");
  const [last] = (await product.signaling.list("audit", "list", "--limit", "1")) as { event: string }[];
  expect(last?.event).toBe("person.notices-set");
});

test("on all of it axe finds nothing", () => expect(kanri.findings).toEqual([]));

/** Files at the console in a real browser: office PCs with their tokens, divisions and their tree, grants, and the letters of many people. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Administrator } from "../support/administrator.ts";
import { addAdministrator, openWithConsole } from "../support/at-console.ts";
import { TERMINAL, type TestProduct } from "../support/product.ts";
import { shiftJis } from "../support/shift-jis.ts";
import { until } from "../support/until.ts";

const PICTURES = "test-results";
/** More than one page of the dialog. */
const NEWCOMERS = 120;

let product: TestProduct;
let kanri: Administrator;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  const { product: opened, url } = await openWithConsole();
  product = opened;
  await product.addPerson({ login: "tanaka", name: "田中 一郎" });
  kanri = await Administrator.arrive(product, await addAdministrator(product, "kanri", "見本 管理"), url);
  await kanri.registerAndSignIn();
  await kanri.reach("today");
});
afterAll(async () => {
  await kanri?.close();
  await product?.close();
});

/** From a list to what comes of the file. */
async function look(list: string, file: string | Buffer): Promise<void> {
  await kanri.open(list);
  await kanri.at("import").click();
  await kanri.reach("import");
  const buffer = typeof file === "string" ? Buffer.from(file) : file;
  await kanri.at("import-file").setInputFiles({ name: "x.csv", mimeType: "text/csv", buffer });
  await kanri.at("line").first().waitFor();
}
async function bringIn(list: string, file: string | Buffer): Promise<void> {
  await look(list, file);
  await kanri.at("import-go").click();
  await kanri.give("年度初め", await kanri.person.code());
}
const saved = async (button: string): Promise<Buffer> => {
  const [file] = await Promise.all([kanri.page.waitForEvent("download"), kanri.at(button).first().click()]);
  return readFileSync(await file.path());
};
/** How many pages of A4 the printer gets. */
async function pagesOf(name: string): Promise<number> {
  const pdf = await kanri.page.pdf({ preferCSSPageSize: true });
  writeFileSync(`${PICTURES}/import-${name}.pdf`, pdf);
  return [...pdf.toString("latin1").matchAll(/\/Type\s*\/Page\b/g)].length;
}
const names = () => kanri.at("open-divisions").allTextContents();

async function addBelow(upper: string, name: string): Promise<void> {
  await kanri.row(upper).getByTestId("open-divisions").click();
  await kanri.at("act-division.add").click();
  await kanri.page.locator("#field-name").fill(name);
  await kanri.give("機構改革");
  await kanri.at("act-dialog").waitFor({ state: "detached" });
  await kanri.at("drawer").getByText(name).first().waitFor();
  await kanri.page.keyboard.press("Escape");
}

test("divisions come with the path of those above them, in any order", async () => {
  const rows = ["給与係,総務部/人事課", "人事課,総務部", "総務部,", "税務課,", "迷子,なし部"];
  await look("divisions", shiftJis(`名前,上の部署\r\n${rows.join("\r\n")}\r\n`));
  expect(await kanri.at("line").allTextContents()).toEqual([
    expect.stringMatching(/迷子[\s\S]*上の部署：その部署はありません/),
  ]);
  await kanri.at("fate-all").click();
  await kanri.look("import-divisions");
  await kanri.at("import-go").click();
  await kanri.give("機構改革", await kanri.person.code());
  await kanri.at("import-done").waitFor();
  expect(await kanri.at("import-done").innerText()).toContain("追加 4 件");
});

test("their tree is unfolded a level at a time or as a whole, by keys too, and a search says the way", async () => {
  await kanri.open("divisions");
  await until("the top is there", async () => (await names()).join() === "税務課,総務部");
  await kanri.at("fold").focus();
  await kanri.page.keyboard.press("Enter");
  await until("one level is there", async () => (await names()).join() === "税務課,総務部,人事課");
  expect(await kanri.row("総務部").getByTestId("fold").getAttribute("aria-expanded")).toBe("true");
  await kanri.at("unfold-all").click();
  await until("all is there", async () => (await names()).join() === "税務課,総務部,人事課,給与係");
  await kanri.look("tree");
  const file = (await saved("csv")).toString("utf8");
  expect(file).toContain("給与係,総務部/人事課,");
  await look("divisions", file);
  expect(await kanri.at("import-nothing").count()).toBe(1);
  await kanri.open("divisions");
  await kanri.at("search").fill("給与");
  await until("it is found", async () => (await kanri.at("row").count()) === 1);
  expect(await kanri.at("row").textContent()).toContain("総務部 / 人事課");
  await kanri.look("tree-search");
  await kanri.at("search").fill("");
});

test("a division is moved below another one, and it is said what goes along", async () => {
  await kanri.open("divisions");
  await kanri.at("unfold-all").click();
  await kanri.row("人事課").getByTestId("open-divisions").click();
  await kanri.at("act-division.move").click();
  await kanri.at("effect").getByText("部署 2 件が移ります").waitFor();
  await kanri.page.locator("#field-parent").selectOption({ label: "税務課" });
  await kanri.look("move-division");
  await kanri.give("機構改革");
  await kanri.at("act-dialog").waitFor({ state: "detached" });
  await kanri.page.keyboard.press("Escape");
  await until("it has gone from there", async () => (await names()).join() === "税務課,総務部");
  await kanri.row("総務部").getByTestId("fold").waitFor({ state: "detached" });
  await kanri.row("税務課").getByTestId("fold").click();
  await until("it stands there", async () => (await names()).join() === "税務課,人事課,給与係,総務部");
});

test("of two that are unfolded at once both are shown; what was folded meanwhile is asked for anew", async () => {
  await addBelow("総務部", "庶務係");
  await kanri.page.reload();
  await kanri.reach("divisions");
  const held: Route[] = [];
  const below = /divisions\?below=(?!top)/;
  await kanri.page.route(below, (route) => void held.push(route));
  await kanri.row("税務課").getByTestId("fold").click();
  await kanri.row("総務部").getByTestId("fold").click();
  await until("both are asked for", async () => held.length === 2);
  for (const route of held) await route.continue();
  await kanri.page.unroute(below);
  await until("both are there", async () => (await names()).join() === "税務課,人事課,総務部,庶務係");
  await kanri.at("fold-all").click();
  await addBelow("総務部", "文書係");
  await kanri.row("総務部").getByTestId("fold").click();
  await until("the new one too", async () => (await names()).includes("文書係"));
});

test("new office PCs get a token each: a file for each in one archive, and the steps on paper", async () => {
  await bringIn("terminals", `名前,端末ID,部署\n総務-01,,総務部\n総務-02,,総務部\n${TERMINAL},,総務部\n`);
  await kanri.at("tokens").waitFor();
  await kanri.look("tokens");
  const [asked] = await Promise.all([
    kanri.page.waitForEvent("dialog"),
    kanri.page.evaluate(() => void setTimeout(() => history.back())),
  ]);
  expect(asked.message()).toContain("もう見られません");
  await asked.dismiss();
  const archive = (await saved("tokens-save")).toString("utf8");
  expect(archive).toMatch(/総務-01 [0-9A-Z-]{14}\/engawa-token\.txt.*総務-02 [0-9A-Z-]{14}\/engawa-token\.txt/s);
  expect(archive.match(/engawa1\.[\w-]+/g)).toHaveLength(2);
  expect((await saved("save-token")).toString("utf8")).toMatch(/^engawa1\.[\w-]+$/);
  expect((await saved("tokens-csv")).toString("utf8")).toMatch(/総務-02,[0-9A-Z-]{14},[^,]*,総務部,engawa1\./);
  await kanri.at("tokens-print").click();
  await kanri.at("papers").waitFor();
  expect(await pagesOf("pcs")).toBe(2);
  await kanri.at("once-close").click();
  await kanri.at("tokens-close").click();
  expect(await kanri.at("import-done").innerText()).toContain("追加 2 台、変更 1 台");
});

test("grants come in with the day of their end, and are taken back", async () => {
  await bringIn("grants", "職員ID,端末ID,期限\ntanaka,総務-01,令和99年3月31日\n");
  await kanri.at("import-done").waitFor();
  await kanri.open("grants");
  expect(await kanri.row("総務-01").textContent()).toContain("2117-04-01 00:00");
  const file = await saved("csv");
  await look("grants", file);
  expect(await kanri.at("import-nothing").count()).toBe(1);
  await kanri.at("import-again").click();
  await kanri.at("undo").click();
  await kanri.look("undo-grants");
  await kanri.give("間違えたため", await kanri.person.code());
  await kanri.at("import-undone").waitFor();
  await kanri.open("grants");
  expect(await kanri.row("総務-01").count()).toBe(0);
});

test("of more people than a hundred the letters come in pages, and each page prints its own", async () => {
  const rows = Array.from({ length: NEWCOMERS }, (_, i) => `見本 ${i},mihon${String(i).padStart(3, "0")}`);
  await bringIn("people", `名前,職員ID\n${rows.join("\n")}\n`);
  await kanri.at("letters").waitFor();
  expect(await kanri.at("handed-shown").innerText()).toContain("120 名のうち 1〜100");
  expect(await kanri.at("letter").count()).toBe(100);
  await kanri.look("letters-many");
  const first = await kanri.at("letter").first().textContent();
  await kanri.at("letters-print").click();
  await kanri.at("papers").waitFor();
  expect(await pagesOf("letters-1")).toBe(100);
  await kanri.at("once-close").click();
  await kanri.at("handed-next").click();
  expect(await kanri.at("handed-shown").innerText()).toContain("101〜120");
  expect(await kanri.at("letter").allTextContents()).toEqual(
    Array.from({ length: 20 }, (_, i) => expect.stringContaining(`mihon${i + 100}`)),
  );
  await kanri.at("letters-print").click();
  await kanri.at("papers").waitFor();
  expect(await pagesOf("letters-2")).toBe(20);
  expect((await kanri.at("sheet").allTextContents())[0]).toContain("mihon100");
  await kanri.at("once-close").click();
  await kanri.at("handed-before").click();
  expect(await kanri.at("letter").first().textContent()).toBe(first);
  const file = (await saved("letters-save")).toString("utf8");
  expect(file.trimEnd().split("\r\n")).toHaveLength(NEWCOMERS + 1);
  await kanri.at("letters-close").click();
  expect(await kanri.at("import-done").innerText()).toContain("追加 120 名");
});

test("on all of it axe finds nothing", () => expect(kanri.findings).toEqual([]));

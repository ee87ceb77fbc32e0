/** The administrators' console in a real browser on the real product: what an administrator does there, and whom it reaches. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Request, Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Administrator } from "../support/administrator.ts";
import { addAdministrator, openWithConsole } from "../support/at-console.ts";
import { TERMINAL, type TestPerson, type TestProduct } from "../support/product.ts";
import { shiftJis } from "../support/shift-jis.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;
let url: string;
let kanri: Administrator;
let tanaka: TestPerson;
let sato: TestPerson;
let staff: Staff | undefined;

beforeAll(async () => {
  ({ product, url } = await openWithConsole());
  tanaka = await product.addPerson({ login: "tanaka", name: "田中 一郎" });
  sato = await product.addPerson({ login: "sato", name: "佐藤 花子", granted: false });
  const person = await addAdministrator(product, "kanri", "見本 管理");
  kanri = await Administrator.arrive(product, person, url);
});
afterAll(async () => {
  await staff?.close();
  await kanri?.close();
  await product?.close();
});

const ASSETS = "signaling/console/page/dist/assets";
/** With one language, and without what draws QR codes, which is loaded when there is one. */
const MAX_SCRIPT_BYTES = 60 * 1024;

const hash = () => kanri.page.evaluate(() => location.hash);
/** The browser moves the focus with the next picture. */
const focusOn = (wanted: string) => until(`${wanted} has the focus`, async () => (await focused()) === wanted);
const focused = () => kanri.page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? "");

/** A click on its padding, and text that is marked by a drag which ends beside it. */
async function missTheDialog(): Promise<void> {
  const { mouse } = kanri.page;
  const box = (await kanri.at("act-dialog").boundingBox()) ?? { x: 0, y: 0 };
  const field = (await kanri.page.locator("#field-name").boundingBox()) ?? { x: 0, y: 0 };
  await mouse.click(box.x + 6, box.y + 6);
  await mouse.move(field.x + 40, field.y + 10);
  await mouse.down();
  await mouse.move(box.x - 60, field.y + 10);
  await mouse.up();
}

test("a new browser is refused, approved at the command line, and comes in; Today says how things are", async () => {
  await kanri.look("sign-in");
  await kanri.at("sign-in").click();
  await focusOn("login");
  await kanri.registerAndSignIn();
  await kanri.reach("today");
  expect(await kanri.at("who").innerText()).toContain("見本 管理");
  await kanri.at("figure-connected").waitFor();
  expect(await kanri.at("figure-connected").innerText()).toMatch(/今つながっている人\s*0/);
  await kanri.look("today");
  await kanri.at("line-now").waitFor();
  await kanri.at("chart-size").click();
  await kanri.at("large-chart").locator("canvas").first().waitFor(); // it listens from then on
  await kanri.at("large-chart").focus();
  await kanri.page.keyboard.press("ArrowLeft");
  await kanri.at("chart-at").getByText("からの 15 分：最大 0 人").waitFor();
  expect(await kanri.at("large-chart").getAttribute("aria-valuenow")).toBe("94");
  await kanri.page.getByText("表で見る").click();
  await kanri.look("chart");
  await kanri.at("figure-terminals-off").click();
  await kanri.reach("terminals");
  expect(await hash()).toBe("#/terminals?state=offline");
});

test("a division is added; every list is there", async () => {
  await kanri.open("divisions");
  await kanri.look("empty");
  await kanri.at("add").click();
  await kanri.at("act-yes").click();
  await focusOn("field-name");
  await kanri.page.locator("#field-name").fill("総務課");
  await kanri.look("add-division");
  await missTheDialog();
  expect(await kanri.page.locator("#field-name").inputValue()).toBe("総務課");
  await kanri.give("課ができたため");
  await kanri.at("drawer").getByText("総務課").first().waitFor();
  await kanri.page.mouse.click(40, 500); // beside it
  await kanri.at("drawer").waitFor({ state: "detached" });
  await kanri.row("総務課").waitFor();
  for (const list of ["people", "terminals", "devices", "grants", "divisions", "sessions", "audit"]) {
    await kanri.open(list);
    await kanri.look(list);
  }
  await kanri.open("terminals");
  expect(await kanri.row(TERMINAL).textContent()).toContain("待機中");
});

test("what is typed in Japanese is searched for when it is written, not while it is composed", async () => {
  await kanri.open("people");
  const asked: string[] = [];
  kanri.page.on("request", (request) => asked.push(decodeURIComponent(request.url())));
  const typist = await kanri.browser.context.newCDPSession(kanri.page);
  await kanri.at("search").focus();
  await typist.send("Input.imeSetComposition", { text: "たなk", selectionStart: 3, selectionEnd: 3 });
  await typist.send("Input.imeSetComposition", { text: "たなか", selectionStart: 3, selectionEnd: 3 });
  await typist.send("Input.insertText", { text: "田中" });
  await until("one is left", async () => (await kanri.at("row").count()) === 1);
  expect(await kanri.at("row").textContent()).toContain("tanaka");
  expect(asked.filter((one) => one.includes("たな"))).toEqual([]);
  expect(new URLSearchParams((await hash()).split("?")[1]).get("q")).toBe("田中");
  await kanri.at("search").fill("ｔａｎａｋａ　職員:田中");
  await until("it is asked for", async () => (await hash()).includes(encodeURIComponent("職員:田中")));
  await kanri.row("tanaka").waitFor();
});

test("filter, order and columns stand in the address, which another tab opens as it is", async () => {
  await kanri.open("people");
  for (const order of ["ascending", "descending"]) {
    await kanri.at("sort-name").click();
    await kanri.page.locator(`th[aria-sort="${order}"]`).filter({ hasText: "名前" }).waitFor();
  }
  await kanri.at("chip-no-code-yet").click();
  await until("it is filtered", async () => (await kanri.at("row").count()) === 2);
  await kanri.at("columns").click();
  await kanri.at("column-duties").click();
  await until("all is in the address", async () => (await hash()).includes("duties"));
  expect(await hash()).toMatch(/^#\/people\?state=no-code-yet&sort=-name&columns=name%2C/);
  await kanri.look("columns");
  const shown = await kanri.at("row").allTextContents();
  const other = await kanri.browser.context.newPage();
  await other.goto(`${url}/${await hash()}`);
  await other.getByTestId("row").first().waitFor();
  expect(await other.getByTestId("row").allTextContents()).toEqual(shown);
  await other.close();
  const [file] = await Promise.all([kanri.page.waitForEvent("download"), kanri.at("csv").click()]);
  const text = readFileSync(await file.path(), "utf8");
  expect(text).toMatch(/^\uFEFF名前,職員ID,.*\r\n/);
  expect(text).toContain("田中 一郎,tanaka,");
  expect(text.trimEnd().split("\r\n")).toHaveLength(3);
});

test("a waiting browser appears by itself, and is approved with a fresh code", async () => {
  await kanri.open("devices");
  await kanri.at("chip-waiting").click();
  staff = await Staff.arrive(product, { person: tanaka, viewport: { width: 1280, height: 900 } });
  const code = await tanaka.code();
  expect(await staff.trySignIn({ code })).toBe(false);
  const device = await staff.deviceCode();
  await kanri.row(device).waitFor();
  await kanri.row(device).getByTestId("open-devices").click();
  await kanri.at("act-device.approve").click();
  expect((await kanri.at("act-code").innerText()).replace(/\s/g, "")).toBe(device.replaceAll("-", ""));
  await kanri.look("approve");
  await kanri.give("電話で本人から聞いた", "000000");
  await kanri.at("act-problem").waitFor();
  expect(await kanri.at("act-problem").innerText()).toContain("ワンタイムコードが違うか、もう使われています");
  await kanri.look("approve-refused");
  await kanri.give("電話で本人から聞いた", await kanri.person.code());
  await kanri.at("act-dialog").waitFor({ state: "detached" });
  await kanri.at("drawer").waitFor({ state: "detached" });
  await kanri.at("chip-registered").click();
  await kanri.row(device).waitFor();
  await product.agent.command("devices", "add", device, "--login", tanaka.login);
  if (!(await staff.trySignIn({ code }))) expect(await staff.trySignIn()).toBe(true);
});

test("who is stopped is cut off at once, and it was said before how many that are", async () => {
  if (!staff) throw new Error("nobody is at home");
  await staff.connect();
  await kanri.open("sessions");
  await kanri.at("chip-open").click();
  await until("the open one is left", async () => (await kanri.at("row").count()) === 1);
  await kanri.row("田中 一郎").getByTestId("open-people").click();
  await kanri.at("timeline").waitFor();
  await kanri.look("drawer");
  await kanri.at("kind-session").click();
  for (const text of await kanri.at("happened").allInnerTexts()) expect(text).toMatch(/接続|画面/);
  await kanri.at("act-people.disable").click();
  await kanri.at("effect").getByText("今つないでいる 1 名の接続が切れます").waitFor();
  await kanri.look("disable");
  await kanri.give("退職のため", await kanri.person.code());
  await staff.reach("signed-out", "ended");
  const drawer = kanri.at("drawer");
  await drawer.getByText("利用停止").first().waitFor();
  await kanri.at("kind-person").click();
  expect(await kanri.at("happened").first().innerText()).toContain("退職のため");
  await kanri.at("act-people.enable").click();
  await kanri.give("取り消し");
  await drawer.getByTestId("act-people.disable").waitFor();
  await kanri.page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
});

test("somebody is added: password and QR code are shown once, and nothing else is on the paper", async () => {
  await kanri.open("people");
  await kanri.at("add").click();
  await kanri.page.locator("#field-login").fill("ＭＯＲＩ");
  await kanri.page.locator("#field-name").fill("森 三郎");
  await kanri.page.locator("#field-division").selectOption({ label: "総務課" });
  await kanri.give("新規採用");
  await kanri.at("once").getByTestId("qr").waitFor();
  expect(await kanri.at("once").innerText()).toContain("森 三郎（mori）");
  expect((await kanri.at("once-password").innerText()).length).toBeGreaterThan(8);
  expect(await kanri.at("once-otpauth").innerText()).toMatch(/^[A-Z2-7 ]{20,}$/);
  await kanri.look("once");
  await kanri.page.keyboard.press("Escape");
  await kanri.page.keyboard.press("Escape");
  await kanri.at("once-password").waitFor();
  await kanri.page.emulateMedia({ media: "print" });
  expect(await kanri.at("who").isVisible()).toBe(false);
  expect(await kanri.at("once-password").isVisible()).toBe(false);
  expect(await kanri.at("sheet").innerText()).toContain("森 三郎 様");
  await kanri.page.emulateMedia({ media: "screen" });
  await kanri.at("once-close").click();
  await kanri.at("drawer").getByText("総務課").first().waitFor();
  expect(await kanri.at("drawer").innerText()).toContain("森 三郎");
  await kanri.page.keyboard.press("Escape");
  await kanri.row("森 三郎").waitFor();
});

test("people come from a file of Excel's: looked at line by line, added with their first passwords, and taken back", async () => {
  await kanri.open("people");
  await kanri.at("import").click();
  await kanri.reach("import");
  await kanri.at("import-file").waitFor();
  await kanri.look("import");
  const choose = (buffer: Buffer) =>
    kanri.at("import-file").setInputFiles({ name: "職員.csv", mimeType: "application/vnd.ms-excel", buffer });
  await choose(Buffer.from("PK\u0003\u0004"));
  expect(await kanri.at("bad-file").innerText()).toContain("CSV UTF-8");
  await kanri.look("import-bad-file");
  await choose(shiftJis("名前,職員ID,部署,状態\r\n林 ﾊﾅ,HAYASHI,総務課,\r\n佐藤 花子,sato,総務課,\r\n,kara,,\r\n"));
  await kanri.at("line").first().waitFor();
  // textContent: a row that comes into view has no inner text before its first picture
  expect(await kanri.at("line").allTextContents()).toEqual([expect.stringMatching(/kara[\s\S]*名前：空です/)]);
  await kanri.look("import-lines");
  const [mend] = await Promise.all([kanri.page.waitForEvent("download"), kanri.at("save-wrong").click()]);
  expect(readFileSync(await mend.path(), "utf8")).toBe(
    "\uFEFF名前,職員ID,部署,状態,直すところ\r\n,kara,,,名前：空です。入力してください。\r\n",
  );
  await kanri.at("fate-all").click();
  expect(await kanri.at("line").first().textContent()).toMatch(/追加[\s\S]*林 ハナ[\s\S]*hayashi/);
  await kanri.at("import-go").focus();
  await kanri.page.keyboard.press("Enter");
  await kanri.at("import-dialog").waitFor();
  await kanri.look("import-confirm");
  await kanri.give("年度初め", await kanri.person.code());
  await kanri.at("letter").waitFor();
  await kanri.look("letters");
  await kanri.at("letters-print").click();
  await kanri.at("papers").waitFor();
  await kanri.look("letters-print");
  await kanri.page.emulateMedia({ media: "print" });
  expect(await kanri.at("sheet").allInnerTexts()).toEqual([expect.stringMatching(/林 ハナ 様[\s\S]*hayashi/)]);
  expect([await kanri.at("sheet").isVisible(), await kanri.at("letters").isVisible()]).toEqual([true, false]);
  await kanri.page.emulateMedia({ media: null });
  await kanri.at("once-close").click();
  const [letters] = await Promise.all([kanri.page.waitForEvent("download"), kanri.at("letters-save").click()]);
  expect(readFileSync(await letters.path(), "utf8")).toMatch(
    /hayashi,林 ハナ,総務課,[0-9a-z]{4}(-[0-9a-z]{4}){3},otpauth:\/\//,
  );
  await kanri.at("letters-close").click();
  expect(await kanri.at("import-done").innerText()).toContain("追加 1 名、変更 1 名");
  await kanri.look("import-done");
  await kanri.at("import-again").click();
  await kanri.at("undo").click();
  await kanri.give("間違えたため", await kanri.person.code());
  await kanri.at("import-undone").waitFor();
  expect(await kanri.at("import-undone").innerText()).toContain("取り消した 1 名、前に戻した 1 名");
  await kanri.look("import-undone");
  await kanri.open("people");
  expect(await kanri.row("hayashi").count()).toBe(0);
});

test("what is done to several says what came of each", async () => {
  await kanri.open("people");
  await kanri.row("田中 一郎").getByTestId("select").check();
  await kanri.row("佐藤 花子").getByTestId("select").check();
  await kanri.look("selection");
  await kanri.at("many-people.enable").click();
  await kanri.look("many");
  await kanri.give("年度末の確認");
  await kanri.at("many-done").waitFor();
  expect(await kanri.at("many-done").innerText()).toMatch(/^2 件のうち \d 件/);
  await kanri.look("many-done");
  await kanri.page.keyboard.press("Escape");
  await kanri.at("many-people.sign-out").click();
  await kanri.give("年度末の確認");
  await kanri.at("many-done").waitFor();
  expect(await kanri.at("many-done").innerText()).toBe("2 件のうち 2 件ができました。");
  await kanri.page.keyboard.press("Escape");
  await kanri.at("act-dialog").waitFor({ state: "detached" });
});

test("who closes the question is asked no more of what it would come to", async () => {
  const held: Route[] = [];
  await kanri.page.route("**/api/console/effect", (route) => void held.push(route));
  await kanri.at("many-people.sign-out").click();
  await until("the first is asked about", () => held.length === 1);
  await kanri.at("act-no").click();
  await kanri.at("act-dialog").waitFor({ state: "detached" });
  const answered = kanri.page.waitForResponse("**/api/console/effect");
  for (const route of held) await route.continue();
  await (await answered).finished();
  await kanri.open("people");
  expect(held).toHaveLength(1);
  await kanri.page.unroute("**/api/console/effect");
});

test("who was chosen stays in sight while somebody else is searched for; what cannot be searched is said", async () => {
  const failing = /lists\/(terminals|divisions)\?/;
  await kanri.page.route(failing, (route) => route.fulfill({ status: 404, json: { code: "NOT_FOUND", message: "" } }));
  await kanri.open("grants");
  await kanri.at("add").click();
  const people = kanri.at("pick-people");
  await people.getByLabel("田中 一郎").check();
  await kanri.page.locator("#pick-people-q").fill("sato");
  await people.getByLabel("佐藤 花子").waitFor();
  expect(await people.getByLabel("田中 一郎").isChecked()).toBe(true);
  await kanri.at("pick-terminals").getByTestId("pick-problem").waitFor();
  await kanri.look("pick-problem");
  await people.getByLabel("佐藤 花子").check();
  await kanri.page.locator("#pick-people-q").fill("kanri");
  await until("the one before goes", async () => (await people.getByLabel("田中 一郎").count()) === 0);
  expect(await people.getByLabel("佐藤 花子").isChecked()).toBe(true);
  await kanri.at("act-no").click();
  await kanri.open("people");
  await kanri.at("add").click();
  await kanri.at("pick-problem").waitFor();
  await kanri.at("act-no").click();
  await kanri.page.unroute(failing);
});

test("what a place shows is asked for once, and early", async () => {
  const places = ["today", "people", "terminals", "devices", "grants", "divisions", "sessions", "locks", "audit"];
  for (const place of places) {
    await kanri.at(`menu-${place}`).click();
    await kanri.reach(place);
    const asked: string[] = [];
    const listen = (request: Request) => void (request.url().includes("/api/") && asked.push(request.url()));
    kanri.page.on("request", listen);
    await kanri.page.reload();
    await (place === "today" ? kanri.at("figure-connected") : kanri.at("shown").filter({ hasText: /\d/ })).waitFor();
    kanri.page.off("request", listen);
    const paths = asked.map((one) => new URL(one).pathname).sort();
    const own = place === "today" ? "/api/console/today" : `/api/console/lists/${place}`;
    expect(paths, place).toEqual(["/api/console/self", own, "/api/me"].sort());
  }
});

test("a part that cannot be loaded says so where it would stand, and comes when it is tried again", async () => {
  await kanri.open("people");
  const parts: readonly (readonly [string, () => Promise<void>, string])[] = [
    ["policy-page", () => kanri.at("menu-policy").click(), "policy-place"],
    ["policy-ja", () => kanri.at("menu-policy").click(), "policy-place"],
    ["tree", () => kanri.at("menu-divisions").click(), "unfold-all"],
    ["drawer", () => kanri.at("open-people").first().click(), "drawer"],
    ["dialog", () => kanri.at("add").click(), "act-dialog"],
    ["chart", () => kanri.at("menu-today").click(), "chart-size"],
  ];
  for (const [name, open, part] of parts) {
    await kanri.open("people");
    await kanri.page.reload();
    await kanri.at("row").first().waitFor();
    const script = new RegExp(`/assets/${name}-[^/]+\\.js$`);
    await kanri.page.route(script, (route) => route.fulfill({ status: 404 }));
    await open();
    await kanri.at("not-loaded").waitFor();
    await kanri.look(`not-loaded-${name}`);
    await kanri.page.unroute(script);
    await kanri.at("load-again").click();
    await kanri.at(part).first().waitFor();
    expect(await kanri.at("not-loaded").count(), name).toBe(0);
    await kanri.page.keyboard.press("Escape");
  }
  await kanri.open("people");
});

test("everything can be reached by the keyboard alone", async () => {
  const { keyboard } = kanri.page;
  const tabTo = async (wanted: string) => {
    for (let i = 0; i < 60 && (await focused()) !== wanted; i += 1) await keyboard.press("Tab");
    expect(await focused()).toBe(wanted);
  };
  await kanri.page.reload();
  await kanri.at("row").first().waitFor();
  await keyboard.press("Tab");
  await keyboard.press("Enter"); // the way past the menu
  expect(await kanri.page.evaluate(() => document.activeElement?.id)).toBe("main");
  await tabTo("search");
  await keyboard.type(sato.login);
  await until("one is left", async () => (await kanri.at("row").count()) === 1);
  await tabTo("open-people");
  await keyboard.press("Enter");
  await kanri.at("timeline").waitFor();
  expect(await kanri.page.evaluate(() => document.activeElement?.closest("dialog") !== null)).toBe(true);
  await tabTo("act-people.unlock");
  await keyboard.press("Enter");
  await kanri.at("act-dialog").waitFor();
  await tabTo("reason");
  await keyboard.type("kakunin");
  await keyboard.press("Enter");
  await kanri.at("act-dialog").waitFor({ state: "detached" });
  await focusOn("act-people.unlock");
  await keyboard.press("Escape");
  await kanri.at("drawer").waitFor({ state: "detached" });
  await focusOn("open-people");
});

test("in English too", async () => {
  await kanri.at("language").click();
  await kanri.page.getByRole("heading", { name: "People" }).waitFor();
  expect(await kanri.page.evaluate(() => document.documentElement.lang)).toBe("en");
  await kanri.look("english");
  await kanri.at("language").click();
  await kanri.page.getByRole("heading", { name: "職員" }).waitFor();
});

test("a sign-in that has ended brings the sign-in page, and then the same place", async () => {
  await kanri.row(sato.login).getByTestId("open-people").click();
  await kanri.at("timeline").waitFor();
  const before = await hash();
  await product.signaling.admin("person", "sign-out", "kanri");
  await kanri.reach("signed-out");
  expect(await kanri.at("sign-in-again").innerText()).toContain("同じ画面に戻ります");
  await kanri.look("sign-in-again");
  expect(await kanri.trySignIn(await kanri.person.code())).toBe(true);
  await kanri.at("timeline").waitFor();
  expect(await hash()).toBe(before);
  expect(await kanri.at("drawer").innerText()).toContain("佐藤 花子");
});

test("the page's script is small", () => {
  const page = readFileSync(join(ASSETS, "../index.html"), "utf8");
  const words = readdirSync(ASSETS).filter((name) => /^strings-ja-.*\.js$/.test(name));
  const scripts = [...page.matchAll(/assets\/([^"]+\.js)"/g)].map(([, name = ""]) => name);
  expect(scripts.length).toBeGreaterThan(0);
  expect(words).toHaveLength(1);
  const sizes = [...new Set([...scripts, ...words])].map((name) => gzipSync(readFileSync(join(ASSETS, name))).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
});

test("on all of it axe finds nothing, and the browser had nothing to complain about", () => {
  expect(kanri.findings).toEqual([]);
  const complaints = kanri.browser.console.filter((line) => !/status of (401|403|404|409)/.test(line));
  expect(complaints).toEqual([]);
});

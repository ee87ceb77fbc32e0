/** A home PC is lost, and somebody leaves: done at the console, felt at home and on the office PC at once. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAgentProcess } from "../../signaling/quickstart/agent.ts";
import { type AtConsole, openAtConsole } from "../support/at-console.ts";
import { TERMINAL } from "../support/product.ts";
import { until } from "../support/until.ts";

let close: AtConsole["close"] | undefined;
let product: AtConsole["product"];
let kanri: AtConsole["kanri"];
let tanaka: AtConsole["tanaka"];
let staff: AtConsole["staff"];
beforeAll(async () => {
  ({ product, kanri, tanaka, staff, close } = await openAtConsole());
});
afterAll(() => close?.());

const problem = () => staff.at("problem").innerText();
const known = () => kanri.at("known-by").locator("li");
const approve = async () => {
  await product.signaling.admin("device", "approve", await staff.deviceCode(), "--login", "tanaka");
};

test("a lost home PC is out at once, the office PC forgets it by itself, and that is seen at the console", async () => {
  await staff.connect();
  await kanri.open("devices");
  await kanri.row("田中 一郎").getByTestId("open-devices").click();
  await until("the office PC is said to know it", async () => (await known().getAttribute("data-state")) === "knows");
  await kanri.look("known-by");
  await kanri.at("act-device.lost").click();
  await kanri.at("effect").getByText("今つないでいる 1 名の接続が切れます").waitFor();
  await kanri.at("effect").getByText("職場のパソコン 1 台に、この端末を忘れるよう伝えます").waitFor();
  await kanri.look("device-lost");
  await kanri.give("電車に置き忘れたと電話があった", await kanri.person.code());
  await staff.reach("signed-out");
  expect(await problem()).toContain("この端末の登録が外されました");
  await until("the office PC has said so", async () => (await known().getAttribute("data-state")) === "forgotten");
  expect(await kanri.at("timeline").innerText()).toContain("職場のパソコンが端末を忘れた");
  await kanri.look("forgotten");
  await kanri.page.keyboard.press("Escape");
  expect(product.agent.logs()).toContain("struck off this PC's list");
});

test("when it is found, the server alone cannot let it in again: it is registered on the office PC anew", async () => {
  const code = await tanaka.code();
  expect(await staff.trySignIn({ code })).toBe(false);
  await approve();
  if (!(await staff.trySignIn({ code }))) expect(await staff.trySignIn()).toBe(true);
  await staff.ask();
  await staff.reach("ended");
  await until("the record has it", async () => (await product.sessions())[0]?.["reason"] === "device-unknown");
  expect(await staff.page.locator("body").innerText()).toContain("この端末は、職場のパソコンに登録されていません");
  await staff.page.reload();
  await staff.at("connect").first().waitFor();
  const devices = JSON.stringify(await product.agent.command("devices", "list"));
  expect(devices).toContain('"devices":[]');
  const [device] = await product.signaling.list("device", "list", "--search", "tanaka");
  await product.agent.command("devices", "add", String((device as { code: string }).code), "--login", "tanaka");
  await staff.connect();
});

test("who leaves is cut off in mid-session, with words, and it was said before what is taken away", async () => {
  await kanri.open("people");
  await kanri.row("tanaka").getByTestId("open-people").click();
  await kanri.at("act-people.leave").click();
  await kanri.at("effect").getByText("今つないでいる 1 名の接続が切れます").waitFor();
  await kanri.at("effect").getByText("家の端末 1 台の登録が外れます").waitFor();
  await kanri.at("effect").getByText("パソコンの割り当て 1 件が終わります").waitFor();
  await kanri.look("leave");
  await kanri.give("年度末の退職", await kanri.person.code());
  await staff.reach("signed-out");
  expect(await problem()).toContain("あなたの利用が止められました");
  const drawer = kanri.at("drawer");
  await drawer.getByText("利用停止").first().waitFor();
  expect(await kanri.at("timeline").innerText()).toContain("年度末の退職");
  expect(await kanri.at("has-grants").count()).toBe(0);
  await until("the office PC has forgotten the device", async () =>
    JSON.stringify(await product.agent.command("devices", "list")).includes('"devices":[]'),
  );
  await kanri.page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
});

test("a transfer is one dialog: where to, what is kept, what is new", async () => {
  await product.signaling.admin("division", "add", "税務課");
  await product.signaling.admin("person", "enable", "tanaka");
  await product.signaling.admin("grant", "add", "tanaka", product.agent.terminal);
  await kanri.page.reload();
  await kanri.row("tanaka").getByTestId("open-people").click();
  await kanri.at("act-people.transfer").click();
  const keep = kanri.at("field-keep").getByRole("checkbox");
  await keep.waitFor();
  await kanri.at("effect").getByText("パソコンの割り当て 1 件が終わります").waitFor();
  await keep.check();
  await kanri.at("effect").getByText("パソコンの割り当て").waitFor({ state: "detached" });
  await keep.uncheck();
  await kanri.page.locator("#field-division").selectOption({ label: "税務課" });
  await kanri.look("transfer");
  await kanri.give("4月1日付の異動");
  await kanri.at("act-dialog").waitFor({ state: "detached" });
  await kanri.at("drawer").getByText("税務課").first().waitFor();
  expect(await kanri.at("has-grants").count()).toBe(0);
  await kanri.page.keyboard.press("Escape");
});

test("of those that were not seen for long, several are stopped with one code", async () => {
  await kanri.open("people");
  await kanri.at("unseen-30").click();
  await kanri.at("nothing").waitFor();
  await kanri.at("unseen-30").click();
  await kanri.row("tanaka").waitFor();
  await product.addPerson({ login: "old1", name: "前任 一" });
  await kanri.page.reload();
  await kanri.row("old1").getByTestId("select").check();
  await kanri.row("tanaka").getByTestId("select").check();
  await kanri.at("many-people.disable").click();
  await kanri.look("many-code");
  await kanri.give("30 日以上使っていない", await kanri.person.code());
  await kanri.at("many-done").waitFor();
  expect(await kanri.at("many-done").innerText()).toBe("2 件のうち 2 件ができました。");
  await kanri.page.keyboard.press("Escape");
});

test("a PC whose disk was copied is set aside with its copy, seen on Today, and each gets a token of its own", async () => {
  const copy = join(product.folder, "agent-copy");
  cpSync(join(product.folder, "agent"), copy, { recursive: true });
  const { display, authority } = product.screen;
  const logs = join(product.folder, "logs-copy");
  mkdirSync(logs);
  const enrolmentToken = () => Promise.reject(new Error("it is enrolled"));
  const clone = await startAgentProcess({ folder: copy, logs, display, authority, enrolmentToken });
  try {
    await kanri.at("menu-today").click();
    await kanri.reach("today");
    const figure = kanri.at("figure-terminals-set-aside");
    await until("it is counted", async () => /1$/.test((await figure.innerText()).trim()));
    expect(await kanri.at("set-aside").innerText()).toContain("127.0.0.1 / 127.0.0.1");
    await kanri.look("today-set-aside");
    await figure.click();
    await kanri.row(TERMINAL).getByTestId("open-terminals").first().click();
    await kanri.at("timeline").waitFor();
    expect(await kanri.at("drawer").innerText()).toContain("127.0.0.1 / 127.0.0.1");
    await kanri.look("set-aside");
    await kanri.at("act-terminal.settle").click();
    await kanri.page.locator("#field-name").fill("会議室のパソコン");
    await kanri.at("effect").getByText("パソコン 1 台に関わります").waitFor();
    await kanri.look("settle");
    await kanri.give("ディスクを複製したため", await kanri.person.code());
    const tokens = await Promise.all(["token", "other-token"].map((one) => kanri.at(`once-${one}`).innerText()));
    expect(new Set(tokens).size).toBe(2);
    await kanri.look("two-tokens");
    await kanri.at("once-close").click();
    await kanri.at("drawer").getByText("未登録").first().waitFor();
  } finally {
    await clone.close();
  }
});

test("on all of it axe finds nothing", () => expect(kanri.findings).toEqual([]));

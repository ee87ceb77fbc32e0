/** 残業 in a real browser: asked for in a session whose end is near, approved by a manager at the console, and the session goes on. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Administrator } from "../support/administrator.ts";
import { openWithConsole } from "../support/at-console.ts";
import { lookAt } from "../support/axe.ts";
import type { TestPerson, TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

/** Of the server: where it is noon now, so that no day ends meanwhile. */
const AHEAD_H = 12 - new Date().getUTCHours();
const TZ = `Etc/GMT${AHEAD_H > 0 ? "-" : "+"}${Math.abs(AHEAD_H)}`;
/** Of staff: on a laptop, and on a phone in the dark. */
const HOME = {
  height: 900,
  isWhole: true,
  looks: [
    [1280, "light"],
    [360, "dark"],
  ],
} as const;
/** Of a loaned tablet, held upright. */
const TABLET = {
  height: 960,
  isWhole: true,
  looks: [
    [600, "light"],
    [600, "dark"],
  ],
} as const;

let product: TestProduct;
let kacho: Administrator;
let staff: Staff;
/** The manager, on the page of staff. */
let home: Staff | undefined;
let manager: TestPerson;
const findings: string[] = [];

beforeAll(async () => {
  const opened = await openWithConsole({ TZ });
  product = opened.product;
  const { admin } = product.signaling;
  const end = new Date(Date.now() + AHEAD_H * 3_600_000 + 11 * 60_000).toISOString().slice(11, 16);
  const [tanaka, superior] = await Promise.all([
    product.addPerson({ login: "tanaka", name: "田中 一郎" }),
    product.addPerson({ login: "kacho", name: "見本 課長", granted: false }),
    admin("division", "add", "総務課"),
    admin("policy", "set", `hours=daily:00:00-${end}`, "--yes", "--reason", "勤務時間規程"),
  ]);
  manager = superior;
  await Promise.all([
    admin("person", "move", "tanaka", "--division", "総務課"),
    admin("duty", "give", "kacho", "manager", "--division", "総務課"),
  ]);
  const arriving = async () => {
    kacho = await Administrator.arrive(product, superior, opened.url);
    await kacho.registerAndSignIn();
  };
  const coming = async () => {
    staff = await Staff.arrive(product, { person: tanaka, viewport: { width: 1280, height: 900 } });
    await staff.registerAndSignIn();
  };
  await Promise.all([arriving(), coming()]);
});
afterAll(async () => {
  await home?.close();
  await staff?.close();
  await kacho?.close();
  await product?.close();
});

const look = async (name: string) => findings.push(...(await lookAt(staff.page, `overtime-${name}`, HOME)));
const tablet = async (name: string) => findings.push(...(await lookAt(kacho.page, `overtime-${name}`, TABLET)));
const toolbar = () => staff.at("toolbar").innerText();

test("in a session that ends soon, more time is asked for by the keyboard", async () => {
  await staff.connect();
  await staff.at("extend").waitFor();
  expect(await toolbar()).toMatch(/延長を申請する/);
  await staff.at("extend").focus();
  await staff.page.keyboard.press("Enter");
  await staff.at("asking-overtime").waitFor();
  await staff.page.keyboard.press("Enter");
  expect(await staff.at("asking-purpose-problem").innerText()).toContain("用務を書いてください");
  await look("asking");
  await staff.at("asking-purpose").focus();
  await staff.page.keyboard.type("決算の締め");
  await staff.page.keyboard.press("Enter");
  await until("it waits", async () => /延長：答えを待っています/.test(await toolbar()));
  await staff.page.screenshot({ path: "test-results/overtime-waits.png" });
});

test("the manager sees who, why and until when on a small tablet, and approves with a word", async () => {
  await kacho.at("menu-approvals").click();
  await kacho.reach("approvals");
  const card = kacho.at("approval");
  await card.waitFor();
  expect(await card.innerText()).toMatch(/残業[\s\S]*田中 一郎[\s\S]*総務課[\s\S]*決算の締め[\s\S]*いま使っています/);
  await tablet("approvals");
  await kacho.at("approval-word").fill("無理をせずに");
  await kacho.at("approve").focus();
  await kacho.page.keyboard.press("Enter");
  await kacho.at("approval-news").getByText("田中 一郎 さんの申請を承認しました").waitFor();
  expect(await kacho.at("approval-decided").innerText()).toMatch(/承認[\s\S]*無理をせずに/);
});

test("the end of the session moves at once, and its person is told", async () => {
  await staff.at("banner").getByText("残業が認められました").waitFor();
  await staff.at("ending").waitFor({ state: "hidden" });
  await staff.at("extend").waitFor({ state: "hidden" });
  await staff.page.screenshot({ path: "test-results/overtime-approved.png" });
  expect(await staff.state()).toBe("live");
});

test("taken back by the manager, with a reason, the end is where it was, and its person is told", async () => {
  await tablet("decided");
  await kacho.at("take-back").click();
  await kacho.at("take-back-dialog").waitFor();
  await kacho.at("act-yes").click();
  await kacho.page.locator("#reason-problem").getByText("理由を入力してください").waitFor();
  await tablet("take-back");
  await kacho.at("reason").fill("会議は明日になりました");
  await kacho.page.keyboard.press("Enter");
  await kacho.at("approval-news").getByText("田中 一郎 さんの残業の承認を取り消しました").waitFor();
  expect(await kacho.at("approval-decided").innerText()).toMatch(/承認の取り消し[\s\S]*会議は明日になりました/);
  await staff.at("banner").getByText("残業の承認が取り消されました").waitFor();
  await staff.at("extend").waitFor();
  await staff.page.screenshot({ path: "test-results/overtime-taken-back.png" });
  expect(await staff.state()).toBe("live");
});

test("asked for again, and approved, it is in force again", async () => {
  await staff.at("extend").click();
  await staff.at("asking-purpose").fill("決算の締め");
  await staff.page.keyboard.press("Enter");
  await kacho.at("approve").click();
  await staff.at("banner").getByText("残業が認められました").waitFor();
});

test("the list says how it stands; a manager's own waits for somebody else there", async () => {
  await staff.at("end").click();
  await staff.at("back-to-list").click();
  await staff.reach("list");
  await staff.at("requests-lines").getByText("認められました").waitFor();
  const [newest = "", first = ""] = await staff.at("request").allInnerTexts();
  expect(newest).toMatch(/残業[\s\S]*認められました[\s\S]*決算の締め/);
  expect(first).toMatch(/承認が取り消されました[\s\S]*無理をせずに[\s\S]*会議は明日になりました/);
  await product.signaling.admin("duty", "give", "tanaka", "manager", "--division", "総務課");
  await staff.at("ask-grant").click();
  await staff.at("asking-terminal").fill("どこにもない PC");
  await staff.at("asking-purpose").fill("出張の準備");
  await staff.at("asking-grant-yes").click();
  await staff.at("asking-problem").getByText("というパソコンはありません").waitFor();
  await look("grant");
  await staff.at("asking-grant-no").click();
  await staff.at("ask-overtime").click();
  await staff.at("asking-purpose").fill("締めの続き");
  await staff.at("asking-overtime-yes").click();
  await staff.at("requests-asked").waitFor();
  await look("list");
  await staff.at("approvals").click();
  await staff.at("approval").getByText("あなたは答えられません").waitFor();
  await look("answering");
  await kacho.at("approval").getByText("締めの続き").waitFor();
  await kacho.at("refuse").click();
  await kacho.at("approval-news").getByText("断りました").waitFor();
});

test("who asked withdraws what was approved, after a question", async () => {
  await staff.at("approvals-back").click();
  await staff.reach("list");
  await staff.at("requests-lines").getByText("断られました").waitFor();
  await staff.at("request-withdraw").focus();
  await staff.page.keyboard.press("Enter");
  await staff.at("give-up").waitFor();
  await look("give-up");
  await staff.at("give-up-yes").click();
  await staff.at("requests-given-up").waitFor();
  await look("given-up");
  await kacho.at("approval-decided").getByText("本人が取り下げ").waitFor();
});

test("a manager at home approves, and takes it back, on the page of staff", async () => {
  await staff.at("ask-overtime").click();
  await staff.at("asking-purpose").fill("締めの残り");
  await staff.at("asking-overtime-yes").click();
  await staff.at("requests-asked").waitFor();
  home = await Staff.arrive(product, { person: manager, viewport: { width: 600, height: 960 } });
  await home.registerAndSignIn();
  await home.at("approvals").click();
  await home.at("approve").click();
  await home.at("approval-news").getByText("承認しました").waitFor();
  await home.at("take-back").focus();
  await home.page.keyboard.press("Enter");
  await home.at("take-back-dialog").waitFor();
  await home.page.keyboard.press("Enter");
  await home.at("take-back-reason-problem").getByText("理由を入力してください").waitFor();
  findings.push(...(await lookAt(home.page, "overtime-home-take-back", HOME)));
  await home.at("take-back-reason").fill("明日にしましょう");
  await home.page.keyboard.press("Enter");
  await home.at("approval-news").getByText("残業の承認を取り消しました").waitFor();
  await home.at("approved").waitFor({ state: "hidden" });
  await staff.at("requests-lines").getByText("明日にしましょう").waitFor();
});

test("the labour log of the month stands there, to be printed", async () => {
  await kacho.at("menu-labour").click();
  await kacho.reach("labour");
  // of where the server is, which a browser in Japan may have left behind
  await kacho.at("labour-month").fill(new Date(Date.now() + AHEAD_H * 3_600_000).toISOString().slice(0, 7));
  await kacho.at("labour-person").getByText("田中 一郎").waitFor();
  await tablet("labour");
  expect(findings).toEqual([]);
});

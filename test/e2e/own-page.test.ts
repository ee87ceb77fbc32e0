/** A person's own page in a real browser: what they see of themselves, what they end, and the rules that hold for them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { lookAt } from "../support/axe.ts";
import { openTestProduct, TERMINAL, type TestPerson, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;
let person: TestPerson;
let here: Staff;
let there: Staff;
const findings: string[] = [];

beforeAll(async () => {
  product = await openTestProduct({ office: { editor: false } });
  person = await product.addPerson({ name: "佐藤 花子" });
  there = await Staff.arrive(product, { person });
  await there.registerAndSignIn();
  here = await Staff.arrive(product, { person });
  await here.registerAndSignIn();
});
afterAll(async () => {
  await here?.close();
  await there?.close();
  await product?.close();
});

const look = async (name: string) => findings.push(...(await lookAt(here.page, `own-${name}`)));
const focused = () => here.page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? "");
const focusOn = (wanted: string) => until(`${wanted} has the focus`, async () => (await focused()) === wanted);
const lines = (section: string) => here.at(section).getByTestId("own-line");

test("the list says when I signed in last; the own page when, where from and by which browser", async () => {
  expect(await here.at("last-sign-in").innerText()).toMatch(/前回のサインインは .+ でした/);
  await look("list");
  await here.at("own").focus();
  await here.page.keyboard.press("Enter");
  await here.reach("own");
  await here.at("own-lately").waitFor();
  expect(await lines("own-sign-ins").allInnerTexts()).toEqual([
    expect.stringMatching(/このブラウザー[\s\S]*Chrome・Linux[\s\S]*接続元 127\.0\.0\.1/),
    expect.stringMatching(/サインイン中[\s\S]*終わらせる/),
  ]);
  expect(await lines("own-devices").count()).toBe(2);
  // the one refusal was this browser's own, before it was registered
  expect(await here.at("own-refused").innerText()).toContain("1 回");
  expect(await here.at("own-sessions").innerText()).toContain("つないでいません");
});

test("each rule is a sentence with the figure of this server, and its reason", async () => {
  expect(await here.at("rule-sign-in-idle").innerText()).toMatch(/30 分.*終わります。\s+.+ためです。/);
  expect(await here.at("rule-sign-in-hours").innerText()).toContain("12 時間");
  for (const rule of await here.at("own-rules").getByRole("listitem").allInnerTexts())
    expect(rule.split(/\n+/).filter((part) => part.trim() !== "")).toHaveLength(2);
  await look("page");
});

test("what policy decides for me stands there, with who decided it", async () => {
  const rules = ["hours=mon-fri:00:00-24:00,sat-sun:00:00-23:59", "from=elsewhere", "idleMinutes=10", "viewOnly=yes"];
  const where = ["--person", person.login, "--reason", "試行", "--yes"];
  await product.signaling.admin("policy", "set", ...rules, ...where);
  await product.signaling.admin("policy", "set", "lockOn=never", "wake=no", "--reason", "試行", "--yes");
  await here.page.reload();
  await here.at("own").click();
  const text = (rule: string) => here.at(`rule-${rule}`).innerText();
  expect(await text("hours")).toMatch(
    /月～金 0:00～24:00、土、日 0:00～23:59です.*\s+.+ためです。\s+あなたについて決めた/,
  );
  expect(await text("places")).toContain("自宅などほかの場所");
  expect(await text("office-idle")).toMatch(/10 分[\s\S]*パソコンの設定がこれより厳しいときは/);
  expect(await text("view-only")).toContain("見るだけ");
  expect(await text("office-lock")).toMatch(/ロックはしません。\s+全体で決めた/);
  await look("policy");
  await product.signaling.admin("policy", "clear", "hours", "from", "idleMinutes", "viewOnly", ...where);
  await product.signaling.admin("policy", "clear", "lockOn", "wake", "--reason", "試行", "--yes");
  await here.page.reload();
  await here.at("own").click();
  await here.at("own-rules").waitFor();
  expect(await here.at("rule-hours").count()).toBe(0);
});

test("in English too, and back", async () => {
  await here.at("language").click();
  await here.at("own-lately").filter({ hasText: "You signed in last" }).waitFor();
  await look("english");
  await here.at("language").click();
  await here.at("own-lately").filter({ hasText: "前回" }).waitFor();
});

test("a session elsewhere is ended from here, by the keyboard alone", async () => {
  await there.connect();
  await here.at("own-back").click();
  await here.at("own").click();
  await here.at("end-session").waitFor();
  expect(await lines("own-sessions").innerText()).toMatch(new RegExp(`${TERMINAL}[\\s\\S]*別の端末から`));
  await look("session");
  await here.at("end-session").focus();
  await here.page.keyboard.press("Enter");
  await focusOn("own-dialog-no");
  await look("question");
  await here.page.keyboard.press("Escape");
  await focusOn("end-session");
  expect(await there.state()).toBe("live");
  await here.page.keyboard.press("Enter");
  await focusOn("own-dialog-no");
  await here.page.keyboard.press("Tab");
  await here.page.keyboard.press("Enter");
  await focusOn("own-done");
  await there.reach("ended");
  await until("the record has why", async () => (await product.sessions())[0]?.["reason"] === "viewer-left");
  await look("done");
});

test("a sign-in elsewhere is ended from here, and this one goes on", async () => {
  await here.at("end-sign-in").click();
  await here.at("own-dialog-yes").click();
  await here.at("end-sign-in").waitFor({ state: "detached" });
  await there.reach("signed-out");
  await here.at("change-password").click();
  await here.reach("password");
  await here.at("password-leave").click();
  await here.reach("list");
});

test("a browser that gave my password and code, and waits, is told of", async () => {
  const stranger = await Staff.arrive(product, { person });
  expect(await stranger.trySignIn()).toBe(false);
  await stranger.close();
  await here.at("own").click();
  await here.at("own-waiting").waitFor();
  expect(await lines("own-devices").filter({ hasText: "承認待ち" }).count()).toBe(1);
  await look("waiting");
});

test("at twice the size and on a narrow screen nothing is cut off", async () => {
  for (const width of [640, 360]) {
    await here.page.setViewportSize({ width, height: 480 });
    const wide = await here.page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
  }
  await here.page.setViewportSize({ width: 1280, height: 900 });
});

test("a browser that is given up, this one too, has to be let in anew", async () => {
  await here.at("give-up").nth(1).click();
  await here.at("own-dialog-yes").click();
  await here.at("own-done").waitFor();
  await here.at("give-up").click();
  expect(await here.at("own-dialog").innerText()).toContain("すぐにサインアウト");
  await look("give-up");
  await here.at("own-dialog-yes").click();
  await here.reach("signed-out");
  expect(await here.trySignIn()).toBe(false);
});

test("axe finds nothing on any of these", () => {
  expect(findings).toEqual([]);
});

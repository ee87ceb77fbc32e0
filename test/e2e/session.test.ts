/** The main job: sign in, connect, see and operate, through the relay only. README's screenshots are made here. */
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const PICTURES = "test-results";
let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  product = await openTestProduct();
  staff = await Staff.arrive(product);
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

const snapshot = (name: string) => staff.page.screenshot({ path: `${PICTURES}/${name}.png` });

describe("a person at home", () => {
  test("comes to a page that complains of nothing on the browser's console", () => {
    expect(staff.browser.console).toEqual([]);
  });

  test("is refused while nobody has registered the browser, and comes in afterwards", async () => {
    await snapshot("sign-in");
    await staff.registerAndSignIn();
    await staff.at("terminal").first().waitFor();
    await snapshot("list");
  });

  test("types what is missing of the office PC's code at the first connection, and then sees its screen", async () => {
    await staff.watchPeers();
    await staff.at("connect").first().click();
    const gap = Number(await staff.at("pair-code").getAttribute("data-gap"));
    const shown = (await staff.at("pair-code").innerText()).match(/[0-9A-Z]{5}/g);
    expect(shown).toEqual(product.agent.code.split("-").toSpliced(gap, 1));
    expect(await staff.page.content()).not.toContain(product.agent.code.split("-")[gap]);
    expect(await staff.at("pair-warning").count()).toBe(0);
    await snapshot("compare");
    await staff.typeCode();
    await staff.settle("live");
    expect(await staff.sees(40)).toBeGreaterThanOrEqual(40);
    await snapshot("session");
  });

  test("is connected through the relay at both ends, in 4:4:4", async () => {
    expect(await staff.codec()).toBe("av1-444");
    expect(product.logs()).not.toMatch(/typ (host|srflx|prflx)/);
  });

  test("has its pictures protected by an AEAD cipher", async () => {
    expect(await staff.srtpCipher()).toBe("SRTP_AEAD_AES_128_GCM");
  });

  test("types romaji, and the office's file has it", async () => {
    await staff.focus();
    await staff.type("remote desk 123");
    await staff.press("Enter");
    await staff.saves((text) => text === "remote desk 123\n", "the letters");
  });

  test("types the keys that only a JIS keyboard has", async () => {
    // ろ with shift is an underscore, ￥ a backslash (as X has it), with shift a bar
    await staff.chord("ShiftLeft", "IntlRo");
    await staff.press("IntlYen", "BracketRight", "Quote");
    await staff.chord("ShiftLeft", "Digit2");
    await staff.press("Enter");
    await staff.saves((text) => text.endsWith('_\\[:"\n'), "the JIS keys");
  });

  test("types Japanese through the office's input method", async () => {
    await staff.press("Backquote"); // 半角/全角
    await until("the input method is on", async () => (await product.screen.inputMethod()) === "japanese");
    await staff.type("nihongo");
    await staff.press("Space", "Enter", "Enter");
    await staff.press("Backquote");
    await until("the input method is off", async () => (await product.screen.inputMethod()) === "direct");
    await staff.saves((text) => text.includes("日本語"), "日本語");
    await staff.sees(40);
    await snapshot("japanese");
  });

  test("types Japanese composed at home", async () => {
    await staff.at("text").click();
    await staff.at("text-input").fill("会議は午後三時から①髙﨑");
    await staff.at("text-input").press("Enter");
    await staff.focus();
    await staff.saves((text) => text.includes("会議は午後三時から①髙﨑"), "the text from home");
  });

  test("points and clicks where the office's pointer then is", async () => {
    const box = await staff.at("screen-video").boundingBox();
    if (!box) throw new Error("no video");
    await staff.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await until("the office's pointer is in the middle", async () => {
      const place = await product.screen.xdotool("getmouselocation", "--shell");
      const [x = 0, y = 0] = [...place.matchAll(/[XY]=(\d+)/g)].map(([, value]) => Number(value));
      return Math.abs(x - 960) <= 2 && Math.abs(y - 540) <= 2;
    });
  });

  test("lets go of every key when the page loses the keyboard", async () => {
    await staff.focus();
    await staff.key("keyDown", "ShiftLeft");
    await staff.page.evaluate(() => window.dispatchEvent(new Event("blur")));
    await staff.key("keyUp", "ShiftLeft");
    await staff.focus();
    await staff.chord("ControlLeft", "End");
    await staff.type("small");
    await staff.saves((text) => text.endsWith("small"), "small letters");
  });

  test("prints a blank page", async () => {
    await staff.page.emulateMedia({ media: "print" });
    const visible = await staff.page.evaluate(
      () => document.body.innerText.trim() + getComputedStyle(document.body).display,
    );
    expect(visible).toMatch(/^(none|block)$/);
    await staff.page.emulateMedia({ media: "screen" });
  });

  test("has seen nothing on the console but the refusal of the unregistered browser", () => {
    const refusal = /^error: Failed to load resource: .* 401 /;
    expect(staff.browser.console.filter((line) => !refusal.test(line))).toEqual([]);
    expect(staff.browser.console).toHaveLength(1);
  });

  test("ends the session, and the record says so", async () => {
    await staff.at("end").click();
    await staff.reach("list", "ended");
    await until("the record has it", async () => (await product.sessions())[0]?.["reason"] === "viewer-left");
    expect(staff.browser.console.filter((line) => line.startsWith("uncaught"))).toEqual([]);
  });

  test("comes back after the sign-in has ended, and nothing is added on the console", async () => {
    const before = staff.browser.console.length;
    await staff.browser.context.clearCookies();
    await staff.page.reload();
    await staff.reach("signed-out");
    await staff.at("sign-in").waitFor();
    expect(staff.browser.console.slice(before)).toEqual([]);
  });

  test("leaves no secret in any log", () => {
    const logs = product.logs();
    expect(logs).toContain("session ended");
    for (const secret of [staff.person.password, "a=fingerprint", "nihongo", "KeyN", "会議", "日本語"])
      expect(logs).not.toContain(secret);
    expect(logs).not.toMatch(/"(code|password|sdp|signature|credential)":"(?!\[cut out\])[^"]{6,}/);
  });
});

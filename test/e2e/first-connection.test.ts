/** Who is at the other end, for a person whose server lies: new IDs for known names, codes that are not IT's. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, keyCode } from "../../signaling/protocol/signed.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";

const PICTURES = "test-results";
let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  product = await openTestProduct();
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

const toList = async () => {
  await staff.at("back-to-list").click();
  await staff.reach("list");
};

describe("the first connection", () => {
  test("is not made with a code that is not the office PC's, however often it is typed", async () => {
    await staff.at("connect").first().click();
    const gap = Number(await staff.at("pair-code").getAttribute("data-gap"));
    const shown = product.agent.code.split("-")[(gap + 1) % 4] ?? "";
    for (const left of [2, 1, 0]) {
      await staff.at("pair-typed").fill(shown);
      await staff.at("pair-typed").press("Enter");
      if (left > 0)
        await staff
          .at("pair-problem")
          .filter({ hasText: String(left) })
          .waitFor();
    }
    await staff.at("pair-refused").waitFor();
    expect(await staff.at("pin").count()).toBe(0);
    expect(await staff.at("screen-video").count()).toBe(0);
  });

  test("leaves out the same part of the code each time, and is made with what IT gave out", async () => {
    const gaps: Array<string | null> = [];
    for (let time = 0; time < 3; time++) {
      await staff.page.reload();
      await staff.at("connect").first().click();
      gaps.push(await staff.at("pair-code").getAttribute("data-gap"));
      await staff.at("pair-dialog-no").click();
      await staff.at("pair-refused").waitFor();
    }
    expect(new Set(gaps).size).toBe(1);
    await staff.connect();
    await staff.at("end").click();
    await toList();
  });

  test("that a lying server repeats, by a new ID and key for the known name, is a warning the old code does not pass", async () => {
    const id = TerminalId.parse("0000-0000-0000");
    const key = await exportPublicKey((await generateKeyPair(false)).publicKey);
    const real = product.agent.terminal;
    await staff.page.routeWebSocket(/\/ws(?:\?|$)/, (page) => {
      const server = page.connectToServer();
      page.onMessage((text) => server.send(String(text).replaceAll(id, real)));
      server.onMessage((text) =>
        page.send(
          String(text)
            .replaceAll(real, id)
            .replace(/"agentKey":"[^"]+"/, `"agentKey":"${key}"`),
        ),
      );
    });
    await staff.page.reload();
    await staff.at("connect").first().click();
    await staff.at("pair-warning").waitFor();
    await staff.page.screenshot({ path: join(PICTURES, "warning.png"), fullPage: true });
    const old = await staff.at("pair-known-code").innerText();
    expect(old.match(/[0-9A-Z]{5}/g)).toEqual(product.agent.code.split("-"));
    const gap = Number(await staff.at("pair-code").getAttribute("data-gap"));
    const shown = (await staff.at("pair-code").innerText()).match(/[0-9A-Z]{5}/g);
    expect(shown).toEqual((await keyCode(key)).split("-").toSpliced(gap, 1));

    for (let time = 0; time < 3; time++) await staff.typeCode();
    await staff.at("pair-refused").waitFor();
    expect(await staff.page.locator("html").getAttribute("data-session")).toBe("list");
    expect(await staff.at("pin").count()).toBe(1);
  });
});

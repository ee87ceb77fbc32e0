/** Cover and lock as staff meet them: a PC that must be covered and cannot be, and one whose monitors go dark. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { PNG } from "pngjs";
import { afterEach, expect, test } from "vitest";
import { activeCrtcs, readRamp } from "../../agent/native/x11/gamma.ts";
import { XConnection } from "../../agent/native/x11/x11.ts";
import { startAgentProcess } from "../../signaling/quickstart/agent.ts";
import { row } from "../../signaling/quickstart/product.ts";
import { openProductOn, type TestProduct, type TestScreen } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";
import { Painter } from "../support/x11-painter.ts";
import { startXorg } from "../support/xorg.ts";
import { startXvfb } from "../support/xvfb.ts";

/** Pictures for people to look at. */
const PICTURES = "test-results";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** A bare display with something to see on it. */
function screenOn(server: { display: string; close(): Promise<void> }): TestScreen {
  const { display } = server;
  const painter = new Painter(display);
  painter.fill(0, 0, 1024, 768, 0x3a6ea5);
  painter.fill(200, 150, 500, 300, 0xffffff);
  return {
    display,
    authority: undefined,
    logs: () => "",
    readFile: () => "",
    async screenshot() {
      const options = {
        env: { PATH: "/usr/bin:/bin", DISPLAY: display },
        encoding: "buffer",
        maxBuffer: 1 << 26,
      } as const;
      return PNG.sync.read(
        (await promisify(execFile)("import", ["-silent", "-window", "root", "png:-"], options)).stdout,
      );
    },
    async close() {
      painter.close();
      await server.close();
    },
  };
}

async function productWith(screen: TestScreen, config: object): Promise<TestProduct<TestScreen>> {
  const product = await openProductOn(screen, {
    openAgent: ({ screen: { display, authority }, logs, enrolmentToken }) => {
      const folder = join(logs, "..", "agent");
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, "config.json"), JSON.stringify(config));
      return startAgentProcess({ folder, logs, display, authority, enrolmentToken });
    },
  });
  opened.push(product);
  return product;
}

async function arrive(product: TestProduct<TestScreen>): Promise<Staff> {
  const staff = await Staff.arrive(product);
  opened.push(staff);
  await staff.registerAndSignIn();
  return staff;
}

const audited = async (product: TestProduct<TestScreen>) =>
  (await product.signaling.list("audit", "list")).toReversed().map((each) => row(each)["event"]);

test("a PC that must be covered and cannot be shows nothing, and the page says why", async () => {
  const product = await productWith(screenOn(await startXvfb({ width: 1024, height: 768 })), { cover: "required" });
  const staff = await arrive(product);
  await staff.ask();
  await staff.reach("ended");
  expect(await staff.at("curtain-title").innerText()).toBe("職場の画面を隠せないため、接続を終わりました");
  expect(await staff.at("curtain-todo").innerText()).toContain("情報システム担当");
  expect(await staff.at("connect-again").isVisible()).toBe(false);
  expect(await staff.at("screen-video").count()).toBe(0);
  expect(await staff.at("curtain-text").innerText()).toBe(""); // nothing was seen, so nothing had to be locked
  await staff.page.screenshot({ path: `${PICTURES}/cover-refused.png` });
  await until("the record has it", async () => (await product.sessions())[0]?.["reason"] === "cover-unavailable");
  expect(await audited(product)).toContain("session.cover-failed");
  expect(product.logs()).toContain("gamma ramp");
});

test("covered monitors are dark while the page shows the screen; a PC without a lock is told of afterwards", async () => {
  const server = await startXorg();
  const product = await productWith(screenOn(server), { cover: "required", lockOn: "end" });
  const looker = XConnection.open(server.display) as XConnection;
  const dark = () => activeCrtcs(looker).every((crtc) => readRamp(looker, crtc).every((value) => value === 0));
  expect(dark()).toBe(false);
  const staff = await arrive(product);
  await staff.connect();
  expect(dark()).toBe(true);
  await staff.at("cover").waitFor();
  expect(await staff.at("cover").innerText()).toBe("職場の画面は隠れています");
  await staff.sees(30);
  await staff.page.screenshot({ path: `${PICTURES}/cover.png` });
  await staff.at("end").click();
  await staff.reach("ended");
  await until("the monitors are given back", async () => !dark());
  looker.close();
  await until("the page says that the PC is not locked", async () =>
    (await staff.at("curtain-text").innerText()).includes("ロックできていません"),
  );
  await staff.page.screenshot({ path: `${PICTURES}/lock-failed.png` });
  expect((await product.sessions())[0]).toMatchObject({ lock: "lock-failed" });
  expect(await audited(product)).toEqual(
    expect.arrayContaining(["session.shown-unlocked", "session.covered", "terminal.lock-failed"]),
  );
});

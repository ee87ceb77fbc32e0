/**
 * The main job with an office PC that runs Windows: a real Chromium, through the edge and a real coturn, to the real node.exe, which our
 * installer has put there as two services, and to an editor.
 */
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openProductOn, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";
import { type InstalledAgent, installAgent } from "../support/wine/installed-agent.ts";
import { MAIN_MONITOR, SMALL_MONITOR, startMonitors } from "../support/wine/monitors.ts";
import { openWindowsOffice, type WindowsOffice } from "../support/wine/office.ts";

const PICTURES = "test-results";
/** Both monitors. */
const SCREEN = { width: MAIN_MONITOR.x + MAIN_MONITOR.width, height: MAIN_MONITOR.y + MAIN_MONITOR.height };
let office: WindowsOffice;
let product: TestProduct<WindowsOffice>;
let agent: InstalledAgent;
let staff: Staff;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  office = await openWindowsOffice({ display: await startMonitors() });
  product = await openProductOn(office, {
    openAgent: async (place) => {
      agent = await installAgent(office.wine, place);
      return agent;
    },
  });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await (product ?? office)?.close();
});

const snapshot = (name: string) => staff.page.screenshot({ path: `${PICTURES}/${name}.png` });

/** Waits until the editor has this. */
async function reads(expected: (text: string) => boolean, what: string): Promise<void> {
  let text = "";
  await until(
    () => `the editor has ${what}; it has ${JSON.stringify(text)}`,
    async () => {
      text = await office.editorText();
      return expected(text);
    },
  );
}

/** Picture and keyboard are the office's; typed as often as it takes: what was just killed still looks alive in the page. */
async function works(word: string): Promise<void> {
  await staff.settle("live");
  await staff.sees(40);
  await staff.focus();
  await until(`"${word}" is typed`, async () => {
    await staff.type(word);
    return (await office.editorText()).includes(word);
  });
}

describe("an office PC with Windows", () => {
  test("shows its screen, through the relay, in 4:4:4", async () => {
    await staff.connect();
    expect(await staff.sees(40)).toBeGreaterThanOrEqual(40);
    expect(await staff.codec()).toBe("av1-444");
    await snapshot("windows");
  });

  test("takes letters, and keys that only a JIS keyboard has", async () => {
    await staff.focus();
    await staff.type("remote desk 123");
    await staff.press("Enter");
    await staff.chord("ShiftLeft", "IntlRo");
    await staff.press("IntlYen", "BracketRight", "Quote");
    await staff.chord("ShiftLeft", "Digit2");
    await staff.press("Enter");
    await reads((text) => text === 'remote desk 123\n_\\[:"\n', "the letters and the JIS keys");
  });

  test("takes Japanese composed at home", async () => {
    await staff.at("text").click();
    await staff.at("text-input").fill("会議は午後三時から①髙﨑𠮷");
    await staff.at("text-input").press("Enter");
    await staff.focus();
    await reads((text) => text.endsWith("会議は午後三時から①髙﨑𠮷"), "the text from home");
    await staff.saves((text) => text.endsWith("会議は午後三時から①髙﨑𠮷"), "the text from home");
    await staff.sees(40);
    await snapshot("windows-japanese");
  });

  test("points where the office's pointer then is", async () => {
    const box = await staff.at("screen-video").boundingBox();
    if (!box) throw new Error("no video");
    await staff.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await until("the office's pointer is in the middle", async () => {
      const place = await office.xdotool("getmouselocation", "--shell");
      const [x = 0, y = 0] = [...place.matchAll(/[XY]=(\d+)/g)].map(([, value]) => Number(value));
      return Math.abs(x - SCREEN.width / 2) <= 2 && Math.abs(y - SCREEN.height / 2) <= 2;
    });
  });

  test("shows both monitors in one picture, and a window that is moved from one to the other", async () => {
    expect(await staff.picture()).toMatchObject(SCREEN);
    for (const x of [20, SMALL_MONITOR.width - 300, MAIN_MONITOR.x + 100]) {
      await office.moveEditor(x, 60);
      await staff.sees(40);
      await works(`at${x}`);
    }
    await snapshot("windows-monitors");
  });

  test("passes Ctrl+Alt+Del on to the service, which says why not, and holds no keys", async () => {
    await staff.at("keys").click();
    await staff.at("key-ControlLeft-AltLeft-Delete").click();
    await until("the service has it", () => agent.logs().includes("Ctrl+Alt+Del was asked for, but the group policy"));
    await staff.at("keys").click();
    await works("attention");
  });

  test("has its picture back after the process that reads the screen was killed", async () => {
    const attempt = await staff.attempt();
    agent.killHelper();
    await works("helper");
    expect(await staff.attempt()).toBe(attempt);
  });

  test("comes back when the line was down", async () => {
    product.relay.kill("SIGSTOP");
    try {
      await staff.reach("interrupted");
    } finally {
      product.relay.kill("SIGCONT");
    }
    await works("line");
  });

  test("ends with words when IT installs a new version, which is then there", async () => {
    const ended = agent.upgrade("0.2.1");
    await staff.reach("ended");
    await snapshot("windows-upgrade");
    expect(await staff.at("curtain").innerText()).toContain("職場のパソコン");
    await ended;
    await until("the record has it", async () => (await product.sessions())[0]?.["reason"] === "agent-stopped");
    await staff.page.reload();
    await staff.reach("list");
    await until(
      "the office PC is online",
      async () => (await staff.at("terminal").first().getAttribute("data-state")) === "online",
    );
    await staff.connect();
    await works("upgraded");
  });

  test("ends the session, and the record says so", async () => {
    await staff.at("end").click();
    await staff.reach("list", "ended");
    await until("the record has it", async () => (await product.sessions())[0]?.["reason"] === "viewer-left");
  });
});

/** What stops in a working day, killed or merely stopped for a while, each time with a key held down: no key sticks, the work goes on. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HeldKeys } from "../support/held-keys.ts";
import { desktopPid, openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

/** As long as a machine is away that is short of memory, or whose disk hangs. */
const STOPPED_MS = 20_000;

let product: TestProduct;
let staff: Staff;
let keys: HeldKeys;

beforeAll(async () => {
  product = await openTestProduct();
  keys = new HeldKeys(product.screen);
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  keys?.close();
  await staff?.close();
  await product?.close();
});

beforeEach(async () => {
  if ((await staff.state()) !== "live") await connectAnew();
  await staff.sees(40);
});

async function connectAnew(): Promise<void> {
  await staff.page.reload();
  await staff.reach("list");
  const state = () => staff.at("terminal").first().getAttribute("data-state");
  await until("the office PC can be had", async () => ["online", "mine"].includes((await state()) ?? ""), 90_000);
  await staff.connect();
}

const signalTo: Readonly<Record<string, (signal: NodeJS.Signals) => void>> = {
  signaling: (signal) => product.signaling.kill(signal),
  relay: (signal) => product.relay.kill(signal),
  agent: (signal) => product.agent.kill(signal),
  desktop: (signal) => void process.kill(desktopPid(product), signal),
};

const newest = async () => (await product.sessions())[0];

describe.each(["signaling", "relay", "desktop"])("%s, with a key held down", (part) => {
  test("killed: the same session goes on", async () => {
    const before = await newest();
    await keys.holdShift(staff);
    signalTo[part]?.("SIGKILL");
    await staff.key("keyUp", "ShiftLeft");
    await keys.none();
    await staff.works(`killed${part}`);
    expect((await newest())?.["id"]).toBe(before?.["id"]);
  });

  test("stopped for 20 s: the same session goes on", async () => {
    const before = await newest();
    await keys.holdShift(staff);
    signalTo[part]?.("SIGSTOP");
    await staff.key("keyUp", "ShiftLeft");
    await pause(STOPPED_MS);
    signalTo[part]?.("SIGCONT");
    await keys.none();
    await staff.works(`stopped${part}`);
    expect((await newest())?.["id"]).toBe(before?.["id"]);
  });
});

describe("the agent, with a key held down", () => {
  test("killed: page and record say why, and the next session works", async () => {
    const before = await newest();
    await keys.holdShift(staff);
    product.agent.kill("SIGKILL");
    await staff.key("keyUp", "ShiftLeft");
    await keys.none();
    await staff.reach("ended");
    expect(await staff.at("curtain").innerText()).toContain("職場のパソコン");
    const row = (await product.sessions()).find(({ id }) => id === before?.["id"]);
    expect(row?.["reason"]).toBe("agent-left");
    await connectAnew();
    await staff.works("killedagent");
  });

  test("stopped for 20 s: the same session goes on", async () => {
    const before = await newest();
    await keys.holdShift(staff);
    product.agent.kill("SIGSTOP");
    await staff.key("keyUp", "ShiftLeft");
    await pause(STOPPED_MS);
    product.agent.kill("SIGCONT");
    await keys.none();
    await staff.works("stoppedagent");
    expect((await newest())?.["id"]).toBe(before?.["id"]);
  });
});

test("two tabs: the second takes the session over after a question, the first says so", async () => {
  const second = await staff.browser.context.newPage();
  await second.goto(product.url);
  const other = new Staff(product, staff.person, { ...staff.browser, page: second });
  await other.reach("list");
  await other.connect();
  await other.sees(40);
  await staff.reach("ended");
  expect(await staff.at("curtain").innerText()).toContain("別の");
  await other.at("end").click();
  await second.close();
  await connectAnew();
  await staff.works("tabs");
});

test("the office's screen changes its size and comes back: no new session, clicks land", async () => {
  const attempt = await staff.attempt();
  const size = () => staff.at("screen-video").evaluate((v) => (v as HTMLVideoElement).videoWidth);
  const before = await size();
  const resize = (fb: string) => product.screen.query("xrandr", "--output", "screen", "--off", "--fb", fb);
  await resize("1366x768");
  await until("the picture has the new size", async () => (await size()) === 1366);
  await staff.sees(40);
  const box = await staff.at("screen-video").boundingBox();
  if (!box) throw new Error("no picture");
  await staff.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await until("the pointer is where it was put", () => {
    const { x, y } = keys.pointer();
    return Math.abs(x - 683) <= 2 && Math.abs(y - 384) <= 2;
  });
  await resize(`${before}x1080`);
  await until("the picture has its former size", async () => (await size()) === before);
  await staff.works("resized");
  expect(await staff.attempt()).toBe(attempt);
});

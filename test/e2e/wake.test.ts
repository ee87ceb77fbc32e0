/** A sleeping office PC is woken from the page: a real packet from a real neighbour, and the agent that comes back. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AgentProcess, startAgentProcess } from "../../signaling/quickstart/agent.ts";
import { NODE, ROOT } from "../../signaling/quickstart/build.ts";
import { Part } from "../../signaling/quickstart/part.ts";
import { row } from "../../signaling/quickstart/product.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { listenAsleep, type OfficeSegment, openSegment } from "../support/segment.ts";
import { Staff } from "../support/staff.ts";

const NAME = "企画課のパソコン";

let office: OfficeSegment;
/** Its own agent is the neighbour that stays awake. */
let product: TestProduct;
let insideDoor: Part;
let staff: Staff;
let agent: AgentProcess | undefined;

beforeAll(async () => {
  office = await openSegment();
  product = await openTestProduct({ place: office, office: { editor: false } });
  insideDoor = await openInsideDoor();
  await startSleeper();
  const person = await product.addPerson({ granted: false });
  await product.signaling.admin("grant", "add", person.login, terminal());
  const url = product.signaling.outsideUrls.find((each) => each.includes(office.address));
  staff = await Staff.arrive(product, {
    person,
    namespace: office.home.namespace,
    ...(url === undefined ? {} : { url }),
    viewport: { width: 1280, height: 800 },
  });
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await agent?.close();
  await insideDoor?.close();
  await product?.close();
  await office?.close();
});

beforeEach(async () => {
  await button("connect", "接続する");
  await agent?.close();
  await button("wake", "起動する");
});

let known: string | undefined;
function terminal(): string {
  known ??= agent?.terminal;
  return known ?? "";
}

/** The product listens for agents on its own machine only: this is how another PC of the segment reaches it. */
function openInsideDoor(): Promise<Part> {
  const { port } = new URL(product.signaling.insideUrl);
  return office.atServers(() =>
    Part.start({
      name: "inside-door",
      command: NODE,
      args: [join(ROOT, "test/support/forward.ts"), office.address, port],
      env: { PATH: "/usr/bin:/bin" },
      logs: join(product.folder, "logs"),
      keep: false,
      readyLine: (line) => line === "ready",
    }),
  );
}

/** Switches the PC on. */
async function startSleeper(): Promise<void> {
  const folder = join(product.folder, "sleeper");
  const logs = join(folder, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const { display, authority } = product.screen;
  const enrolmentToken = async () => {
    const { token } = row(await product.signaling.admin("terminal", "token", "--name", NAME));
    const says = JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString());
    const url = String(says.url).replace("127.0.0.1", office.address);
    return `engawa1.${Buffer.from(JSON.stringify({ ...says, url })).toString("base64url")}`;
  };
  agent = await office.sleeper.at(() => startAgentProcess({ folder, logs, display, authority, enrolmentToken }));
}

const button = (testId: string, words: string) =>
  staff.page.locator(`[data-testid="${testId}"]:enabled`, { hasText: words }).waitFor();

async function outcomes(): Promise<string[]> {
  const events = (await product.signaling.list("audit", "list")).toReversed().map(row);
  return events
    .filter(({ event }) => String(event).startsWith("terminal.wake-"))
    .map(({ about }) => String(row(typeof about === "string" ? JSON.parse(about) : about)["outcome"] ?? "requested"));
}

test("the neighbour sends the packet, the page counts the seconds, the PC comes back", async () => {
  const card = await listenAsleep(office.sleeper);
  await staff.at("wake").click();
  const { bytes, from } = await card.nth(1);
  expect(bytes.toString("hex")).toBe(`ffffffffffff${office.sleeper.mac.replaceAll(":", "").repeat(16)}`);
  expect(from).toBe(office.servers.address);
  await staff.at("wake-progress").waitFor();
  await staff.page.waitForFunction(() => /[1-9]/.test(document.querySelector(".wake-elapsed")?.textContent ?? ""));
  expect(await staff.at("terminal-state").innerText()).toContain("起動しています");
  await startSleeper();
  await button("connect", "接続する");
  expect(await staff.at("wake-news").innerText()).toContain(`「${NAME}」が起動しました`);
  expect((await outcomes()).sort()).toEqual(["requested", "woken"]);
  await card.close();
});

test("who no longer waits gets the button back", async () => {
  await staff.at("wake").click();
  await staff.at("wake-cancel").click();
  await button("wake", "起動する");
  await staff.at("wake").click(); // too soon: the page says for how long
  await staff.page.locator('[data-testid="wake-news"]', { hasText: /あと \d+ 秒/ }).waitFor();
  await startSleeper();
});

test("when no neighbour answers, the page says so and what to do", async () => {
  product.agent.kill("SIGSTOP");
  await staff.at("wake").click();
  await staff.at("wake-failed").waitFor();
  product.agent.kill("SIGCONT");
  expect(await staff.at("terminal-state").innerText()).toContain("起動の合図を送れませんでした");
  await button("wake", "もう一度起動する");
  expect(await outcomes()).toContain("not-sent");
});

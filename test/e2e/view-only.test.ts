/**
 * What a policy makes of a session, as staff meet it in a real browser: looking only, and an end that the clock gives. The agent runs within
 * this test, which says to it what a server says: whoever sets the policy has tests of their own.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import type { LiveViewer } from "../../agent/session/live-viewer.ts";
import { SessionId } from "../../signaling/protocol/ids.ts";
import { type AgentRules, agentPolicyId, type SessionPolicy } from "../../signaling/protocol/policy.ts";
import { identityIn } from "../../signaling/quickstart/agent.ts";
import { runJson } from "../../signaling/quickstart/signaling.ts";
import { lookAt } from "../support/axe.ts";
import { openTestOffice, type TestOffice } from "../support/office.ts";
import { openProductOn, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let running: RunningAgent;
let product: TestProduct<TestOffice>;
let staff: Staff;
const findings: string[] = [];

beforeAll(async () => {
  product = await openProductOn(await openTestOffice(), {
    openAgent: async ({ screen: { display, authority }, logs, enrolmentToken }) => {
      const folder = join(logs, "..", "agent");
      mkdirSync(folder, { mode: 0o700 });
      const env = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", HOME: folder };
      const command = (...args: readonly string[]) => runJson("agent/cli/main.ts", [...args, "--state", folder], env);
      await command("enrol", await enrolmentToken());
      const lines: string[] = [];
      running = await startAgent({
        stateDir: folder,
        display,
        xauthority: authority,
        logLevel: "info",
        logTo: { write: (line) => void lines.push(line) },
        idle: { endMs: 20 * 60_000, warnMs: 60_000 },
      });
      return {
        ...(await identityIn(folder)),
        command,
        pid: () => process.pid,
        restart: () => Promise.reject(new Error("it runs within the test")),
        kill: () => undefined,
        logs: () => lines.join(""),
        close: () => running.close(),
      };
    },
  });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
  await staff.connect();
  await staff.sees(30);
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

/** As the server says it to the office PC, in the session that runs. */
async function follow(rules: AgentRules, end: Omit<SessionPolicy, "id"> = {}): Promise<void> {
  const id = await agentPolicyId(rules);
  const [session] = running.agent.sessions.keys();
  running.agent.receive({ type: "policies", policies: [{ id, rules }] });
  running.agent.receive({ type: "session-policy", session: SessionId.parse(session), policy: { id, ...end } });
}

/** Who looks, at the office's end. */
function viewer(): LiveViewer {
  const [session] = running.agent.sessions.values();
  if (!session?.viewer) throw new Error("nobody looks");
  return session.viewer;
}

/** What the page says from now on, by its kinds; what it says once more was said before. */
function listen(): Set<string> {
  const heard = new Set<string>();
  const here = viewer();
  for (const channel of ["control", "pointer"] as const) {
    const take = here[channel].bind(here);
    here[channel] = (text) => {
      const { type } = JSON.parse(text);
      if (type !== "again") heard.add(type);
      take(text);
    };
  }
  return heard;
}

const banner = () => staff.at("banner").innerText();

async function saved(): Promise<string> {
  await staff.key("keyDown", "ControlLeft");
  await staff.press("KeyS");
  await staff.key("keyUp", "ControlLeft");
  return product.screen.readFile();
}

test("who may only look sees it said, and keys and mouse are the browser's own", async () => {
  await staff.focus();
  await staff.press("KeyA", "KeyB");
  await until("it is typed", async () => (await saved()).trim() === "ab");
  await staff.key("keyDown", "ShiftLeft");
  await follow({ viewOnly: true });
  await staff.at("view-only").waitFor();
  expect(await banner()).toBe("見るだけの接続です。キーボードとマウスは送られません。");
  expect([await staff.at("keys").isVisible(), await staff.at("text").isVisible()]).toEqual([false, false]);
  const heard = listen();
  await staff.key("keyUp", "ShiftLeft");
  await staff.press("KeyC");
  const screen = staff.at("screen");
  await screen.click();
  await staff.page.mouse.wheel(0, 300);
  expect(await screen.evaluate((element) => getComputedStyle(element).cursor)).toBe("default");
  // the office's own pointer, which the editor hides while somebody types, is drawn where it is
  await product.screen.xdotool("mousemove_relative", "--", "-300", "-200");
  const ghost = staff.page.locator(".ghost");
  await until("the office's pointer is drawn left of the middle", async () => {
    const [pointer, picture] = [await ghost.boundingBox(), await staff.at("screen-video").boundingBox()];
    return pointer !== null && picture !== null && pointer.x < picture.x + picture.width * 0.4;
  });
  // nobody has worked for long, says the office PC; whoever looks moves their mouse
  viewer().idle(45);
  await until("it is asked whether anybody is there", async () => /あと \d+ 秒/.test(await banner()));
  let x = 300;
  await until("somebody is", async () => {
    await staff.page.mouse.move(x++, 300);
    return !(await banner()).includes("秒");
  });
  await until("the page is heard beating, too", () => heard.has("heartbeat"));
  expect([...heard].sort()).toEqual(["heartbeat", "here"]);
  await staff.focus();
  await staff.page.keyboard.press("Shift+Tab");
  expect(await staff.at("end").evaluate((element) => element === document.activeElement)).toBe(true);
  findings.push(...(await lookAt(staff.page, "view-only")));
  await staff.page.screenshot({ path: "test-results/view-only.png" });
});

test("who may operate it again types where it was left, and nothing came of what was tried meanwhile", async () => {
  await follow({});
  await staff.at("view-only").waitFor({ state: "hidden" });
  expect(await banner()).toBe("キーボードとマウスを使えるようになりました。");
  await staff.focus();
  await staff.press("KeyD");
  await until("it is typed behind what stood there", async () => (await saved()).trim() === "abd"); // Shift went up too
});

test("the end of the hours is said before, counted down, and comes", async () => {
  await follow({}, { endsInMs: 15 * 60_000, endsBy: "hours" });
  await staff.at("ending").waitFor();
  expect(await staff.at("ending").innerText()).toBe("あと 15 分で終わり");
  await until("it is said", async () =>
    (await banner()).startsWith("利用できる時間が、まもなく終わります。あと 15 分"),
  );
  findings.push(...(await lookAt(staff.page, "ending-soon")));
  await follow({}, { endsInMs: 45_000, endsBy: "hours" });
  await until("it is counted down", async () => /あと \d+ 秒で、職場のパソコンをロックして/.test(await banner()));
  expect(await staff.at("ending").innerText()).toMatch(/^あと 0:[0-4]\d で終わり$/);
  findings.push(...(await lookAt(staff.page, "ending-counted")));
  await staff.page.screenshot({ path: "test-results/ending.png" });
  await staff.reach("ended");
  expect(await staff.at("curtain-title").innerText()).toBe("利用できる時間が終わったので、終わりました");
  expect(await staff.at("connect-again").isVisible()).toBe(false);
  await until("the record has it", async () => (await product.sessions())[0]?.["reason"] === "hours-over");
});

test("on all of it axe finds nothing", () => expect(findings).toEqual([]));

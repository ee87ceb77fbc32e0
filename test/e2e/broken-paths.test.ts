/** What breaks in a day on a small server, whose edges are within signaling: the relay, the server, the agent, the process that reads the screen, the line itself. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { desktopPid, openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  product = await openTestProduct({ edgesWithin: true });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

beforeEach(async () => {
  if ((await staff.state()) === "live") return;
  await staff.page.reload();
  await staff.reach("list");
  await staff.connect();
});

const openSessions = async () => (await product.sessions()).filter((row) => row["endedAt"] === null);

describe("a live session", () => {
  test("comes back by itself, without a new code, when the relay was restarted", async () => {
    const before = await staff.attempt();
    const [session] = await openSessions();
    await product.relay.restart();
    await until("the next attempt is shown", async () => (await staff.attempt()) > before);
    await staff.works("relay");
    expect((await openSessions()).map((row) => row["id"])).toEqual([session?.["id"]]);
  });

  test("says what happens while the line is down, and comes back when it is there again", async () => {
    product.relay.kill("SIGSTOP");
    try {
      await staff.reach("interrupted");
      const said = staff.at("banner").or(staff.at("curtain-title")).filter({ visible: true }).first();
      expect(await said.textContent()).not.toBe("");
      await staff.page.screenshot({ path: "test-results/interrupted.png" });
    } finally {
      product.relay.kill("SIGCONT");
    }
    await staff.works("line");
  });

  test("goes on while signaling is restarted, and is the same session afterwards", async () => {
    const [session] = await openSessions();
    const attempt = await staff.attempt();
    // TURN over TLS runs through signaling's own edge: the picture breaks, the session does not
    await product.signaling.restart();
    await until("the session is back", async () => (await staff.attempt()) > attempt);
    await staff.works("server");
    expect((await openSessions()).map((row) => row["id"])).toEqual([session?.["id"]]);
  });

  test("has its picture back after the process that reads the screen crashed", async () => {
    const attempt = await staff.attempt();
    process.kill(desktopPid(product), "SIGSEGV");
    await staff.works("desktop");
    expect(await staff.attempt()).toBe(attempt);
  });

  test("ends when the agent crashed, and a new one opens when it is back", async () => {
    const [session] = await openSessions();
    product.agent.kill("SIGKILL");
    await until("the old session has ended", async () => {
      return !(await openSessions()).some((row) => row["id"] === session?.["id"]);
    });
    await until("the page offers it again, or is live again", async () =>
      ["ended", "list", "live"].includes(await staff.state()),
    );
    if ((await staff.state()) !== "live") {
      await staff.page.reload();
      await staff.reach("list");
      await until(
        "the office PC is online",
        async () => (await staff.at("terminal").first().getAttribute("data-state")) === "online",
      );
      await staff.connect();
    }
    await staff.works("agent");
  });

  test("is taken over by the same person on another device, after a question, and both are told", async () => {
    const other = await Staff.arrive(product, { person: staff.person });
    try {
      await other.registerAndSignIn();
      await other.connect();
      await other.sees(40);
      await staff.reach("ended");
      expect(await staff.at("curtain").innerText()).toContain("別の端末");
      await other.at("end").click();
      await other.reach("list", "ended");
    } finally {
      await other.close();
    }
  });

  test("is refused to another person, who is told who has it", async () => {
    const other = await Staff.arrive(product);
    try {
      await other.registerAndSignIn();
      const row = other.at("terminal").first();
      await until("the list says so", async () => (await row.getAttribute("data-state")) === "in-use");
      expect(await row.innerText()).toContain(staff.person.name);
      await other.page
        .getByTestId("connect")
        .first()
        .click({ force: true, timeout: 1_000 })
        .catch(() => {});
      expect(await other.state()).not.toBe("live");
    } finally {
      await other.close();
    }
  });

  test("survives a page that is loaded anew", async () => {
    await staff.page.reload();
    await staff.reach("list");
    await staff.connect();
    await staff.works("reload");
  });
});

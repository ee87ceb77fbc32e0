/** Who is not let in, and access that really ends. */
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLOSE } from "../../signaling/protocol/errors.ts";
import type { ToViewer, ViewerMessage } from "../../signaling/protocol/signal.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;

beforeAll(async () => {
  product = await openTestProduct();
});
afterAll(() => product?.close());

async function withStaff(work: (staff: Staff) => Promise<void>): Promise<void> {
  const staff = await Staff.arrive(product);
  try {
    await work(staff);
  } finally {
    await staff.close();
  }
}

test("a wrong code, a wrong password and an unregistered browser get the same answer", () =>
  withStaff(async (staff) => {
    const answers: string[] = [];
    const note = async (result: Promise<boolean>) => {
      expect(await result).toBe(false);
      answers.push(await staff.at("sign-in-problem").innerText());
    };
    const code = await staff.person.code();
    await note(staff.trySignIn({ code }));
    await note(staff.trySignIn({ code: code === "000000" ? "000001" : "000000" }));
    await note(staff.trySignIn({ code, password: "not the password" }));
    expect(new Set(answers.map((answer) => answer.replace(/\d+/g, ""))).size).toBe(1);
  }));

test("a code works once", () =>
  withStaff(async (staff) => {
    await staff.registerAndSignIn();
    const code = await staff.person.code();
    await staff.at("sign-out").click();
    await staff.reach("signed-out");
    expect(await staff.trySignIn({ code })).toBe(true);
    await staff.at("sign-out").click();
    await staff.reach("signed-out");
    expect(await staff.trySignIn({ code })).toBe(false);
  }));

test("whoever signs out without a line is told that the server does not know of it", () =>
  withStaff(async (staff) => {
    await staff.registerAndSignIn();
    await staff.browser.context.setOffline(true);
    await staff.at("sign-out").click();
    await staff.reach("signed-out");
    expect(await staff.at("sign-out-unsure").innerText()).toContain("届いていません");
    await staff.browser.context.setOffline(false);
    await staff.page.reload();
    await staff.reach("list"); // it was true
  }));

test("a device removed on the office PC ends the session that runs", () =>
  withStaff(async (staff) => {
    const code = await staff.deviceCode();
    await staff.registerAndSignIn();
    await staff.connect();
    await product.agent.command("devices", "remove", code);
    await staff.reach("ended");
    await until("the record has it", async () => (await product.sessions())[0]?.["reason"] === "device-removed");
  }));

test("a device that only the server knows is refused by the office PC", () =>
  withStaff(async (staff) => {
    expect(await staff.trySignIn()).toBe(false);
    const code = await product.waitingDevice(staff.person.login);
    await product.signaling.admin("device", "approve", code);
    expect(await staff.trySignIn()).toBe(true);
    await staff.ask();
    await staff.reach("ended");
    await until("the record has it", async () => (await product.sessions())[0]?.["reason"] === "device-unknown");
    expect(product.logs()).toContain("own list");
  }));

test("a disabled person is out at once, in mid-session, and told why", () =>
  withStaff(async (staff) => {
    await staff.registerAndSignIn();
    await staff.connect();
    await product.signaling.admin("person", "disable", staff.person.login);
    await staff.reach("signed-out");
    expect(await staff.at("problem").innerText()).toContain("あなたの利用が止められました");
    await until("the record has it", async () => (await product.sessions())[0]?.["endedAt"] !== null);
  }));

/** The server's refusal at nine o'clock, for the first `times` requests of this page. Counts them. */
async function refuseAsBusy(staff: Staff, times: number): Promise<{ requests: number }> {
  const seen = { requests: 0 };
  await staff.page.routeWebSocket(/\/ws(?:\?|$)/, (page) => {
    const server = page.connectToServer();
    page.onMessage((text) => {
      const message = JSON.parse(String(text)) as ViewerMessage;
      if (message.type !== "session-request") return server.send(text);
      seen.requests += 1;
      if (seen.requests > times) return server.send(text);
      const busy: ToViewer = {
        type: "error",
        code: "SERVER_BUSY",
        message: "many sessions are being opened",
        about: "session-request",
        details: { retryAfterS: 1 },
      };
      page.send(JSON.stringify(busy));
    });
  });
  return seen;
}

test("a full server is asked again by the page, until it has room", () =>
  withStaff(async (staff) => {
    const seen = await refuseAsBusy(staff, 3);
    await staff.page.reload();
    await staff.registerAndSignIn();
    await staff.at("connect").first().click();
    await staff.at("curtain-title").filter({ hasText: "順番を待っています" }).waitFor();
    await staff.page.screenshot({ path: "test-results/queued.png" });
    await staff.at("pair-dialog").waitFor(); // the server has opened the session
    expect(seen.requests).toBe(4);
    await staff.typeCode();
    await staff.settle("live");
    await staff.at("end").click();
    await staff.reach("ended");
  }));

test("whoever stops waiting is back at the list", () =>
  withStaff(async (staff) => {
    const seen = await refuseAsBusy(staff, Number.POSITIVE_INFINITY);
    await staff.page.reload();
    await staff.registerAndSignIn();
    await staff.at("connect").first().click();
    await staff.at("back-to-list").filter({ hasText: "待つのをやめる" }).click();
    await staff.reach("list");
    const asked = seen.requests;
    await staff.at("connect").first().click(); // a new wait, with its own question
    await staff.at("curtain-title").filter({ hasText: "順番を待っています" }).waitFor();
    expect(seen.requests).toBe(asked + 1);
  }));

test("a tab whose connection the server gives to newer tabs says so, and goes on when it is told to", () =>
  withStaff(async (staff) => {
    let replace = () => {};
    await staff.page.routeWebSocket(/\/ws(?:\?|$)/, (page) => {
      page.connectToServer();
      replace = () => void page.close({ code: CLOSE.replaced, reason: "replaced" });
    });
    await staff.page.reload();
    await staff.registerAndSignIn();
    await staff.at("connect").first().waitFor();
    replace();
    await staff.reach("ended");
    await staff.at("use-here").click();
    await staff.reach("list");
    await staff.at("connect").first().waitFor();
  }));

test("another site cannot use the person's cookie, by HTTP or WebSocket", () =>
  withStaff(async (staff) => {
    await staff.registerAndSignIn();
    const results = await staff.page
      .context()
      .newPage()
      .then(async (foreign) => {
        await foreign.goto(product.localUrl); // same host, another origin
        return foreign.evaluate(async (url) => {
          const post = await fetch(`${url}/api/sign-out`, { method: "POST", credentials: "include" }).then(
            (response) => response.status,
            () => "blocked",
          );
          const socket = await new Promise((resolve) => {
            const ws = new WebSocket(`${url.replace("https", "wss")}/ws`);
            ws.onopen = () => resolve("open");
            ws.onerror = () => resolve("refused");
          });
          return { post, socket };
        }, product.url);
      });
    expect(results.socket).toBe("refused");
    expect([403, "blocked"]).toContain(results.post);
    await staff.page.reload();
    await staff.reach("list");
  }));

test.each(["outside", "inside"] as const)("TLS 1.2 is refused %s", async (side) => {
  const port = Number(new URL(side === "outside" ? product.url : product.signaling.insideUrl).port);
  const problem = await new Promise<string>((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, maxVersion: "TLSv1.2" });
    socket.once("secureConnect", () => resolve("connected"));
    socket.once("error", (error) => resolve((error as NodeJS.ErrnoException).code ?? "error"));
  });
  expect(problem).toMatch(/PROTOCOL_VERSION/);
});

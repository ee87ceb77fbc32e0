/** The agent's line to the server, when the PC slept, moved to another network, or the server went silent. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openLog } from "../../agent/log.ts";
import { Network } from "../../agent/network/network.ts";
import { Link } from "../../agent/server/link.ts";
import { TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import { FalseServer } from "../support/false-server.ts";
import { openMiddle } from "../support/middle.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";

let tls: TestCa;
let server: FalseServer;
let link: Link;
let log: string[];
/** `step`: what a clock moves on between two looks, ms. */
let around: { now: number; step: number; addresses: string; looks: number; isAtWork: boolean; gaveUpAt: number };

beforeAll(async () => {
  tls = await makeTestCa();
});

beforeEach(async () => {
  server = await FalseServer.start(tls);
  log = [];
  around = { now: 1_000_000, step: 0, addresses: "10.1.0.7", looks: 0, isAtWork: false, gaveUpAt: 0 };
});
afterEach(async () => {
  await link.close();
  await server.close();
});
async function start(url = server.url): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair(true);
  const terminal = TerminalId.parse("K7QM-2Z9P-X4TD");
  const identity = { terminal, name: "PC", organisation: "City", url, ca: tls.ca, privateKey };
  link = new Link({
    network: await Network.open({ proxy: { kind: "direct" }, caFile: undefined }),
    identity: { ...identity, publicKey: await exportPublicKey(publicKey) },
    log: openLog("info", { write: heard }),
    handlers: { welcome: () => {}, message: () => {}, heard: () => {} },
    isAtWork: () => around.isAtWork,
    surroundings: { now: () => around.now, addresses: look, everyMs: 10 },
  });
  link.start();
  await server.got("authenticate");
}

function heard(line: string): void {
  log.push(line);
  if (line.includes("no longer answers")) around.gaveUpAt ||= around.now;
}

/** The link asks for the addresses once each time it looks around. */
function look(): string {
  around.looks += 1;
  around.now += around.step;
  return around.addresses;
}

/** The server is proven to again: the second connection. */
const again = () => server.got("authenticate", () => true, 1);

describe("the line to the server", () => {
  test("is opened anew when the clock shows that the PC was asleep", async () => {
    await start();
    around.now += 8 * 3_600_000;
    await again();
    expect(log.join("")).toContain("the PC was asleep");
  });

  test("is opened anew when the PC has another address", async () => {
    await start();
    around.addresses = "10.2.0.9";
    await again();
    expect(log.join("")).toContain("the network addresses changed");
  });

  test("stays as it is while nothing happens", async () => {
    await start();
    around.step = 1_000;
    const before = around.looks;
    await until("it has looked around a dozen times", () => around.looks > before + 12);
    expect(server.received.filter(({ type }) => type === "authenticate")).toHaveLength(1);
  });

  test("says once a day that the PC's clock is not the server's", async () => {
    server.now = () => around.now + 120_000;
    await start();
    const said = () => log.filter((line) => line.includes("clock differs")).map((line) => JSON.parse(line));
    expect(said()).toMatchObject([{ aheadS: -120 }]);
    around.addresses = "10.2.0.9";
    await again();
    expect(said()).toHaveLength(1);
    around.now += 25 * 3_600_000;
    await server.got("authenticate", () => true, 2);
    expect(said()).toHaveLength(2);
  });

  test("says nothing of a clock that is right", async () => {
    server.now = () => around.now + 20_000;
    await start();
    expect(log.join("")).not.toContain("clock differs");
  });

  test.each([
    ["nobody works here", false, 40_000, 50_000],
    ["somebody works here", true, 8_000, 15_000],
  ] as const)(
    "is opened anew when the server answers no ping, though nobody closed anything: %s",
    async (_who, isAtWork, least, most) => {
      const middle = await openMiddle(server.port);
      await start(`https://127.0.0.1:${middle.port}`);
      middle.swallow();
      const begun = around.now;
      Object.assign(around, { isAtWork, step: 2_500 });
      await again();
      expect(around.gaveUpAt - begun).toBeGreaterThanOrEqual(least);
      expect(around.gaveUpAt - begun).toBeLessThanOrEqual(most);
      await middle.close();
    },
  );
});

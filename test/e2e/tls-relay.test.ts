/** An office PC whose UDP goes nowhere: designated communication on LGWAN often is one address and one TCP port. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { openUdpHole, type UdpHole } from "../support/udp-hole.ts";
import { until } from "../support/until.ts";

let hole: UdpHole;
let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  hole = await openUdpHole();
  product = await openTestProduct({ agentTurn: hole });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
  hole?.close();
});

interface Said {
  readonly msg: string;
  readonly session?: string;
  readonly relay?: string;
}

/** What the agent said about the ways to the relay that the newest session took, in order. */
function ways(): string[] {
  const lines = product.agent.logs().split("\n");
  const said = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Said);
  const newest = said.findLast(({ msg }) => msg === "session requested")?.session;
  return said.flatMap(({ msg, session, relay }) =>
    relay === undefined || session !== newest ? [] : [`${msg} ${relay.replace(/^(turns?):.*transport=/, "$1/")}`],
  );
}

async function connectAnew(): Promise<void> {
  await staff.page.reload();
  await staff.reach("list");
  await until("the office PC is online", async () => {
    return (await staff.at("terminal").first().getAttribute("data-state")) === "online";
  });
  await staff.connect();
}

describe("an office PC whose UDP is dropped", () => {
  test("is seen and operated over TURN on TLS", async () => {
    await staff.connect();
    expect(ways()).toEqual(["relay not reached turn/udp", "offer sent turns/tcp"]);
    expect(hole.swallowed).toBeGreaterThan(0);
    expect(await staff.sees(40)).toBeGreaterThanOrEqual(40);
    await staff.focus();
    await staff.type("over tls");
    await staff.saves((text) => text === "over tls", "the letters");
  });

  test("is told by the doctor that this is no obstacle", async () => {
    const { ok, findings } = (await product.agent.command("doctor")) as { ok: boolean; findings: object[] };
    expect(findings).toContainEqual(expect.objectContaining({ check: "中継 (TURN/UDP)", ok: true, hint: true }));
    expect(findings).toContainEqual(expect.objectContaining({ check: "中継 (TURN/TLS)", ok: true }));
    expect(ok).toBe(true);
  });

  test("remembers the way: the next session does not try UDP first", async () => {
    await staff.at("end").click();
    await staff.reach("list", "ended");
    const before = hole.swallowed;
    await connectAnew();
    expect(ways()).toEqual(["offer sent turns/tcp"]);
    expect(hole.swallowed).toBe(before);
  });

  test("remembers it when the agent was started anew", async () => {
    await product.agent.restart();
    await staff.reach("ended");
    await connectAnew();
    expect(ways()).toEqual(["offer sent turns/tcp"]);
    await staff.sees(40);
  });
});

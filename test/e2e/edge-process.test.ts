/** The whole product with its edges as processes of their own: both ends of a session come by TLS, each by its side's edge. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SIDES, type Side } from "../../signaling/edge/side.ts";
import type { Edges } from "../../signaling/quickstart/edges.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { row } from "../../signaling/quickstart/product.ts";
import { HeldKeys } from "../support/held-keys.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { openUdpHole, type UdpHole } from "../support/udp-hole.ts";
import { until } from "../support/until.ts";

/** As long as a machine is away that is short of memory, or whose disk hangs. */
const STOPPED_MS = 20_000;

let hole: UdpHole;
let product: TestProduct;
let edges: Edges;
let staff: Staff;
let monitoring: number;
let keys: HeldKeys;

beforeAll(async () => {
  hole = await openUdpHole(); // so that the agent takes TLS
  monitoring = await freePort();
  product = await openTestProduct({
    agentTurn: hole,
    signalingSettings: { ENGAWA_MONITORING_LISTEN: `127.0.0.1:${monitoring}` },
  });
  if (!product.edges) throw new Error("the edges are within signaling");
  edges = product.edges;
  keys = new HeldKeys(product.screen);
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  keys?.close();
  await staff?.close();
  await product?.close();
  hole?.close();
});

async function figure(name: string, side: Side): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${monitoring}/metrics`).catch(() => undefined); // it may be starting
  const wanted = `${name}{listener="${side}-proxied"} `;
  const line = (await response?.text())?.split("\n").find((each) => each.startsWith(wanted));
  return Number(line?.split(" ").at(-1));
}
const figures = (name: string) => Promise.all(SIDES.map((side) => figure(name, side)));
const relayed = () => figures("engawa_edge_turn_clients");
const isRelayedOnBothSides = async () => (await relayed()).every((count) => count > 0);
const isSignalingThere = () =>
  fetch(`http://127.0.0.1:${monitoring}/healthz`).then(
    () => true,
    () => false,
  );
const banner = async () => (await staff.at("banner").textContent()) ?? "";
const session = async () => (await product.sessions())[0];
const untilTold = () =>
  until("both edges are told again", async () => (await figures("engawa_edges_joined")).every((count) => count === 1));

beforeEach(async () => {
  if ((await staff.state()) !== "live") {
    if ((await staff.state()) !== "list") await staff.page.reload();
    await staff.reach("list");
    await staff.connect();
  }
  await staff.sees(40);
});

/** Typed as often as it takes, on a connection that is there all the time. */
async function arrives(word: string): Promise<void> {
  await staff.focus();
  await until(`"${word}" arrives`, async () => {
    await staff.type(word);
    await staff.chord("ControlLeft", "KeyS");
    return product.screen.readFile().includes(word);
  });
}

test("office PC and page are proven to their edges, and each comes by its own", async () => {
  await until("the figures are shown", isRelayedOnBothSides);
  for (const side of SIDES) expect(await figure("engawa_edge_proven", side)).toBeGreaterThanOrEqual(2);
  expect(hole.swallowed).toBeGreaterThan(0);
});

test("the doctor on the office PC finds server and relay behind the inside edge", async () => {
  const { findings } = (await product.agent.command("doctor")) as { findings: object[] };
  expect(findings).toContainEqual(expect.objectContaining({ check: "中継 (TURN/TLS)", ok: true }));
});

describe.each(SIDES)("the %s edge, with a key held down", (side) => {
  test.each([
    ["killed", async () => edges[side].kill("SIGKILL")],
    [
      "stopped for 20 s",
      async () => {
        edges[side].kill("SIGSTOP");
        await pause(STOPPED_MS);
        edges[side].kill("SIGCONT");
      },
    ],
  ] as const)("%s: no key sticks, the same session has its picture back by itself", async (how, harm) => {
    const before = await session();
    const attempt = await staff.attempt();
    await keys.holdShift(staff);
    const harmed = harm();
    await staff.key("keyUp", "ShiftLeft");
    await keys.none();
    await harmed;
    await until("a newer attempt is shown", async () => (await staff.attempt()) > attempt, 60_000);
    await staff.works(`${how.slice(0, 6)}${side}`);
    await keys.none(); // the last key-up is under way
    expect(await session()).toMatchObject({ id: before?.["id"], endedAt: null });
  });
});

test("signaling is killed in the midst of typing: picture and keys go on without it, on the same connection", async () => {
  await until("both ends come by edges", isRelayedOnBothSides);
  const attempt = await staff.attempt();
  const before = await session();
  await staff.focus();
  await staff.chord("ControlLeft", "KeyA");
  const typing = staff.type("typed in the midst of it");
  await product.signaling.takeAway();
  await typing;
  await staff.saves((text) => text === "typed in the midst of it", "every letter, once");
  await until("the page says that it is away", async () => (await banner()).includes("サーバーとの連絡"));
  await arrives("nobody signals");
  await staff.sees(40);
  expect(await isSignalingThere()).toBe(false);
  expect([await staff.state(), await staff.attempt()]).toEqual(["live", attempt]);
  await product.signaling.restart();
  await untilTold();
  await until("the page has it again", async () => !(await banner()).includes("サーバーとの連絡"));
  await arrives("signals again");
  expect(await staff.attempt()).toBe(attempt);
  expect(await session()).toMatchObject({ id: before?.["id"], endedAt: null });
  await staff.at("end").click();
  await staff.reach("list", "ended");
  await until("its end is on record", async () => (await session())?.["endedAt"] !== null);
  expect(await session()).toMatchObject({ id: before?.["id"], reason: "viewer-left" });
  const audit = (await product.signaling.list("audit", "list")).map(row);
  const ofSession = audit.filter(({ about }) => JSON.stringify(about).includes(String(before?.["id"])));
  expect(ofSession.map(({ event }) => event).filter((event) => event === "session.ended")).toHaveLength(1);
});

test("an end that is chosen while signaling is away is on record when it is back, as what it was", async () => {
  const before = await session();
  await product.signaling.takeAway();
  await until("the page says that it is away", async () => (await banner()).includes("サーバーとの連絡"));
  await staff.at("end").click();
  await staff.reach("list", "ended");
  await product.signaling.restart();
  await until("its end is on record", async () => (await session())?.["endedAt"] !== null);
  expect(await session()).toMatchObject({ id: before?.["id"], reason: "viewer-left" });
});

test("a session goes on while signaling is restarted, and its connections end with it", async () => {
  const attempt = await staff.attempt();
  const before = await session();
  await product.signaling.restart();
  await untilTold();
  await staff.settle("live");
  await arrives("edge");
  expect(await staff.attempt()).toBe(attempt);
  expect(await session()).toMatchObject({ id: before?.["id"], endedAt: null });
  await product.signaling.admin("session", "end", String(before?.["id"]));
  await staff.reach("ended");
  await until("the edges hold no connection to the relay", async () => (await relayed()).every((count) => count === 0));
  for (const side of SIDES) expect(edges[side].logs()).not.toContain("are refused");
});

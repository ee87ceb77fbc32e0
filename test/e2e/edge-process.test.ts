/** The whole product with its edge as a process of its own, as in a DMZ: page, WebSocket and TURN come by it alone. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NODE } from "../../signaling/quickstart/build.ts";
import { Part } from "../../signaling/quickstart/part.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { HeldKeys } from "../support/held-keys.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

/** As long as a machine is away that is short of memory, or whose disk hangs. */
const STOPPED_MS = 20_000;

let product: TestProduct;
let edge: Part;
let staff: Staff;
let monitoring: number;
let keys: HeldKeys;

beforeAll(async () => {
  const [port, proxied] = [await freePort(), await freePort()];
  monitoring = await freePort();
  product = await openTestProduct({
    signalingSettings: {
      ENGAWA_OUTSIDE_ORIGINS: `https://localhost:${port}`,
      ENGAWA_OUTSIDE_PROXIED_LISTEN: `127.0.0.1:${proxied}`,
      ENGAWA_OUTSIDE_PROXIED_FROM: "127.0.0.1",
      ENGAWA_MONITORING_LISTEN: `127.0.0.1:${monitoring}`,
    },
  });
  const keyFile = join(product.folder, "edge-tag.key");
  execFileSync(NODE, [
    "signaling/edge/tag-key.ts",
    "--secret-file",
    join(product.folder, "turn.secret"),
    "--out",
    keyFile,
  ]);
  const { pki, signaling } = product;
  edge = await Part.start({
    name: "edge",
    command: NODE,
    args: ["signaling/edge/main.ts"],
    env: {
      PATH: "/usr/bin:/bin",
      ENGAWA_EDGE_LISTEN: `127.0.0.1:${port}`,
      ENGAWA_EDGE_TLS_CERT: pki.certFile,
      ENGAWA_EDGE_TLS_KEY: pki.keyFile,
      ENGAWA_EDGE_WEB: `127.0.0.1:${proxied}`,
      ENGAWA_EDGE_WEB_CA: pki.caFile,
      ENGAWA_EDGE_TURN_UDP: signaling.environment["ENGAWA_TURN_UDP"] ?? "",
      ENGAWA_EDGE_TAG_KEY_FILE: keyFile,
    },
    logs: join(product.folder, "logs"),
    keep: true,
    readyLine: (line) => line.includes("signaling has told of its sessions"),
  });
  keys = new HeldKeys(product.screen);
  staff = await Staff.arrive(product, { url: `https://localhost:${port}` });
  await staff.registerAndSignIn();
});
afterAll(async () => {
  keys?.close();
  await staff?.close();
  await edge?.close();
  await product?.close();
});

async function figure(name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${monitoring}/metrics`).catch(() => undefined); // it may be starting
  const line = (await response?.text())?.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.split(" ").at(-1));
}
const relayed = () => figure('engawa_edge_turn_clients{listener="proxied"}');

test.each([
  ["killed", async () => edge.kill("SIGKILL")],
  [
    "stopped for 20 s",
    async () => {
      edge.kill("SIGSTOP");
      await pause(STOPPED_MS);
      edge.kill("SIGCONT");
    },
  ],
] as const)("%s with a key held down: no key sticks, the same session has its picture back", async (how, harm) => {
  if ((await staff.state()) !== "live") await staff.connect();
  await staff.sees(40);
  const [before] = await product.sessions();
  const attempt = await staff.attempt();
  await keys.holdShift(staff);
  const harmed = harm();
  await staff.key("keyUp", "ShiftLeft");
  await keys.none();
  await harmed;
  await until("a newer attempt is shown", async () => (await staff.attempt()) > attempt, 60_000);
  await staff.works(how.slice(0, 6));
  await keys.none(); // the last key-up is under way
  expect((await product.sessions())[0]).toMatchObject({ id: before?.["id"], endedAt: null });
});

test("a session goes on, on the same connection, while signaling is restarted, and its connection ends with it", async () => {
  if ((await staff.state()) !== "live") await staff.connect();
  await staff.sees(40);
  await until("the edge's figures are shown", async () => (await relayed()) > 0);
  const attempt = await staff.attempt();
  const [session] = await product.sessions();
  await product.signaling.restart();
  await until("the edge is told again", async () => (await figure("engawa_edges_joined")) === 1);
  await staff.settle("live");
  await staff.focus();
  await until("what is typed arrives", async () => {
    await staff.type("edge");
    await staff.chord("ControlLeft", "KeyS");
    return product.screen.readFile().includes("edge");
  });
  expect(await staff.attempt()).toBe(attempt);
  expect((await product.sessions())[0]).toMatchObject({ id: session?.["id"], endedAt: null });
  await product.signaling.admin("session", "end", String(session?.["id"]));
  await staff.reach("ended");
  await until("the edge holds no connection to the relay", async () => (await relayed()) === 0);
  expect(edge.logs()).not.toContain("are refused");
});

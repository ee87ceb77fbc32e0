/**
 * Two servers on one PostgreSQL, behind HAProxy as `npm run balancer:conf` has it, one for each side: the page at one, its office
 * PC at the other, which is killed, stopped for a while, and upgraded.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { row } from "../../signaling/quickstart/product.ts";
import { type Signaling, startSignaling } from "../../signaling/quickstart/signaling.ts";
import { type Balancer, startHaproxy } from "../support/haproxy.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const HERE = "127.0.0.1";

let folder: string;
let postgres: TestPostgres;
let product: TestProduct;
let second: Signaling;
/** Its figures. */
let secondMetrics: string;
let staff: Staff;
/** Pages come through the one, office PCs through the other. */
let outside: Balancer;
let inside: Balancer;

interface SidePorts {
  readonly outside: number;
  readonly inside: number;
}
interface NodePorts extends SidePorts {
  readonly monitoring: number;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nodes-"));
  postgres = await startTestPostgres();
  const { database } = await postgres.newDatabase("empty");
  const [first, other, turn] = [await newPorts(), await newPorts(), await freePort()];
  const front = await openBalancers({ first, second: other });
  const settings = {
    ENGAWA_DATABASE_URL: postgres.cluster.url(database),
    ENGAWA_DATABASE_PASSWORD_FILE: postgres.cluster.passwordFile,
    // within what a part gets to end (quickstart/part.ts)
    ENGAWA_DRAIN_SECONDS: "4",
    ENGAWA_OUTSIDE_ORIGINS: `https://localhost:${front.outside}`,
    ENGAWA_INSIDE_URL: `https://${HERE}:${front.inside}`,
    ENGAWA_TURN_INSIDE_URLS: `turn:${HERE}:${turn}?transport=udp,turns:${HERE}:${front.inside}?transport=tcp`,
    ENGAWA_COOKIE_NAME: "__Host-engawa-nodes",
  };
  product = await openTestProduct({
    ports: { outside: first.outside, inside: first.inside, turn },
    signalingSettings: {
      ...settings,
      // its edges are processes of their own, which get this too
      ENGAWA_EDGE_BALANCERS: HERE,
      ENGAWA_MONITORING_LISTEN: `${HERE}:${first.monitoring}`,
    },
  });
  second = await startSecond(settings, other, turn);
  secondMetrics = `http://${HERE}:${other.monitoring}/metrics`;
  await outside.leadNew("first");
  await moves(second, () => inside.lead("second"));
  staff = await Staff.arrive(product, { url: settings.ENGAWA_OUTSIDE_ORIGINS });
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await second?.close();
  await product?.close();
  await outside?.close();
  await inside?.close();
  await postgres?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const newPorts = async (): Promise<NodePorts> => ({
  outside: await freePort(),
  inside: await freePort(),
  monitoring: await freePort(),
});

/** Returns where everybody finds the servers. */
async function openBalancers(nodes: Record<string, NodePorts>): Promise<SidePorts> {
  const open = (side: "outside" | "inside", port: number) =>
    startHaproxy({
      folder: join(folder, side),
      listen: `${HERE}:${port}`,
      nodes: Object.entries(nodes).map(([name, ports]) => ({
        ...{ name, host: HERE, port: ports[side], monitoringPort: ports.monitoring },
      })),
    });
  const ports = { outside: await freePort(), inside: await freePort() };
  outside = await open("outside", ports.outside);
  inside = await open("inside", ports.inside);
  return ports;
}

/** With the keys of the first one, and its edges within. */
async function startSecond(settings: Record<string, string>, ports: NodePorts, turn: number): Promise<Signaling> {
  const own = join(product.folder, "signaling");
  const logs = join(folder, "second-logs");
  mkdirSync(logs);
  return startSignaling({
    ...{ folder: join(folder, "second"), logs, pki: product.pki, names: ["localhost"], realm: "engawa" },
    outside: { host: HERE, port: ports.outside },
    inside: { host: HERE, port: ports.inside },
    localPort: await freePort(),
    turn: { host: HERE, port: turn },
    turnSecretFile: join(product.folder, "turn.secret"),
    settings: {
      ...settings,
      ENGAWA_OUTSIDE_BALANCERS: HERE,
      ENGAWA_INSIDE_BALANCERS: HERE,
      ENGAWA_MONITORING_LISTEN: `${HERE}:${ports.monitoring}`,
      ENGAWA_STORE_KEY_FILE: join(own, "store.key"),
      ENGAWA_AUDIT_KEY_FILE: join(own, "audit.key"),
    },
  });
}

const arrivals = (server: Pick<Signaling, "logs">) => server.logs().split('"msg":"agent connected"').length;
const session = async () => (await product.sessions())[0];

const pagesAtSecond = async () => /^engawa_viewers (\d+)$/m.exec(await (await fetch(secondMetrics)).text())?.[1];

/** Until the office PC is there once more than it was. */
async function moves(server: Pick<Signaling, "logs">, act: () => unknown): Promise<void> {
  const before = arrivals(server);
  await act();
  await until("the office PC is at that server", () => arrivals(server) > before);
}

async function types(word: string): Promise<void> {
  await staff.focus();
  await until(`"${word}" arrives`, async () => {
    await staff.type(word);
    await staff.chord("ControlLeft", "KeyS");
    return product.screen.readFile().includes(word);
  });
}

async function ends(id: unknown): Promise<void> {
  await staff.at("end").click();
  await staff.reach("list", "ended");
  await until("its end is on record", async () => (await session())?.["endedAt"] !== null);
  expect(await session()).toMatchObject({ id, reason: "viewer-left" });
}

/** With the page and its pictures at the first one. */
async function connects(): Promise<unknown> {
  await outside.leadNew("first");
  if ((await staff.state()) !== "list") await staff.page.reload();
  await staff.reach("list");
  await staff.connect();
  await staff.sees(40);
  return (await session())?.["id"];
}

test("the server of the office PC is killed: the picture goes on, and so does everything else, at the other", async () => {
  const id = await connects();
  expect(arrivals(second)).toBeGreaterThan(1);
  const attempt = await staff.attempt();
  await inside.leadNew("first", "second");
  // of the two, and nobody tells the balancer
  await moves(product.signaling, () => second.takeAway());
  await types("killed");
  await staff.sees(40);
  expect([await staff.state(), await staff.attempt()]).toEqual(["live", attempt]);
  expect(await session()).toMatchObject({ id, endedAt: null });
  await ends(id);
});

test("it is stopped, taken for dead, and wakes: it harms nothing", async () => {
  await second.restart();
  await moves(second, () => inside.lead("second"));
  const id = await connects();
  const attempt = await staff.attempt();
  const deaths = () => product.signaling.logs().split("a node is taken for dead").length;
  const before = deaths();
  second.kill("SIGSTOP");
  await moves(product.signaling, () => inside.lead("first"));
  await until("it is taken for dead", () => deaths() > before);
  second.kill("SIGCONT");
  await until("it begins anew", () => second.logs().includes("it begins anew"));
  await types("woken");
  expect([await staff.state(), await staff.attempt()]).toEqual(["live", attempt]);
  expect(await session()).toMatchObject({ id, endedAt: null });
  await ends(id);
});

test("both are upgraded in turn, in the midst of a session, and nobody tells the balancers", async () => {
  await moves(second, () => inside.lead("second"));
  const id = await connects();
  const attempt = await staff.attempt();
  for (const balancer of [inside, outside]) await balancer.leadNew("first", "second");
  await moves(product.signaling, () => second.restart());
  expect(second.logs()).toContain('"msg":"drained"');
  await types("first");
  // as whoever upgrades waits for it
  for (const balancer of [inside, outside]) await balancer.leadNew("first", "second");
  expect(await pagesAtSecond()).toBe("0");
  await moves(second, () => product.signaling.restart());
  expect(product.signaling.logs()).toContain('"msg":"drained"');
  await staff.settle("live");
  await until("the page is there too", async () => (await pagesAtSecond()) === "1");
  await types("second");
  expect(await staff.attempt()).toBe(attempt);
  expect(await session()).toMatchObject({ id, endedAt: null });
  await ends(id);
  expect(row(await product.signaling.admin("audit", "verify"))).toMatchObject({ ok: true });
});

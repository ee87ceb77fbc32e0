/** Two real servers on one database, behind a real HAProxy: one drains or dies, and whoever comes or is let go is at the other. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import { loadAdminConfig } from "../../signaling/config.ts";
import type { PublicKey, TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import type { PartHandle } from "../../signaling/quickstart/part.ts";
import { makePki, type Pki } from "../../signaling/quickstart/pki.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { type Signaling, startSignaling } from "../../signaling/quickstart/signaling.ts";
import { move } from "../../signaling/store/copying/copies.ts";
import { newSecret } from "../../turn-config/generate.ts";
import { haproxyConf } from "../../turn-config/haproxy.ts";
import { writeIdentity } from "../support/agent-state.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";
import { checkHaproxy, startHaproxy } from "../support/haproxy.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { makePerson, makeStore, makeTerminal } from "../support/store.ts";
import { until } from "../support/until.ts";

const HERE = "127.0.0.1";
const DRAIN_SECONDS = 5;

interface Node {
  readonly name: string;
  readonly ports: { readonly outside: number; readonly inside: number; readonly monitoring: number };
  readonly server: Signaling;
}

let folder: string;
let pki: Pki;
let nodes: Node[];
let balancer: PartHandle;
let inside: number;
let outside: number;
let outsideBalancer: PartHandle;
let agent: RunningAgent;
let postgres: TestPostgres;
/** The settings by which the servers find it. */
let inDatabase: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "balancer-"));
  pki = await makePki({ folder: join(folder, "pki"), addresses: [] });
  writeFileSync(join(folder, "turn.secret"), newSecret(), { mode: 0o600 });
  [inside, outside] = [await freePort(), await freePort()];
  const keys = await generateKeyPair(true);
  postgres = await startTestPostgres();
  const terminal = await makeDatabase(await exportPublicKey(keys.publicKey));
  nodes = await Promise.all(["a", "b"].map(startNode));
  const others = (side: "inside" | "outside") =>
    nodes.map(({ name, ports }) => ({ name, host: HERE, port: ports[side], monitoringPort: ports.monitoring }));
  const listen = (port: number) => `${HERE}:${port}`;
  balancer = await startHaproxy({ folder: join(folder, "in"), listen: listen(inside), nodes: others("inside") });
  outsideBalancer = await startHaproxy({
    folder: join(folder, "out"),
    listen: listen(outside),
    nodes: others("outside"),
  });
  const state = join(folder, "agent");
  mkdirSync(state);
  const ca = readFileSync(pki.caFile, "utf8");
  await writeIdentity(state, { url: `https://${listen(inside)}`, ca, terminal, keys });
  agent = await startAgent({
    stateDir: state,
    logLevel: "info",
    logTo: { write: () => {} },
    openDesktop: ({ onReport }) => new DesktopTwin(onReport),
  });
});
afterAll(async () => {
  await agent?.close();
  await balancer?.close();
  await outsideBalancer?.close();
  for (const { server } of nodes ?? []) await server.close();
  await postgres?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** With one office PC in it. Each server has a folder of its own, with the same keys. */
async function makeDatabase(publicKey: PublicKey): Promise<TerminalId> {
  const place = await makeStore();
  await makePerson(place);
  const terminal = await makeTerminal(place, { publicKey });
  await place.store.close();
  const { database } = await postgres.newDatabase();
  inDatabase = {
    ENGAWA_DATABASE_URL: postgres.cluster.url(database),
    ENGAWA_DATABASE_PASSWORD_FILE: postgres.cluster.passwordFile,
  };
  const { database: server } = loadAdminConfig({ ENGAWA_STATE_DIR: place.stateDir, ...inDatabase });
  if (!server) throw new Error("no database");
  await move(place, server);
  for (const name of ["a", "b"]) {
    mkdirSync(join(folder, name));
    for (const key of ["store.key", "audit.key"]) cpSync(join(place.stateDir, key), join(folder, name, key));
  }
  await place.close();
  return terminal;
}

async function startNode(name: string): Promise<Node> {
  const ports = { outside: await freePort(), inside: await freePort(), monitoring: await freePort() };
  const logs = join(folder, `logs-${name}`);
  mkdirSync(logs);
  const turn = { host: HERE, port: 9 }; // nobody asks for a picture here
  const server = await startSignaling({
    ...{ folder: join(folder, name), logs, pki, turn },
    outside: { host: HERE, port: ports.outside },
    inside: { host: HERE, port: ports.inside },
    localPort: await freePort(),
    names: [HERE],
    turnSecretFile: join(folder, "turn.secret"),
    realm: "test",
    settings: {
      ...inDatabase,
      ENGAWA_OUTSIDE_BALANCERS: HERE,
      ENGAWA_INSIDE_BALANCERS: HERE,
      ENGAWA_OUTSIDE_ORIGINS: `https://${HERE}:${outside}`,
      ENGAWA_MONITORING_LISTEN: `${HERE}:${ports.monitoring}`,
      ENGAWA_DRAIN_SECONDS: String(DRAIN_SECONDS),
    },
  });
  return { name, ports, server };
}

const readyz = async ({ ports }: Node) => {
  const answer = await fetch(`http://${HERE}:${ports.monitoring}/readyz`).catch(() => undefined);
  return answer && { status: answer.status, ...((await answer.json()) as { problems: string[] }) };
};
const agentsAt = async ({ ports }: Node): Promise<number> => {
  const answer = await fetch(`http://${HERE}:${ports.monitoring}/metrics`).catch(() => undefined);
  return Number(/^engawa_agents (\d+)$/m.exec((await answer?.text()) ?? "")?.[1] ?? Number.NaN);
};
/** The one where the agent is, and the other. */
async function sides(): Promise<[at: Node, other: Node]> {
  let found: Node | undefined;
  await until("the agent is at one of them", async () => {
    for (const node of nodes) if ((await agentsAt(node)) === 1) found = node;
    return found !== undefined;
  });
  return [found as Node, nodes.find((node) => node !== found) as Node];
}

/** GET of the page through the balancer; a connection of its own. */
function page(localAddress = HERE): Promise<number | undefined> {
  const ca = readFileSync(pki.caFile);
  return new Promise((resolve, reject) => {
    const asked = request({ host: HERE, port: outside, path: "/", ca, agent: false, localAddress }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Somebody who cannot prove what he says: the server's log has where he came from. */
async function stranger(localAddress: string): Promise<void> {
  const ws = new WebSocket(`wss://${HERE}:${inside}/agent`, { ca: readFileSync(pki.caFile), localAddress });
  await new Promise((resolve) => {
    ws.on("error", resolve);
    ws.on("close", resolve);
    ws.on("open", () => {
      const signature = Buffer.alloc(64).toString("base64url");
      ws.send(JSON.stringify({ type: "authenticate", terminal: "K7QM-2Z9P-X4TD", signature }));
    });
  });
}

test("HAProxy takes the configuration, for the inside with its console too", async () => {
  const file = join(folder, "checked.cfg");
  const node = { name: "a", host: "[2001:db8::11]", port: 443 };
  writeFileSync(file, haproxyConf({ listen: "192.0.2.5:443", console: "192.0.2.5:8445", nodes: [node] }));
  expect(await checkHaproxy(file)).toContain("Configuration file is valid");
});

test("the servers know who comes, and not only that he came through the balancer", async () => {
  await stranger("127.0.0.9");
  const seen = () => nodes.map(({ server }) => server.logs()).join("\n");
  await until("it is in the log", () => seen().includes("could not prove itself"));
  expect(seen()).toMatch(/"from":"127\.0\.0\.9".*could not prove itself/);
});

test("a server that drains says so first, lets its office PC go to the other, and nobody's request fails", async () => {
  const [at, other] = await sides();
  const drained = at.server.restart();
  await until("it says so", async () => (await readyz(at))?.problems.includes("draining") ?? false);
  expect((await readyz(at))?.status).toBe(503);
  const statuses = new Set<number | undefined>();
  await until("the office PC is at the other", async () => {
    statuses.add(await page());
    return (await agentsAt(other)) === 1;
  });
  await drained;
  statuses.add(await page());
  expect(statuses).toEqual(new Set([200]));
  expect(at.server.logs()).toMatch(/"connected":0,.*"msg":"drained"/); // told, not cut off when it ended
});

test("a server that is killed takes nobody along: who was there is at the other, who was not notices nothing", async () => {
  const [at, other] = await sides();
  await until(
    "both are ready",
    async () => (await readyz(at))?.status === 200 && (await readyz(other))?.status === 200,
  );
  await other.server.takeAway();
  const welcomes = () => at.server.logs().split('"msg":"agent connected"').length;
  const before = welcomes();
  for (let asked = 0; asked < 5; asked += 1) expect(await page()).toBe(200);
  expect([await agentsAt(at), welcomes()]).toEqual([1, before]);
  await other.server.restart();
  await at.server.takeAway();
  await until("the office PC is at the other", async () => (await agentsAt(other)) === 1);
  await until("pages are served", async () => (await page().catch(() => undefined)) === 200);
  await at.server.restart();
});

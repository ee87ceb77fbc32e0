/** Two servers on one PostgreSQL: the page at one, its office PC at the other, which is killed, stopped for a while, and upgraded. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { row } from "../../signaling/quickstart/product.ts";
import { type Signaling, startSignaling } from "../../signaling/quickstart/signaling.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { openSwitchboard, type Switchboard } from "../support/switchboard.ts";
import { until } from "../support/until.ts";

let folder: string;
let postgres: TestPostgres;
let product: TestProduct;
/** The one that the page does not know. */
let second: Signaling;
let board: Switchboard;
let staff: Staff;
const ports = { first: 0, second: 0 };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nodes-"));
  postgres = await startTestPostgres();
  const { database } = await postgres.newDatabase("empty");
  const settings = {
    ENGAWA_DATABASE_URL: postgres.cluster.url(database),
    ENGAWA_DATABASE_PASSWORD_FILE: postgres.cluster.passwordFile,
    // within what a part gets to end (quickstart/part.ts)
    ENGAWA_DRAIN_SECONDS: "4",
  };
  product = await openTestProduct({ signalingSettings: settings });
  second = await startSecond(settings);
  [ports.first, ports.second] = [Number(new URL(product.signaling.insideUrl).port), ports.second];
  board = await openSwitchboard(ports.second);
  await leadAgent(`https://127.0.0.1:${board.port}`);
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await board?.close();
  await second?.close();
  await product?.close();
  await postgres?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** With the keys of the first one, and its edges within. */
async function startSecond(settings: Record<string, string>): Promise<Signaling> {
  const own = join(product.folder, "signaling");
  ports.second = await freePort();
  const [outside, localPort] = [await freePort(), await freePort()];
  const logs = join(folder, "second-logs");
  mkdirSync(logs);
  const { ENGAWA_TURN_UDP: turn = "", ENGAWA_COOKIE_NAME: cookie = "" } = product.signaling.environment;
  const { hostname: host, port } = new URL(`udp://${turn}`);
  return startSignaling({
    ...{ folder: join(folder, "second"), logs, pki: product.pki, names: ["localhost"], realm: "engawa", localPort },
    outside: { host: "127.0.0.1", port: outside },
    inside: { host: "127.0.0.1", port: ports.second },
    turn: { host, port: Number(port) },
    turnSecretFile: join(product.folder, "turn.secret"),
    settings: {
      ...settings,
      ENGAWA_COOKIE_NAME: cookie,
      ENGAWA_STORE_KEY_FILE: join(own, "store.key"),
      ENGAWA_AUDIT_KEY_FILE: join(own, "audit.key"),
    },
  });
}

async function leadAgent(url: string): Promise<void> {
  const file = join(product.folder, "agent", "identity.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), url }), { mode: 0o600 });
  await product.agent.restart();
}

const arrivals = (server: Pick<Signaling, "logs">) => server.logs().split('"msg":"agent connected"').length;
const session = async () => (await product.sessions())[0];

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

async function connects(): Promise<unknown> {
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
  await moves(product.signaling, async () => {
    await second.takeAway();
    board.lead(ports.first);
  });
  await types("killed");
  await staff.sees(40);
  expect([await staff.state(), await staff.attempt()]).toEqual(["live", attempt]);
  expect(await session()).toMatchObject({ id, endedAt: null });
  await ends(id);
});

test("it is stopped, taken for dead, and wakes: it harms nothing", async () => {
  await second.restart();
  await moves(second, () => board.lead(ports.second));
  const id = await connects();
  const attempt = await staff.attempt();
  const deaths = () => product.signaling.logs().split("a node is taken for dead").length;
  const before = deaths();
  second.kill("SIGSTOP");
  await moves(product.signaling, () => board.lead(ports.first));
  await until("it is taken for dead", () => deaths() > before);
  second.kill("SIGCONT");
  await until("it begins anew", () => second.logs().includes("it begins anew"));
  await types("woken");
  expect([await staff.state(), await staff.attempt()]).toEqual(["live", attempt]);
  expect(await session()).toMatchObject({ id, endedAt: null });
  await ends(id);
});

test("both are upgraded in turn, in the midst of a session", async () => {
  await moves(second, () => board.lead(ports.second));
  const id = await connects();
  const attempt = await staff.attempt();
  await moves(product.signaling, async () => {
    board.leadNew(ports.first);
    await second.restart();
  });
  expect(second.logs()).toContain('"msg":"drained"');
  await types("first");
  await moves(second, async () => {
    board.leadNew(ports.second);
    await product.signaling.restart();
  });
  await staff.settle("live");
  await types("second");
  expect(await staff.attempt()).toBe(attempt);
  expect(await session()).toMatchObject({ id, endedAt: null });
  await ends(id);
  expect(row(await product.signaling.admin("audit", "verify"))).toMatchObject({ ok: true });
});

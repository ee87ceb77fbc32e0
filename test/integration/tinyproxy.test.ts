/** The agent's connections through a proxy that others wrote: Debian's tinyproxy. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLog } from "../../agent/log.ts";
import { Network } from "../../agent/network/network.ts";
import { ProxyText } from "../../agent/network/proxy.ts";
import { Link } from "../../agent/server/link.ts";
import { TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { FalseServer } from "../support/false-server.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";

let tls: TestCa;
let server: FalseServer;
let folder: string;
let proxy: ChildProcess;
let port: number;
let log: string[];

beforeAll(async () => {
  tls = await makeTestCa();
  server = await FalseServer.start(tls);
  folder = await mkdtemp(join(tmpdir(), "tinyproxy-"));
  port = await freePort();
  const settings = ["Listen 127.0.0.1", `Port ${port}`, "BasicAuth engawa secret", `ConnectPort ${server.port}`];
  const file = join(folder, "tinyproxy.conf");
  await writeFile(file, `${settings.join("\n")}\nMaxClients 10\nAllow 127.0.0.1\n`);
  proxy = spawn("tinyproxy", ["-d", "-c", file], { stdio: "ignore" });
  await once(proxy, "spawn");
  await until("tinyproxy listens", async () => {
    const socket = connect(port, "127.0.0.1");
    const [event] = await Promise.race([
      once(socket, "connect").then(() => ["connect"]),
      once(socket, "error").then(() => ["error"]),
    ]).catch(() => ["error"]);
    socket.destroy();
    return event === "connect";
  });
});
afterAll(async () => {
  proxy.kill();
  if (proxy.exitCode === null) await once(proxy, "exit");
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(setting: string): Promise<Link> {
  log = [];
  const { privateKey, publicKey } = await generateKeyPair(true);
  const terminal = TerminalId.parse("K7QM-2Z9P-X4TD");
  const identity = { terminal, name: "PC", organisation: "City", url: server.url, ca: tls.ca, privateKey };
  const link = new Link({
    identity: { ...identity, publicKey: await exportPublicKey(publicKey) },
    network: await Network.open({ proxy: ProxyText.parse(setting), caFile: undefined }),
    log: openLog("info", { write: (line) => void log.push(line) }),
    handlers: { welcome: () => {}, message: () => {}, heard: () => {} },
  });
  link.start();
  return link;
}

test("the line to the server comes up with its user and password", async () => {
  const link = await open(`http://engawa:secret@127.0.0.1:${port}`);
  await until("welcome", async () => link.isUp);
  await link.close();
});

test.each([
  ["without password", "", "PROXY_AUTHENTICATION"],
  ["with a wrong one", "engawa:wrong@", "PROXY_AUTHENTICATION"],
])("it says what is wrong %s", async (_, user, problem) => {
  const link = await open(`http://${user}127.0.0.1:${port}`);
  await until("the log says it", async () => log.join("").includes(problem));
  expect(link.isUp).toBe(false);
  await link.close();
});

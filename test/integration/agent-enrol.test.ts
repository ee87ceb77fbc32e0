/** `agent enrol`, `devices` and `doctor` as processes, against a real TLS server. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { loadIdentity } from "../../agent/trust/identity.ts";
import { EnrolRequest } from "../../signaling/protocol/api.ts";
import { enrolText, keyCode, verify } from "../../signaling/protocol/signed.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";

let tls: TestCa;
let server: Server;
let folder: string;
let asked: EnrolRequest[];
let refuse: boolean;

beforeAll(async () => {
  tls = await makeTestCa();
  server = createServer({ key: tls.key, cert: tls.chain, minVersion: "TLSv1.3" }, (request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      if (request.url !== "/api/enrol") return response.writeHead(200).end();
      asked.push(EnrolRequest.parse(JSON.parse(body)));
      if (refuse) return response.writeHead(403).end(JSON.stringify({ code: "ENROL_REFUSED", message: "no" }));
      return response.end(JSON.stringify({ terminal: "K7QM-2Z9P-X4TD", name: "総務課 1", organisation: "縁側市" }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server?.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-"));
  asked = [];
  refuse = false;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const url = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
const token = (ca = tls.caHash, more: object = {}) =>
  `engawa1.${Buffer.from(JSON.stringify({ url: url(), ca, secret: "s".repeat(32), ...more })).toString("base64url")}`;

function agent(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["agent/cli/main.ts", "--state", folder, ...args], (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err });
    });
  });
}

test("enrols with a token whose CA hash is right, and keeps the key to itself", async () => {
  const { code, out } = await agent("--json", "enrol", token());
  expect(code).toBe(0);
  const request = asked[0];
  if (!request) throw new Error("nothing was asked");
  expect(JSON.parse(out)).toMatchObject({ name: "総務課 1", code: await keyCode(request.publicKey) });
  const { nonce, publicKey, signature } = request;
  expect(await verify(publicKey, signature, enrolText({ nonce, publicKey, token: request.token }))).toBe(true);
  expect((await stat(join(folder, "identity.json"))).mode & 0o777).toBe(0o600);
  expect((await agent("enrol", token())).err).toContain("enrolled already");
});

test("keeps where the relays are, when the token says so", async () => {
  const identity = async () => loadIdentity(join(folder, "identity.json"));
  expect((await agent("enrol", token())).code).toBe(0);
  expect(await identity()).not.toHaveProperty("relayHosts");
  const relayHosts = ["10.0.0.6", "turn.example"];
  expect((await agent("enrol", "--replace", token(tls.caHash, { relayHosts }))).code).toBe(0);
  expect(await identity()).toMatchObject({ relayHosts });
  expect((await agent("enrol", "--replace", token(tls.caHash, { relayHosts: ["no host"] }))).err).toContain(
    "not an enrolment token",
  );
});

test("says its host name where the token is for one PC, and else not", async () => {
  await agent("enrol", token());
  await agent("enrol", "--replace", token(tls.caHash, { bound: true }));
  expect(asked.map(({ host }) => host)).toEqual([undefined, hostname()]);
});

test("sends nothing to a server whose chain lacks the CA of the token", async () => {
  const { code, err } = await agent("enrol", token("ab".repeat(32)));
  expect(code).toBe(1);
  expect(err).toContain("is not the server this token was made for");
  expect(asked).toEqual([]);
  expect(existsSync(join(folder, "identity.json"))).toBe(false);
});

test("says in words that a token was used already, and writes nothing", async () => {
  refuse = true;
  expect((await agent("enrol", token())).err).toContain("used already or is too old");
  expect(existsSync(join(folder, "identity.json"))).toBe(false);
});

test("refuses what is no token", async () => {
  expect((await agent("enrol", "engawa1.e30")).err).toContain("not an enrolment token");
});

test("keeps a list of devices that only its owner can read", async () => {
  const code = "7K2QM-9Z4PX-AB3DE-00112";
  expect((await agent("devices", "add", code.toLowerCase(), "--login", "tanaka", "--note", "貸与PC 3")).code).toBe(0);
  expect(JSON.parse((await agent("--json", "devices", "list")).out).devices).toMatchObject([{ code, login: "tanaka" }]);
  expect((await stat(join(folder, "devices.json"))).mode & 0o777).toBe(0o600);
  expect((await agent("devices", "remove", code)).code).toBe(0);
  expect((await agent("devices", "remove", code)).code).toBe(1);
});

test("the doctor says what is wrong and what to do, and fails", async () => {
  await agent("enrol", token());
  await writeFile(join(folder, "config.json"), '{"lockOn":"sometimes"}');
  const { code, out } = await agent("--json", "doctor", "--display", ":77777");
  expect(code).toBe(1);
  const { findings } = JSON.parse(out) as { findings: { check: string; ok: boolean; words: string }[] };
  expect(findings.find(({ check }) => check === "設定")).toMatchObject({ ok: false });
  expect(findings.find(({ check }) => check.startsWith("画面の取り込み"))).toMatchObject({ ok: false });
});

/** The server and the edge as processes, in which something throws that nobody catches. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../../signaling/cli/run.ts";
import { tagKey } from "../../signaling/edge/ice-servers.ts";
import { newSecret } from "../../turn-config/generate.ts";
import { makePki } from "../support/pki.ts";

const pki = makePki({ names: ["127.0.0.1"] });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engawa-last-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const signaling = () => ({
  TZ: "Asia/Tokyo",
  ENGAWA_STATE_DIR: join(folder, "state"),
  ENGAWA_OUTSIDE_LISTEN: "127.0.0.1:0",
  ENGAWA_OUTSIDE_ORIGINS: "https://telework.example.lg.jp",
  ENGAWA_INSIDE_LISTEN: "127.0.0.1:0",
  ENGAWA_INSIDE_URL: "https://127.0.0.1:443",
  ENGAWA_TLS_CERT: pki.files.cert,
  ENGAWA_TLS_KEY: pki.files.key,
  ENGAWA_TLS_CA: pki.files.ca,
  ENGAWA_TURN_SECRET_FILE: file("turn", newSecret()),
  ENGAWA_TURN_INSIDE_URLS: "turn:127.0.0.1:3478?transport=udp",
});
const edge = () => ({
  ENGAWA_EDGE_LISTEN: "127.0.0.1:0",
  ENGAWA_EDGE_TLS_CERT: pki.files.cert,
  ENGAWA_EDGE_TLS_KEY: pki.files.key,
  ENGAWA_EDGE_WEB: "127.0.0.1:9",
  ENGAWA_EDGE_TURN_UDP: "127.0.0.1:9",
  ENGAWA_EDGE_TAG_KEY_FILE: file("tag", tagKey(newSecret(), "outside").toString("base64url")),
});

/** Starts it, sends the signal when it is ready, and waits for its end. */
async function failing(
  program: string,
  environment: Record<string, string>,
  signal: NodeJS.Signals,
  before = async (): Promise<unknown> => undefined,
) {
  const child = spawn(process.execPath, ["--import", "./test/support/fail-on-signal.ts", program], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines: Record<string, unknown>[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(JSON.parse(line));
    if (["ready", "edge: listening"].includes(String(lines.at(-1)?.["msg"]))) {
      await before();
      child.kill(signal);
    }
  }
  const [code] = await exited;
  return { code, lines, fatal: lines.filter(({ level }) => level === "fatal") };
}

test("signaling says where its keys lie and the head of its audit, at start and at its end", async () => {
  const environment = signaling();
  const add = (name: string) =>
    run(["organisation", "add", name], { environment, print: () => {}, complain: () => {}, readInput: async () => "" });
  await add("緑市");
  const { lines } = await failing("signaling/main.ts", environment, "SIGTERM", () => add("青町"));
  expect(lines.filter(({ level }) => level === "warn")).toMatchObject([
    { settings: ["ENGAWA_STORE_KEY_FILE", "ENGAWA_AUDIT_KEY_FILE"] },
  ]);
  // the first town was there at the start; the second one began a chain of its own
  const heads = lines.filter(({ msg }) => msg === "audit heads").map((line) => line["heads"] as string[]);
  expect(heads.map((said) => said.map((head) => head.split(":")[1]))).toEqual([["1"], ["1"]]);
});

test.each([
  ["signaling/main.ts", signaling, "SIGUSR2", "thrown on purpose"],
  ["signaling/main.ts", signaling, "SIGPWR", "rejected on purpose"],
  ["signaling/edge/main.ts", edge, "SIGUSR2", "thrown on purpose"],
  ["signaling/edge/main.ts", edge, "SIGPWR", "rejected on purpose"],
] as const)("%s says so once and ends with a failure (%#)", async (program, environment, signal, message) => {
  const { code, fatal } = await failing(program, environment(), signal);
  expect(code).toBe(1);
  expect(fatal).toMatchObject([{ msg: "ended by an error that nobody caught", err: { message } }]);
});

/** The systemd unit fits the program. (`systemd-analyze verify` looks at the rest.) */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_CAPACITY } from "../../signaling/edge/capacity.ts";

const unit = readFileSync("signaling/engawa-signaling.service", "utf8");
const all = (name: string) => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
const set = all("Environment").map((text) => text.split("="));

test("it sets what exists, and only what is no secret stands in it", () => {
  const known = new Set(readFileSync("signaling/config.ts", "utf8").match(/ENGAWA_[A-Z_]+/g));
  for (const [name = ""] of set.filter(([one]) => one !== "NODE_ENV")) expect(known).toContain(name);
});

test("every secret is a credential of the service, and each is used", () => {
  const credentials = all("LoadCredential").map((text) => text.split(":")[0]);
  const used = set.flatMap(([, value = ""]) => (value.startsWith("%d/") ? [value.slice(3)] : []));
  expect(used.sort()).toEqual(credentials.sort());
  expect(used).toEqual(expect.arrayContaining(["store.key", "audit.key", "turn.secret", "key.pem"]));
});

test("it starts what is there, comes back after a failure, and has room for what the server promises", () => {
  const [, program = ""] = (all("ExecStart")[0] ?? "").split(" ");
  expect(existsSync(program)).toBe(true);
  expect(all("Restart")).toEqual(["always"]);
  expect(Number(all("LimitNOFILE")[0])).toBeGreaterThan(DEFAULT_CAPACITY.agents + 8 * DEFAULT_CAPACITY.sessions);
  expect(unit).not.toMatch(/^MemoryDenyWriteExecute/m);
});

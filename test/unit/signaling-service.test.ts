/** The systemd units fit the programs. (`systemd-analyze verify` looks at the rest.) */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_CAPACITY, insideLimits, outsideLimits } from "../../signaling/edge/capacity.ts";

const { agents, sessions } = DEFAULT_CAPACITY;
const most = (limits: { connections: number; turnClients: number }) => 2 * limits.connections + limits.turnClients;

describe.each([
  {
    name: "engawa-signaling.service",
    settings: "signaling/config.ts",
    secrets: ["store.key", "audit.key", "turn.secret", "key.pem"],
    files: agents + 8 * sessions,
  },
  {
    name: "engawa-edge@.service",
    settings: "signaling/edge/config.ts",
    secrets: ["tag.key", "key.pem"],
    files: Math.max(most(insideLimits(DEFAULT_CAPACITY)), most(outsideLimits(DEFAULT_CAPACITY))),
  },
])("$name", ({ name, settings, secrets, files }) => {
  const unit = readFileSync(`signaling/${name}`, "utf8");
  const all = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
  const set = all("Environment").map((text) => text.split("="));

  test("sets what exists, and only what is no secret stands in it", () => {
    const known = new Set(readFileSync(settings, "utf8").match(/ENGAWA_[A-Z_]+/g));
    for (const [setting = ""] of set.filter(([one = ""]) => one.startsWith("ENGAWA_")))
      expect(known).toContain(setting);
  });

  test("counts hours as Japan does", () => {
    if (name === "engawa-signaling.service") expect(all("Environment")).toContain("TZ=Asia/Tokyo");
  });

  test("has every secret as a credential of the service, and each is used", () => {
    const credentials = all("LoadCredential").map((text) => text.split(":")[0]);
    const used = set.flatMap(([, value = ""]) => (value.startsWith("%d/") ? [value.slice(3)] : []));
    expect(used.sort()).toEqual(credentials.sort());
    expect(used).toEqual([...secrets].sort());
  });

  test("starts what is there, comes back after a failure, and has room for what the server promises", () => {
    const [, program = ""] = (all("ExecStart")[0] ?? "").split(" ");
    expect(existsSync(program)).toBe(true);
    expect(all("Restart")).toEqual(["always"]);
    expect(Number(all("LimitNOFILE")[0])).toBeGreaterThan(files);
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute/m);
  });
});

test("no side's edge runs under an account that can read the other's", () => {
  const unit = readFileSync("signaling/engawa-edge@.service", "utf8");
  expect(unit).toMatch(/^DynamicUser=yes$/m);
  expect(unit).toMatch(/^User=engawa-edge-%i$/m);
});

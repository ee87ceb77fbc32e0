import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { newSecret, prepareSecrets, problems, readSecrets, turnserverConf } from "../../turn-config/generate.ts";

const base = {
  listenIps: ["127.0.0.1", "10.0.0.5"],
  relayIp: "10.99.0.1",
  secret: newSecret(),
  realm: "town.example.jp",
};
const folder = mkdtempSync(join(tmpdir(), "engawa-conf-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("turnserver.conf", () => {
  test("fits one screen, in its longest form too", () => {
    const text = turnserverConf({
      ...base,
      relayIp: "127.77.1.1",
      loopbackDemo: true,
      previousSecrets: [newSecret()],
      pidFile: "/run/engawa/turn.pid",
    });
    expect(text.split("\n").length - 1).toBeLessThanOrEqual(44);
    expect(turnserverConf(base).split("\n").length - 1).toBeLessThanOrEqual(40);
  });

  test("denies every peer but the relay's own address", () => {
    const text = turnserverConf(base);
    expect(text.match(/^allowed-peer-ip=.*$/gm)).toEqual(["allowed-peer-ip=10.99.0.1"]);
    expect(text).toContain("denied-peer-ip=0.0.0.0-255.255.255.255\n");
    expect(text).toContain("denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n");
    // werift drops a 438 (Stale Nonce) because it carries no MESSAGE-INTEGRITY, and with it its allocation
    expect(text).not.toMatch(/^(stale-nonce|allow-loopback-peers|no-auth|cli|mobility)/m);
  });

  test("allows two allocations a session and what 200 rebuilt ones leave behind", () => {
    expect(turnserverConf({ ...base, sessions: 100 })).toContain("total-quota=600\n");
    expect(turnserverConf(base)).toContain("user-quota=4\n");
  });

  test("honours two secrets, the one in use first", () => {
    const text = turnserverConf({ ...base, secret: "n".repeat(43), previousSecrets: ["o".repeat(43)] });
    expect(text.match(/^static-auth-secret=./gm)).toEqual(["static-auth-secret=n", "static-auth-secret=o"]);
  });

  test("is not written from what is dangerous, and every problem is named at once", () => {
    expect(problems({ ...base, relayIp: "::1", secret: "short", realm: "" }).length).toBe(3);
    expect(problems({ ...base, relayIp: "127.77.1.1" })).toHaveLength(1);
    expect(problems({ ...base, relayIp: "10.0.0.5" })).toHaveLength(1);
    expect(problems({ ...base, realm: "a\nno-auth" })).toHaveLength(1);
    expect(problems({ ...base, secret: `${newSecret()}\nno-auth` })).toHaveLength(1);
    expect(problems({ ...base, minPort: 50_000, maxPort: 50_100 })).toHaveLength(1);
    expect(problems({ ...base, listenIps: ["relay.lg.jp"] })).toHaveLength(1);
    expect(() => turnserverConf({ ...base, realm: "" })).toThrow("realm");
  });

  test("listens at an IPv6 address, written with brackets or without", () => {
    const out = join(folder, "ipv6.conf");
    const args = ["--listen", "[2001:db8::5]", "--listen", "::1", "--relay-ip", base.relayIp, "--realm", base.realm];
    const files = ["--secret-file", join(folder, "ipv6.secret"), "--out", out];
    execFileSync(process.execPath, ["turn-config/generate.ts", ...args, ...files]);
    const listening = readFileSync(out, "utf8").match(/^listening-ip=.*$/gm);
    expect(listening).toEqual(["listening-ip=2001:db8::5", "listening-ip=::1"]);
  });
});

describe("the secret file", () => {
  const file = join(folder, "turn.secret");

  test("is made for its owner alone, kept, and rotated with one predecessor", () => {
    const [first] = prepareSecrets(file, false);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(prepareSecrets(file, false)).toEqual([first]);
    const rotated = prepareSecrets(file, true);
    expect([rotated.length, rotated[1]]).toEqual([2, first]);
    expect(prepareSecrets(file, true)[1]).toBe(rotated[0]);
    expect(readSecrets(file)).toHaveLength(2);
  });

  test("goes into the configuration without being shown", () => {
    const out = join(folder, "turnserver.conf");
    writeFileSync(out, "old", { mode: 0o644 });
    const args = [
      "--listen",
      "127.0.0.1",
      "--relay-ip",
      "10.99.0.1",
      "--realm",
      "x",
      "--secret-file",
      file,
      "--out",
      out,
    ];
    const said = execFileSync(process.execPath, ["turn-config/generate.ts", ...args], { encoding: "utf8" });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    for (const secret of readSecrets(file)) {
      expect(readFileSync(out, "utf8")).toContain(secret);
      expect(said).not.toContain(secret);
    }
    expect(existsSync(`${out}.new`)).toBe(false);
  });
});

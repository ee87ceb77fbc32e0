/** turn:check against real relays: the generated one, and such as people set up. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { type CheckReport, checkRelay, lines } from "../../turn-config/check.ts";
import { newSecret } from "../../turn-config/generate.ts";
import { type Coturn, type CoturnOptions, startCoturn } from "../support/coturn.ts";

let relay: Coturn | undefined;
afterEach(async () => {
  await relay?.stop();
  relay = undefined;
});
async function start(options: CoturnOptions = {}): Promise<Coturn> {
  relay = await startCoturn(options);
  return relay;
}
const failed = (report: CheckReport) =>
  report.results.filter(({ ok }) => !ok).map(({ id, about }) => (about === undefined ? id : `${id} ${about}`));
const check = (at: Coturn, more: Partial<Parameters<typeof checkRelay>[0]> = {}) =>
  checkRelay({ server: { host: at.host, port: at.port }, secret: at.secret, ...more });

/** Common to the badly configured ones. */
const common = ({ port, realm, folder }: { port: number; realm: string; folder: string }) => `listening-ip=127.0.0.1
listening-port=${port}
realm=${realm}
no-cli
no-dtls
no-tls
allow-loopback-peers
userdb=${folder}/turndb
pidfile=${folder}/pid
log-file=stdout
`;

describe("turn:check", () => {
  test("finds nothing wanting in the generated configuration", async () => {
    const at = await start();
    const report = await check(at, { relayIp: at.relayIp });
    expect(failed(report)).toEqual([]);
    expect(report.results.length).toBeGreaterThan(25);
    expect(report.ok).toBe(true);
    // the relay has forgotten all of it: the whole can be asked again at once
    expect((await check(at)).ok).toBe(true);
  });

  test("honours the secret of before a rotation, and no other", async () => {
    const previous = newSecret();
    const at = await start({ previousSecrets: [previous] });
    expect((await check(at, { secret: previous })).ok).toBe(true);
    expect(failed(await check(at, { secret: newSecret() }))).toEqual(["allocates"]);
  });

  test("finds the classic list of forbidden networks wanting", async () => {
    const at = await start({
      conf: (chosen) => `${common(chosen)}relay-ip=${chosen.relayIp}
relay-ip=::1
use-auth-secret
static-auth-secret=${chosen.secret}
denied-peer-ip=10.0.0.0-10.255.255.255
denied-peer-ip=127.0.0.0-127.255.255.255
denied-peer-ip=169.254.0.0-169.254.255.255
denied-peer-ip=172.16.0.0-172.31.255.255
denied-peer-ip=192.168.0.0-192.168.255.255
`,
    });
    const found = failed(await check(at));
    // an IPv6 allocation, the ways around the list that it opens (CVE-2026-27624), the internet, TCP, no quota
    expect(found).toEqual(
      expect.arrayContaining([
        "ipv6-allocation",
        "peer 8.8.8.8",
        "peer ::ffff:127.0.0.1",
        "peer ::ffff:10.0.0.1",
        "peer 64:ff9b::7f00:1",
        "peer 2002:7f00:1::",
        "tcp-relay",
        "quota",
        `own-relay ${at.relayIp}`,
      ]),
    );
    expect(found).not.toContain("peer 10.0.0.1");
  });

  test("finds a relay without authentication wanting, and goes no further", async () => {
    const at = await start({
      conf: (chosen) => `${common(chosen)}relay-ip=${chosen.relayIp}\nno-auth\n`,
      ready: "open",
    });
    expect(failed(await check(at))).toEqual(["no-credentials"]);
  });

  test("finds a missing quota, a wrong relay address, and a relay that is not there", async () => {
    const at = await start({ userQuota: 0 });
    expect(failed(await check(at, { relayIp: "127.77.0.0" }))).toEqual(["allocates", "quota"]);
    await at.kill();
    expect(failed(await check(at, { timeoutMs: 500 }))).toEqual(["answers"]);
  });

  test("says in one line each what is wrong and what to do, and ends with 1", async () => {
    const folder = mkdtempSync(join(tmpdir(), "engawa-check-"));
    const at = await start({ userQuota: 0 });
    const file = join(folder, "secret");
    writeFileSync(file, `${at.secret}\n`, { mode: 0o600 });
    const args = ["turn-config/check.ts", "--server", `${at.host}:${at.port}`, "--secret-file", file];
    const run = (...more: string[]) =>
      promisify(execFile)(process.execPath, [...args, ...more]).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        ({ code, stdout, stderr }) => ({ code: Number(code), stdout: String(stdout), stderr: String(stderr) }),
      );
    const japanese = await run();
    expect([japanese.code, japanese.stderr]).toEqual([1, ""]);
    expect(japanese.stdout).toContain("NG  一つの利用者名の割り当て数を制限する");
    expect((await run("--lang", "en")).stdout).toContain("→ set user-quota");
    const machine = await run("--json");
    expect([machine.code, machine.stderr]).toEqual([1, ""]);
    const { ok, results } = JSON.parse(machine.stdout) as CheckReport;
    expect([ok, results.filter((result) => !result.ok).map(({ id }) => id)]).toEqual([false, ["quota"]]);
    expect(japanese.stdout).not.toContain(at.secret);
    expect(lines({ ok, results }, "en").length).toBe(results.length);
    rmSync(folder, { recursive: true });
  });
});

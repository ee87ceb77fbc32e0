/** The installer in a fresh Windows under Wine: installed, broken, upgraded, taken away. Its tests build on one another. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuiltInstaller, packageWindows } from "../../agent/windows/build/package.ts";
import { EXIT_CODES } from "../../agent/windows/setup/installation.ts";
import { EnrolRequest } from "../../signaling/protocol/api.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";
import { differences, type Snapshot, takeSnapshot } from "../support/wine/snapshot.ts";
import { openWine, type Run, type Wine, type WineProcess, windowsPath } from "../support/wine/wine.ts";

/** Where codecs were never built before it takes a while. */
const BUILD_TIMEOUT_MS = 1_800_000;
const SERVICES = ["EngawaAgent", "EngawaDesktop"];
const MACHINE = "HKEY_LOCAL_MACHINE";
const UNINSTALL = `${MACHINE}\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall`;
/** Wine's msiexec ends with ERROR_FUNCTION_FAILED where Windows' own does with 1603; a Unix process gives its last eight bits. */
const FAILED = 1627 & 0xff;
/** ERROR_INSTALL_FAILURE: before anything was begun. */
const REFUSED = 1603 & 0xff;
/** The shelves of its book, which stay when nothing lies on them. */
const INSTALLERS_SHELVES =
  /\\(Classes\\Installer(\\(Features|Products|UpgradeCodes))?|CurrentVersion\\Installer\\(UpgradeCodes|UserData(\\S-1-5-18(\\(Products|Components))?)?))$/i;
/** Wine rolls files back, and settings, but not its list of components; Windows does. */
const COMPONENTS = /\\CurrentVersion\\Installer\\UserData\\S-1-5-18\\Components\\[0-9A-F]{32}$/i;
/** What Windows Installer writes down of any package. */
const INSTALLERS_KEYS = /\\Software\\(Microsoft\\Windows\\CurrentVersion\\Installer|Classes\\Installer)(\\|$)/i;
/** What an agent must leave alone, whatever it is asked to do. */
const OFF_LIMITS = [
  /\\Terminal Server(\\|$)/i, // remote desktop and network level authentication
  /\\Control\\Lsa(\\|$)/i,
  /\\Policies(\\|$)/i,
  /\\SystemCertificates(\\|$)/i,
  /\\(SharedAccess|MpsSvc|WindowsFirewall)(\\|$)/i,
  /\\Session Manager\\Environment$/i, // PATH
];

describe.sequential("the installer", () => {
  let wine: Wine;
  let folder: string;
  let tls: TestCa;
  let server: Server;
  let first: BuiltInstaller;
  let second: BuiltInstaller;
  /** Never gets in. */
  let third: BuiltInstaller;
  let before: Snapshot;
  /** Secrets of tokens that were used. */
  const used: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "engawa-installer-"));
    tls = await makeTestCa();
    server = createServer({ key: tls.key, cert: tls.chain, minVersion: "TLSv1.3" }, async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      if (request.url !== "/api/enrol") return response.writeHead(404).end();
      const { token: secret } = EnrolRequest.parse(JSON.parse(String(body)));
      if (used.includes(secret)) {
        return response.writeHead(403).end(JSON.stringify({ code: "ENROL_REFUSED", message: "no" }));
      }
      used.push(secret);
      return response.end(JSON.stringify({ terminal: "K7QM-2Z9P-X4TD", name: "総務課 1", organisation: "縁側市" }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    first = await packageWindows({ outDir: folder, version: "0.1.0" });
    second = await packageWindows({ outDir: folder, version: "0.1.1" });
    third = await packageWindows({ outDir: folder, version: "0.1.2" });
    wine = await openWine();
    before = await takeSnapshot(wine);
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await wine?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const drive = (...path: string[]) => join(wine.prefix, "drive_c", ...path);
  const programs = (...path: string[]) => drive("Program Files", "Engawa", ...path);
  const state = (...path: string[]) => drive("ProgramData", "Engawa", ...path);
  const url = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = (secret: string) => {
    const text = JSON.stringify({ url: url(), ca: tls.caHash, secret: secret.repeat(32).slice(0, 32) });
    return `engawa1.${Buffer.from(text).toString("base64url")}`;
  };
  const setup = ({ setup: file }: BuiltInstaller, ...properties: string[]): Promise<Run> =>
    wine.run("msiexec", "/i", windowsPath(file), "/qn", ...properties);
  const stateOf = async (service: string): Promise<string | undefined> => {
    const { output } = await wine.run("sc", "query", service);
    return /STATE\s*:\s*\d+\s+(\w+)/.exec(output)?.[1];
  };
  const states = () => Promise.all(SERVICES.map(stateOf));
  const running = (what: RegExp): WineProcess[] => wine.processes().filter(({ commandLine }) => what.test(commandLine));
  const helpers = () => running(/desktop\.js/);
  const agents = () => running(/service\.js EngawaAgent/);
  /** The one that is running; a moment after an end there may be none. */
  const theOne = async (list: () => WineProcess[]): Promise<number> => {
    await until("there is one", () => list().length === 1);
    const [only] = list();
    if (!only) throw new Error("it has just ended");
    return only.pid;
  };
  const shortcut = "users/root/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Engawa 診断.lnk";
  const productOf = async ({ setup: file }: BuiltInstaller): Promise<string> => {
    const { stdout } = await promisify(execFile)("msiinfo", ["export", file, "Property"]);
    return /^ProductCode\t(\S+)/m.exec(stdout)?.[1] ?? "";
  };
  const apps = () => readdirSync(programs()).filter((name) => name.startsWith("app-"));
  const log = (...path: string[]) => readFileSync(state(...path), "utf8");
  const connections = () => log("logs", "agent.log").split("the desktop helper is connected").length - 1;
  /** Windows says only that it failed; why stands in a file that nobody but the system can have written. */
  const expectFailure = async (attempt: Promise<Run>, kind: keyof typeof EXIT_CODES) => {
    expect((await attempt).code).toBe(FAILED);
    expect(readFileSync(failureLog(), "utf8")).toMatch(new RegExp(`ended with ${EXIT_CODES[kind]}\n`));
    rmSync(failureLog());
  };
  const failureLog = () => drive("windows", "logs", "EngawaSetup.log");
  /** All of the program and its state is gone, as is everything that it wrote elsewhere. */
  const expectNothingLeft = async ({ rolledBack = false } = {}) => {
    const after = await takeSnapshot(wine);
    expect(differences(before.files, after.files)).toEqual([]);
    const keys = differences(before.registry, after.registry).filter((line) => !INSTALLERS_SHELVES.test(line));
    expect(keys.filter((line) => !(rolledBack && COMPONENTS.test(line)))).toEqual([]);
  };
  const uninstall = (...properties: string[]) =>
    wine.run("msiexec", "/x", windowsPath(second.setup), "/qn", ...properties);

  test("refuses a token that is none, and leaves nothing behind", async () => {
    await expectFailure(setup(first, "TOKEN=engawa1.nonsense"), "settings");
    await expectNothingLeft({ rolledBack: true });
  });

  test("installs silently: enrolled, both services running, the helper connected", async () => {
    const began = performance.now();
    const caFile = join(folder, "city.pem");
    writeFileSync(caFile, tls.ca);
    const tokenFile = join(folder, "token.txt");
    writeFileSync(tokenFile, `${token("a")}\r\n`);
    const properties = [`TOKENFILE=${windowsPath(tokenFile)}`, `SERVER=${url()}`, `CAFILE=${windowsPath(caFile)}`];
    const { code, output } = await setup(first, ...properties);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    expect([code, output]).toEqual([0, expect.stringContaining("サービスが動いています。")]);
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
    process.stdout.write(`silent install until both services run: ${seconds} s\n`);
    expect(JSON.parse(log("identity.json"))).toMatchObject({ name: "総務課 1", url: url() });
    expect(used).toHaveLength(1);
    expect(existsSync(tokenFile)).toBe(false);
    expect(log("ca.pem").trim()).toBe(tls.ca.trim());
    expect(JSON.parse(log("config.json"))).toEqual({ caFile: "C:\\ProgramData\\Engawa\\ca.pem" });
    await until("the helper is connected", () => connections() === 1);
    expect(helpers()).toHaveLength(1);
    expect(log("setup.log")).toMatch(/このPCのコード: [0-9A-Z-]+/);
  });

  test("writes its own files and keys, and nothing else", async () => {
    const after = await takeSnapshot(wine);
    const files = differences(before.files, after.files);
    const own = /^\+ (Program Files\/Engawa|ProgramData\/Engawa)(\/|$)/;
    const keptPackage = /^\+ windows\/Installer\/[0-9a-f]+\.msi$/;
    expect(files.filter((line) => !own.test(line) && !keptPackage.test(line))).toEqual([`+ ${shortcut}`]);
    const keys = differences(before.registry, after.registry).filter((line) => !INSTALLERS_KEYS.test(line));
    const services = SERVICES.map((name) => `+ ${MACHINE}\\System\\CurrentControlSet\\Services\\${name}`);
    const product = await productOf(first);
    expect(keys).toEqual([...services, `+ ${MACHINE}\\Software\\Engawa`, `+ ${UNINSTALL}\\${product}`].sort());
    const offLimits = ({ registry }: Snapshot) =>
      [...registry].filter(([key]) => OFF_LIMITS.some((pattern) => pattern.test(key)));
    expect(offLimits(before).length).toBeGreaterThan(OFF_LIMITS.length);
    expect(offLimits(after)).toEqual(offLimits(before));
    expect(after.registry.get(`${UNINSTALL}\\${product}`)).toContain('"DisplayVersion"="0.1.0"');
    expect(after.registry.get(`${UNINSTALL}\\${product}`)).toContain('"DisplayName"="Engawa エージェント"');
  });

  test("brings the command line along", async () => {
    const { output } = await wine.run("cmd", "/c", "C:\\Program Files\\Engawa\\engawa-agent.cmd", "devices", "list");
    expect(output).toContain("許可された利用者端末はありません");
  });

  test("has a killed helper back, connected", async () => {
    const helper = await theOne(helpers);
    const connected = connections();
    const killed = performance.now();
    process.kill(helper, "SIGKILL");
    await until("another helper is connected", () => connections() > connected);
    process.stdout.write(`killed helper back after ${Math.round(performance.now() - killed)} ms\n`);
    expect(helpers().map(({ pid }) => pid)).not.toContain(helper);
  });

  test("has a hanging helper replaced", async () => {
    const helper = await theOne(helpers);
    const connected = connections();
    process.kill(helper, "SIGSTOP");
    await until("another helper is connected", () => connections() > connected, 60_000);
    // it was told to end; here it must wake up for that
    if (helpers().some(({ pid }) => pid === helper)) process.kill(helper, "SIGCONT");
    await until("the one that hung is gone", () => helpers().every(({ pid }) => pid !== helper));
  });

  test("has a killed network process back, and its helper with it", async () => {
    const agent = await theOne(agents);
    const connected = connections();
    const killed = performance.now();
    process.kill(agent, "SIGKILL");
    await until("a helper is connected to another agent", () => connections() > connected);
    process.stdout.write(`killed network process back after ${Math.round(performance.now() - killed)} ms\n`);
    expect(agents().map(({ pid }) => pid)).not.toContain(agent);
    expect(helpers()).toHaveLength(1);
  });

  test("leaves a service alone that somebody stopped", async () => {
    await wine.run("sc", "stop", "EngawaAgent");
    await until("it has stopped", async () => (await stateOf("EngawaAgent")) === "STOPPED");
    // two looks of the watch pass: the helper is started anew meanwhile, since its pipe closed
    const looks = () => log("desktop", "service.log").split("helper").length;
    const seen = looks();
    process.kill(await theOne(helpers), "SIGKILL");
    await until("the other service goes on", () => looks() > seen && helpers().length === 1);
    expect(await stateOf("EngawaAgent")).toBe("STOPPED");
    await wine.run("sc", "start", "EngawaAgent");
    await until("it runs", async () => (await stateOf("EngawaAgent")) === "RUNNING");
  });

  test("upgrades in place and keeps the state, without the token", async () => {
    const identity = log("identity.json");
    expect((await setup(second, `TOKEN=${token("a")}`)).code).toBe(0);
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
    expect(log("identity.json")).toBe(identity);
    expect(used).toHaveLength(1);
    expect(apps()).toEqual([expect.stringMatching(/^app-0\.1\.1-/)]);
    expect(agents()[0]?.commandLine).toContain("app-0.1.1-");
    expect(existsSync(drive(shortcut))).toBe(true);
    const { registry } = await takeSnapshot(wine);
    expect(registry.get(`${UNINSTALL}\\${await productOf(second)}`)).toContain('"DisplayVersion"="0.1.1"');
    expect(registry.has(`${UNINSTALL}\\${await productOf(first)}`)).toBe(false);
  });

  test("goes back to the version before when the new one's service does not run", async () => {
    cpSync(programs(apps()[0] ?? ""), programs("app-0.1.2-1"), { recursive: true });
    writeFileSync(programs("app-0.1.2-1", "service.js"), "process.exit(7);\n");
    const at = (...path: string[]) => windowsPath(programs("app-0.1.2-1", ...path));
    const { code, output } = await wine.run(at("node.exe"), at("setup.js"), "install", "--app", at());
    expect([code, output]).toEqual([EXIT_CODES.services, expect.stringContaining("すべて元の状態に戻しました。")]);
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
    expect(agents()[0]?.commandLine).toContain("app-0.1.1-");
    rmSync(programs("app-0.1.2-1"), { recursive: true });
  });

  test("goes back when it is given settings that cannot be used", async () => {
    const own = '{ "lockOn": "end" }\n';
    writeFileSync(state("config.json"), own);
    await expectFailure(setup(third, "PROXY=nonsense"), "settings");
    expect(log("config.json")).toBe(own);
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
    expect(apps()).toEqual([expect.stringMatching(/^app-0\.1\.1-/)]);
  });

  test("changes nothing when it is run again with other settings: that is a repair, which anybody may start", async () => {
    const tokenFile = join(folder, "another.txt");
    writeFileSync(tokenFile, token("b"));
    const given = ["PROXY=http://10.0.0.66:8080", `TOKENFILE=${windowsPath(tokenFile)}`];
    const config = log("config.json");
    expect((await setup(second, ...given)).code).toBe(0);
    expect(log("config.json")).toBe(config);
    expect(existsSync(tokenFile)).toBe(true);
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
  });

  test("refuses another server than the one IT expects", async () => {
    await expectFailure(setup(third, "SERVER=https://elsewhere.example"), "settings");
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
  });

  test("keeps the state when it is asked to, and takes it up again", async () => {
    const identity = log("identity.json");
    await uninstall("KEEPSTATE=1");
    expect(log("identity.json")).toBe(identity);
    expect((await setup(second)).code).toBe(0);
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
  });

  // after a fresh installation: Wine forgets after an upgrade that both versions are of one program
  test("refuses an older version", async () => {
    expect((await setup(first)).code).toBe(REFUSED);
    expect(await states()).toEqual(["RUNNING", "RUNNING"]);
    expect(apps()).toEqual([expect.stringMatching(/^app-0\.1\.1-/)]);
  });

  test("uninstalls silently and leaves nothing", async () => {
    await uninstall();
    await expectNothingLeft();
  });

  test("leaves nothing when the server refuses the token", async () => {
    await expectFailure(setup(first, `TOKEN=${token("a")}`), "enrolment");
    await expectNothingLeft({ rolledBack: true });
  });
});

/** Installing with a service control manager and a server that are made up: what is there afterwards, however far it came. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ServiceDefinition } from "../../agent/native/win32/scm.ts";
import { loadAuthorities } from "../../agent/network/authorities.ts";
import type { ServicePort } from "../../agent/windows/service/service-control.ts";
import {
  type InstallationPorts,
  type InstallOptions,
  install,
  uninstall,
} from "../../agent/windows/setup/installation.ts";
import { readProperties } from "../../agent/windows/setup/properties.ts";
import { findToken, forgetToken, type TokenFiles } from "../../agent/windows/setup/token-file.ts";
import { makeTestCa } from "../support/test-ca.ts";

const SERVER = "https://inside.example:8443";
const IDENTITY = JSON.stringify({ url: SERVER });

/** The manager: what it knows, and which service will not start. */
class Manager implements ServicePort {
  readonly known = new Map<string, { commandLine: string; running: boolean }>();
  readonly #broken: (commandLine: string) => boolean;
  constructor(broken: (commandLine: string) => boolean = () => false) {
    this.#broken = broken;
  }
  view(name: string) {
    const service = this.known.get(name);
    return service && ({ state: service.running ? "running" : "stopped", exitCode: 0, pid: 1 } as const);
  }
  commandLine = (name: string) => this.known.get(name)?.commandLine;
  define({ name, commandLine }: ServiceDefinition): readonly string[] {
    this.known.set(name, { commandLine, running: this.known.get(name)?.running ?? false });
    return [`sidInfo of ${name}`];
  }
  async startAndWait(name: string) {
    const service = this.known.get(name);
    if (!service || this.#broken(service.commandLine)) throw new Error(`${name} ended with code 1`);
    service.running = true;
  }
  async stopAndWait(name: string) {
    const service = this.known.get(name);
    if (service) service.running = false;
  }
  async removeAndWait(name: string) {
    this.known.delete(name);
  }
}

let folder: string;
let said: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engawa-setup-"));
  said = [];
  await mkdir(join(folder, "program", "app-2"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const stateDir = () => join(folder, "state");
const options = (more: Partial<InstallOptions> = {}): InstallOptions => ({
  app: join(folder, "program", "app-2"),
  stateDir: stateDir(),
  token: "token",
  ...more,
});
function ports(services: ServicePort, more: Partial<InstallationPorts> = {}): InstallationPorts {
  return {
    services,
    serverOfToken: () => SERVER,
    enrol: async () => {
      await writeFile(join(stateDir(), "identity.json"), IDENTITY);
      return { name: "総務課 1", organisation: "縁側市", terminal: "K7QM-2Z9P-X4TD", code: "ABCD" as never };
    },
    checkSettings: async () => undefined,
    restrict: () => undefined,
    say: (words) => said.push(words),
    ...more,
  };
}
/** As an earlier setup left it. */
async function installed(broken?: (commandLine: string) => boolean): Promise<Manager> {
  const manager = new Manager(broken);
  for (const name of ["EngawaDesktop", "EngawaAgent"])
    manager.known.set(name, { commandLine: `app-1 ${name}`, running: true });
  await mkdir(join(folder, "program", "app-1"));
  await mkdir(stateDir());
  await writeFile(join(stateDir(), "identity.json"), IDENTITY);
  await writeFile(join(stateDir(), "config.json"), '{ "lockOn": "end" }');
  return manager;
}
const commandLines = ({ known }: Manager) => [...known.values()].map(({ commandLine }) => commandLine);
const running = ({ known }: Manager) => [...known.values()].map((service) => service.running);

describe("what IT gave the package", () => {
  test("is read as it was given, and what was not given is left out", () => {
    const args = [
      "TOKEN=engawa1.a-b_c=",
      "TOKENFILE=",
      "SERVER=https://x.example/y",
      "PROXY=http://u:p@proxy:1/",
      "CAFILE=C:\\a b\\ca.pem",
    ];
    expect(readProperties(args)).toEqual({
      TOKEN: "engawa1.a-b_c=",
      PROXY: "http://u:p@proxy:1/",
      CAFILE: "C:\\a b\\ca.pem",
      SERVER: "https://x.example/y",
    });
  });

  test("is refused by its name only when it is none", () => {
    expect(() => readProperties(["PROXI=http://u:secret@p:1"])).toThrow(/PROXI=(?!.*secret)/);
  });
});

describe("the token's file", () => {
  const path = "C:\\files\\token.txt";
  const fileOf = (text: string | undefined): TokenFiles => {
    let now = text;
    return {
      read: async () => {
        if (now === undefined) throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
        return now;
      },
      remove: async () => {
        now = undefined;
      },
    };
  };

  test("gives the token, and is gone when it was used", async () => {
    const files = fileOf("\ufeffengawa1.abc\r\n");
    const given = await findToken({ tokenFile: path }, files);
    expect(given).toEqual({ token: "engawa1.abc", file: path });
    expect(await forgetToken(given, files)).toBeUndefined();
    await expect(files.read(path)).rejects.toThrow("ENOENT");
  });

  test("beside the package is taken when nothing was given, and only then", async () => {
    const packageFile = "\\\\server\\share\\EngawaAgent.msi";
    const files = fileOf("engawa1.abc");
    const beside = { token: "engawa1.abc", file: "\\\\server\\share\\engawa-token.txt" };
    expect(await findToken({ packageFile }, files)).toEqual(beside);
    expect(await findToken({ packageFile, token: "t" }, files)).toEqual({ token: "t", file: undefined });
    expect(await findToken({ packageFile }, fileOf(undefined))).toEqual({ token: undefined, file: undefined });
  });

  test.each([
    ["is not there", path, undefined],
    ["is empty", path, "\r\n"],
    ["is something else", path, "x".repeat(5000)],
    ["has no whole path", "token.txt", "engawa1.abc"],
  ])("that %s is said, by its path and not by what is in it", async (_, tokenFile, text) => {
    await expect(findToken({ tokenFile }, fileOf(text))).rejects.toMatchObject({ kind: "settings" });
  });

  test("that cannot be removed is said, and nothing fails", async () => {
    const files = { ...fileOf("x"), remove: () => Promise.reject(new Error("EPERM")) };
    expect(await forgetToken({ token: "x", file: path }, files)).toContain("EPERM");
  });
});

describe("installing", () => {
  test("enrols, starts both services, and says the PC's code", async () => {
    const manager = new Manager();
    await install(options({ proxy: "http://proxy:8080" }), ports(manager));
    expect(running(manager)).toEqual([true, true]);
    expect(said).toContain("このPCのコード: ABCD");
    expect(said.join("\n")).toContain("受け付けませんでした: sidInfo of EngawaDesktop");
    expect(JSON.parse(await readFile(join(stateDir(), "config.json"), "utf8"))).toEqual({ proxy: "http://proxy:8080" });
    expect(await readFile(join(folder, "program", "engawa-agent.cmd"), "utf8")).toContain("app-2\\cli.js");
  });

  test.each<[string, Partial<InstallOptions>, Partial<InstallationPorts>, string]>([
    ["no token", { token: undefined }, {}, "settings"],
    ["another server than expected", { server: "https://other.example" }, {}, "settings"],
    [
      "settings that cannot be used",
      { proxy: "x" },
      { checkSettings: () => Promise.reject(new Error("no")) },
      "settings",
    ],
    ["a refused token", {}, { enrol: () => Promise.reject(new Error("no")) }, "enrolment"],
  ])("leaves nothing after %s", async (_, given, more, kind) => {
    const manager = new Manager();
    await expect(install(options(given), ports(manager, more))).rejects.toMatchObject({ kind });
    expect(manager.known.size).toBe(0);
    expect(await readdir(folder)).toEqual(["program"]);
    expect(await readdir(join(folder, "program"))).toEqual(["app-2"]);
  });

  test("leaves nothing when a service does not start", async () => {
    const manager = new Manager((line) => line.includes("EngawaAgent"));
    await expect(install(options(), ports(manager))).rejects.toMatchObject({ kind: "services" });
    expect(manager.known.size).toBe(0);
    expect(await readdir(folder)).toEqual(["program"]);
    expect(said.at(-1)).toBe("すべて元の状態に戻しました。");
  });

  test.each(["inside.example:8443", `${SERVER}/`])("takes %s for the token's server", async (server) => {
    await expect(install(options({ server }), ports(new Manager()))).resolves.toBeUndefined();
  });
});

describe("upgrading", () => {
  test("changes the services over, keeps the enrolment, and removes the old files", async () => {
    const manager = await installed();
    const enrol = () => Promise.reject(new Error("the token was used already"));
    await install(options({ proxy: "http://proxy:8080" }), ports(manager, { enrol }));
    expect(commandLines(manager).every((line) => line.includes("app-2"))).toBe(true);
    expect(running(manager)).toEqual([true, true]);
    expect((await readdir(join(folder, "program"))).sort()).toEqual(["app-2", "engawa-agent.cmd"]);
    const config = JSON.parse(await readFile(join(stateDir(), "config.json"), "utf8"));
    expect(config).toEqual({ lockOn: "end", proxy: "http://proxy:8080" });
  });

  test("keeps a copy of the CA's certificates, and nothing else of the file", async () => {
    const { ca, key } = await makeTestCa();
    const caFile = join(folder, "city.pem");
    await writeFile(caFile, `# 市の CA\n${ca}${key}${ca}`);
    await install(options({ caFile }), ports(await installed()));
    await rm(caFile);
    const kept = join(stateDir(), "ca.pem");
    expect(JSON.parse(await readFile(join(stateDir(), "config.json"), "utf8"))).toMatchObject({ caFile: kept });
    expect(await readFile(kept, "utf8")).toBe(`${ca.trim()}\n${ca.trim()}\n`);
    expect(await loadAuthorities(kept)).toHaveLength(2);
  });

  test("that fails has the CA of before", async () => {
    const manager = await installed((line) => line.includes("app-2"));
    const kept = join(stateDir(), "ca.pem");
    await writeFile(kept, "of before");
    const caFile = join(folder, "city.pem");
    await writeFile(caFile, (await makeTestCa()).ca);
    await expect(install(options({ caFile }), ports(manager))).rejects.toMatchObject({ kind: "services" });
    expect(await readFile(kept, "utf8")).toBe("of before");
  });

  test.each([
    ["is not there", undefined],
    ["holds no certificate", "nothing"],
  ])("with a CA file that %s changes nothing", async (_, text) => {
    const manager = await installed();
    const caFile = join(folder, "city.pem");
    if (text !== undefined) await writeFile(caFile, text);
    await expect(install(options({ caFile }), ports(manager))).rejects.toMatchObject({ kind: "settings" });
    expect(commandLines(manager)).toEqual(["app-1 EngawaDesktop", "app-1 EngawaAgent"]);
    expect(running(manager)).toEqual([true, true]);
    expect(await readFile(join(stateDir(), "config.json"), "utf8")).toBe('{ "lockOn": "end" }');
    expect(await readdir(stateDir())).not.toContain("ca.pem");
  });

  test("that fails leaves the old version running, with its settings and files", async () => {
    const manager = await installed((line) => line.includes("app-2"));
    await expect(install(options({ proxy: "http://p:1" }), ports(manager))).rejects.toMatchObject({ kind: "services" });
    expect(commandLines(manager)).toEqual(["app-1 EngawaDesktop", "app-1 EngawaAgent"]);
    expect(running(manager)).toEqual([true, true]);
    expect(await readFile(join(stateDir(), "config.json"), "utf8")).toBe('{ "lockOn": "end" }');
    expect((await readdir(join(folder, "program"))).sort()).toEqual(["app-1", "app-2"]);
  });

  test("does not start what somebody had stopped when it goes back", async () => {
    const manager = await installed((line) => line.includes("app-2"));
    await manager.stopAndWait("EngawaAgent");
    await expect(install(options(), ports(manager))).rejects.toMatchObject({ kind: "services" });
    expect(running(manager)).toEqual([true, false]);
  });

  test("says what it could not undo", async () => {
    const manager = await installed((line) => line.includes("app-2"));
    const { define } = manager;
    manager.define = (definition) => {
      if (definition.commandLine.startsWith("app-1 EngawaAgent")) throw new Error("the manager is gone");
      return define.call(manager, definition);
    };
    await expect(install(options(), ports(manager))).rejects.toMatchObject({ kind: "services" });
    expect(said).toContain("元に戻せませんでした: EngawaAgent: the manager is gone");
    expect(said).not.toContain("すべて元の状態に戻しました。");
    expect(commandLines(manager)[0]).toBe("app-1 EngawaDesktop");
  });
});

describe("uninstalling", () => {
  test.each([
    [false, ["program"]],
    [true, ["program", "state"]],
  ])("with the state kept: %s", async (keepState, left) => {
    const manager = await installed();
    await uninstall({ app: options().app, stateDir: stateDir(), keepState }, ports(manager));
    expect(manager.known.size).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(left);
  });
});

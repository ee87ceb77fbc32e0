/** `npm start` as a newcomer meets it: what it prints, Enter, the browser on the same machine, a crash, Ctrl-C. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listAnswer } from "../../signaling/protocol/console.ts";
import { codeOf, STEP_MS } from "../../signaling/quickstart/people.ts";
import { isFree } from "../../signaling/quickstart/ports.ts";
import type { State } from "../../signaling/quickstart/state.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { ConsoleClient } from "../support/console-client.ts";
import { typeMissingGroup } from "../support/staff.ts";
import { until } from "../support/until.ts";

/** One run of the command, its output so far. */
class Run {
  readonly child: ChildProcess;
  output = "";

  constructor(folder: string) {
    this.child = spawn("node", ["signaling/quickstart/bootstrap.mjs", "start", "--no-build", "--state", folder], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk) => {
        this.output += chunk;
      });
    }
  }

  async says(what: string | RegExp): Promise<RegExpMatchArray> {
    let found: RegExpMatchArray | null = null;
    await until(`it says ${what}; so far:\n${this.output}`, () => {
      found = this.output.match(what);
      return found !== null || this.child.exitCode !== null;
    });
    if (found === null) throw new Error(`ended without saying ${what}:\n${this.output}`);
    return found;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const exited = this.child.exitCode === null ? once(this.child, "exit") : undefined;
    this.child.kill(signal);
    await exited;
    return this.child.exitCode;
  }
}

/** Ids of processes whose command line or environment has this text. */
function processesOf(text: string): number[] {
  const has = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(text);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && (has(pid, "cmdline") || has(pid, "environ")))
    .map(Number);
}

describe("npm start", () => {
  let folder: string;
  let run: Run;
  let browser: TestBrowser;
  const state = (): State => JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
  const at = (testId: string) => browser.page.getByTestId(testId);
  const signIn = async () => {
    const person = state().person;
    if (person === undefined) throw new Error("nobody to sign in as");
    await at("login").fill(person.login);
    await at("password").fill(person.password);
    // not with the last moments of a code: it would have run out when it arrives
    await until("the code has time left", () => Date.now() % STEP_MS < STEP_MS - 3_000);
    await at("one-time-code").fill(codeOf(person, Date.now()));
    await at("sign-in").click();
  };

  beforeAll(async () => {
    folder = join(mkdtempSync(join(tmpdir(), "engawa-start-")), "state");
    run = new Run(folder);
  });
  afterAll(async () => {
    await browser?.close();
    await run?.end("SIGTERM");
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });

  test("says where to go and as whom, with a QR code and the office PC's code", async () => {
    await run.says(/the office PC's confirmation code, from here:\s+\S+/);
    const { person } = state();
    expect(run.output).toContain(`http://localhost:${state().ports.local}`);
    expect(run.output).toContain(person?.login);
    expect(run.output).toContain(person?.password);
    expect(run.output).toMatch(/\b\d{6}\b/);
    expect(run.output).toContain("█▀▀▀▀▀█");
  });

  test("says where the administrators' console is and as whom", async () => {
    const { administrator, ports } = state();
    await run.says(`https://localhost:${ports.console}`);
    await run.says(administrator?.login ?? "nobody");
    await run.says(administrator?.password ?? "nothing");
  });

  test("keeps what it writes to itself", () => {
    for (const file of ["state.json", "turn.secret", "signaling.env", "office.xauth", "pki/ca.key"]) {
      expect(statSync(join(folder, file)).mode & 0o077, file).toBe(0);
    }
    expect(statSync(folder).mode & 0o066).toBe(0);
  });

  test("shows the code of a browser that is not registered, and registers it by Enter", async () => {
    browser = await openBrowser();
    await browser.page.goto(`http://localhost:${state().ports.local}/`);
    await signIn();
    const [, code = ""] = await run.says(/press Enter to register it:\s+([0-9A-Z-]{23})/);
    const shown = await at("device-code").innerText();
    expect(shown.replace(/[^0-9A-Z]/g, "")).toBe(code.replaceAll("-", ""));
    run.child.stdin?.write("\n");
    await run.says(`Registered ${code}`);
  });

  test("that browser signs in, is given the office PC's code, and sees the office", async () => {
    await signIn();
    await at("connect").first().click();
    const [, printed = ""] = await run.says(/the office PC's confirmation code, from here:\s+(\S+)/);
    await typeMissingGroup(browser.page, printed);
    const size = await browser.page.waitForFunction(() => {
      const video = document.querySelector<HTMLVideoElement>('[data-testid="screen-video"]');
      return video !== null && video.videoWidth > 0 ? [video.videoWidth, video.videoHeight] : undefined;
    });
    expect(await size.jsonValue()).toEqual([1920, 1080]);
  });

  test("registers the administrator's browser in the same way; the console shows the town, and what is real as online", async () => {
    const { administrator, ports } = state();
    if (!administrator) throw new Error("nobody to sign in as");
    const client = await ConsoleClient.open(`https://localhost:${ports.console}`, join(folder, "pki/ca.pem"));
    const enter = async () => {
      await until("the code has time left", () => Date.now() % STEP_MS < STEP_MS - 3_000);
      const { login, password } = administrator;
      return client.signIn({ login, password, code: codeOf(administrator, Date.now()) });
    };
    expect((await enter()).status).toBe(401);
    await run.says(new RegExp(`press Enter to register it:\\s+${client.device.code}`));
    run.child.stdin?.write("\n");
    await run.says(`Registered ${client.device.code}`);
    expect((await enter()).status).toBe(200);
    const list = listAnswer("terminals").parse((await client.ask("GET", "/api/console/lists/terminals")).json);
    expect(list.total).toBe(40);
    expect(list.counts["in-use"]).toBe(1);
    expect(list.rows.filter(({ state }) => state === "in-use").map(({ holder }) => holder?.login)).toEqual(["hanako"]);
  });

  test("does not start twice on one state folder", async () => {
    const second = new Run(folder);
    const ended = once(second.child, "exit");
    await second.says("It is running already");
    await ended;
    expect(second.child.exitCode).toBe(1);
  });

  test("keeps the picture while signaling is away, which is started again; an edge comes back, and so does the picture", async () => {
    const shown = () => at("screen-video").evaluate((video) => Number((video as HTMLElement).dataset["attempt"]));
    const banner = async () => (await at("banner").textContent()) ?? "";
    const kill = (text: string) => {
      const [pid] = processesOf(text);
      process.kill(pid ?? Number.NaN, "SIGKILL");
    };
    const attempt = await shown();
    kill(`ENGAWA_STATE_DIR=${join(folder, "signaling")}`);
    await until("the page says so", async () => (await banner()).includes("サーバーとの連絡"));
    await run.says("signaling is back");
    await until("the page has it again", async () => !(await banner()).includes("サーバーとの連絡"));
    expect(await shown()).toBe(attempt);
    kill(`ENGAWA_EDGE_TAG_KEY_FILE=${join(folder, "edges", "local.key")}`);
    await run.says("edge-local is back");
    await until("a newer attempt is shown", async () => (await shown()) > attempt);
    kill(`ENGAWA_EDGE_TAG_KEY_FILE=${join(folder, "edges", "inside.key")}`);
    await run.says("edge-inside is back");
  });

  test("starts an agent again that has crashed, and says so", async () => {
    const [pid] = processesOf(`agent/cli/main.ts\0run\0--state\0${join(folder, "agent")}`);
    process.kill(pid ?? Number.NaN, "SIGKILL");
    await run.says("agent is back");
  });

  test("goes on when its input ends", async () => {
    run.child.stdin?.end();
    await once(run.child.stdin ?? run.child, "close");
    const answer = await fetch(`http://localhost:${state().ports.local}/`);
    expect(answer.status).toBe(200);
    expect(run.child.exitCode).toBeNull();
  });

  test("Ctrl-C ends every process and frees every port", async () => {
    const { ports } = state();
    expect(await run.end("SIGINT")).toBe(0);
    expect(processesOf(folder)).toEqual([]);
    for (const port of Object.values(ports)) expect(await isFree(port ?? 0)).toBe(true);
  });

  test("starts a second time on the same ports, with the same person", async () => {
    const before = state();
    run = new Run(folder);
    await run.says("At the first connection");
    expect(state()).toEqual(before);
    expect(await run.end("SIGTERM")).toBe(0);
    expect(processesOf(folder)).toEqual([]);
  });
});

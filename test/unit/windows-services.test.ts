/** The services' parts that need no Windows: logs, restarts, who keeps whom, and what the manager is told. */
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, type Mock, test, vi } from "vitest";
import { attentionFinding } from "../../agent/cli/screen-doctor.ts";
import { RestartDelay } from "../../agent/desktop/restart-delay.ts";
import type { ProcessSign, SessionProcess } from "../../agent/native/win32/process.ts";
import type { ServiceView } from "../../agent/native/win32/scm.ts";
import { quoteArgument } from "../../agent/windows/command-line.ts";
import { HelperKeeper } from "../../agent/windows/helper/keeper.ts";
import { openLogFile } from "../../agent/windows/log-file.ts";
import { attentionGiver } from "../../agent/windows/service/attention.ts";
import { watchService } from "../../agent/windows/service/service-watch.ts";
import { serviceDefinitions } from "../../agent/windows/services.ts";

describe("a log file", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "engawa-log-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("keeps two files of the given size at most, the newest lines among them", async () => {
    const file = openLogFile(folder, "agent", 100);
    for (let line = 0; line < 50; line++) file.write(`line ${line}\n`);
    file.close();
    expect((await readdir(folder)).sort()).toEqual(["agent.1.log", "agent.log"]);
    const sizes = await Promise.all(
      ["agent.log", "agent.1.log"].map(async (name) => (await stat(join(folder, name))).size),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    const text =
      (await readFile(join(folder, "agent.1.log"), "utf8")) + (await readFile(join(folder, "agent.log"), "utf8"));
    expect(text.trimEnd().split("\n").at(-1)).toBe("line 49");
  });

  test("goes on where the last run stopped", async () => {
    for (const line of ["one\n", "two\n"]) {
      const file = openLogFile(folder, "agent", 100);
      file.write(line);
      file.close();
    }
    expect(await readFile(join(folder, "agent.log"), "utf8")).toBe("one\ntwo\n");
  });
});

describe("the wait before a restart", () => {
  test("grows while processes die young, and is none after a good life", () => {
    const delay = new RestartDelay();
    const lives = (ms: number) => {
      delay.born(0);
      return delay.died(ms);
    };
    expect([10, 10, 10].map(lives)).toEqual([0, 250, 500]);
    expect(delay.youngDeaths).toBe(3);
    expect(Array.from({ length: 9 }, () => lives(10)).at(-1)).toBe(10_000);
    expect(lives(10_000)).toBe(0);
  });

  test("is none for a process that did its work", () => {
    const delay = new RestartDelay();
    delay.died(1);
    delay.died(1);
    delay.proved();
    expect(delay.died(1)).toBe(0);
  });
});

describe("Ctrl+Alt+Del", () => {
  function giver(policy: number | undefined, send: () => void = () => undefined) {
    const said: string[] = [];
    const sent = vi.fn(send);
    const log = { info: (words: string) => said.push(words), error: (words: string) => said.push(`error: ${words}`) };
    return { said, sent, give: attentionGiver({ policy: () => policy, send: sent, log }) };
  }

  test.each([1, 3])("is sent where the policy is %i, and that is said once", (policy) => {
    const { said, sent, give } = giver(policy);
    give();
    give();
    expect(sent).toHaveBeenCalledTimes(2);
    expect(said).toEqual(["Ctrl+Alt+Del was asked for and sent"]);
    expect(attentionFinding(policy)).not.toHaveProperty("hint");
  });

  test.each([undefined, 0, 2])("is not sent where the policy is %s, which log and doctor say", (policy) => {
    const { said, sent, give } = giver(policy);
    give();
    expect(sent).not.toHaveBeenCalled();
    expect(said).toEqual([
      expect.stringMatching(/^error: .*SoftwareSASGeneration is (not set|0|2); it must be 1 or 3/),
    ]);
    expect(attentionFinding(policy)).toMatchObject({ ok: true, hint: true });
  });

  test("that Windows cannot do ends nothing", () => {
    const { said, give } = giver(1, () => {
      throw new Error("no sas.dll");
    });
    give();
    expect(said).toEqual(["error: Ctrl+Alt+Del was asked for and cannot be sent: no sas.dll"]);
  });
});

describe("who keeps the helper", () => {
  type Outcome = ProcessSign;
  /** A process whose life the test decides. */
  class FakeProcess implements SessionProcess {
    readonly way = "own-token";
    readonly refused = [];
    readonly withoutUiAccess = "refused";
    readonly pid: number;
    terminated = false;
    #tell: (outcome: Outcome) => void = () => undefined;
    constructor(pid: number) {
      this.pid = pid;
    }
    wait = () => new Promise<Outcome>((resolve) => (this.#tell = resolve));
    exitCode = () => 0;
    terminate = () => {
      this.terminated = true;
      this.becomes("exited");
    };
    close = vi.fn();
    becomes(outcome: Outcome): void {
      this.#tell(outcome);
    }
  }

  let session: number | undefined;
  let started: { process: FakeProcess; session: number }[];
  let keeper: HelperKeeper;
  let attention: Mock;
  let said: string[];
  const settle = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    session = 1;
    started = [];
    attention = vi.fn();
    said = [];
    keeper = new HelperKeeper({
      session: () => session,
      start: (session) => {
        const process = new FakeProcess(100 + started.length);
        started.push({ process, session });
        return process;
      },
      attention,
      log: { info: (words) => said.push(words), error: () => undefined },
      silenceMs: 10_000,
    });
    keeper.start();
  });
  afterEach(async () => {
    await keeper.close();
    vi.useRealTimers();
  });

  test("passes on that it asks for Ctrl+Alt+Del, and leaves it alone", async () => {
    for (const sign of ["attention", "alive", "attention"] as const) {
      started[0]?.process.becomes(sign);
      await settle();
    }
    expect(attention).toHaveBeenCalledTimes(2);
    expect([started.length, started[0]?.process.terminated]).toEqual([1, false]);
  });

  test("says what it starts without", () => {
    expect(said).toEqual(["helper 100 started in session 1 by own-token (without UI access: refused)"]);
  });

  test("starts another when it ends, and takes its time while they die young", async () => {
    started[0]?.process.becomes("exited");
    await settle();
    expect(started).toHaveLength(2);
    started[1]?.process.becomes("exited");
    await vi.advanceTimersByTimeAsync(249);
    expect(started).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toHaveLength(3);
    expect(started[0]?.process.close).toHaveBeenCalledOnce();
  });

  test("leaves alone one that shows that it lives, and ends one that hangs", async () => {
    started[0]?.process.becomes("alive");
    await settle();
    expect(started[0]?.process.terminated).toBe(false);
    started[0]?.process.becomes("silent");
    await settle();
    expect(started[0]?.process.terminated).toBe(true);
  });

  test("follows the console: the successor comes first, then the one before is given time to go", async () => {
    session = 2;
    keeper.sessionChange();
    expect(started.map(({ session }) => session)).toEqual([1, 2]);
    expect(started[0]?.process.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(3000);
    expect(started[0]?.process.terminated).toBe(true);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(started).toHaveLength(2);
  });

  test("does nothing when the same session is at the console after a lock", () => {
    keeper.sessionChange();
    expect(started).toHaveLength(1);
  });

  test("waits while no session is at the console", async () => {
    session = undefined;
    started[0]?.process.becomes("exited");
    await vi.advanceTimersByTimeAsync(5000);
    expect(started).toHaveLength(1);
    session = 3;
    await vi.advanceTimersByTimeAsync(500);
    expect(started.at(-1)?.session).toBe(3);
  });

  test("closed, it ends the helper and starts none", async () => {
    await keeper.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started.map(({ process }) => process.terminated)).toEqual([true]);
  });
});

describe("the watch over the other service", () => {
  let view: ServiceView | undefined;
  let starts: number;
  /** Numbers of processes that were held, and whether they have exited. */
  let processes: Map<number, { exited: boolean; closed: boolean }>;
  let end: () => void;
  beforeEach(() => {
    vi.useFakeTimers();
    starts = 0;
    view = { state: "running", exitCode: 0, pid: 7 };
    const log = { info: () => undefined, error: () => undefined };
    processes = new Map();
    const hold = (pid: number) => {
      const process = { exited: false, closed: false };
      processes.set(pid, process);
      const close = () => {
        process.closed = true;
      };
      return { hasExited: () => process.exited, close };
    };
    end = watchService({ name: "EngawaAgent", view: () => view, start: () => starts++, hold, log });
  });
  afterEach(() => {
    end();
    vi.useRealTimers();
  });
  const dead = (exitCode: number): ServiceView => ({ state: "stopped", exitCode, pid: 0 });

  test("starts it again when it died and the manager has not done so", () => {
    view = dead(1067);
    vi.advanceTimersByTime(1000);
    expect(starts).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(starts).toBe(1);
  });

  test("starts it again when its process died and the manager does not know, whoever has its number now", () => {
    vi.advanceTimersByTime(1000);
    const process = processes.get(7);
    if (process) process.exited = true;
    vi.advanceTimersByTime(2000);
    expect(starts).toBe(1);
    expect(process?.closed).toBe(true);
  });

  test.each([
    ["was stopped by somebody", 0],
    ["was never started since the PC was", 1077],
  ])("leaves it alone when it %s", (_, exitCode) => {
    view = dead(exitCode);
    vi.advanceTimersByTime(120_000);
    expect(starts).toBe(0);
  });

  test("tries more and more seldom when it cannot start, at least each minute", () => {
    view = dead(1066);
    vi.advanceTimersByTime(60_000);
    expect(starts).toBe(4); // after 2, 6, 14, 30 s
    vi.advanceTimersByTime(600_000);
    expect(starts).toBe(14);
  });
});

describe("what the service control manager is told", () => {
  test("arguments are quoted so that Windows' own reader gives them back", () => {
    const cases = {
      "a b": '"a b"',
      "C:\\x y\\": '"C:\\x y\\\\"',
      'a"b': '"a\\"b"',
      'a\\"b': '"a\\\\\\"b"',
      "": '""',
      plain: "plain",
    };
    for (const [argument, quoted] of Object.entries(cases)) expect(quoteArgument(argument)).toBe(quoted);
  });

  test("the network process has no privilege by which it could act as the helper", () => {
    const [desktop, agent] = serviceDefinitions({ app: "C:\\app", stateDir: "C:\\state" });
    expect(agent).toMatchObject({ account: "NT AUTHORITY\\LocalService", privileges: ["SeChangeNotifyPrivilege"] });
    expect(desktop).toMatchObject({ account: undefined });
    expect(agent?.commandLine).toMatch(/service\.js EngawaAgent --state C:\\state$/);
  });
});

/** Switching off through logind, with programs that stand in for systemd's: this machine stays on. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openDesktop } from "../../agent/desktop/child.ts";
import type { Desktop } from "../../agent/desktop/desktop.ts";
import { openLogindPower } from "../../agent/screen/power/logind.ts";
import { openPower } from "../../agent/screen/power/open.ts";
import { until } from "../support/until.ts";
import { startXvfb } from "../support/xvfb.ts";
import { powerContract } from "./power-contract.ts";

let folder: string;
let failed: string[];
const inFolder = (name: string) => join(folder, name);
const program = (name: string, script: string) => writeFile(inFolder(name), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
/** As `busctl` prints the answer of CanPowerOff. */
const logindSays = (answer: string) => program("busctl", `[ "$5" = CanPowerOff ] && echo 's "${answer}"'`);
const open = async () => openLogindPower({ PATH: folder }, (why) => failed.push(why));
const wentOff = async () => existsSync(inFolder("off"));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engawa-power-"));
  failed = [];
  await logindSays("yes");
  await program("systemctl", `echo "$@" > ${inFolder("off")}`);
});
afterEach(() => rm(folder, { recursive: true }));

powerContract("logind", () => ({ open, wentOff }));

describe("through logind", () => {
  test("the PC goes off when the time is over, by systemd, and nobody is asked for a password", async () => {
    const power = await open();
    expect(await power.off(0, "")).toBeUndefined();
    await until("systemctl is called", wentOff);
    expect(await readFile(inFolder("off"), "utf8")).toBe("poweroff --no-ask-password\n");
    expect(failed).toEqual([]);
  });

  // "challenge": others are signed in, or this session is not the one at the screen
  test.each(["challenge", "no", "na"])("%s of logind is a refusal, and nothing is done", async (answer) => {
    await logindSays(answer);
    expect(await (await open()).off(0, "")).toContain(`"${answer}"`);
    expect(await wentOff()).toBe(false);
  });

  test("without logind it is refused", async () => {
    await rm(inFolder("busctl"));
    expect(await (await open()).off(0, "")).toContain("logind cannot be asked");
  });

  test("what holds the PC back at last is said", async () => {
    await program("systemctl", "echo 'inhibited by a running update' >&2; exit 1");
    expect(await (await open()).off(0, "")).toBeUndefined();
    await until("it is said", () => failed.length > 0);
    expect(failed[0]).toContain("inhibited by a running update");
  });
});

test("a test pattern is not switched off", async () => {
  const power = await openPower({ kind: "test-pattern" }, () => undefined);
  expect(await power.off(0, "")).toContain("test pattern");
});

describe("the desktop process", () => {
  const log = { info: () => undefined, warn: () => undefined };
  let desktop: Desktop | undefined;
  afterEach(async () => {
    await desktop?.close();
    desktop = undefined;
    vi.unstubAllEnvs();
  });

  test("does it, says why it cannot, and takes it back", async () => {
    const server = await startXvfb({ width: 640, height: 480 });
    try {
      vi.stubEnv("PATH", folder);
      desktop = openDesktop({ display: server.display, log, onReport: () => undefined });
      expect(await desktop.powerOff({ inS: 3_600, words: "" })).toBe("");
      desktop.stayOn();
      await logindSays("challenge");
      expect(await desktop.powerOff({ inS: 0, words: "" })).toContain("challenge");
      expect(await wentOff()).toBe(false);
      await logindSays("yes");
      expect(await desktop.powerOff({ inS: 0, words: "" })).toBe("");
      await until("systemctl is called", wentOff);
    } finally {
      await server.close();
    }
  });

  test("that is gone does nothing, and that is said", async () => {
    desktop = openDesktop({ testPattern: true, log, onReport: () => undefined });
    expect(await desktop.powerOff({ inS: 0, words: "" })).toContain("test pattern");
    await desktop.close();
    expect(await desktop.powerOff({ inS: 0, words: "" })).toBe("no desktop process answers");
  });
});

/** What the agent knows of a Windows PC beside its picture. Wine has no lock, and an input method only in the process that asks. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { OfficeState } from "../../../agent/desktop/reports.ts";
import { imeStatus } from "../../../agent/native/win32/ime.ts";
import { idleMs } from "../../../agent/native/win32/session.ts";
import { SessionLock } from "../../../agent/screen/locker.ts";
import type { Office } from "../../../agent/screen/office/office.ts";
import { openOffice } from "../../../agent/screen/office/open.ts";
import { seen } from "../../contract/input-contract.ts";
import { WitnessWindow } from "../../support/windows-window.ts";

const PRESS_AND_STAY = fileURLToPath(new URL("../../support/wine/press-and-stay.ts", import.meta.url));

test("a lock that Windows refuses is none", async () =>
  expect(await new SessionLock(process.env).lock()).toBe("not-locked"));

test("the input method of the window that has the keyboard is asked: first off, then on", async () => {
  const window = new WitnessWindow({ width: 300, height: 200 });
  try {
    await seen(() => imeStatus()).toMatchObject({ isOpen: false });
    window.openInputMethod();
    await seen(() => imeStatus()).toMatchObject({ isOpen: true });
  } finally {
    window.close();
  }
});

describe("an office that is watched", () => {
  let office: Office | undefined;
  afterEach(() => office?.close());

  test("input that is not ours is told", async () => {
    const told: OfficeState[] = [];
    office = await openOffice({ kind: "windows" }, { told: (state) => told.push(state), looked: () => undefined });
    expect(told).toEqual([{ ime: expect.any(String), operated: false, refusesInput: false }]);
    const somebody = spawn(process.execPath, [PRESS_AND_STAY], { stdio: ["ignore", "pipe", "inherit"] });
    await once(somebody.stdout, "data");
    await seen(() => told.at(-1)?.operated).toBe(true);
    expect(idleMs()).toBeLessThan(60_000);
    const exited = once(somebody, "exit");
    somebody.kill();
    await exited;
  });
});

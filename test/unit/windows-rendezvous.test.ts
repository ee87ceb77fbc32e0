/** Where the helper, which has all rights, lets itself be sent by the network process, and what that one may write. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newRendezvous, publishRendezvous, readRendezvous } from "../../agent/windows/helper/rendezvous.ts";
import { serviceDefinitions } from "../../agent/windows/services.ts";
import { accessLists } from "../../agent/windows/setup/access-lists.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engawa-rendezvous-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the rendezvous of helper and network process", () => {
  test("is read as it was told, from the folder that the network process writes", async () => {
    const rendezvous = newRendezvous();
    await publishRendezvous(folder, rendezvous);
    expect(await readRendezvous(folder)).toEqual(rendezvous);
    expect(await readdir(folder)).toEqual(["run"]);
  });

  const name = `engawa-desktop-${"0".repeat(32)}`;
  test.each([
    ["another PC's", `\\\\10.0.0.66\\pipe\\${name}`],
    ["this PC's by a name for the network", `\\\\localhost\\pipe\\${name}`],
    ["another PC's by the long form", `\\\\?\\UNC\\10.0.0.66\\pipe\\${name}`],
    ["somebody else's", "\\\\.\\pipe\\lsass"],
    ["one by a way around", `\\\\.\\pipe\\..\\..\\10.0.0.66\\${name}`],
    ["one that goes on", `\\\\.\\pipe\\${name}\\..\\x`],
    ["one with capitals", `\\\\.\\pipe\\${name.replace("0", "A")}`],
    ["a device", "\\\\.\\PhysicalDrive0"],
    ["a file's", `C:\\ProgramData\\${name}`],
    ["none", ""],
  ])("is refused when the pipe is %s", async (_, pipe) => {
    await publishRendezvous(folder, { pipe, secret: "a".repeat(64) });
    await expect(readRendezvous(folder)).rejects.toThrow("is damaged");
  });
});

describe("the access lists", () => {
  const SERVICE = "S-1-5-80-1";
  const lists = accessLists({ state: "state", agent: "run", logs: "logs", desktop: "desktop" }, SERVICE);
  /** Rights of the network process in that folder, all together. */
  const rights = (place: string): number =>
    [...(new Map(lists).get(place) ?? "").matchAll(/\(A;[A-Z]*;(0x[0-9a-f]+);;;S-1-5-80-1\)/g)].reduce(
      (all, [, mask]) => all | Number(mask),
      0,
    );
  /** FILE_WRITE_DATA, FILE_APPEND_DATA, FILE_WRITE_EA, FILE_DELETE_CHILD, FILE_WRITE_ATTRIBUTES, DELETE, WRITE_DAC, WRITE_OWNER */
  const ANY_CHANGE = 0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x10000 | 0x40000 | 0x80000;
  const FILE_READ_DATA = 0x1;

  test("let the network process read identity, devices and settings, and change none of them", () => {
    expect(rights("state") & FILE_READ_DATA).toBe(FILE_READ_DATA);
    expect(rights("state") & ANY_CHANGE).toBe(0);
  });

  test("let it write in its own folder and its logs, and into nothing of the desktop's", () => {
    for (const place of ["run", "logs"]) expect(rights(place) & 0x2).toBe(0x2);
    expect(rights("desktop")).toBe(0);
  });

  test("let it give nobody any rights", () => {
    for (const [place] of lists) expect(rights(place) & (0x40000 | 0x80000)).toBe(0);
  });

  test("are set from above, and inherit nothing from elsewhere", () => {
    expect(lists.map(([place]) => place)).toEqual(["state", "run", "logs", "desktop"]);
    for (const [, sddl] of lists) expect(sddl).toMatch(/^D:P\(A;OICI;FA;;;SY\)\(A;OICI;FA;;;BA\)/);
  });
});

test("the desktop's service says of itself that it uses no network", () => {
  const [desktop] = serviceDefinitions({ app: "C:\\a", stateDir: "C:\\b" });
  expect(desktop?.description).toContain("ネットワークは使いません");
});

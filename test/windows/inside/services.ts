/** What services and setup ask of Windows itself: its service manager, its registry, and who may open what. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import { afterEach, describe, expect, test } from "vitest";
import { pipeServer } from "../../../agent/native/win32/pipe-server.ts";
import { activeConsoleSession, startInSession } from "../../../agent/native/win32/process.ts";
import { readMachineKey } from "../../../agent/native/win32/registry.ts";
import { sendSas, softwareSas } from "../../../agent/native/win32/sas.ts";
import { defineService, removeService, startService, viewService } from "../../../agent/native/win32/scm.ts";
import { actsAs, assertOurs, restrictPipe, serviceSid } from "../../../agent/native/win32/security.ts";
import { newRendezvous } from "../../../agent/windows/helper/rendezvous.ts";

const GIVE_SIGNS = fileURLToPath(new URL("../../support/wine/give-signs.ts", import.meta.url));
const KEY = "Software\\Policies\\Engawa";
const reg = (...args: string[]) => execFileSync("reg", args, { stdio: "ignore" });

describe("the registry", () => {
  afterEach(() => reg("delete", `HKLM\\${KEY}`, "/f"));

  test("gives texts and numbers by name, Japanese ones too, and leaves other kinds out", () => {
    reg("add", `HKLM\\${KEY}`, "/v", "CoverText", "/d", "遠隔操作中です", "/f");
    reg("add", `HKLM\\${KEY}`, "/v", "Number", "/t", "REG_DWORD", "/d", "7", "/f");
    reg("add", `HKLM\\${KEY}`, "/v", "Bytes", "/t", "REG_BINARY", "/d", "00ff", "/f");
    expect(readMachineKey(KEY)).toEqual({ CoverText: "遠隔操作中です", Number: 7 });
    expect(readMachineKey(`${KEY}\\None`)).toEqual({});
  });
});

describe("the service manager", () => {
  const definition = {
    name: "EngawaTest",
    displayName: "Engawa 試験",
    description: "試験",
    commandLine: "C:\\none.exe",
    account: "NT AUTHORITY\\LocalService",
    privileges: ["SeChangeNotifyPrivilege"],
    restartAfterMs: [1000, 1000, 5000],
  } as const;
  afterEach(() => removeService(definition.name));

  test("knows a service that was defined, and its new definition", () => {
    defineService(definition);
    expect(viewService(definition.name)).toMatchObject({ state: "stopped", pid: 0 });
    defineService({ ...definition, commandLine: "C:\\other.exe" });
    expect(readMachineKey(`System\\CurrentControlSet\\Services\\${definition.name}`)).toMatchObject({
      ImagePath: "C:\\other.exe",
      DisplayName: "Engawa 試験",
      ObjectName: "NT AUTHORITY\\LocalService",
      Start: 2,
    });
  });

  test("says why one cannot be started, and forgets one that is removed", () => {
    defineService(definition);
    expect(() => startService(definition.name)).toThrow(/^StartServiceW: .*\(2\)$/s);
    removeService(definition.name);
    expect(viewService(definition.name)).toBeUndefined();
    expect(() => removeService(definition.name)).not.toThrow();
  });
});

describe("who may open what", () => {
  test("a service's SID is the one that Windows gives it", () => {
    // NT SERVICE\TrustedInstaller, the same on every Windows
    const known = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
    expect(serviceSid("TrustedInstaller")).toBe(known);
    expect(actsAs(known)).toBe(false);
  });

  // Wine keeps the list but lets everybody in all the same: that it is obeyed can be seen on a real Windows only
  test("a pipe's list names the two who may open it, and nobody else", async () => {
    const { pipe } = newRendezvous();
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(pipe, resolve));
    restrictPipe(pipe, `D:P(A;;GA;;;SY)(A;;GA;;;${serviceSid("EngawaAgent")})`);
    const entries = [...accessListOf(pipe).matchAll(/\(([^)]*)\)/g)].map(([, entry = ""]) => entry.split(";"));
    server.close();
    expect(entries.map(([kind]) => kind)).toEqual(["A", "A"]);
    expect(entries.map((entry) => entry.at(-1))).toEqual(["SY", serviceSid("EngawaAgent")]);
  });

  test("a pipe's server is known by its process", async () => {
    const { pipe } = newRendezvous();
    expect(() => pipeServer(pipe)).toThrow(/^CreateFileW/);
    const server = createServer((socket) => socket.on("error", () => undefined).end());
    await new Promise<void>((resolve) => server.listen(pipe, resolve));
    expect(pipeServer(pipe)).toBe(process.pid);
    server.close();
  });

  test("a folder that we made is ours", () => {
    const folder = mkdtempSync(join(tmpdir(), "engawa-"));
    expect(() => assertOurs(folder)).not.toThrow();
    rmSync(folder, { recursive: true });
    expect(() => assertOurs(folder)).toThrow("ENOENT");
  });
});

/** In SDDL, read from the pipe itself. */
function accessListOf(pipe: string): string {
  const [kernel32, advapi32] = [koffi.load("kernel32.dll"), koffi.load("advapi32.dll")];
  const open = kernel32.func("void *__stdcall CreateFileW(str16, uint32, uint32, void *, uint32, uint32, void *)");
  const get = advapi32.func("int __stdcall GetKernelObjectSecurity(void *, uint32, void *, uint32, _Out_ uint32 *)");
  const toText = advapi32.func(
    "int __stdcall ConvertSecurityDescriptorToStringSecurityDescriptorW(void *, uint32, uint32, _Out_ void **, void *)",
  );
  const handle = open(pipe, 0x20000, 0, null, 3, 0, null);
  const descriptor = Buffer.alloc(4096);
  expect(get(handle, 4, descriptor, descriptor.length, [0])).not.toBe(0);
  kernel32.func("int __stdcall CloseHandle(void *)")(handle);
  const text: [bigint | null] = [null];
  expect(toText(descriptor, 1, 4, text, null)).not.toBe(0);
  return koffi.decode(text[0], "char16", -1) as string;
}

describe("Ctrl+Alt+Del", () => {
  const SYSTEM_POLICY = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";

  test("follows a policy that is IT's to set", () => {
    expect(softwareSas()).toBeUndefined();
    reg("add", SYSTEM_POLICY, "/v", "SoftwareSASGeneration", "/t", "REG_DWORD", "/d", "3", "/f");
    expect(softwareSas()).toBe(3);
    reg("delete", SYSTEM_POLICY, "/v", "SoftwareSASGeneration", "/f");
  });

  test("fails with words where Windows has no function for it", () => {
    expect(sendSas).toThrow("Wine does not have SendSAS");
  });
});

describe("a process in the console's session", () => {
  const start = (script: string) =>
    startInSession({
      session: activeConsoleSession() ?? 0,
      commandLine: () => `"${process.execPath}" -e "${script}"`,
    });

  test("is started with our own rights, and its end is noticed with its code", async () => {
    const child = start("process.exit(7)");
    expect(child).toMatchObject({ way: "own-token", refused: [] });
    // Wine has no such thing, and the process starts without
    expect(child.withoutUiAccess).toMatch(/^SetTokenInformation: /);
    expect(await child.wait(30_000)).toBe("exited");
    expect(child.exitCode()).toBe(7);
    child.close();
  });

  test("gives signs of life, and asks for attention", async () => {
    const child = startInSession({
      session: activeConsoleSession() ?? 0,
      commandLine: ({ pulse, attention }) => `"${process.execPath}" "${GIVE_SIGNS}" ${pulse} ${attention}`,
    });
    const signs = [await child.wait(30_000), await child.wait(30_000)];
    expect(signs.sort()).toEqual(["alive", "attention"]);
    child.terminate();
    expect(await child.wait(30_000)).toBe("exited");
    child.close();
  });

  test("that gives no sign of life is noticed, and can be ended", async () => {
    const child = start("setInterval(() => undefined, 1000)");
    expect(await child.wait(10)).toBe("silent");
    child.terminate();
    expect(await child.wait(30_000)).toBe("exited");
    child.close();
  });
});

/**
 * Switching off through Windows itself. Wine takes the call and stays on, whatever the time: what is shown here is that the call is
 * one that Windows takes, and that it is made with the right that Windows asks for.
 */
import koffi from "koffi";
import { expect, test } from "vitest";
import { abortShutdown, initiateShutdown } from "../../../agent/native/win32/power.ts";
import { openPower } from "../../../agent/screen/power/open.ts";
import { powerContract } from "../../contract/power-contract.ts";

const kernel32 = koffi.load("kernel32.dll");
const advapi32 = koffi.load("advapi32.dll");
const currentProcess = kernel32.func("void *__stdcall GetCurrentProcess()");
const openToken = advapi32.func("int __stdcall OpenProcessToken(void *process, uint32 access, _Out_ void **token)");
const information = advapi32.func(
  "int __stdcall GetTokenInformation(void *token, int kind, void *value, uint32 bytes, _Out_ uint32 *needed)",
);
const nameOf = advapi32.func(
  "int __stdcall LookupPrivilegeNameW(void *system, void *luid, void *name, _Inout_ uint32 *chars)",
);
const TOKEN_QUERY = 8;
const TOKEN_PRIVILEGES = 3;
const ENABLED = 2;

/** The rights that this process uses now. */
function enabledPrivileges(): string[] {
  const token: [unknown] = [null];
  openToken(currentProcess(), TOKEN_QUERY, token);
  const value = Buffer.alloc(4_096);
  information(token[0], TOKEN_PRIVILEGES, value, value.length, [0]);
  const all = Array.from({ length: value.readUInt32LE(0) }, (_, at) => value.subarray(4 + at * 12, 16 + at * 12));
  return all
    .filter((one) => one.readUInt32LE(8) & ENABLED)
    .map((one) => {
      const name = Buffer.alloc(128);
      const chars = [64];
      nameOf(null, Buffer.from(one.subarray(0, 8)), name, chars);
      return name.toString("utf16le", 0, (chars[0] ?? 0) * 2);
    });
}

const before = enabledPrivileges();

powerContract("windows", () => ({
  open: () => openPower({ kind: "windows" }, () => undefined),
  wentOff: async () => false,
}));

test("is asked for with the right to it, which was not in use before", () => {
  expect(before).not.toContain("SeShutdownPrivilege");
  expect(initiateShutdown(3_600, "電源を切ります")).toBeUndefined();
  expect(enabledPrivileges()).toContain("SeShutdownPrivilege");
  abortShutdown();
});

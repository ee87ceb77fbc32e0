/** Values of a registry key below HKEY_LOCAL_MACHINE (MSDN: RegOpenKeyExW, RegEnumValueW). */
import { loadLibrary, type Pointer } from "../library.ts";
import { Win32Error } from "./error.ts";

const HKEY_LOCAL_MACHINE = 0xffffffff80000002n;
const KEY_READ_64 = 0x20019 | 0x100; // KEY_READ | KEY_WOW64_64KEY
const ERROR_FILE_NOT_FOUND = 2;
const ERROR_NO_MORE_ITEMS = 259;
const REG_SZ = 1;
const REG_EXPAND_SZ = 2;
const REG_DWORD = 4;
/** Longest name of a value, in UTF-16 units, and the longest value that is read, in bytes. */
const MAX_NAME = 256;
const MAX_VALUE_BYTES = 8192;

const advapi32 = loadLibrary({ file: "advapi32.dll" });
const openKey = advapi32.func(
  "uint32 __stdcall RegOpenKeyExW(void *root, str16 path, uint32 options, uint32 access, _Out_ void **key)",
);
const closeKey = advapi32.func("uint32 __stdcall RegCloseKey(void *key)");
const enumValue = advapi32.func(
  "uint32 __stdcall RegEnumValueW(void *key, uint32 at, void *name, _Inout_ uint32 *nameLength, void *reserved, _Out_ uint32 *kind, void *data, _Inout_ uint32 *size)",
);

export type RegistryValue = string | number;

/** Strings and DWORDs by name; other kinds are left out. No key: none. Throws Win32Error. */
export function readMachineKey(path: string): Record<string, RegistryValue> {
  const key: [Pointer | null] = [null];
  const opened = openKey(HKEY_LOCAL_MACHINE, path, 0, KEY_READ_64, key) as number;
  if (opened === ERROR_FILE_NOT_FOUND) return {};
  if (opened !== 0) throw new Win32Error("RegOpenKeyExW", opened);
  try {
    return Object.fromEntries(values(key[0] as Pointer));
  } finally {
    closeKey(key[0]);
  }
}

function* values(key: Pointer): Generator<[string, RegistryValue]> {
  const name = Buffer.alloc(MAX_NAME * 2);
  const data = Buffer.alloc(MAX_VALUE_BYTES);
  for (let at = 0; ; at++) {
    const nameLength = [MAX_NAME];
    const kind = [0];
    const size = [MAX_VALUE_BYTES];
    const result = enumValue(key, at, name, nameLength, null, kind, data, size) as number;
    if (result === ERROR_NO_MORE_ITEMS) return;
    if (result !== 0) throw new Win32Error("RegEnumValueW", result);
    const value = decodeValue(kind[0] ?? 0, data.subarray(0, size[0]));
    if (value !== undefined) yield [name.toString("utf16le", 0, (nameLength[0] ?? 0) * 2), value];
  }
}

function decodeValue(kind: number, data: Buffer): RegistryValue | undefined {
  if (kind === REG_SZ || kind === REG_EXPAND_SZ) return data.toString("utf16le").replace(/\0+$/, "");
  return kind === REG_DWORD ? data.readUInt32LE(0) : undefined;
}

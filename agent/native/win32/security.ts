/**
 * Who may open a pipe or a folder of ours, in the security descriptor definition language (MSDN: SDDL,
 * SetKernelObjectSecurity, SetNamedSecurityInfoW).
 */
import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import koffi from "koffi";
import { loadLibrary, type Pointer } from "../library.ts";
import { checked, Win32Error } from "./error.ts";
import { kernel32 } from "./win32.ts";

const READ_CONTROL = 0x20000;
const WRITE_DAC = 0x40000;
const OPEN_EXISTING = 3;
const INVALID_HANDLE_VALUE = 0xffffffffffffffffn;
const SDDL_REVISION_1 = 1;
const SE_FILE_OBJECT = 1;
const OWNER_SECURITY_INFORMATION = 0x1;
const DACL_SECURITY_INFORMATION = 0x4;
const PROTECTED_DACL_SECURITY_INFORMATION = 0x80000000;
const TOKEN_QUERY = 0x8;
const TOKEN_USER = 1;
const LOCAL_SYSTEM = "S-1-5-18";
const ADMINISTRATORS = "S-1-5-32-544";

const advapi32 = loadLibrary({ file: "advapi32.dll" });
const localFree = kernel32.func("void *__stdcall LocalFree(void *memory)");
const closeHandle = kernel32.func("int __stdcall CloseHandle(void *handle)");
const createFile = kernel32.func(
  "void *__stdcall CreateFileW(str16 name, uint32 access, uint32 share, void *security, uint32 how, uint32 flags, void *like)",
);
const currentProcess = kernel32.func("void *__stdcall GetCurrentProcess()");
const processToken = advapi32.func("int __stdcall OpenProcessToken(void *process, uint32 access, _Out_ void **token)");
const tokenInformation = advapi32.func(
  "int __stdcall GetTokenInformation(void *token, int kind, void *value, uint32 size, _Out_ uint32 *needed)",
);
const sidToText = advapi32.func("int __stdcall ConvertSidToStringSidW(void *sid, _Out_ void **text)");
const textToSid = advapi32.func("int __stdcall ConvertStringSidToSidW(str16 text, _Out_ void **sid)");
const isMember = advapi32.func("int __stdcall CheckTokenMembership(void *token, void *sid, _Out_ int *member)");
const fromSddl = advapi32.func(
  "int __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 sddl, uint32 revision, _Out_ void **made, void *size)",
);
const getDacl = advapi32.func(
  "int __stdcall GetSecurityDescriptorDacl(void *descriptor, _Out_ int *present, _Out_ void **dacl, _Out_ int *defaulted)",
);
const setObject = advapi32.func("int __stdcall SetKernelObjectSecurity(void *handle, uint32 what, void *descriptor)");
const getNamed = advapi32.func(
  "uint32 __stdcall GetNamedSecurityInfoW(str16 name, int kind, uint32 what, _Out_ void **owner, void *group, void *dacl, void *sacl, _Out_ void **descriptor)",
);
const setNamed = advapi32.func(
  "uint32 __stdcall SetNamedSecurityInfoW(str16 name, int kind, uint32 what, void *owner, void *group, void *dacl, void *sacl)",
);

/** The SID that Windows gives a service's process beside its account's (MSDN: SERVICE_SID_INFO): a hash of its name. */
export function serviceSid(name: string): string {
  const hash = createHash("sha1").update(Buffer.from(name.toUpperCase(), "utf16le")).digest();
  return `S-1-5-80-${[0, 4, 8, 12, 16].map((at) => hash.readUInt32LE(at)).join("-")}`;
}

/** Does this process act with that SID? */
export function actsAs(sid: string): boolean {
  return withOut(
    "ConvertStringSidToSidW",
    (out) => textToSid(sid, out),
    (pointer) => {
      const member: [number] = [0];
      checked("CheckTokenMembership", isMember(null, pointer, member));
      return member[0] !== 0;
    },
  );
}

/** The account this process runs as. */
export function ownSid(): string {
  const token: [Pointer | null] = [null];
  checked("OpenProcessToken", processToken(currentProcess(), TOKEN_QUERY, token));
  try {
    const user = new BigUint64Array(32); // TOKEN_USER: a pointer to the SID, which lies behind it
    checked("GetTokenInformation", tokenInformation(token[0], TOKEN_USER, user, user.byteLength, [0]));
    return sidText(user[0] ?? null);
  } finally {
    closeHandle(token[0]);
  }
}

function sidText(sid: Pointer | null): string {
  return withOut(
    "ConvertSidToStringSidW",
    (out) => sidToText(sid, out),
    (text) => koffi.decode(text, "char16", -1) as string,
  );
}

/** Opens the pipe for a moment, as a client does: whoever serves it sees one come and go. */
export function restrictPipe(path: string, sddl: string): void {
  const handle = createFile(path, READ_CONTROL | WRITE_DAC, 0, null, OPEN_EXISTING, 0, null) as Pointer | null;
  checked("CreateFileW", handle && BigInt.asUintN(64, handle) !== INVALID_HANDLE_VALUE);
  try {
    withDescriptor(sddl, (descriptor) =>
      checked("SetKernelObjectSecurity", setObject(handle, DACL_SECURITY_INFORMATION, descriptor)),
    );
  } finally {
    closeHandle(handle);
  }
}

/** Throws when the folder is a link, or belongs to somebody else than the system, administrators or this process's account. */
export function assertOurs(path: string): void {
  if (lstatSync(path).isSymbolicLink()) throw new Error(`${path} is a link to another folder`);
  const owner: [Pointer | null] = [null];
  const descriptor: [Pointer | null] = [null];
  const error = getNamed(
    path,
    SE_FILE_OBJECT,
    OWNER_SECURITY_INFORMATION,
    owner,
    null,
    null,
    null,
    descriptor,
  ) as number;
  if (error !== 0) throw new Win32Error("GetNamedSecurityInfoW", error);
  try {
    const sid = sidText(owner[0]);
    if (![LOCAL_SYSTEM, ADMINISTRATORS, ownSid()].includes(sid))
      throw new Error(`${path} was made by somebody else (${sid}); look at it and remove it`);
  } finally {
    localFree(descriptor[0]);
  }
}

/** For the folder and, as inherited, for all that is in it; nothing is inherited from the folder above. */
export function restrictFolder(path: string, sddl: string): void {
  withDescriptor(sddl, (descriptor) => {
    const dacl: [Pointer | null] = [null];
    checked("GetSecurityDescriptorDacl", getDacl(descriptor, [0], dacl, [0]));
    const what = DACL_SECURITY_INFORMATION + PROTECTED_DACL_SECURITY_INFORMATION;
    const error = setNamed(path, SE_FILE_OBJECT, what, null, null, dacl[0], null) as number;
    if (error !== 0) throw new Win32Error("SetNamedSecurityInfoW", error);
  });
}

function withDescriptor(sddl: string, use: (descriptor: Pointer) => void): void {
  withOut(
    "ConvertStringSecurityDescriptorToSecurityDescriptorW",
    (out) => fromSddl(sddl, SDDL_REVISION_1, out, null),
    use,
  );
}

/** What a function allocated for us, freed after use. */
function withOut<T>(functionName: string, make: (out: [Pointer | null]) => number, use: (made: Pointer) => T): T {
  const out: [Pointer | null] = [null];
  checked(functionName, make(out));
  try {
    return use(out[0] as Pointer);
  } finally {
    localFree(out[0]);
  }
}

/**
 * A process in the session whose screen, keyboard and mouse are at the console, started from a service (which lives in session 0
 * and sees no screen), with the service's own token moved there: only that may open the lock and UAC desktops too.
 * MSDN: WTSGetActiveConsoleSessionId, SetTokenInformation, CreateProcessAsUserW.
 */
import koffi from "koffi";
import { loadLibrary, type Pointer } from "../library.ts";
import { checked, lastError, Win32Error } from "./error.ts";
import { kernel32 } from "./win32.ts";

/** How a process came to its session, best first. */
export type StartWay = "own-token" | "user-token" | "plain";

/** `alive`: it pulsed. `attention`: it asks for Ctrl+Alt+Del, which only a service can give. */
export type ProcessSign = "exited" | "attention" | "alive" | "silent";

/** Events that the process inherits, as it is to give them to signal(). */
export interface Signals {
  readonly pulse: string;
  readonly attention: string;
}

export interface SessionProcess {
  readonly pid: number;
  readonly way: StartWay;
  /** Why not a better way. */
  readonly refused: readonly string[];
  /** Why its windows may not lie above the Start menu's, nor its input reach programs run as administrator; undefined: they may. */
  readonly withoutUiAccess: string | undefined;
  /** `silent`: nothing for this long. Runs on a thread of libuv's pool. */
  wait(timeoutMs: number): Promise<ProcessSign>;
  /** Once it has exited. */
  exitCode(): number;
  terminate(): void;
  /** Gives the handles back; the process is left alone. Not while wait() is pending. */
  close(): void;
}

export interface StartOptions {
  readonly session: number;
  commandLine(signals: Signals): string;
}

const NO_SESSION = 0xffffffff;
const MAXIMUM_ALLOWED = 0x02000000;
const SECURITY_IDENTIFICATION = 1;
const TOKEN_PRIMARY = 1;
const TOKEN_SESSION_ID = 12;
const TOKEN_UI_ACCESS = 26;
const CREATE_NO_WINDOW = 0x08000000;
const WAIT_OBJECT_0 = 0;
const WAIT_TIMEOUT = 258;
/** In the order of the handles that are waited for. */
const SIGNS: readonly ProcessSign[] = ["exited", "attention", "alive"];
const SYNCHRONIZE = 0x100000;
const ERROR_INVALID_PARAMETER = 87;
const DESKTOP = "winsta0\\default";

const startupInfo = koffi.struct({
  cb: "uint32",
  lpReserved: "void *",
  lpDesktop: "str16",
  lpTitle: "void *",
  dwX: "uint32",
  dwY: "uint32",
  dwXSize: "uint32",
  dwYSize: "uint32",
  dwXCountChars: "uint32",
  dwYCountChars: "uint32",
  dwFillAttribute: "uint32",
  dwFlags: "uint32",
  wShowWindow: "uint16",
  cbReserved2: "uint16",
  lpReserved2: "void *",
  hStdInput: "void *",
  hStdOutput: "void *",
  hStdError: "void *",
});
const processInformation = koffi.struct({
  hProcess: "void *",
  hThread: "void *",
  dwProcessId: "uint32",
  dwThreadId: "uint32",
});
type ProcessInformation = { hProcess: Pointer; hThread: Pointer; dwProcessId: number };
const securityAttributes = koffi.struct({
  nLength: "uint32",
  lpSecurityDescriptor: "void *",
  bInheritHandle: "int",
});

const advapi32 = loadLibrary({ file: "advapi32.dll" });
const wtsapi32 = loadLibrary({ file: "wtsapi32.dll" });
const consoleSession = kernel32.func("uint32 __stdcall WTSGetActiveConsoleSessionId()");
const userToken = wtsapi32.func("int __stdcall WTSQueryUserToken(uint32 session, _Out_ void **token)");
const currentProcess = kernel32.func("void *__stdcall GetCurrentProcess()");
const processToken = advapi32.func("int __stdcall OpenProcessToken(void *process, uint32 access, _Out_ void **token)");
const duplicateToken = advapi32.func(
  "int __stdcall DuplicateTokenEx(void *token, uint32 access, void *attributes, int level, int type, _Out_ void **made)",
);
const setTokenInformation = advapi32.func(
  "int __stdcall SetTokenInformation(void *token, int kind, const uint32 *value, uint32 size)",
);
const createArguments = [
  ...["str16", "str16", "void *", "void *", "int", "uint32", "void *", "str16"],
  ...[koffi.pointer(startupInfo), koffi.out(koffi.pointer(processInformation))],
] as const;
const createAsUser = advapi32.func("CreateProcessAsUserW", "int", ["void *", ...createArguments]);
const createPlain = kernel32.func("CreateProcessW", "int", [...createArguments]);
const createEvent = kernel32.func("CreateEventW", "void *", [koffi.pointer(securityAttributes), "int", "int", "str16"]);
const setEvent = kernel32.func("int __stdcall SetEvent(void *event)");
const waitMany = kernel32.func(
  "uint32 __stdcall WaitForMultipleObjects(uint32 count, void **handles, int all, uint32 timeout)",
);
const waitOne = kernel32.func("uint32 __stdcall WaitForSingleObject(void *handle, uint32 timeout)");
const openProcess = kernel32.func("void *__stdcall OpenProcess(uint32 access, int inherit, uint32 pid)");
const exitCodeOf = kernel32.func("int __stdcall GetExitCodeProcess(void *process, _Out_ uint32 *code)");
const terminateProcess = kernel32.func("int __stdcall TerminateProcess(void *process, uint32 code)");
const closeHandle = kernel32.func("int __stdcall CloseHandle(void *handle)");

/** The session at the console; undefined while none is (between two of them). */
export function activeConsoleSession(): number | undefined {
  const session = consoleSession() as number;
  return session === NO_SESSION ? undefined : session;
}

/** To whoever started us. `handle`: what `commandLine` was given. */
export function signal(handle: string): void {
  setEvent(BigInt(handle));
}

export interface HeldProcess {
  hasExited(): boolean;
  close(): void;
}

/** Holds on to a process, so that no other one can take its number. Undefined when there is none any more. Throws Win32Error. */
export function holdProcess(pid: number): HeldProcess | undefined {
  const handle = openProcess(SYNCHRONIZE, 0, pid) as Pointer | null;
  if (!handle && lastError() === ERROR_INVALID_PARAMETER) return undefined;
  checked("OpenProcess", handle);
  return {
    hasExited: () => waitOne(handle, 0) === WAIT_OBJECT_0,
    close: () => void closeHandle(handle),
  };
}

/** Throws Win32Error when no way leads to a process. */
export function startInSession({ session, commandLine }: StartOptions): SessionProcess {
  const pulse = newEvent();
  try {
    const attention = newEvent();
    try {
      const line = commandLine({ pulse: String(koffi.address(pulse)), attention: String(koffi.address(attention)) });
      return wrap({ pulse, attention, ...create(session, line) });
    } catch (error) {
      closeHandle(attention);
      throw error;
    }
  } catch (error) {
    closeHandle(pulse);
    throw error;
  }
}

/** Inherited; not set any more once somebody who waited for it knows. */
function newEvent(): Pointer {
  const inheritable = { nLength: koffi.sizeof(securityAttributes), lpSecurityDescriptor: null, bInheritHandle: 1 };
  return checked("CreateEventW", createEvent(inheritable, 0, 0, null) as Pointer | null);
}

interface Created {
  readonly made: ProcessInformation;
  readonly way: StartWay;
  readonly refused: readonly string[];
  readonly withoutUiAccess: string | undefined;
}

function create(session: number, line: string): Created {
  let withoutUiAccess: string | undefined;
  const startAsOurselves = (made: ProcessInformation) => {
    try {
      withToken(ownTokenIn(session), (token) => {
        giveUiAccess(token);
        createAs(token, line, made);
      });
    } catch (error) {
      withoutUiAccess = (error as Error).message;
      withToken(ownTokenIn(session), (token) => createAs(token, line, made));
    }
  };
  const ways: readonly (readonly [StartWay, (made: ProcessInformation) => void])[] = [
    ["own-token", startAsOurselves],
    ["user-token", (made) => withToken(userTokenOf(session), (token) => createAs(token, line, made))],
    ["plain", (made) => checked("CreateProcessW", createPlain(...processArguments(line, made)))],
  ];
  const refused: string[] = [];
  let last: unknown;
  for (const [way, start] of ways) {
    const made = {} as ProcessInformation;
    try {
      start(made);
      return { made, way, refused, withoutUiAccess };
    } catch (error) {
      last = error;
      refused.push(`${way}: ${(error as Error).message}`);
    }
  }
  throw new Error(`no process in session ${session}: ${refused.join("; ")}`, { cause: last });
}

function processArguments(line: string, made: ProcessInformation) {
  const startup = { cb: koffi.sizeof(startupInfo), lpDesktop: DESKTOP };
  return [null, line, null, null, 1, CREATE_NO_WINDOW, null, null, startup, made] as const;
}

function createAs(token: Pointer, line: string, made: ProcessInformation): void {
  checked("CreateProcessAsUserW", createAsUser(token, ...processArguments(line, made)));
}

function withToken(token: Pointer, use: (token: Pointer) => void): void {
  try {
    use(token);
  } finally {
    closeHandle(token);
  }
}

function ownTokenIn(session: number): Pointer {
  const own: [Pointer | null] = [null];
  checked("OpenProcessToken", processToken(currentProcess(), MAXIMUM_ALLOWED, own));
  const moved: [Pointer | null] = [null];
  try {
    const duplicated = duplicateToken(own[0], MAXIMUM_ALLOWED, null, SECURITY_IDENTIFICATION, TOKEN_PRIMARY, moved);
    checked("DuplicateTokenEx", duplicated);
  } finally {
    closeHandle(own[0]);
  }
  const token = moved[0] as Pointer;
  try {
    checked("SetTokenInformation", setTokenInformation(token, TOKEN_SESSION_ID, [session], 4));
  } catch (error) {
    closeHandle(token);
    throw error;
  }
  return token;
}

/** For windows in the band above the Start menu's, and input past UIPI. */
function giveUiAccess(token: Pointer): void {
  checked("SetTokenInformation", setTokenInformation(token, TOKEN_UI_ACCESS, [1], 4));
}

function userTokenOf(session: number): Pointer {
  const token: [Pointer | null] = [null];
  checked("WTSQueryUserToken", userToken(session, token));
  return token[0] as Pointer;
}

function wrap(created: Created & Record<keyof Signals, Pointer>): SessionProcess {
  const { made, way, refused, withoutUiAccess, pulse, attention } = created;
  const { hProcess, hThread, dwProcessId: pid } = made;
  closeHandle(hThread);
  let closed = false;
  return {
    pid,
    way,
    refused,
    withoutUiAccess,
    wait: (timeoutMs) =>
      new Promise((resolve, reject) => {
        const handles = [hProcess, attention, pulse];
        waitMany.async(handles.length, handles, 0, timeoutMs, (error: Error | null, result: number) => {
          const sign = result === WAIT_TIMEOUT ? "silent" : SIGNS[result - WAIT_OBJECT_0];
          if (error) reject(error);
          else if (sign) resolve(sign);
          else reject(new Win32Error("WaitForMultipleObjects", result));
        });
      }),
    exitCode: () => {
      const code: [number] = [0];
      exitCodeOf(hProcess, code);
      return code[0];
    },
    terminate: () => void terminateProcess(hProcess, 1),
    close: () => {
      if (closed) return;
      closed = true;
      closeHandle(hProcess);
      closeHandle(pulse);
      closeHandle(attention);
    },
  };
}

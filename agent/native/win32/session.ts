/** The session of the person at this PC: its lock, its last input, and that the PC stays awake. */
import type { LockState } from "../../desktop/reports.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { viewOf } from "../memory.ts";
import { kernel32, user32 } from "./win32.ts";

const wtsapi32 = loadLibrary({ file: "wtsapi32.dll" });
const win = {
  lock: user32.func("int __stdcall LockWorkStation()") as () => number,
  lastInput: user32.func("int __stdcall GetLastInputInfo(void *info)") as (info: Uint8Array) => number,
  tickCount: kernel32.func("uint32 __stdcall GetTickCount()") as () => number,
  setExecutionState: kernel32.func("uint32 __stdcall SetThreadExecutionState(uint32 flags)") as (
    flags: number,
  ) => number,
  sessionInformation: wtsapi32.func(
    "int __stdcall WTSQuerySessionInformationW(void *server, uint32 session, int kind, _Out_ void **value, _Out_ uint32 *bytes)",
  ) as (server: null, session: number, kind: number, value: (Pointer | null)[], bytes: number[]) => number,
  enumerateSessions: wtsapi32.func(
    "int __stdcall WTSEnumerateSessionsW(void *server, uint32 reserved, uint32 version, _Out_ void **sessions, _Out_ uint32 *count)",
  ) as (server: null, reserved: number, version: number, sessions: (Pointer | null)[], count: number[]) => number,
  ownProcess: kernel32.func("uint32 __stdcall GetCurrentProcessId()") as () => number,
  sessionOf: kernel32.func("int __stdcall ProcessIdToSessionId(uint32 process, _Out_ uint32 *session)") as (
    process: number,
    session: number[],
  ) => number,
  free: wtsapi32.func("void __stdcall WTSFreeMemory(void *memory)") as (memory: Pointer) => void,
};

const CURRENT_SESSION = 0xffffffff;
/** WTS_SESSION_INFOW: SessionId, padding, name, state, padding. */
const SESSION_INFO_BYTES = 24;
/** WTSSessionInfoEx; its value is a WTSINFOEX: Level, padding, SessionId, SessionState, SessionFlags. */
const SESSION_INFO_EX = 25;
const SESSION_FLAGS_AT = 16;
const SESSION_LOCKED = 0;
const SESSION_UNLOCKED = 1;
/** WTSUserName: a UTF-16 string with its zero; empty while nobody is signed in. */
const SESSION_USER_NAME = 5;
const LAST_INPUT_INFO_BYTES = 8;
const ES_SYSTEM_REQUIRED = 0x1;
const ES_DISPLAY_REQUIRED = 0x2;
const ES_CONTINUOUS = 0x80000000;

/** Asks Windows to lock the session, which it does in its own time. False when it does not take the wish. */
export function lockWorkStation(): boolean {
  return win.lock() !== 0;
}

/** What Windows 8 and later say of our session. Where nobody is signed in the sign-in screen guards it: as good as locked. */
export function sessionLockState(): LockState {
  const user = ask(SESSION_USER_NAME, firstLetter);
  if (user === 0) return "locked";
  const flags = ask(SESSION_INFO_EX, (view) =>
    view.byteLength >= SESSION_FLAGS_AT + 4 ? view.getInt32(SESSION_FLAGS_AT, true) : undefined,
  );
  return flags === SESSION_LOCKED ? "locked" : flags === SESSION_UNLOCKED ? "open" : "unknown";
}

/** Somebody is signed in to this PC in a session that is not ours, shown or not. */
export function hasOtherUsers(): boolean {
  const [own, list, count]: [number[], (Pointer | null)[], number[]] = [[0], [null], [0]];
  win.sessionOf(win.ownProcess(), own);
  if (!win.enumerateSessions(null, 0, 1, list, count)) return false;
  const [sessions] = list;
  if (!sessions) return false;
  const view = viewOf(sessions, (count[0] ?? 0) * SESSION_INFO_BYTES);
  const ids = Array.from({ length: count[0] ?? 0 }, (_, at) => view.getUint32(at * SESSION_INFO_BYTES, true));
  win.free(sessions);
  return ids.some((id) => id !== own[0] && (ask(SESSION_USER_NAME, firstLetter, id) ?? 0) !== 0);
}

const firstLetter = (name: DataView): number | undefined =>
  name.byteLength >= 2 ? name.getUint16(0, true) : undefined;

function ask<T>(kind: number, read: (view: DataView) => T, session = CURRENT_SESSION): T | undefined {
  const [value, bytes]: [(Pointer | null)[], number[]] = [[null], [0]];
  if (!win.sessionInformation(null, session, kind, value, bytes)) return undefined;
  const [info] = value;
  if (!info) return undefined;
  try {
    return read(viewOf(info, bytes[0] ?? 0));
  } finally {
    win.free(info);
  }
}

/** How long ago anyone touched keyboard or mouse, or SendInput did: ms. */
export function idleMs(): number {
  const info = new Uint8Array(LAST_INPUT_INFO_BYTES);
  const view = new DataView(info.buffer);
  view.setUint32(0, LAST_INPUT_INFO_BYTES, true);
  if (!win.lastInput(info)) return Number.POSITIVE_INFINITY;
  return (win.tickCount() - view.getUint32(4, true)) >>> 0; // both begin again at 0 after 49.7 days
}

/** While true, neither this PC nor its screen falls asleep by itself. Ends with this process. */
export function keepAwake(awake: boolean): void {
  win.setExecutionState((ES_CONTINUOUS | (awake ? ES_SYSTEM_REQUIRED | ES_DISPLAY_REQUIRED : 0)) >>> 0);
}

/** The service control manager from outside: services made, changed, started, stopped, looked at, removed (MSDN: winsvc.h). */
import koffi, { type TypeObject } from "koffi";
import { loadLibrary, type Pointer } from "../library.ts";
import { checked, Win32Error } from "./error.ts";
import { SERVICE_STATES, type ServiceState } from "./service.ts";
import { isWine } from "./win32.ts";

export interface ServiceDefinition {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** As typed at a prompt, quoted where needed. */
  readonly commandLine: string;
  /** E.g. `NT AUTHORITY\LocalService`; undefined: LocalSystem. */
  readonly account: string | undefined;
  /** The only privileges its token keeps; undefined: the account's own. */
  readonly privileges: readonly string[] | undefined;
  /** Waits before the restarts after the first, second and any later failure, ms. */
  readonly restartAfterMs: readonly [number, number, number];
}

export interface ServiceView {
  readonly state: ServiceState | "other";
  /** Not 0 after it ended by itself: ERROR_PROCESS_ABORTED, or what it gave. */
  readonly exitCode: number;
  readonly pid: number;
}

const MANAGER_ALL = 0xf003f;
const SERVICE_ALL = 0xf01ff;
const SERVICE_WIN32_OWN_PROCESS = 0x10;
const SERVICE_AUTO_START = 2;
const SERVICE_ERROR_NORMAL = 1;
const SERVICE_NO_CHANGE = 0xffffffff;
const CONTROL_STOP = 1;
const SC_STATUS_PROCESS_INFO = 0;
const ERROR_SERVICE_DOES_NOT_EXIST = 1060;
const ERROR_SERVICE_NOT_ACTIVE = 1062;
const ERROR_PROCESS_ABORTED = 1067;
const ERROR_SERVICE_ALREADY_RUNNING = 1056;
/** Levels of ChangeServiceConfig2W. */
const CONFIG = { description: 1, failureActions: 2, failureActionsFlag: 4, sidInfo: 5, requiredPrivileges: 6 } as const;
const SC_ACTION_RESTART = 1;
const SERVICE_SID_TYPE_UNRESTRICTED = 1;
/** After so long without a failure the next one counts as the first. */
const FAILURE_RESET_SECONDS = 3600;

const action = koffi.struct({ Type: "int", Delay: "uint32" });
const failureActions = koffi.struct({
  dwResetPeriod: "uint32",
  lpRebootMsg: "str16",
  lpCommand: "str16",
  cActions: "uint32",
  lpsaActions: koffi.pointer(action),
});
const text = koffi.struct({ value: "str16" });
const number = koffi.struct({ value: "uint32" });
const statusProcess = koffi.struct({
  dwServiceType: "uint32",
  dwCurrentState: "uint32",
  dwControlsAccepted: "uint32",
  dwWin32ExitCode: "uint32",
  dwServiceSpecificExitCode: "uint32",
  dwCheckPoint: "uint32",
  dwWaitHint: "uint32",
  dwProcessId: "uint32",
  dwServiceFlags: "uint32",
});
const serviceStatus = koffi.array("uint32", 7);

const advapi32 = loadLibrary({ file: "advapi32.dll" });
const openManager = advapi32.func("void *__stdcall OpenSCManagerW(str16 machine, str16 database, uint32 access)");
const openHandle = advapi32.func("void *__stdcall OpenServiceW(void *manager, str16 name, uint32 access)");
const closeHandle = advapi32.func("int __stdcall CloseServiceHandle(void *handle)");
const createService = advapi32.func("CreateServiceW", "void *", [
  ...["void *", "str16", "str16", "uint32", "uint32", "uint32", "uint32"],
  ...["str16", "str16", "void *", "str16", "str16", "str16"],
]);
const changeConfig = advapi32.func("ChangeServiceConfigW", "int", [
  ...["void *", "uint32", "uint32", "uint32", "str16", "str16", "void *", "str16", "str16", "str16", "str16"],
]);
const changeConfig2 = advapi32.func("int __stdcall ChangeServiceConfig2W(void *service, uint32 level, void *info)");
const startHandle = advapi32.func("int __stdcall StartServiceW(void *service, uint32 count, void *arguments)");
const control = advapi32.func("ControlService", "int", ["void *", "uint32", koffi.out(koffi.pointer(serviceStatus))]);
const deleteHandle = advapi32.func("int __stdcall DeleteService(void *service)");
const queryStatus = advapi32.func("QueryServiceStatusEx", "int", [
  ...["void *", "int"],
  koffi.out(koffi.pointer(statusProcess)),
  ...["uint32", koffi.out(koffi.pointer("uint32"))],
]);

function withManager<T>(use: (manager: Pointer) => T): T {
  const manager = checked("OpenSCManagerW", openManager(null, null, MANAGER_ALL) as Pointer | null);
  try {
    return use(manager);
  } finally {
    closeHandle(manager);
  }
}

/** Undefined when there is no service of this name. */
function withService<T>(name: string, use: (service: Pointer) => T): T | undefined {
  return withManager((manager) => {
    let service: Pointer;
    try {
      service = checked("OpenServiceW", openHandle(manager, name, SERVICE_ALL) as Pointer | null);
    } catch (error) {
      if (error instanceof Win32Error && error.code === ERROR_SERVICE_DOES_NOT_EXIST) return undefined;
      throw error;
    }
    try {
      return use(service);
    } finally {
      closeHandle(service);
    }
  });
}

/**
 * Makes the service, or gives the one of this name this definition. It is not started. Throws Win32Error. Returns what of its safety
 * the manager refused, in words: the service runs without.
 */
export function defineService(definition: ServiceDefinition): readonly string[] {
  const { name, displayName, commandLine, account = "LocalSystem" } = definition;
  const known = withService(name, (service) => {
    const changed = changeConfig(
      ...[service, SERVICE_NO_CHANGE, SERVICE_AUTO_START, SERVICE_NO_CHANGE, commandLine],
      ...[null, null, null, account, null, displayName],
    );
    checked("ChangeServiceConfigW", changed);
    return configure(service, definition);
  });
  if (known) return known;
  return withManager((manager) => {
    const made = createService(
      ...[manager, name, displayName, SERVICE_ALL, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START],
      ...[SERVICE_ERROR_NORMAL, commandLine, null, null, null, account, null],
    );
    const service = checked("CreateServiceW", made as Pointer | null);
    try {
      return configure(service, definition);
    } finally {
      closeHandle(service);
    }
  });
}

function configure(
  service: Pointer,
  { description, privileges, restartAfterMs }: ServiceDefinition,
): readonly string[] {
  const set = (level: number, type: TypeObject, value: object) =>
    checked("ChangeServiceConfig2W", changeConfig2(service, level, koffi.as(value, koffi.pointer(type))) as number);
  set(CONFIG.description, text, { value: description });
  set(CONFIG.failureActions, failureActions, {
    dwResetPeriod: FAILURE_RESET_SECONDS,
    lpRebootMsg: null,
    lpCommand: null,
    cActions: restartAfterMs.length,
    lpsaActions: restartAfterMs.map((Delay) => ({ Type: SC_ACTION_RESTART, Delay })),
  });
  const refused: string[] = [];
  const wish = (what: keyof typeof CONFIG, type: TypeObject, value: object) => {
    try {
      set(CONFIG[what], type, value);
    } catch (error) {
      // the manager of Wine knows none of these
      if (!isWine()) refused.push(`${what}: ${(error as Error).message}`);
    }
  };
  wish("failureActionsFlag", number, { value: 1 }); // an end with an error counts as a failure too
  wish("sidInfo", number, { value: SERVICE_SID_TYPE_UNRESTRICTED });
  // a list of strings, each ended by NUL, and one NUL more (which koffi adds)
  if (privileges) wish("requiredPrivileges", text, { value: privileges.map((name) => `${name}\0`).join("") });
  return refused;
}

/** Undefined when there is no such service. */
export function viewService(name: string): ServiceView | undefined {
  return withService(name, (service) => {
    const view = {} as Record<"dwCurrentState" | "dwWin32ExitCode" | "dwProcessId", number>;
    const got = queryStatus(service, SC_STATUS_PROCESS_INFO, view, koffi.sizeof(statusProcess), [0]);
    checked("QueryServiceStatusEx", got);
    // Wine's manager does not notice the death of a process until it is asked to start it again
    if (view.dwProcessId !== 0 && !isAlive(view.dwProcessId))
      return { state: "stopped", exitCode: ERROR_PROCESS_ABORTED, pid: 0 };
    const states = Object.entries(SERVICE_STATES) as [ServiceState, number][];
    const state = states.find(([, value]) => value === view.dwCurrentState)?.[0] ?? "other";
    return { state, exitCode: view.dwWin32ExitCode, pid: view.dwProcessId };
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // not allowed to ask: there is one
  }
}

/** Asks the manager to start it; nothing happens when it runs already. Throws Win32Error. */
export function startService(name: string): void {
  unless(ERROR_SERVICE_ALREADY_RUNNING, () =>
    withService(name, (service) => checked("StartServiceW", startHandle(service, 0, null))),
  );
}

/** Asks it to stop; nothing happens when it does not run, or is not there. Throws Win32Error. */
export function stopService(name: string): void {
  if (viewService(name)?.state === "stopped") return; // the manager of Wine may not know it yet, see viewService
  unless(ERROR_SERVICE_NOT_ACTIVE, () =>
    withService(name, (service) => checked("ControlService", control(service, CONTROL_STOP, new Array(7)))),
  );
}

/** It goes when it has stopped. Nothing happens when it is not there. */
export function removeService(name: string): void {
  withService(name, (service) => checked("DeleteService", deleteHandle(service)));
}

function unless(code: number, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Win32Error && error.code === code)) throw error;
  }
}

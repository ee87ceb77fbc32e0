/**
 * The service's side of the Windows service control manager (MSDN: StartServiceCtrlDispatcherW, RegisterServiceCtrlHandlerExW,
 * SetServiceStatus). koffi brings the calls of the manager's thread to the JavaScript thread, and lets that thread wait meanwhile.
 */
import koffi from "koffi";
import { loadLibrary, type Pointer } from "../library.ts";

export const SERVICE_STATES = {
  stopped: 1,
  "start-pending": 2,
  "stop-pending": 3,
  running: 4,
} as const;
export type ServiceState = keyof typeof SERVICE_STATES;

const CONTROLS: Readonly<Record<number, ServiceControl["kind"]>> = { 1: "stop", 5: "stop", 14: "session-change" };
const ACCEPT_STOP = 0x1;
const ACCEPT_SHUTDOWN = 0x4;
const ACCEPT_SESSION_CHANGE = 0x80;
const SERVICE_WIN32_OWN_PROCESS = 0x10;
const NO_ERROR = 0;
const ERROR_CALL_NOT_IMPLEMENTED = 120;
const ERROR_SERVICE_SPECIFIC_ERROR = 1066;
const SERVICE_CONTROL_INTERROGATE = 4;

/** `stop` is said at the PC's shutdown too. */
export interface ServiceControl {
  readonly kind: "stop" | "session-change";
}

export interface ServiceStatus {
  readonly state: ServiceState;
  /** Not 0: the service failed, and the manager's failure actions apply. */
  readonly exitCode?: number;
  /** While pending: grows with each sign of life. */
  readonly checkPoint?: number;
  /** While pending: how long the next step may take, ms. */
  readonly waitHintMs?: number;
}

export interface ServiceHandlers {
  /** The manager runs the service: from now on `setStatus` is heard. */
  started(setStatus: (status: ServiceStatus) => void): void;
  control(control: ServiceControl): void;
}

const status = koffi.struct({
  dwServiceType: "uint32",
  dwCurrentState: "uint32",
  dwControlsAccepted: "uint32",
  dwWin32ExitCode: "uint32",
  dwServiceSpecificExitCode: "uint32",
  dwCheckPoint: "uint32",
  dwWaitHint: "uint32",
});
const serviceMain = koffi.proto("void __stdcall EngawaServiceMain(uint32 count, void *arguments)");
const controlHandler = koffi.proto(
  "uint32 __stdcall EngawaServiceControl(uint32 control, uint32 type, void *data, void *context)",
);
const tableEntry = koffi.struct({ lpServiceName: "str16", lpServiceProc: koffi.pointer(serviceMain) });

/**
 * Runs this process as the service of that name. Resolves when the service was set to stopped; rejects when the process was
 * not started by the service control manager (error 1063).
 */
export function runDispatcher(name: string, handlers: ServiceHandlers): Promise<void> {
  const advapi32 = loadLibrary({ file: "advapi32.dll" });
  const register = advapi32.func("RegisterServiceCtrlHandlerExW", "void *", [
    "str16",
    koffi.pointer(controlHandler),
    "void *",
  ]) as (name: string, handler: unknown, context: null) => Pointer | null;
  const setServiceStatus = advapi32.func("SetServiceStatus", "int", ["void *", koffi.pointer(status)]);
  const dispatch = advapi32.func("StartServiceCtrlDispatcherW", "int", [koffi.pointer(tableEntry)]);

  const onControl = koffi.register((control: number) => {
    const kind = CONTROLS[control];
    // not in here: a status set while the manager waits for this answer hangs both (seen under Wine)
    if (kind) setImmediate(() => handlers.control({ kind }));
    return kind || control === SERVICE_CONTROL_INTERROGATE ? NO_ERROR : ERROR_CALL_NOT_IMPLEMENTED;
  }, koffi.pointer(controlHandler));
  const onMain = koffi.register(() => {
    const handle = register(name, onControl, null);
    setImmediate(() => handlers.started((next) => setServiceStatus(handle, statusRecord(next))));
  }, koffi.pointer(serviceMain));

  return new Promise((resolve, reject) => {
    const table = [
      { lpServiceName: name, lpServiceProc: onMain },
      { lpServiceName: null, lpServiceProc: null },
    ];
    dispatch.async(table, (error: Error | null, ok: number) => {
      koffi.unregister(onControl);
      koffi.unregister(onMain);
      if (ok) resolve();
      else reject(error ?? new Error("this process was not started by the service control manager"));
    });
  });
}

export function statusRecord({ state, exitCode = 0, checkPoint = 0, waitHintMs = 0 }: ServiceStatus) {
  const accepts = ACCEPT_STOP | ACCEPT_SHUTDOWN | ACCEPT_SESSION_CHANGE;
  return {
    dwServiceType: SERVICE_WIN32_OWN_PROCESS,
    dwCurrentState: SERVICE_STATES[state],
    dwControlsAccepted: state === "running" ? accepts : 0,
    dwWin32ExitCode: exitCode === 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR,
    dwServiceSpecificExitCode: exitCode,
    dwCheckPoint: checkPoint,
    dwWaitHint: waitHintMs,
  };
}

/** Whether a Windows service runs (MSDN: QueryServiceStatus), asked with so few rights that no administrator is needed. */
import { loadLibrary, type Pointer } from "../library.ts";

export type ServiceState = "running" | "starting" | "stopping" | "stopped" | "missing" | "denied";

const SC_MANAGER_CONNECT = 0x0001;
const SERVICE_QUERY_STATUS = 0x0004;
const ERROR_ACCESS_DENIED = 5;
/** Seven DWORDs; the second is dwCurrentState. */
const SERVICE_STATUS_BYTES = 28;
const CURRENT_STATE_AT = 4;
const STATES: Readonly<Record<number, ServiceState>> = { 1: "stopped", 2: "starting", 3: "stopping", 4: "running" };

const advapi32 = loadLibrary({ file: "advapi32.dll" });
const kernel32 = loadLibrary({ file: "kernel32.dll" });
const openManager = advapi32.func("void *__stdcall OpenSCManagerW(str16 machine, str16 database, uint32 access)") as (
  machine: null,
  database: null,
  access: number,
) => Pointer | null;
const openService = advapi32.func("void *__stdcall OpenServiceW(void *manager, str16 name, uint32 access)") as (
  manager: Pointer,
  name: string,
  access: number,
) => Pointer | null;
const queryStatus = advapi32.func("int __stdcall QueryServiceStatus(void *service, _Out_ void *status)") as (
  service: Pointer,
  status: Buffer,
) => number;
const closeHandle = advapi32.func("int __stdcall CloseServiceHandle(void *handle)") as (handle: Pointer) => number;
const getLastError = kernel32.func("uint32 __stdcall GetLastError()") as () => number;

export function serviceState(name: string): ServiceState {
  const manager = openManager(null, null, SC_MANAGER_CONNECT);
  if (!manager) return "denied";
  try {
    const service = openService(manager, name, SERVICE_QUERY_STATUS);
    if (!service) return getLastError() === ERROR_ACCESS_DENIED ? "denied" : "missing";
    const status = Buffer.alloc(SERVICE_STATUS_BYTES);
    const answered = queryStatus(service, status);
    closeHandle(service);
    return answered ? (STATES[status.readUInt32LE(CURRENT_STATE_AT)] ?? "stopped") : "denied";
  } finally {
    closeHandle(manager);
  }
}

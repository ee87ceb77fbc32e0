/** The service control manager as setup uses it: a port, and what Windows has behind it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceDefinition, ServiceView } from "../../native/win32/scm.ts";

export interface ServicePort {
  /** Undefined: there is none of this name. */
  view(name: string): ServiceView | undefined;
  /** With which it is started now; undefined: there is no such service. */
  commandLine(name: string): string | undefined;
  /** Returns what of its safety the manager refused, in words. */
  define(definition: ServiceDefinition): readonly string[];
  /** Resolves when it runs. Rejects when it ended instead, or takes too long. */
  startAndWait(name: string): Promise<void>;
  /** Resolves when its process is gone. Nothing happens when it is not there. */
  stopAndWait(name: string): Promise<void>;
  /** Resolves when the manager has forgotten it. */
  removeAndWait(name: string): Promise<void>;
}

const LOOK_EVERY_MS = 100;
const START_TIMEOUT_MS = 60_000;
/** A session is ended with words to both sides; what takes longer hangs and is ended. */
const STOP_TIMEOUT_MS = 20_000;
const REMOVE_TIMEOUT_MS = 20_000;
const ERROR_SERVICE_DATABASE_LOCKED = 1055;

export async function openServiceControl(): Promise<ServicePort> {
  const scm = await import("../../native/win32/scm.ts");
  const { Win32Error } = await import("../../native/win32/error.ts");
  const { readMachineKey } = await import("../../native/win32/registry.ts");
  const { viewService } = scm;

  /** While the manager starts another service its database is locked: that passes. */
  const hasStarted = (name: string): boolean => {
    try {
      scm.startService(name);
      return true;
    } catch (error) {
      if (error instanceof Win32Error && error.code === ERROR_SERVICE_DATABASE_LOCKED) return false;
      throw error;
    }
  };
  const within = async (timeoutMs: number, isSo: () => boolean): Promise<boolean> => {
    for (const end = Date.now() + timeoutMs; !isSo(); await sleep(LOOK_EVERY_MS)) if (Date.now() > end) return false;
    return true;
  };
  return {
    view: viewService,
    commandLine: (name) => {
      if (!viewService(name)) return undefined;
      return String(readMachineKey(`SYSTEM\\CurrentControlSet\\Services\\${name}`)["ImagePath"]);
    },
    define: scm.defineService,
    async startAndWait(name) {
      if (!(await within(START_TIMEOUT_MS, () => hasStarted(name)))) throw new Error("the service manager is locked");
      const ended = await within(START_TIMEOUT_MS, () => viewService(name)?.state !== "start-pending");
      const view = viewService(name);
      if (view?.state === "running") return;
      throw new Error(ended ? `${name} ended with code ${view?.exitCode}` : `${name} does not answer`);
    },
    async stopAndWait(name) {
      const pid = viewService(name)?.pid ?? 0;
      scm.stopService(name);
      const isGone = () => pid === 0 || !isAlive(pid);
      if (await within(STOP_TIMEOUT_MS, isGone)) return;
      process.kill(pid, "SIGKILL");
      if (!(await within(STOP_TIMEOUT_MS, isGone))) throw new Error(`${name} cannot be stopped`);
    },
    async removeAndWait(name) {
      scm.removeService(name);
      if (await within(REMOVE_TIMEOUT_MS, () => viewService(name) === undefined)) return;
      throw new Error(`${name} is still known: close the window of the services and try again`);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

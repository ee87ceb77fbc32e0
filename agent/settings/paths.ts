/** Where things lie on a Windows PC. */
import { join } from "node:path";

/** Identity, settings and logs; its access list is set at installation (setup.ts). */
export const WINDOWS_STATE_DIR = join(process.env["ProgramData"] ?? "C:\\ProgramData", "Engawa");

/**
 * What the network process itself writes while it runs, beside its logs. All else in the state folder (who we are, who may come, the
 * settings) it may only read: taken over, it can let nobody in for good.
 */
export const agentFolder = (stateDir: string) => join(stateDir, "run");

/** Of locks: those that the agent was told, written by itself; those that IT lifted, which it may only read (trust/locks.ts). */
export const locksPaths = (stateDir: string) => ({
  locks: join(agentFolder(stateDir), "locks.json"),
  locksLifted: join(stateDir, "locks-lifted.json"),
});

export const agentLogFolder = (stateDir: string) => join(stateDir, "logs");

/**
 * A folder of its own: what writes here has all rights on the PC, so nobody with fewer may put a link in its way. The network
 * process may not even open it.
 */
export const desktopLogFolder = (stateDir: string) => join(stateDir, "desktop");

/**
 * Why a setup failed: where IT looks then; after one that went well the words lie with the other logs. Not in a folder for temporary
 * files, where others could put a link in the way of what the system writes.
 */
export const FAILURE_LOG = join(process.env["SystemRoot"] ?? "C:\\Windows", "Logs", "EngawaSetup.log");

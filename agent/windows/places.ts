/** Where things lie on a Windows PC. */
import { join } from "node:path";

/** Identity, settings and logs; its access list is set at installation (setup.ts). */
export const WINDOWS_STATE_DIR = join(process.env["ProgramData"] ?? "C:\\ProgramData", "Engawa");

export const agentLogFolder = (stateDir: string) => join(stateDir, "logs");

/**
 * A folder of its own: what writes here has all rights on the PC, so nobody with fewer may put a link in its way. The network
 * process may not even open it.
 */
export const desktopLogFolder = (stateDir: string) => join(stateDir, "desktop");

/** Who may do what in the state folder, in the security descriptor definition language (MSDN: SDDL; ACCESS_MASK of files). */
import type { StateFolders } from "./installation.ts";

/** The system and administrators: everything, here and below. */
const OWNERS = "(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
/** FILE_GENERIC_READ | FILE_GENERIC_EXECUTE: list and read, and nothing else. */
const READ = "0x1200a9";
/** FILE_GENERIC_READ | …WRITE | …EXECUTE: make files and folders in a folder, but not remove it or change its list. */
const WRITE = "0x1201bf";
/** The same and DELETE, for what lies in it. */
const CHANGE = "0x1301bf";

/** Folder → its list, in the order to be set: the lists of what is below follow that of the folder above. */
export function accessLists(
  { state, agent, logs, desktop }: StateFolders,
  service: string,
): [folder: string, sddl: string][] {
  const own = `D:P${OWNERS}(A;;${WRITE};;;${service})(A;OICIIO;${CHANGE};;;${service})`;
  return [
    [state, `D:P${OWNERS}(A;OICI;${READ};;;${service})`],
    [agent, own],
    [logs, own],
    [desktop, `D:P${OWNERS}`],
  ];
}

/**
 * coturn's user database. We keep nobody in it, but coturn opens it for each credential, in several threads. When the file
 * is not there, each of them makes the tables, one finds the file locked, and the credential is refused with 401. Debian's
 * package therefore makes the file when it is installed, with coturn's own schema; a relay with a file of its own needs the same.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const SCHEMA = "/usr/share/coturn/schema.sql";

/** Makes the file unless it is there. The relay's account must be able to write it. `sqlite3` comes with Debian's coturn. */
export function prepareUserDb(file: string): void {
  if (!existsSync(file)) execFileSync("sqlite3", ["-bail", file], { input: readFileSync(SCHEMA) });
}

/** The file that an edge of its own holds instead of the relay's secret. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseSecrets, tagKey } from "./ice-servers.ts";
import type { Side } from "./side.ts";

/** For its owner alone; whole or not at all. Returns how many keys it has. */
export function writeTagKeys(options: { secretFile: string; side: Side; out: string }): number {
  const { secretFile, side, out } = options;
  const secrets = parseSecrets(readFileSync(secretFile, "utf8"));
  const keys = secrets.map((secret) => tagKey(secret, side).toString("base64url"));
  const next = `${out}.${process.pid}.new`;
  writeFileSync(next, `${keys.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  renameSync(next, out);
  return keys.length;
}

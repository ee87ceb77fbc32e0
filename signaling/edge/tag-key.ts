/**
 * Makes the file that lets an edge on another host recognise user names: one key a line for each secret of the relay.
 * The keys follow from the secrets one way; whoever steals them can make no password.
 *
 *   node signaling/edge/tag-key.ts --secret-file turn.secret --out edge-tag.key
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseSecrets, tagKey } from "./ice-servers.ts";

const { values } = parseArgs({ options: { "secret-file": { type: "string" }, out: { type: "string" } } });
if (!values["secret-file"] || !values.out) {
  console.error("usage: tag-key.ts --secret-file FILE --out FILE");
  process.exitCode = 1;
} else {
  const keys = parseSecrets(readFileSync(values["secret-file"], "utf8")).map((secret) =>
    tagKey(secret).toString("base64url"),
  );
  const next = `${values.out}.${process.pid}.new`;
  writeFileSync(next, `${keys.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  renameSync(next, values.out);
  console.log(`${values.out}: written (0600, ${keys.length} key${keys.length === 1 ? "" : "s"})`);
}

/**
 * Makes the file that lets an edge of its own recognise its side's user names, and prove to signaling that it is an edge of
 * that side: one key a line for each secret of the relay. The keys follow from the secrets one way; whoever steals them can
 * make no password, and has nothing of the other side.
 *
 *   node signaling/edge/tag-key.ts --side inside --secret-file turn.secret --out edge-inside.key
 */
import { parseArgs } from "node:util";
import { SIDES, type Side } from "./side.ts";
import { writeTagKeys } from "./tag-key-file.ts";

const { values } = parseArgs({
  options: { side: { type: "string", default: "outside" }, "secret-file": { type: "string" }, out: { type: "string" } },
});
const { "secret-file": secretFile, out } = values;
if (!secretFile || !out || !SIDES.some((side) => side === values.side)) {
  console.error("usage: tag-key.ts [--side outside|inside] --secret-file FILE --out FILE");
  process.exitCode = 1;
} else {
  const keys = writeTagKeys({ secretFile, side: values.side as Side, out });
  console.log(`${out}: written (0600, ${values.side}, ${keys} key${keys === 1 ? "" : "s"})`);
}

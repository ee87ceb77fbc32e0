/** Opens a store, and dies in the upgrade before the statement that contains a text: `node dying-upgrade.ts STATE_DIR TEXT`. */
import { DatabaseSync } from "node:sqlite";
import { openStore } from "../../signaling/store/open.ts";

const [stateDir = "", text = ""] = process.argv.slice(2);
const prepare = DatabaseSync.prototype.prepare;
DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
  if (sql.toLowerCase().includes(text)) process.kill(process.pid, "SIGKILL");
  return prepare.call(this, sql);
};
await openStore({ stateDir });

/** What can be done to many at once (BULK). What is dangerous needs one code for all of them. The letters are one act. */
import type { List } from "../../../protocol/console.ts";
import type { BulkType } from "../../../protocol/console-bulk.ts";

export const MANY: Readonly<Record<List, ReadonlyArray<BulkType | "people.letters">>> = {
  people: [
    "people.move",
    "people.enable",
    "people.unlock",
    "people.sign-out",
    "people.disable",
    "people.leave",
    "people.letters",
  ],
  terminals: ["terminal.move", "terminal.enable", "terminal.disable"],
  devices: ["device.remove", "device.lost"],
  grants: ["grant.remove"],
  divisions: [],
  sessions: ["session.end"],
  locks: [],
  audit: [],
};

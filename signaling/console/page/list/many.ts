/** What can be done to many at once. The dangerous acts need a code of their own each, but for the letters, which are one act. */
import type { ActType, List } from "../../../protocol/console.ts";

export const MANY: Readonly<Record<List, readonly ActType[]>> = {
  people: ["people.move", "people.enable", "people.unlock", "people.sign-out", "people.letters"],
  terminals: ["terminal.move", "terminal.enable"],
  devices: ["device.remove"],
  grants: ["grant.remove"],
  divisions: [],
  sessions: ["session.end"],
  locks: [],
  audit: [],
};

/** Every kind of import by its name. */
import type { ImportKind } from "../../protocol/console-import.ts";
import { divisions } from "./divisions.ts";
import { grants } from "./grants.ts";
import { type Import, importOf } from "./import.ts";
import { people } from "./people.ts";
import { terminals } from "./terminals.ts";

export const IMPORTS: Readonly<Record<ImportKind, Import>> = {
  people: importOf(people),
  terminals: importOf(terminals),
  grants: importOf(grants),
  divisions: importOf(divisions),
};

/** Which columns are shown: those that were chosen, else the usual ones, without the organisation where there is only one. */
import type { ItemOf, List } from "../../../protocol/console.ts";
import type { Column } from "./column.ts";
import { COLUMNS } from "./columns.tsx";

export type AnyRow = ItemOf<List>;
export type AnyColumn = Column<AnyRow>;

/** Each list's columns take rows of that list, and are only given those. */
export const columnsOf = (list: List): readonly AnyColumn[] => COLUMNS[list] as unknown as readonly AnyColumn[];

export function shownColumns(
  list: List,
  chosen: readonly string[] | undefined,
  isOneOrganisation: boolean,
): readonly AnyColumn[] {
  const all = columnsOf(list);
  const [first] = all;
  const usual = all.filter(({ key, isExtra }) => !isExtra && !(key === "organisation" && isOneOrganisation));
  if (chosen === undefined) return usual;
  return all.filter((column) => column === first || chosen.includes(column.key));
}

/** What a column of a list is. */
import type { ComponentChildren } from "preact";
import type { ItemOf, List } from "../../../protocol/console.ts";
import type { Words } from "../words/words.ts";

export interface Column<Row> {
  /** In the address, and of its word. */
  readonly key: string;
  /** As the server sorts by it. */
  readonly sort?: string;
  /** Share of the width, in rem at least. */
  readonly rem: number;
  /** Not shown unless somebody chooses it. */
  readonly isExtra?: boolean;
  /** As plain text: for CSV, and for the cell where there is nothing better. */
  readonly text: (row: Row, words: Words) => string;
  readonly cell?: (row: Row, words: Words) => ComponentChildren;
}

export type Columns = { readonly [L in List]: readonly Column<ItemOf<L>>[] };

/** Lists of any length, read page by page: what is held at once does not grow with the list. */
import type { ListFilter, PageOf } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import { type Desk, DeskError } from "./desk.ts";

/** Rows that are read at once: some hundred kB. */
export const PAGE_ROWS = 1_000;

export interface Listing<Row, After, Filter extends ListFilter = ListFilter> {
  page(q: Queries, filter: Filter, page: PageOf<After>, now: number): Promise<Row[]>;
  /** All that the filter leaves. */
  count(q: Queries, filter: Filter, now: number): Promise<number>;
  /** Behind which row the list goes on after this one. */
  afterOf(row: Row): After;
  /** Why the list cannot go on behind this row; only for lists that have to look it up. */
  problem?(q: Queries, after: After): Promise<string | undefined>;
}

/** What a limit cut off. */
export interface Cut<After> {
  readonly shown: number;
  /** With what stands before and behind what was shown. */
  readonly total: number;
  readonly after: After;
}

export interface ListRequest<After, Filter extends ListFilter> {
  readonly filter: Filter;
  readonly after?: After | undefined;
  /** Undefined: all. */
  readonly limit?: number | undefined;
}

/** Hands over page after page, and says what the limit cut off. What is written meanwhile may be missed, no row comes twice. */
export async function list<Row, After, Filter extends ListFilter>(
  { store, now }: Pick<Desk, "store" | "now">,
  listing: Listing<Row, After, Filter>,
  request: ListRequest<After, Filter>,
  take: (rows: readonly Row[]) => void,
): Promise<Cut<After> | undefined> {
  const { filter, limit = Number.POSITIVE_INFINITY } = request;
  let { after } = request;
  if (after !== undefined) {
    const problem = await store.read(async (q) => listing.problem?.(q, after as After));
    if (problem !== undefined) throw new DeskError(problem);
  }
  for (let shown = 0; ; ) {
    const size = Math.min(PAGE_ROWS, limit - shown);
    // one more, which tells whether anything follows
    const rows = await store.read((q) => listing.page(q, filter, { after, limit: size + 1 }, now()));
    const page = rows.slice(0, size);
    const last = page.at(-1);
    if (page.length > 0) take(page);
    if (last === undefined || rows.length <= size) return undefined;
    shown += page.length;
    after = listing.afterOf(last);
    if (shown >= limit) return { shown, total: await store.read((q) => listing.count(q, filter, now())), after };
  }
}

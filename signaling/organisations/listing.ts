/**
 * Lists of any length, read page by page: what is held at once does not grow with the list. Every page asks the table, and the
 * database leaves out what the principal may not read.
 */
import type { Action } from "../auth/permissions.ts";
import type { ListFilter, PageOf, Whose } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import { type Asking, type Desk, DeskError, look } from "./desk.ts";
import { organisationNamed } from "./organisation-named.ts";

/** Rows that are read at once: some hundred kB. */
export const PAGE_ROWS = 1_000;

export interface Listing<Row, After, Filter extends ListFilter = ListFilter> {
  /** What one has to be allowed where a row stands, to be shown it. */
  readonly action: Action;
  page(q: Queries, filter: Filter, page: PageOf<After>, now: number): Promise<Row[]>;
  /** All that the filter leaves. */
  count(q: Queries, filter: Filter, now: number): Promise<number>;
  /** Behind which row the list goes on after this one. */
  afterOf(row: Row): After;
  /** Why the list cannot go on behind this row; only for lists that have to look it up. */
  problem?(q: Queries, ask: Asking, after: After): Promise<DeskError | undefined>;
}

/** What a limit cut off. */
export interface Cut<After> {
  readonly shown: number;
  /** With what stands before and behind what was shown. */
  readonly total: number;
  readonly after: After;
}

export interface ListRequest<After, Filter extends ListFilter = ListFilter> {
  /** Code or name. */
  readonly organisation?: string | undefined;
  readonly wish?: Omit<Filter, "reach" | "organisation">;
  readonly after?: After | undefined;
  /** Undefined: all. */
  readonly limit?: number | undefined;
}

/** Hands over page after page, and says what the limit cut off. What is written meanwhile may be missed, no row comes twice. */
export async function list<Row, After, Filter extends ListFilter>(
  desk: Desk,
  listing: Listing<Row, After, Filter>,
  request: ListRequest<After, Filter>,
  take: (rows: readonly Row[]) => void,
): Promise<Cut<After> | undefined> {
  const { limit = Number.POSITIVE_INFINITY } = request;
  let { after } = request;
  const organisation = await begin(desk, listing, request);
  const read = <T>(work: (q: Queries, filter: Filter) => Promise<T>): Promise<T> =>
    look(desk, async (q, ask) => {
      const reach = await ask.mustReach(q, listing.action);
      return work(q, { ...request.wish, reach, organisation } as unknown as Filter);
    });
  for (let shown = 0; ; ) {
    const size = Math.min(PAGE_ROWS, limit - shown);
    // one more, which tells whether anything follows
    const rows = await read((q, filter) => listing.page(q, filter, { after, limit: size + 1 }, desk.now()));
    const page = rows.slice(0, size);
    const last = page.at(-1);
    if (page.length > 0) take(page);
    if (last === undefined || rows.length <= size) return undefined;
    shown += page.length;
    after = listing.afterOf(last);
    if (shown >= limit) return { shown, total: await read((q, filter) => listing.count(q, filter, desk.now())), after };
  }
}

/** Whether it can be read at all. Returns of which organisation. */
function begin<Row, After, Filter extends ListFilter>(
  desk: Desk,
  { action, problem }: Listing<Row, After, Filter>,
  { organisation: name, after }: ListRequest<After, Filter>,
): Promise<ListFilter["organisation"]> {
  return look(desk, async (q, ask) => {
    ask.mustSomewhere(action);
    const refusal = after === undefined ? undefined : await problem?.(q, ask, after);
    if (refusal) throw refusal;
    return name === undefined ? undefined : (await organisationNamed(q, ask, action, name)).id;
  });
}

/** For lists by login: with several organisations, a login alone is no place in them. */
export async function loginProblem(q: Queries, whose: Whose): Promise<DeskError | undefined> {
  if (whose.includes("/") || (await q.organisations.firstTwo()).length < 2) return undefined;
  return new DeskError("login-of-whom", { login: whose });
}

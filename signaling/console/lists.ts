/** One page of one list, with how many there are. */
import { createHash } from "node:crypto";
import { type ItemOf, type List, type ListQuery, SORTS, STATES, UNSEEN_LISTS } from "../protocol/console.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Head, ListFilter } from "../store/queries/console-lists.ts";
import { momentOf, type Question, readReach } from "./asking.ts";
import { type Counted, decodeCursor, encodeCursor } from "./cursor.ts";
import { itemsOf } from "./items.ts";
import { wordsOf } from "./search.ts";

export interface ListPage<L extends List> {
  rows: ItemOf<L>[];
  next?: string;
  total: number;
  counts: Record<string, number>;
}

const DAY_MS = 86_400_000;
/** Rows come and go without anybody's turning the page: for so long what was counted for one page holds for the next. */
const COUNTED_FOR_MS = 60_000;

export async function listPage<L extends List>(
  question: Question,
  list: L,
  query: ListQuery,
  only?: ListFilter["only"],
): Promise<ListPage<L>> {
  const reach = await readReach(question, list);
  const states: readonly string[] = STATES[list];
  if (query.state !== undefined && !states.includes(query.state))
    throw new RequestError("BAD_REQUEST", "state: no such");
  if (query.unseen !== undefined && !UNSEEN_LISTS.has(list)) throw new RequestError("BAD_REQUEST", "unseen: not here");
  if (query.below !== undefined && list !== "divisions") throw new RequestError("BAD_REQUEST", "below: not here");
  const order = orderOf(list, query.sort);
  const unseenSince = query.unseen === undefined ? undefined : question.now - query.unseen * DAY_MS;
  const filter: ListFilter = {
    list,
    reach,
    words: wordsOf(query.q, list),
    state: query.state,
    only,
    unseenSince,
    below: query.below,
  };
  const found = question.q.lists.of(filter, momentOf(question));
  const after = query.after === undefined ? undefined : decodeCursor(order.name, query.after);
  const heads = await found.page({ ...order, after, limit: query.limit + 1 });
  const shown = heads.slice(0, query.limit);
  const last = heads.length > query.limit ? shown.at(-1) : undefined;
  const isAll = query.state === undefined && after === undefined && last === undefined;
  const of = [list, query.q, query.unseen, query.below, reach];
  const counted =
    known(after?.counted, of, question.now) ??
    countedNow(of, question.now, isAll ? countOf(shown) : await found.counts(), states);
  return {
    rows: await itemsOf(list, question, shown),
    ...(last && { next: encodeCursor(order.name, { ...last, counted }) }),
    total: query.state === undefined ? counted.total : (counted.counts[states.indexOf(query.state)] ?? 0),
    counts: Object.fromEntries(states.map((state, i) => [state, counted.counts[i] ?? 0])),
  };
}

/** What the page before brought along, where it is of the same rows and new enough. */
function known(counted: Counted | undefined, of: unknown, now: number): Counted | undefined {
  const isGood = counted?.of === markOf(of) && now >= counted.at && now - counted.at < COUNTED_FOR_MS;
  return isGood ? counted : undefined;
}

const countedNow = (
  of: unknown,
  at: number,
  found: ReadonlyMap<string, number>,
  states: readonly string[],
): Counted => ({
  ...{ of: markOf(of), at, total: sum(found.values()) },
  counts: states.map((state) => found.get(state) ?? 0),
});

/** Tells apart what was counted; nothing depends on it but a number above a list. */
const markOf = (of: unknown): string =>
  createHash("sha256").update(JSON.stringify(of)).digest("base64url").slice(0, 12);

function countOf(heads: readonly Head[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of heads) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

/** As SORTS has it, or the other way round. */
function orderOf(list: List, wished: string | undefined): { name: string; sort: string; descending: boolean } {
  const usual: readonly string[] = SORTS[list];
  const name = wished ?? usual[0] ?? "";
  const sort = name.replace(/^-/, "");
  if (!usual.some((one) => one.replace(/^-/, "") === sort))
    throw new RequestError("BAD_REQUEST", "sort: no such column");
  return { name, sort, descending: name.startsWith("-") };
}

const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);

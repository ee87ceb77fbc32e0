/** One page of one list, with how many there are. */
import { type ItemOf, type List, type ListQuery, SORTS, STATES, UNSEEN_LISTS } from "../protocol/console.ts";
import { RequestError } from "../protocol/errors.ts";
import type { ListFilter } from "../store/queries/console-lists.ts";
import { momentOf, type Question, readReach } from "./asking.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { itemsOf } from "./items.ts";
import { wordsOf } from "./search.ts";

const DAY_MS = 86_400_000;

export interface ListPage<L extends List> {
  rows: ItemOf<L>[];
  next?: string;
  total: number;
  counts: Record<string, number>;
}

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
  const order = orderOf(list, query.sort);
  const moment = momentOf(question);
  const unseenSince = query.unseen === undefined ? undefined : moment.now - query.unseen * DAY_MS;
  const filter: ListFilter = { list, reach, words: wordsOf(query.q, list), state: query.state, only, unseenSince };
  const after = query.after === undefined ? undefined : decodeCursor(order.name, query.after);
  const heads = await question.q.lists.page(filter, moment, { ...order, after, limit: query.limit + 1 });
  const shown = heads.slice(0, query.limit);
  const last = heads.length > query.limit ? shown.at(-1) : undefined;
  const found = await question.q.lists.counts(filter, moment);
  const total = query.state === undefined ? sum(found.values()) : (found.get(query.state) ?? 0);
  return {
    rows: await itemsOf(list, question, shown),
    ...(last && { next: encodeCursor(order.name, last) }),
    total,
    counts: Object.fromEntries(states.map((state) => [state, found.get(state) ?? 0])),
  };
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

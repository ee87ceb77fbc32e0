/** The routes of the console. Every answer is parsed. */
import { z } from "zod";
import { call, type Result } from "../../../client/account.ts";
import { ITEMS, ItemAnswer, type ItemOf, type List, listAnswer, Self, Today } from "../../../protocol/console.ts";

export interface Asked {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
  readonly sort?: string | undefined;
  readonly unseen?: string | undefined;
  readonly below?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number;
  /** The page asks by itself: that does not keep the sign-in alive. */
  readonly auto?: "1" | undefined;
}

export interface Page<L extends List> {
  readonly rows: readonly ItemOf<L>[];
  readonly next?: string | undefined;
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
}

export type Item = ItemAnswer & { readonly item: ItemOf<List> };

export const self = (): Promise<Result<Self>> => call("GET", "/api/console/self", Self);
export const today = (): Promise<Result<Today>> => call("GET", "/api/console/today", Today);

export function list<L extends List>(name: L, asked: Asked): Promise<Result<Page<L>>> {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(asked))
    if (value !== undefined && value !== "") params.set(key, `${value}`);
  const search = params.size === 0 ? "" : `?${params}`;
  return call("GET", `/api/console/lists/${name}${search}`, listAnswer(name) as unknown as z.ZodType<Page<L>>);
}

/** The item fits its list's schema too. */
export const item = (name: List, id: string, auto?: "1"): Promise<Result<Item>> =>
  call(
    "GET",
    `/api/console/items/${name}/${encodeURIComponent(id)}${auto === undefined ? "" : "?auto=1"}`,
    ItemAnswer.extend({ list: z.literal(name), item: ITEMS[name] }) as unknown as z.ZodType<Item>,
  );

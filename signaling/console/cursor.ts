/**
 * Where a page ended: the last row's place in the order, and what was counted, which the next page need not count again. Opaque to
 * the page. It holds nothing that was not on the page.
 */
import { z } from "zod";
import { RequestError } from "../protocol/errors.ts";
import { holdsNul } from "../protocol/nul.ts";
import type { Key } from "../store/queries/console-lists.ts";

const Count = z.int().min(0);
const Counted = z.strictObject({
  /** Which rows (lists.ts). */
  of: z.string().max(20),
  /** Epoch ms. */
  at: z.number(),
  total: Count,
  /** Of each state, in the order of STATES (protocol/console.ts). */
  counts: z.array(Count).max(10),
});
export type Counted = z.infer<typeof Counted>;

interface Place {
  readonly key: Key;
  readonly id: string;
  readonly counted: Counted;
}

const Cursor = z.tuple([z.string().max(30), z.union([z.string().max(256), z.number()]), z.string().max(100), Counted]);

export function encodeCursor(sort: string, { key, id, counted }: Place): string {
  return Buffer.from(JSON.stringify([sort, key, id, counted])).toString("base64url");
}

/** Throws BAD_REQUEST for what is none, or one of another order. */
export function decodeCursor(sort: string, text: string): Place {
  const cursor = Cursor.safeParse(parsed(text));
  if (!cursor.success || cursor.data[0] !== sort || holdsNul(cursor.data))
    throw new RequestError("BAD_REQUEST", "after: no place in this order");
  const [, key, id, counted] = cursor.data;
  return { key, id, counted };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

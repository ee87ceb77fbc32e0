/** Where a page ended: the last row's place in the order, opaque to the page. It holds nothing that was not on the page. */
import { z } from "zod";
import { RequestError } from "../protocol/errors.ts";
import type { Key } from "../store/queries/console-lists.ts";

const Cursor = z.tuple([z.string().max(30), z.union([z.string().max(256), z.number()]), z.string().max(100)]);

export function encodeCursor(sort: string, last: { readonly key: Key; readonly id: string }): string {
  return Buffer.from(JSON.stringify([sort, last.key, last.id])).toString("base64url");
}

/** Throws BAD_REQUEST for what is none, or one of another order. */
export function decodeCursor(sort: string, text: string): { readonly key: Key; readonly id: string } {
  const cursor = Cursor.safeParse(parsed(text));
  if (!cursor.success || cursor.data[0] !== sort)
    throw new RequestError("BAD_REQUEST", "after: no place in this order");
  const [, key, id] = cursor.data;
  return { key, id };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

import type { Request } from "express";
import { RequestError } from "../../protocol/errors.ts";

/** What stands behind the `?`: each name once. */
export function queryOf(request: Request): unknown {
  const { searchParams } = new URL(request.url, "http://console");
  if (new Set(searchParams.keys()).size !== searchParams.size)
    throw new RequestError("BAD_REQUEST", "query: a name twice");
  return Object.fromEntries(searchParams);
}

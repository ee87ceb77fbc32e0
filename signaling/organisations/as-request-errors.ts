/** What the desk says, as a page is told of it. */
import { RequestError } from "../protocol/errors.ts";
import { DeskError, NotAllowed } from "./desk.ts";

export async function asRequestErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DeskError ? requestErrorOf(error) : error;
  }
}

export function requestErrorOf(error: DeskError): RequestError {
  const refusal = { why: error.code, facts: error.facts };
  const code = error instanceof NotAllowed ? "FORBIDDEN" : "ACT_REFUSED";
  return new RequestError(code, error.message, { cause: error, refusal });
}

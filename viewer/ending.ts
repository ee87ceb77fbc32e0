/** What the close of the page's WebSocket means for the page. Only codes after which trying again is useless are ends. */
import { CLOSE, type ErrorCode } from "../signaling/protocol/errors.ts";

/**
 * `set-aside`: the server has ended this page's connection for a newer one. Two ways lead there, and only one is seen:
 * a page that lost its line connects again, and the server drops what is left of its former socket, which the client
 * has let go of; or so many tabs of one sign-in are open that the oldest must go.
 */
const ENDS = new Map<number, Extract<ErrorCode, "NOT_SIGNED_IN" | "FORBIDDEN"> | "set-aside">([
  [CLOSE.notSignedIn, "NOT_SIGNED_IN"],
  [CLOSE.forbidden, "FORBIDDEN"],
  [CLOSE.replaced, "set-aside"],
]);

export const FINAL_CODES: readonly number[] = [...ENDS.keys()];

export const endOfPage = (closeCode: number | undefined): ReturnType<typeof ENDS.get> =>
  closeCode === undefined ? undefined : ENDS.get(closeCode);

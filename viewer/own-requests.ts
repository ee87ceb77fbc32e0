/** The HTTP routes of the person's own page (protocol/own.ts). */
import { call, type Result } from "../signaling/client/account.ts";
import type { KeyCode, SessionId } from "../signaling/protocol/ids.ts";
import { Own } from "../signaling/protocol/own.ts";

export type OwnEnd = { readonly signIn: string } | { readonly session: SessionId } | { readonly device: KeyCode };

export const own = (): Promise<Result<Own>> => call("GET", "/api/own", Own);

/** Ends one thing; what is left afterwards. */
export function endOwn(end: OwnEnd): Promise<Result<Own>> {
  const act = "signIn" in end ? "sign-in-end" : "session" in end ? "session-end" : "device-remove";
  return call("POST", `/api/own/${act}`, Own, end);
}

/** The HTTP routes of what somebody asks of their managers, and of who answers (protocol/requests.ts). */
import { call, type Result } from "../signaling/client/account.ts";
import type { RequestId } from "../signaling/protocol/ids.ts";
import {
  Approvals,
  type Decision,
  OwnRequests,
  type RequestAsk,
  type TakeBack,
} from "../signaling/protocol/requests.ts";

export const ownRequests = (): Promise<Result<OwnRequests>> => call("GET", "/api/requests", OwnRequests);
export const askRequest = (asked: RequestAsk): Promise<Result<OwnRequests>> =>
  call("POST", "/api/requests", OwnRequests, asked);
export const withdrawRequest = (request: RequestId): Promise<Result<OwnRequests>> =>
  call("POST", "/api/requests/withdraw", OwnRequests, { request });

export const approvals = (isAuto: boolean): Promise<Result<Approvals>> =>
  call("GET", isAuto ? "/api/approvals?auto=1" : "/api/approvals", Approvals);
export const decide = (decision: Decision): Promise<Result<Approvals>> =>
  call("POST", "/api/approvals", Approvals, decision);
export const takeBack = (back: TakeBack): Promise<Result<Approvals>> =>
  call("POST", "/api/approvals/take-back", Approvals, back);

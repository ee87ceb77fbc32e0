/** The routes of policy (protocol/console-policy.ts). */
import { call, type Result } from "../../../client/account.ts";
import {
  PolicyEffect,
  type PolicyPlaceId,
  PolicyPlaces,
  type PolicySet,
  PolicyView,
} from "../../../protocol/console-policy.ts";
import type { PolicyRules } from "../../../protocol/policy.ts";

const PLACE = "/api/console/policy";

export const places = (): Promise<Result<PolicyPlaces>> => call("GET", `${PLACE}/places`, PolicyPlaces);
export const view = ({ level, id }: PolicyPlaceId, isAuto = false): Promise<Result<PolicyView>> =>
  call("GET", `${PLACE}/${level}/${encodeURIComponent(id)}${isAuto ? "?auto=1" : ""}`, PolicyView);
export const effect = ({ level, id }: PolicyPlaceId, rules: PolicyRules): Promise<Result<PolicyEffect>> =>
  call("POST", `${PLACE}/effect`, PolicyEffect, { place: { level, id }, rules });
export const set = (change: PolicySet): Promise<Result<PolicyView>> => call("POST", PLACE, PolicyView, change);

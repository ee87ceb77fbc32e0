/** The routes of events and IDs (protocol/console-waves.ts). */
import { call, type Result } from "../../../client/account.ts";
import {
  ApplicationFile,
  type EventDeclare,
  EventEffect,
  type WaveApply,
  WavesView,
} from "../../../protocol/console-waves.ts";
import type { ApplicationId, EventId } from "../../../protocol/ids.ts";
import type { Because } from "../parts/confirm-dialog.tsx";

const PLACE = "/api/console/waves";
const post = (path: string, body: object): Promise<Result<WavesView>> =>
  call("POST", `${PLACE}${path}`, WavesView, body);

export const view = (isAuto = false): Promise<Result<WavesView>> =>
  call("GET", `${PLACE}${isAuto ? "?auto=1" : ""}`, WavesView);
export const apply = (wish: WaveApply): Promise<Result<WavesView>> => post("/apply", wish);
export const withdraw = (application: ApplicationId): Promise<Result<WavesView>> => post("/withdraw", { application });
export const approve = (applications: readonly ApplicationId[]): Promise<Result<WavesView>> =>
  post("/approve", { applications });
export const refuse = (application: ApplicationId, word: string): Promise<Result<WavesView>> =>
  post("/refuse", { application, word });
export const declare = (wish: EventDeclare): Promise<Result<WavesView>> => post("/declare", wish);
export const effect = (event: EventId, lastDay: string): Promise<Result<EventEffect>> =>
  call("POST", `${PLACE}/effect`, EventEffect, { event, lastDay });
export const end = (event: EventId, lastDay: string, said: Because): Promise<Result<WavesView>> =>
  post("/end", { event, lastDay, ...said });
export const read = (file: File): Promise<Result<ApplicationFile>> =>
  call("POST", `${PLACE}/read`, ApplicationFile, new Blob([file], { type: "text/csv" }));

/** The routes of acts, and of the same act on many. With the dialog: their schemas are no matter of the first view. */
import { call, type Result } from "../../../client/account.ts";
import { type Act, Done, Effect } from "../../../protocol/console-acts.ts";
import { type BulkAct, BulkDone } from "../../../protocol/console-bulk.ts";

export const effect = (act: Act): Promise<Result<Effect>> => call("POST", "/api/console/effect", Effect, act);
export const bulk = (act: BulkAct): Promise<Result<BulkDone>> => call("POST", "/api/console/bulk", BulkDone, act);
export const perform = (act: Act): Promise<Result<Done>> => call("POST", "/api/console/acts", Done, act);

/** The routes of the import. A file of thousands takes the server some seconds. */
import { call, type Result } from "../../../client/account.ts";
import { Imported, ImportPreview, ImportUndone, LastImport } from "../../../protocol/console-import.ts";

const TIMEOUT_MS = 120_000;
const PLACE = "/api/console/imports";

/** Why, and a code of the moment. */
export interface Because {
  readonly reason: string;
  readonly code: string;
}

export const preview = (file: File): Promise<Result<ImportPreview>> =>
  call("POST", `${PLACE}/people`, ImportPreview, new Blob([file], { type: "text/csv" }), TIMEOUT_MS);
export const apply = (token: string, said: Because): Promise<Result<Imported>> =>
  call("POST", `${PLACE}/apply`, Imported, { token, ...said }, TIMEOUT_MS);
export const last = (): Promise<Result<LastImport>> => call("GET", `${PLACE}/last`, LastImport);
export const undo = (id: string, said: Because): Promise<Result<ImportUndone>> =>
  call("POST", `${PLACE}/undo`, ImportUndone, { import: id, ...said }, TIMEOUT_MS);

/** The routes of the import. A file of thousands takes the server some seconds. */
import { call, type Result } from "../../../client/account.ts";
import {
  Imported,
  type ImportKind,
  ImportPreview,
  ImportUndone,
  LastImport,
} from "../../../protocol/console-import.ts";
import type { Because } from "../parts/confirm-dialog.tsx";

const TIMEOUT_MS = 120_000;

export interface Routes {
  preview(file: File): Promise<Result<ImportPreview>>;
  apply(token: string, said: Because): Promise<Result<Imported>>;
  last(): Promise<Result<LastImport>>;
  undo(id: string, said: Because): Promise<Result<ImportUndone>>;
}

/** Dates in the file are of the calendar on this wall. */
export function routesOf(kind: ImportKind): Routes {
  const place = `/api/console/imports/${kind}`;
  const offset = -new Date().getTimezoneOffset();
  return {
    preview: (file) =>
      call("POST", `${place}?offset=${offset}`, ImportPreview, new Blob([file], { type: "text/csv" }), TIMEOUT_MS),
    apply: (token, said) => call("POST", `${place}/apply`, Imported, { token, ...said }, TIMEOUT_MS),
    last: () => call("GET", `${place}/last`, LastImport),
    undo: (id, said) => call("POST", `${place}/undo`, ImportUndone, { import: id, ...said }, TIMEOUT_MS),
  };
}

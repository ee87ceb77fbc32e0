/** The route of documents (protocol/console-documents.ts). */
import { call, type Result } from "../../../client/account.ts";
import { Document, type DocumentName } from "../../../protocol/console-documents.ts";

/** `organisation`: undefined is the whole server. */
export function document(
  name: DocumentName,
  organisation: string | undefined,
  isAuto: boolean,
): Promise<Result<Document>> {
  const query = new URLSearchParams({ ...(organisation && { organisation }), ...(isAuto && { auto: "1" }) });
  return call("GET", `/api/console/documents/${name}${query.size === 0 ? "" : `?${query}`}`, Document);
}

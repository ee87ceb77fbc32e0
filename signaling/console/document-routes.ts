/** Documents, over HTTP (protocol/console-documents.ts). Looked at, like lists: no matter of the audit. */
import type { Request, RequestHandler } from "express";
import { writeDocument } from "../documents/write.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { queryOf } from "../doors/routes/query.ts";
import { asRequestErrors } from "../organisations/as-request-errors.ts";
import { type Document, DocumentName, DocumentQuery } from "../protocol/console-documents.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Asker, ConsoleParts } from "./routes.ts";

export class DocumentRoutes {
  readonly #parts: ConsoleParts;
  readonly #asker: (request: Request) => Promise<Asker>;

  constructor(parts: ConsoleParts, asker: (request: Request) => Promise<Asker>) {
    this.#parts = parts;
    this.#asker = asker;
  }

  readonly document: RequestHandler = async (request, response) => {
    const { desk, settings, records } = this.#parts;
    const { principal, signedIn } = await this.#asker(request);
    const name = DocumentName.safeParse(request.params["name"]);
    if (!name.success) throw new RequestError("NOT_FOUND", "there is no such document");
    const { organisation, auto } = parseBody(DocumentQuery, queryOf(request));
    const wanted = { settings, relay: undefined, organisation };
    const document = await asRequestErrors(() => writeDocument({ ...desk, principal }, name.data, wanted));
    if (auto === undefined) await records.touch(signedIn.signInId);
    response.json(document satisfies Document);
  };
}

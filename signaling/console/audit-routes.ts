/** The record of what happened as a file, over HTTP (protocol/console-audit.ts). */

import { once } from "node:events";
import type { Request, RequestHandler, Response } from "express";
import { PersonThrottle } from "../auth/throttle.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { queryOf } from "../doors/routes/query.ts";
import { asRequestErrors } from "../organisations/as-request-errors.ts";
import { exportRecords } from "../organisations/audit-export.ts";
import { AuditExportQuery } from "../protocol/console-audit.ts";
import type { Asker, ConsoleParts } from "./routes.ts";

/** Each may be some hundred MB. */
const EXPORTS = { points: 10, durationS: 600 } as const;
const TYPES = { csv: "text/csv; charset=utf-8", json: "application/json; charset=utf-8" } as const;

export class AuditRoutes {
  readonly #parts: ConsoleParts;
  readonly #asker: (request: Request) => Promise<Asker>;
  readonly #exports = new PersonThrottle(EXPORTS);

  constructor(parts: ConsoleParts, asker: (request: Request) => Promise<Asker>) {
    this.#parts = parts;
    this.#asker = asker;
  }

  readonly export: RequestHandler = async (request, response) => {
    const { desk, records, log } = this.#parts;
    const { signedIn, principal } = await this.#asker(request);
    const query = parseBody(AuditExportQuery, queryOf(request));
    await this.#exports.admit(signedIn.person);
    const wish = { ...query, home: signedIn.organisation.id };
    const pieces = await asRequestErrors(() => exportRecords({ ...desk, principal }, wish));
    await records.touch(signedIn.signInId);
    log.info({ by: principal.who, ...query }, "the audit is exported at the console");
    const day = new Date(desk.now()).toISOString().slice(0, 10);
    response.type(TYPES[query.form]);
    response.setHeader("Content-Disposition", `attachment; filename="audit-${day}.${query.form}"`);
    await write(pieces, response);
  };
}

/** At the pace of who takes it. A file that breaks off is one that the browser says is incomplete. */
async function write(pieces: AsyncIterable<string>, response: Response): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (response.destroyed) return;
      if (!response.write(piece)) await Promise.race([once(response, "drain"), once(response, "close")]);
    }
    response.end();
  } catch (error) {
    response.destroy(error as Error);
  }
}

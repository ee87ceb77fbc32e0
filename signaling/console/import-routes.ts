/** What comes from a file, over HTTP (protocol/console-import.ts). */
import express, { type Request, type RequestHandler, type Response } from "express";
import { PersonThrottle } from "../auth/throttle.ts";
import { publishChanges } from "../bus/bus.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { queryOf } from "../doors/routes/query.ts";
import { asRequestErrors, requestErrorOf } from "../organisations/as-request-errors.ts";
import { type Desk, DeskError } from "../organisations/desk.ts";
import { IMPORTS } from "../organisations/imports/kinds.ts";
import { encodeToken } from "../organisations/terminals.ts";
import {
  FATES,
  type Imported,
  ImportKind,
  type ImportLine,
  type ImportPreview,
  ImportQuery,
  ImportRequest,
  MAX_IMPORT_BYTES,
  UndoRequest,
} from "../protocol/console-import.ts";
import { RequestError } from "../protocol/errors.ts";

import { readImport } from "./import-file.ts";
import { Previews } from "./previews.ts";
import type { Asker, ConsoleParts } from "./routes.ts";

/** A file of thousands takes a second of the one thread. */
const FILES = { points: 30, durationS: 600 } as const;

export class ImportRoutes {
  readonly #parts: ConsoleParts;
  readonly #asker: (request: Request) => Promise<Asker>;
  readonly #previews = new Previews();
  readonly #files = new PersonThrottle(FILES);

  constructor(parts: ConsoleParts, asker: (request: Request) => Promise<Asker>) {
    this.#parts = parts;
    this.#asker = asker;
  }

  /** Nobody's megabytes are read before it is known who sends them. */
  readonly admit: RequestHandler = async (request, response, next) => {
    const asker = await this.#asker(request);
    await this.#files.admit(asker.signedIn.person);
    response.locals["asker"] = asker;
    next();
  };

  readonly body = express.raw({ type: "text/csv", limit: MAX_IMPORT_BYTES });

  readonly preview: RequestHandler = async (request, response) => {
    const kind = kindOf(request);
    const { signedIn, principal } = response.locals["asker"] as Asker;
    if (!Buffer.isBuffer(request.body)) throw new RequestError("BAD_REQUEST", "body: text/csv is wanted");
    const { offset } = parseBody(ImportQuery, queryOf(request));
    await this.#parts.records.touch(signedIn.signInId);
    const read = readImport(kind, request.body);
    if ("problem" in read) {
      response.json({ is: "unreadable", ...read } satisfies ImportPreview);
      return;
    }
    const { header, ignored } = read;
    const desk = { ...this.#parts.desk, principal };
    const file = { lines: read.lines, offset };
    const lines = await asRequestErrors(() => IMPORTS[kind].look(desk, file));
    const token = this.#previews.keep(signedIn.person, kind, { file, lines }, desk.now());
    const about = { header: [...header], ignored: [...ignored], counts: countsOf(lines) };
    response.json({ is: "readable", token, ...about, lines } satisfies ImportPreview);
  };

  readonly apply: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const kind = kindOf(request);
    const { token, reason, code } = parseBody(ImportRequest, request.body);
    const { person } = asker.signedIn;
    const shown = this.#previews.get(person, kind, token, this.#parts.desk.now());
    // before a code is used up for what would be refused
    if (!shown) throw requestErrorOf(new DeskError("import-unknown", {}));
    await this.#prove(asker, code, `${kind}.import`);
    const desk = this.#desk(asker, reason);
    const { lines, letters, tokens, changes } = await asRequestErrors(() => IMPORTS[kind].apply(desk, shown));
    this.#previews.forget(person);
    await publishChanges(this.#parts.bus, changes);
    const counts = countsOf(lines);
    this.#parts.log.info({ by: desk.principal.who, kind, ...counts }, "imported at the console");
    const wrong = lines.filter(({ fate }) => fate === "wrong");
    response.json({
      ...{ counts, wrong, letters: [...letters] },
      tokens: tokens.map(({ secret, ...of }) => ({
        ...of,
        token: encodeToken({ ...this.#parts.whereabouts, secret }),
      })),
    } satisfies Imported);
  };

  readonly last: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const kind = kindOf(request);
    response.json(await asRequestErrors(() => IMPORTS[kind].last(this.#desk(asker))));
  };

  readonly undo: RequestHandler = async (request, response: Response) => {
    const asker = await this.#asker(request);
    const kind = kindOf(request);
    const { import: id, reason, code } = parseBody(UndoRequest, request.body);
    const { last } = await asRequestErrors(() => IMPORTS[kind].last(this.#desk(asker)));
    if (last?.import !== id) throw requestErrorOf(new DeskError("import-not-undone", {}));
    await this.#prove(asker, code, `${kind}.import-undo`);
    const desk = this.#desk(asker, reason);
    const { undone, changes } = await asRequestErrors(() => IMPORTS[kind].undo(desk, id));
    await publishChanges(this.#parts.bus, changes);
    const { left, ...counts } = undone;
    this.#parts.log.info(
      { by: desk.principal.who, kind, ...counts, left: left.length },
      "an import was undone at the console",
    );
    response.json(undone);
  };

  #desk({ principal }: Asker, reason?: string): Desk {
    return { ...this.#parts.desk, principal, reason };
  }

  async #prove({ signedIn }: Asker, code: string | undefined, what: string): Promise<void> {
    await this.#parts.records.touch(signedIn.signInId);
    await this.#parts.stepUp.prove(signedIn, code, what);
  }
}

/** Throws NOT_FOUND: what does not come from files has no such address. */
function kindOf(request: Request): ImportKind {
  const kind = ImportKind.safeParse(request.params["kind"]);
  if (!kind.success) throw new RequestError("NOT_FOUND", "there is no such import");
  return kind.data;
}

const countsOf = (lines: readonly ImportLine[]): Imported["counts"] => {
  const counts = { add: 0, change: 0, same: 0, wrong: 0 };
  for (const fate of FATES) counts[fate] = lines.filter((line) => line.fate === fate).length;
  return counts;
};

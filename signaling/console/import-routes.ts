/** People from a file, over HTTP (protocol/console-import.ts). */
import express, { type Request, type RequestHandler, type Response } from "express";
import { PersonThrottle } from "../auth/throttle.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { type Desk, DeskError, look } from "../organisations/desk.ts";
import { importPeople } from "../organisations/import-apply.ts";
import { lastImport, undoImport } from "../organisations/import-undo.ts";
import { planPeople } from "../organisations/people-import.ts";
import {
  FATES,
  type Imported,
  type ImportLine,
  type ImportPreview,
  ImportRequest,
  MAX_IMPORT_BYTES,
  UndoRequest,
} from "../protocol/console-import.ts";
import { RequestError } from "../protocol/errors.ts";
import { asRequestErrors, requestErrorOf } from "./acts.ts";
import { readPeople } from "./people-file.ts";
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
    const { signedIn, principal } = response.locals["asker"] as Asker;
    if (!Buffer.isBuffer(request.body)) throw new RequestError("BAD_REQUEST", "body: text/csv is wanted");
    await this.#parts.records.touch(signedIn.signInId);
    const file = readPeople(request.body);
    if ("problem" in file) {
      response.json({ is: "unreadable", ...file } satisfies ImportPreview);
      return;
    }
    const { lines, header, ignored } = file;
    const desk = { ...this.#parts.desk, principal };
    const plan = await asRequestErrors(() => look(desk, (q, ask) => planPeople(q, ask, lines)));
    const shown = plan.map(({ line }) => line);
    const token = this.#previews.keep(signedIn.person, { file: lines, lines: shown }, desk.now());
    const about = { header: [...header], ignored: [...ignored], counts: countsOf(shown) };
    response.json({ is: "readable", token, ...about, lines: shown } satisfies ImportPreview);
  };

  readonly apply: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const { token, reason, code } = parseBody(ImportRequest, request.body);
    const { person } = asker.signedIn;
    const shown = this.#previews.get(person, token, this.#parts.desk.now());
    // before a code is used up for what would be refused
    if (!shown) throw requestErrorOf(new DeskError("import-unknown", {}));
    await this.#prove(asker, code, "people.import");
    const desk = this.#desk(asker, reason);
    const { lines, letters } = await asRequestErrors(() => importPeople(desk, shown));
    this.#previews.forget(person);
    const counts = countsOf(lines);
    this.#parts.log.info({ by: desk.principal.who, ...counts }, "people imported at the console");
    const wrong = lines.filter(({ fate }) => fate === "wrong");
    response.json({ counts, wrong, letters: [...letters] } satisfies Imported);
  };

  readonly last: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    response.json(await asRequestErrors(() => lastImport(this.#desk(asker))));
  };

  readonly undo: RequestHandler = async (request, response: Response) => {
    const asker = await this.#asker(request);
    const { import: id, reason, code } = parseBody(UndoRequest, request.body);
    const { last } = await asRequestErrors(() => lastImport(this.#desk(asker)));
    if (last?.import !== id) throw requestErrorOf(new DeskError("import-not-undone", {}));
    await this.#prove(asker, code, "people.import-undo");
    const desk = this.#desk(asker, reason);
    const { left, ...counts } = await asRequestErrors(() => undoImport(desk, id));
    this.#parts.log.info(
      { by: desk.principal.who, ...counts, left: left.length },
      "an import was undone at the console",
    );
    response.json({ ...counts, left });
  };

  #desk({ principal }: Asker, reason?: string): Desk {
    return { ...this.#parts.desk, principal, reason };
  }

  async #prove({ signedIn }: Asker, code: string | undefined, what: string): Promise<void> {
    await this.#parts.records.touch(signedIn.signInId);
    await this.#parts.stepUp.prove(signedIn, code, what);
  }
}

const countsOf = (lines: readonly ImportLine[]): Imported["counts"] => {
  const counts = { add: 0, change: 0, same: 0, wrong: 0 };
  for (const fate of FATES) counts[fate] = lines.filter((line) => line.fate === fate).length;
  return counts;
};

/** The record of what happened as a file, oldest first. That somebody took it is a record, too, and is written before the first line. */
import { setImmediate } from "node:timers/promises";
import type { AuditExportQuery, ExportForm } from "../protocol/console-audit.ts";
import { csvLines, MARK } from "../protocol/csv.ts";
import type { OrganisationId } from "../protocol/ids.ts";
import type { AuditSpan } from "../store/queries/audit.ts";
import type { AuditRow } from "../store/rows/audit.ts";
import { type Desk, look, perform } from "./desk.ts";
import { organisationNamed } from "./organisation-named.ts";
import { Places } from "./places.ts";

/** Rows that are read at once. */
const BATCH = 1_000;

export interface ExportWish extends AuditExportQuery {
  /** Code or name; left out: all in reach. */
  readonly organisation?: string | undefined;
  /** Where it is recorded, unless one organisation is asked for: where who reads belongs. */
  readonly home: OrganisationId | null;
}

/** Piece by piece, each with its end of line. Throws NotAllowed before the first. */
export async function exportRecords(desk: Desk, wish: ExportWish): Promise<AsyncIterable<string>> {
  const { form, from, to, home } = wish;
  const span = await perform(desk, "audit.exported", async (q, ask) => {
    const reach = await ask.mustReach(q, "audit.export");
    const named = wish.organisation;
    const organisation = named === undefined ? undefined : await organisationNamed(q, ask, "audit.export", named);
    const upTo = (await q.audit.last())?.seq ?? 0;
    return {
      organisation: organisation?.id ?? home,
      about: { kind: form, since: from ?? null, until: to ?? null, number: upTo },
      result: { reach, organisation: organisation?.id, upTo, ...momentsOf(wish) } satisfies AuditSpan,
    };
  });
  return pieces(desk, span, form);
}

async function* pieces(desk: Desk, span: AuditSpan, form: ExportForm): AsyncIterable<string> {
  const { head, rows: text, foot } = FORMS[form];
  yield head;
  for (let after = 0, isFirst = true; ; isFirst = false) {
    const { rows, codeOf } = await look(desk, async (q, ask) => {
      await ask.mustReach(q, "audit.export"); // whose duty was taken meanwhile reads no further
      const found = await q.audit.inOrder(span, after, BATCH);
      const places = await Places.around(q, found);
      const code = ({ organisationId: id }: AuditRow) => (id && places.organisation(id)?.code) || "";
      return { rows: found, codeOf: code };
    });
    if (rows.length > 0) yield text(rows, codeOf, isFirst);
    after = rows.at(-1)?.seq ?? after;
    if (rows.length < BATCH) break;
    await setImmediate();
  }
  if (foot) yield foot;
}

interface Form {
  readonly head: string;
  readonly rows: (rows: readonly AuditRow[], codeOf: (row: AuditRow) => string, areFirst: boolean) => string;
  readonly foot: string;
}

const COLUMNS = ["seq", "organisation", "chain", "number", "at", "event", "actor", "about", "hash", "seal"] as const;

/** `about` stays the text that the hash is of. */
const fieldsOf = (row: AuditRow, organisation: string) => ({
  ...{ seq: row.seq, organisation, chain: row.chain, number: row.number, at: new Date(row.at).toISOString() },
  ...{ event: row.event, actor: row.actor, about: row.about, hash: row.hash, seal: row.mac },
});

const FORMS: Readonly<Record<ExportForm, Form>> = {
  csv: {
    head: MARK + csvLines([COLUMNS]),
    rows: (rows, codeOf) =>
      csvLines(
        rows.map((row) => {
          const fields = fieldsOf(row, codeOf(row));
          return COLUMNS.map((column) => String(fields[column] ?? ""));
        }),
      ),
    foot: "",
  },
  json: {
    head: "[\n",
    rows: (rows, codeOf, areFirst) => {
      const lines = rows.map((row) => JSON.stringify(fieldsOf(row, codeOf(row))));
      return `${areFirst ? "" : ","}${lines.join("\n,")}\n`;
    },
    foot: "]\n",
  },
};

const momentsOf = ({ from, to }: AuditExportQuery) => ({
  from: from === undefined ? undefined : startOfDay(from),
  before: to === undefined ? undefined : startOfDay(to, 1),
});

/** Of the server's own calendar, or so many days later. Epoch ms. */
export function startOfDay(day: string, later = 0): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).getTime();
}

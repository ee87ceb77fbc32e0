/** An application for IDs as a CSV file: what each of its lines asks for, or what is wrong in it. Nothing is kept of it. */
import { clean } from "../organisations/imports/lines.ts";
import {
  APPLICATION_COLUMNS,
  type ApplicationFile,
  MAX_IDS_APPLIED,
  type WavesView,
} from "../protocol/console-waves.ts";
import { plainCell } from "../protocol/csv.ts";
import type { EventId } from "../protocol/ids.ts";
import { fold } from "../store/rows/folded.ts";
import { readCsv } from "./csv-file.ts";

type Column = keyof typeof APPLICATION_COLUMNS;
type Line = Extract<ApplicationFile, { is: "readable" }>["lines"][number];
type Seen = Pick<WavesView, "applyFor" | "events">;
/** Undefined: the line says nothing; null: IDs without an end. */
type Under = EventId | null | undefined | "unknown";

const COLUMNS = new Map(
  Object.entries<readonly string[]>(APPLICATION_COLUMNS).flatMap(([column, names]) =>
    names.map((name) => [fold(name), column as Column]),
  ),
);
const REGULAR = ["通常", "regular"].map(fold);
const BASES = { emergency: "緊急事態措置", priority: "まん延防止等重点措置" } as const;

export function readApplication(bytes: Uint8Array, seen: Seen): ApplicationFile {
  const file = readCsv(bytes);
  if (!("rows" in file))
    return { is: "unreadable", problem: file.problem, ...(file.row !== undefined && { row: file.row }) };
  const [first, ...rows] = file.rows;
  const columns = (first?.cells ?? []).map((name) => COLUMNS.get(fold(plainCell(name))));
  const has = (column: Column): boolean => columns.includes(column);
  if (!has("count") || !(has("code") || has("organisation"))) return { is: "unreadable", problem: "no-column" };
  if (new Set(columns.filter(Boolean)).size < columns.filter(Boolean).length)
    return { is: "unreadable", problem: "column-twice" };
  const said = rows.map(({ row, cells }) => {
    const of = (column: Column): string => clean(plainCell(cells[columns.indexOf(column)] ?? ""));
    return { row, code: of("code"), organisation: of("organisation"), count: of("count"), event: of("event") };
  });
  // a template comes back with all towns in it: those with no number ask for nothing
  const asking = said.filter(({ count }) => count !== "" && count !== "0");
  if (asking.length === 0) return { is: "unreadable", problem: "empty" };
  const reading = new Reading(seen);
  const lines = asking.map((one) => reading.line(one));
  const { under } = reading;
  return { is: "readable", ...(typeof under === "number" && { event: under }), lines };
}

interface Said extends Readonly<Record<Column, string>> {
  readonly row: number;
}

class Reading {
  readonly #seen: Seen;
  readonly #rows = new Set<string>();
  /** What the first line says that says anything: one application is for one event. */
  under: EventId | null | undefined;

  constructor(seen: Seen) {
    this.#seen = seen;
  }

  line({ row, code, organisation: called, count, event }: Said): Line {
    const base = { row, name: called || code, count };
    const organisation = this.#seen.applyFor.find((one) =>
      code === "" ? fold(one.name) === fold(called) || one.code === fold(called) : one.code === fold(code),
    );
    if (!organisation) return { ...base, problem: "no-organisation" };
    const number = Number(count.normalize("NFKC").replaceAll(",", ""));
    if (!(Number.isInteger(number) && number > 0 && number <= MAX_IDS_APPLIED)) return { ...base, problem: "no-count" };
    if (this.#rows.has(organisation.id)) return { ...base, problem: "twice" };
    const under = this.#under(event);
    if (under === "unknown") return { ...base, problem: "no-event" };
    if (this.under !== undefined && under !== undefined && under !== this.under)
      return { ...base, problem: "other-event" };
    if (under !== undefined) this.under = under;
    this.#rows.add(organisation.id);
    return { ...base, line: { organisation, count: number } };
  }

  /** By its name, its number or, where there is one only, its legal basis. */
  #under(text: string): Under {
    if (text === "") return undefined;
    if (REGULAR.includes(fold(text))) return null;
    const on = this.#seen.events.filter(({ isOver }) => !isOver);
    const named = on.find(({ id, name }) => `${id}` === fold(text) || fold(name) === fold(text));
    const [only, ...more] = on.filter(({ basis }) => fold(BASES[basis]) === fold(text) || basis === fold(text));
    return named?.id ?? (only && more.length === 0 ? only.id : "unknown");
  }
}

/** What becomes of each line: chips by fate, some lines at a time. */
import { useState } from "preact/hooks";
import {
  FATES,
  type Fate,
  IMPORT_COLUMN_NAMES,
  IMPORT_COLUMNS,
  type ImportColumn,
  type ImportKind,
  type ImportLine,
} from "../../../protocol/console-import.ts";
import { useDesk } from "../state/desk.ts";
import type { Words } from "../words/words.ts";
import { type Said, useSaid } from "./said.ts";

const AT_ONCE = 100;
/** Of the columns of a kind, in rem. */
const WIDTHS: Readonly<Partial<Record<ImportColumn, number>>> = { person: 12, terminal: 16, id: 10, mail: 14 };
const USUAL_WIDTH = 9;

/** Which are shown of the file's: the organisation where there are several, mail addresses where there are any. */
function columnsFor(kind: ImportKind, lines: readonly ImportLine[]): ImportColumn[] {
  const idle = new Set<ImportColumn>();
  if (new Set(lines.map(({ values }) => values.organisation)).size <= 1) idle.add("organisation");
  if (lines.every(({ values }) => values.mail === undefined)) idle.add("mail");
  return IMPORT_COLUMN_NAMES.filter((column) => column in IMPORT_COLUMNS[kind] && !idle.has(column));
}

const TONES: Readonly<Record<Fate, string>> = { add: "good", change: "busy", same: "quiet", wrong: "bad" };

export const detailOf = (line: ImportLine, words: Words, said: Said): string[] => [
  ...line.problems.map(({ column, problem, fact }) => `${words.column(column)}：${said.problem(problem, fact)}`),
  ...line.changes.map(({ column, from, to }) => {
    const none = said.text("empty");
    return said.text("change", { column: words.column(column), from: from || none, to: to || none });
  }),
];

interface LinesTableProps {
  readonly lines: readonly ImportLine[];
  /** Left out: they all have the same fate. */
  readonly counts?: Readonly<Record<Fate, number>>;
}

export function LinesTable({ lines, counts }: LinesTableProps) {
  const { words } = useDesk();
  const said = useSaid();
  const [fate, setFate] = useState<Fate | undefined>(counts && counts.wrong > 0 ? "wrong" : undefined);
  const [from, setFrom] = useState(0);
  const chosen = fate === undefined ? lines : lines.filter((line) => line.fate === fate);
  const shown = chosen.slice(from, from + AT_ONCE);
  const choose = (wanted: Fate | undefined): void => {
    setFate(wanted);
    setFrom(0);
  };
  return (
    <>
      {counts && <Chips counts={{ all: lines.length, ...counts }} fate={fate} choose={choose} />}
      <p class="hint" role="status" data-testid="lines-shown">
        {said.text("shown", {
          total: words.number(chosen.length),
          from: words.number(Math.min(from + 1, chosen.length)),
          to: words.number(from + shown.length),
        })}
      </p>
      {shown.length > 0 && <Rows lines={shown} />}
      {chosen.length > AT_ONCE && (
        <div class="pages">
          <button type="button" class="button" disabled={from === 0} onClick={() => setFrom(from - AT_ONCE)}>
            {said.text("before", { count: AT_ONCE })}
          </button>
          <button
            type="button"
            class="button"
            data-testid="lines-next"
            disabled={from + AT_ONCE >= chosen.length}
            onClick={() => setFrom(from + AT_ONCE)}
          >
            {said.text("next", { count: AT_ONCE })}
          </button>
        </div>
      )}
    </>
  );
}

interface ChipsProps {
  readonly counts: Readonly<Record<Fate | "all", number>>;
  readonly fate: Fate | undefined;
  readonly choose: (fate: Fate | undefined) => void;
}

/** Nothing is asked of the server for them, so they are no part of the address. */
function Chips({ counts, fate, choose }: ChipsProps) {
  const { words } = useDesk();
  const said = useSaid();
  return (
    <ul class="chips" aria-label={said.text("filter")}>
      {([undefined, ...FATES] as const).map((one) => (
        <li key={one ?? ""}>
          <button
            type="button"
            class="chip"
            aria-pressed={fate === one}
            data-testid={`fate-${one ?? "all"}`}
            onClick={() => choose(one)}
          >
            {one === undefined ? said.text("all") : said.fate(one)}{" "}
            <span class="chip-count">{words.number(counts[one ?? "all"])}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Rows({ lines }: { lines: readonly ImportLine[] }) {
  const { words } = useDesk();
  const said = useSaid();
  const columns = columnsFor(said.kind, lines);
  const widths = columns.map((column) => WIDTHS[column] ?? USUAL_WIDTH);
  const tracks = [4, 8, ...widths, 22].map((rem) => `minmax(${rem}rem, ${rem}fr)`).join(" ");
  const least = widths.reduce((sum, rem) => sum + rem, 34);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, so the keyboard has to reach it
    <section class="table-frame" aria-label={said.text("table")} tabIndex={0}>
      <table
        class="table plain"
        aria-label={said.text("table")}
        style={{ "--tracks": tracks, "--least": `${least}rem` }}
      >
        <thead>
          <tr class="row head">
            {[said.text("row"), said.text("fate"), ...columns.map((key) => words.column(key)), said.text("detail")].map(
              (head) => (
                <th key={head} class="cell" scope="col">
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.row} class="row" data-testid="line" data-fate={line.fate}>
              <td class="cell count">{words.number(line.row)}</td>
              <td class="cell">
                <span class="state" data-tone={TONES[line.fate]}>
                  {said.fate(line.fate)}
                </span>
              </td>
              {columns.map((column) => (
                <td key={column} class={column === "login" || column === "id" ? "cell mono" : "cell"}>
                  {line.values[column]}
                </td>
              ))}
              <td class="cell">
                {detailOf(line, words, said).map((text) => (
                  <p key={text}>{text}</p>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/**
 * The divisions as the tree they are. What is below one is asked for when it is unfolded; people and office PCs are counted with all
 * that is below. Rows and columns are those of every list, with an indented first one.
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import { type ItemOf, PAGE_ROWS } from "../../../protocol/console.ts";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import * as api from "../state/api.ts";
import { useDesk } from "../state/desk.ts";
import { useOwnWords } from "../state/own-words.ts";
import type { Selection } from "../state/selection.ts";
import type { AnyColumn, AnyRow } from "./shown-columns.ts";
import type { Table as ListTable } from "./table.tsx";
import { TREE_WORDS, type TreeKey } from "./tree-words.ts";

type Division = ItemOf<"divisions">;
/** What is right below each of those that were unfolded once. */
type Levels = ReadonlyMap<string, readonly Division[]>;

/** Rows that "all" unfolds at most, and questions it asks for them: nobody may ask as often as they like. */
const MAX_ROWS = 1_000;
const MAX_QUESTIONS = 200;

interface TreeProps {
  readonly tops: readonly Division[];
  /** They are what was asked for before: those that are wanted are on their way. */
  readonly areOld: boolean;
  readonly columns: readonly AnyColumn[];
  readonly selection: Selection;
  /** Handed in: what is imported from there would cut the page's first script into pieces. */
  readonly Table: typeof ListTable;
  /** Is told which rows there are to be seen. */
  readonly show: (rows: readonly AnyRow[]) => void;
}

// long: what is unfolded, and the rows that come of it
export function Tree({ tops, areOld, columns, selection, Table, show }: TreeProps) {
  const { words, lost, version } = useDesk();
  const [levels, setLevels] = useState<Levels>(new Map());
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<Failure>();
  const [areTooMany, setTooMany] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const say = useOwnWords(TREE_WORDS);
  const rows = useMemo(() => rowsOf(tops, levels, open, 1), [tops, levels, open]);

  /** Beside what is known: others may be on their way. */
  const load = async (ids: readonly string[]): Promise<Levels | undefined> => {
    const found = new Map<string, readonly Division[]>();
    for (const id of ids) {
      const answer = await below(id);
      if (!answer.ok) {
        if (answer.failure.code === "NOT_SIGNED_IN") lost(answer.failure);
        else setFailure(answer.failure);
        return undefined;
      }
      found.set(id, answer.rows);
    }
    setFailure(undefined);
    setLevels((before) => new Map([...before, ...found]));
    return found;
  };
  const toggle = async (id: string): Promise<void> => {
    const isOpen = open.has(id);
    if (!isOpen && !levels.has(id) && !(await load([id]))) return;
    setOpen((before) => new Set(isOpen ? [...before].filter((one) => one !== id) : [...before, id]));
  };
  const unfoldAll = async (): Promise<void> => {
    setBusy(true);
    let known = levels;
    const opened = new Set<string>();
    let level = tops;
    let isAll = true;
    let count = tops.length;
    let asked = 0;
    while (level.length > 0 && count < MAX_ROWS && asked < MAX_QUESTIONS) {
      const all = level.filter(({ divisions }) => divisions > 0).map(({ id }) => id);
      const ids = all.slice(0, MAX_QUESTIONS - asked);
      asked += ids.length;
      isAll &&= ids.length === all.length;
      const found = await load(ids.filter((id) => !known.has(id)));
      if (!found) return setBusy(false);
      known = new Map([...known, ...found]);
      for (const id of ids) opened.add(id);
      level = ids.flatMap((id) => known.get(id) ?? []);
      count += level.length;
    }
    setBusy(false);
    setOpen(opened);
    setTooMany(!isAll || level.some(({ divisions }) => divisions > 0));
  };

  // what was done here may have moved some of them; what is folded is asked for again when it is unfolded
  useEffect(() => {
    setLevels((before) => new Map([...before].filter(([id]) => open.has(id))));
    if (open.size > 0) void load([...open]);
  }, [version]);
  const shown = useMemo(() => rows.map(({ row }) => row), [rows]);
  useEffect(() => show(shown), [shown]);

  const depths = useMemo(() => new Map(rows.map(({ row, depth }) => [row.id as string, depth])), [rows]);
  return (
    <>
      <div class="tools">
        <button
          type="button"
          class="button"
          data-testid="unfold-all"
          disabled={isBusy || areOld}
          onClick={() => void unfoldAll()}
        >
          {say("all")}
        </button>
        <button
          type="button"
          class="button"
          data-testid="fold-all"
          disabled={open.size === 0}
          onClick={() => setOpen(new Set())}
        >
          {say("none")}
        </button>
      </div>
      <p class="hint shown" role="status" data-testid="shown">
        {say("shown", { count: words.number(rows.length) })}
      </p>
      {areTooMany && open.size > 0 && <Notice kind="info" what={say("tooMany")} testId="tree-too-many" />}
      {failure && <FailureNotice failure={failure} testId="tree-problem" />}
      {rows.length > 0 && (
        <Table
          list="divisions"
          rows={shown}
          columns={columns
            .filter(({ key }) => key !== "parent") // the tree says it
            .map((column, i) => (i === 0 ? indented(column, depths, open, toggle, say) : column))}
          selection={selection}
        />
      )}
    </>
  );
}

interface TreeRow {
  readonly row: Division;
  readonly depth: number;
}

const rowsOf = (all: readonly Division[], levels: Levels, open: ReadonlySet<string>, depth: number): TreeRow[] =>
  all.flatMap((row) => [
    { row, depth },
    ...(open.has(row.id) ? rowsOf(levels.get(row.id) ?? [], levels, open, depth + 1) : []),
  ]);

type Below =
  | { readonly ok: true; readonly rows: readonly Division[] }
  | { readonly ok: false; readonly failure: Failure };

/** All of them, a page at a time. */
async function below(id: string): Promise<Below> {
  const rows: Division[] = [];
  for (let after: string | undefined; ; ) {
    const answer = await api.list("divisions", { below: id, limit: PAGE_ROWS, after });
    if (!answer.ok) return answer;
    rows.push(...answer.value.rows);
    after = answer.value.next;
    if (after === undefined) return { ok: true, rows };
  }
}

function indented(
  column: AnyColumn,
  depths: ReadonlyMap<string, number>,
  open: ReadonlySet<string>,
  toggle: (id: string) => Promise<void>,
  say: (key: TreeKey, facts: Readonly<Record<string, string | number>>) => string,
): AnyColumn {
  return {
    ...column,
    rem: column.rem + 6,
    cell: (row, words) => {
      const { id, name, divisions } = row as Division;
      const depth = depths.get(id) ?? 1;
      const isOpen = open.has(id);
      return (
        <span class="tree-name" style={{ "--depth": depth - 1 }}>
          {divisions > 0 ? (
            <button
              type="button"
              class="fold"
              data-testid="fold"
              aria-expanded={isOpen}
              aria-label={say(isOpen ? "fold" : "unfold", { name })}
              onClick={() => void toggle(id)}
            >
              {isOpen ? "▾" : "▸"}
            </button>
          ) : (
            <span class="fold" />
          )}
          <span>
            {column.cell?.(row, words)}
            <span class="hidden-words">{say("level", { level: depth })}</span>
          </span>
        </span>
      );
    },
  };
}

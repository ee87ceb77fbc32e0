/** What can be done with a list as a whole: more of it, other columns, a file. */
import type { List } from "../../../protocol/console.ts";
import type { ActType } from "../../../protocol/console-acts.ts";
import { csv, download } from "../format/csv.ts";
import { isoMoment } from "../format/moment.ts";
import { useDesk } from "../state/desk.ts";
import { changed, formatRoute, IMPORTED } from "../state/route.ts";
import { type AnyColumn, type AnyRow, columnsOf } from "./shown-columns.ts";

const ADDS: Readonly<Record<List, ActType | undefined>> = {
  people: "people.add",
  terminals: "terminal.add",
  devices: undefined,
  grants: "grant.add",
  divisions: "division.add",
  sessions: undefined,
  locks: "lock.organisation",
  audit: undefined,
};

interface ToolsProps {
  readonly list: List;
  readonly rows: readonly AnyRow[];
  readonly columns: readonly AnyColumn[];
}

export function Tools({ list, rows, columns }: ToolsProps) {
  const { words, self, choose } = useDesk();
  const add = ADDS[list];
  const kind = IMPORTED.find((one) => one === list);
  const save = (): void => {
    const lines = [
      columns.map(({ key }) => words.column(key)),
      ...rows.map((row) => columns.map(({ text }) => text(row, words))),
    ];
    download(`${words.list(list)}-${isoMoment(Date.now()).replace(/[ :]/g, "-")}.csv`, csv(lines));
  };
  return (
    <div class="tools">
      <ColumnChoice list={list} columns={columns} />
      <button type="button" class="button" data-testid="csv" disabled={rows.length === 0} onClick={save}>
        {words.text("csv", { count: words.number(rows.length) })}
      </button>
      {kind && add && self?.acts.includes(add) && (
        <a class="button" data-testid="import" href={formatRoute({ place: "import", kind })}>
          {words.text("importCsv")}
        </a>
      )}
      {add && self?.acts.includes(add) && (
        <button
          type="button"
          class="button primary"
          data-testid="add"
          onClick={() => choose({ type: add, subjects: [{ name: "", known: {} }] })}
        >
          {words.act(add)}
        </button>
      )}
    </div>
  );
}

function ColumnChoice({ list, columns }: Pick<ToolsProps, "list" | "columns">) {
  const { words, route, go } = useDesk();
  const [first, ...others] = columnsOf(list);
  const shown = columns.map(({ key }) => key);
  const toggle = (key: string): void => {
    const keys = shown.includes(key) ? shown.filter((one) => one !== key) : [...shown, key];
    const ordered = columnsOf(list).map((column) => column.key);
    go(changed(route, { columns: ordered.filter((one) => keys.includes(one)) }), "replace");
  };
  return (
    <details class="column-choice">
      <summary class="button" data-testid="columns">
        {words.text("columns")}
      </summary>
      <fieldset class="card">
        <legend class="hidden-words">{words.text("columns")}</legend>
        {first && (
          <label>
            <input type="checkbox" checked disabled /> {words.column(first.key)}
          </label>
        )}
        {others.map(({ key }) => (
          <label key={key}>
            <input
              type="checkbox"
              data-testid={`column-${key}`}
              checked={shown.includes(key)}
              onChange={() => toggle(key)}
            />{" "}
            {words.column(key)}
          </label>
        ))}
      </fieldset>
    </details>
  );
}

/**
 * The rows. By style each is a grid of its own with the same tracks, so that the browser can leave out what is not in sight:
 * `content-visibility` does nothing for the boxes of a table.
 */
import { type List, SORTS } from "../../../protocol/console.ts";
import { subjectOf } from "../acts/subject.ts";
import { useDesk } from "../state/desk.ts";
import { changed, formatRoute } from "../state/route.ts";
import type { Selection } from "../state/selection.ts";
import { MANY } from "./many.ts";
import type { AnyColumn, AnyRow } from "./shown-columns.ts";

interface TableProps {
  readonly list: List;
  readonly rows: readonly AnyRow[];
  readonly columns: readonly AnyColumn[];
  readonly selection: Selection;
}

export function Table({ list, rows, columns, selection }: TableProps) {
  const { words, route, go } = useDesk();
  const isSelectable = MANY[list].length > 0;
  const tracks = columns.map(({ rem }) => `minmax(${rem}rem, ${rem}fr)`);
  const least = columns.reduce((sum, { rem }) => sum + rem, isSelectable ? 2.75 : 0);
  const open = (event: MouseEvent, id: string): void => {
    const isControl = event.target instanceof Element && event.target.closest("a, input, label, button");
    if (isControl || String(getSelection()) !== "") return;
    go(changed(route, { open: { list, id } }));
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, so the keyboard has to reach it
    <section class="table-frame" aria-label={words.text("tableLabel", { list: words.list(list) })} tabIndex={0}>
      <table
        class="table"
        aria-label={words.list(list)}
        style={{ "--tracks": `${isSelectable ? "2.75rem " : ""}${tracks.join(" ")}`, "--least": `${least}rem` }}
      >
        <thead>
          <tr class="row head">
            {isSelectable && <SelectAll rows={rows} selection={selection} />}
            {columns.map((column) => (
              <Head key={column.key} list={list} column={column} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.id}
              class="row"
              data-testid="row"
              data-chosen={selection.ids.has(row.id) ? "true" : undefined}
              onClick={(event) => open(event, row.id)}
            >
              {isSelectable && (
                <td class="cell choice">
                  <input
                    type="checkbox"
                    data-testid="select"
                    aria-label={words.text("select", { name: subjectOf(list, row).name })}
                    checked={selection.ids.has(row.id)}
                    onChange={() => selection.toggle(row.id)}
                  />
                </td>
              )}
              {columns.map(({ key, cell, text }) => (
                <td key={key} class="cell" data-column={key}>
                  {cell ? cell(row, words) : text(row, words)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function SelectAll({ rows, selection }: Pick<TableProps, "rows" | "selection">) {
  const { words } = useDesk();
  const isAll = rows.every(({ id }) => selection.ids.has(id));
  return (
    <th class="cell choice" scope="col">
      <input
        type="checkbox"
        data-testid="select-all"
        aria-label={words.text("selectAll")}
        checked={isAll}
        onChange={() => selection.set(isAll ? [] : rows.map(({ id }) => id))}
      />
    </th>
  );
}

const UP = "ascending";
const DOWN = "descending";

/** Pressing it sorts by it; pressing it again turns the order round. */
function Head({ list, column: { key, sort } }: { list: List; column: AnyColumn }) {
  const { words, route } = useDesk();
  const name = words.column(key);
  if (sort === undefined) {
    return (
      <th class="cell" scope="col">
        {name}
      </th>
    );
  }
  const now = route.sort ?? SORTS[list][0];
  const order = now === sort ? UP : now === `-${sort}` ? DOWN : undefined;
  const next = order === UP ? `-${sort}` : sort;
  return (
    <th class="cell" scope="col" aria-sort={order ?? "none"}>
      <a
        class="sort"
        data-testid={`sort-${sort}`}
        title={words.text("sortBy", { column: name })}
        href={formatRoute(changed(route, { sort: next }))}
      >
        {name}
        {order && (
          <span class="sort-mark" role="img" aria-label={words.text(order === UP ? "sortUp" : "sortDown")}>
            {order === UP ? "▲" : "▼"}
          </span>
        )}
      </a>
    </th>
  );
}

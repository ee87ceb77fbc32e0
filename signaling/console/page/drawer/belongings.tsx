/** What belongs to the thing in the drawer, each as a line with a way to it. */
import type { List } from "../../../protocol/console.ts";
import { type AnyRow, columnsOf } from "../list/shown-columns.ts";
import { ItemLink } from "../parts/value.tsx";
import type { Item } from "../state/api.ts";
import { useDesk } from "../state/desk.ts";

/** Columns of a line. */
const BRIEF: Readonly<Record<(typeof KINDS)[number], readonly string[]>> = {
  locks: ["lockedOut", "kind", "state", "until", "why"],
  sessions: ["requested", "person", "terminal", "state", "reason"],
  grants: ["person", "terminal", "state", "until"],
  devices: ["code", "person", "state", "lastUsed"],
  terminals: ["name", "state", "since"],
  people: ["name", "login", "state"],
};
const KINDS = ["locks", "grants", "devices", "terminals", "people", "sessions"] as const;
/** What every line would say alike. */
const SAME: Partial<Record<List, string>> = { people: "person", terminals: "terminal" };

export function Belongings({ of, item }: { of: List; item: Item }) {
  return (
    <>
      {KINDS.map((kind) => {
        const rows: readonly AnyRow[] | undefined = item[kind];
        return rows && rows.length > 0 && <Kind key={kind} kind={kind} rows={rows} without={SAME[of]} />;
      })}
    </>
  );
}

interface KindProps {
  readonly kind: (typeof KINDS)[number];
  readonly rows: readonly AnyRow[];
  readonly without: string | undefined;
}

function Kind({ kind, rows, without }: KindProps) {
  const { words } = useDesk();
  const keys = BRIEF[kind].filter((key) => key !== without);
  const columns = keys.flatMap((key) => columnsOf(kind).find((column) => column.key === key) ?? []);
  return (
    <section aria-labelledby={`has-${kind}`}>
      <h3 id={`has-${kind}`}>
        {words.list(kind)} <span class="chip-count">{words.number(rows.length)}</span>
      </h3>
      <ul class="lines" data-testid={`has-${kind}`}>
        {rows.map((row) => (
          <li key={row.id} class="line">
            {columns.map(({ key, cell, text }) => (
              <span key={key} class="line-part">
                {cell ? cell(row, words) : text(row, words)}
              </span>
            ))}
            {kind === "grants" && (
              <ItemLink list="grants" id={row.id}>
                {words.list("grants")}
              </ItemLink>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One list: search, filter, sort, columns, a page at a time, CSV, a selection. Everything about what is shown stands in the address. */
import { useState } from "preact/hooks";
import { type ItemOf, type List, PAGE_ROWS } from "../../../protocol/console.ts";
import { lazily, NotLoaded } from "../parts/lazy.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import * as api from "../state/api.ts";
import { useDesk } from "../state/desk.ts";
import { useLive } from "../state/live.ts";
import { useLoaded } from "../state/loaded.ts";
import { changed, formatRoute } from "../state/route.ts";
import { useSelection } from "../state/selection.ts";
import { Chips } from "./chips.tsx";
import { SearchBox } from "./search-box.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { type AnyRow, shownColumns } from "./shown-columns.ts";
import { Table } from "./table.tsx";
import { Tools } from "./tools.tsx";

const EVERY_MS = 10_000;

const AuditExport = lazily(() => import("./audit-export.tsx").then((part) => part.AuditExport));

type Tops = readonly ItemOf<"divisions">[];

export function ListPage({ list }: { list: List }) {
  const { words, route, self } = useDesk();
  const { q, state, unseen, sort, after } = route;
  // whoever searches is shown what fits, each with the way to it
  const isTree = list === "divisions" && q === undefined;
  const asked = { q, state, unseen, sort, after, ...(isTree && { below: "top" }) };
  const { part: tree, ...treeLoad } = useLoaded(isTree ? "tree" : undefined, () => import("./tree.tsx"));
  const [unfolded, setUnfolded] = useState<readonly AnyRow[]>([]);
  const { value, failure, isBusy } = useLive(
    JSON.stringify(asked),
    (isAuto) => api.list(list, { ...asked, limit: PAGE_ROWS, ...(isAuto && { auto: "1" }) }),
    EVERY_MS,
  );
  const selection = useSelection();
  const found: readonly AnyRow[] = value?.rows ?? [];
  const rows = isTree && tree ? unfolded : found;
  const columns = shownColumns(list, route.columns, (self?.organisations.length ?? 1) <= 1);
  const chosen = rows.filter(({ id }) => selection.ids.has(id));
  const isFirst = after === undefined;
  return (
    <div class="page list-page" aria-busy={isBusy}>
      <div class="title-row">
        <h1>{words.list(list)}</h1>
        <Tools list={list} rows={rows} columns={columns} />
      </div>
      {list === "audit" && <AuditExport />}
      <search class="filters">
        <SearchBox key={list} />
        <Chips list={list} counts={value?.counts ?? {}} />
      </search>
      {!isTree && <Shown value={value} isFirst={isFirst} count={rows.length} />}
      {failure && <FailureNotice failure={failure} testId="list-problem" />}
      {failure && value && <p class="hint">{words.text("stale")}</p>}
      {!value && !failure && <p class="hint">{words.text("loading")}</p>}
      {value && found.length === 0 && <Nothing list={list} />}
      {isTree && !tree && <NotLoaded {...treeLoad} />}
      {isTree
        ? tree &&
          value && (
            <tree.Tree
              tops={value.rows as Tops}
              areOld={isBusy}
              columns={columns}
              selection={selection}
              Table={Table}
              show={setUnfolded}
            />
          )
        : rows.length > 0 && <Table list={list} rows={rows} columns={columns} selection={selection} />}
      {value && (value.next || !isFirst) && <Pages isFirst={isFirst} next={value.next} />}
      {chosen.length > 0 && <SelectionBar list={list} rows={chosen} clear={() => selection.set([])} />}
    </div>
  );
}

interface ShownProps {
  readonly value: api.Page<List> | undefined;
  readonly isFirst: boolean;
  readonly count: number;
}

function Shown({ value, isFirst, count }: ShownProps) {
  const { words } = useDesk();
  const isAll = isFirst && !value?.next;
  const counts = value && { total: words.number(value.total), count: words.number(count) };
  return (
    <p class="hint shown" role="status" data-testid="shown">
      {counts && words.text(isAll ? "total" : "shown", counts)}
    </p>
  );
}

function Pages({ isFirst, next }: { isFirst: boolean; next: string | undefined }) {
  const { words, route } = useDesk();
  return (
    <nav class="pages" aria-label={words.text("next", { count: PAGE_ROWS })}>
      {!isFirst && (
        <a class="button" data-testid="first" href={formatRoute(changed(route, { after: undefined }))}>
          {words.text("first")}
        </a>
      )}
      {next && (
        <a class="button" data-testid="next" href={formatRoute(changed(route, { after: next }))}>
          {words.text("next", { count: PAGE_ROWS })}
        </a>
      )}
    </nav>
  );
}

const Misheard = lazily(() => import("./misheard.tsx").then((part) => part.Misheard));

function Nothing({ list }: { list: List }) {
  const { words, route } = useDesk();
  const isFiltered = [route.q, route.state, route.unseen].some((one) => one !== undefined);
  return (
    <Notice kind="info" what={words.text("none")} testId="nothing">
      {list === "terminals" && route.q && <Misheard q={route.q} />}
      {isFiltered && (
        <p>
          {words.text("noneTodo")} <a href={formatRoute({ place: list })}>{words.text("clear")}</a>
        </p>
      )}
    </Notice>
  );
}

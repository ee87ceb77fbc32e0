/** What is handed to newcomers, or put on new office PCs, shown once: here some at a time, with what becomes of them as buttons. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Modal } from "../parts/modal.tsx";
import { useDesk } from "../state/desk.ts";
import { useGuard } from "../state/guard.ts";
import { useSaid } from "./said.ts";

/** As many as one can print and hand out in one go. */
const AT_ONCE = 100;

interface HandOverProps<Row> {
  readonly testId: string;
  readonly title: string;
  readonly what: string;
  readonly rows: readonly Row[];
  /** Of the table: its name, what stands above its columns, and how wide each is, in rem. */
  readonly table: { readonly label: string; readonly heads: readonly string[]; readonly widths: readonly number[] };
  readonly row: (row: Row) => ComponentChildren;
  readonly keyOf: (row: Row) => string;
  /** For those that are shown now. */
  readonly buttons: (shown: readonly Row[]) => ComponentChildren;
  readonly close: () => void;
}

export function HandOver<Row>(props: HandOverProps<Row>) {
  const { testId, title, what, rows, buttons, close } = props;
  const said = useSaid();
  const [from, setFrom] = useState(0);
  const shown = rows.slice(from, from + AT_ONCE);
  useGuard(said.text("handedLeave"));
  return (
    <Modal class="dialog act once wide" testId={testId} titleId={`${testId}-title`} close={undefined}>
      <h2 id={`${testId}-title`}>{title}</h2>
      <p>{what}</p>
      {rows.length > AT_ONCE && <Pages total={rows.length} from={from} shown={shown.length} go={setFrom} />}
      <Some {...props} rows={shown} />
      <div class="dialog-answers">
        {buttons(shown)}
        <button type="button" class="button" data-testid={`${testId}-close`} onClick={close}>
          {said.text("handedClose")}
        </button>
      </div>
    </Modal>
  );
}

interface PagesProps {
  readonly total: number;
  readonly from: number;
  readonly shown: number;
  readonly go: (from: number) => void;
}

function Pages({ total, from, shown, go }: PagesProps) {
  const { words } = useDesk();
  const said = useSaid();
  const numbers = { total: words.number(total), from: words.number(from + 1), to: words.number(from + shown) };
  return (
    <div class="pages">
      <button
        type="button"
        class="button"
        data-testid="handed-before"
        disabled={from === 0}
        onClick={() => go(from - AT_ONCE)}
      >
        {said.text("handedBefore", { count: AT_ONCE })}
      </button>
      <span role="status" data-testid="handed-shown">
        {said.text("handedShown", numbers)}
      </span>
      <button
        type="button"
        class="button"
        data-testid="handed-next"
        disabled={from + AT_ONCE >= total}
        onClick={() => go(from + AT_ONCE)}
      >
        {said.text("handedNext", { count: AT_ONCE })}
      </button>
    </div>
  );
}

function Some<Row>({ rows, table: { label, heads, widths }, row, keyOf }: HandOverProps<Row>) {
  const tracks = widths.map((rem) => `minmax(${rem}rem, ${rem}fr)`).join(" ");
  const least = widths.reduce((sum, rem) => sum + rem, 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section class="table-frame letters" aria-label={label} tabIndex={0}>
      <table class="table plain" aria-label={label} style={{ "--tracks": tracks, "--least": `${least}rem` }}>
        <thead>
          <tr class="row head">
            {heads.map((head) => (
              <th key={head} class="cell" scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={keyOf(one)} class="row" data-testid="letter">
              {row(one)}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

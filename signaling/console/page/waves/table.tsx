/** A short table with what is in it. */
import type { ComponentChildren } from "preact";

interface TableProps<Row> {
  readonly label: string;
  readonly testId: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly columns: ReadonlyArray<
    readonly [head: ComponentChildren, cell: (row: Row) => ComponentChildren, look?: "count"]
  >;
}

export const Table = <Row,>({ label, testId, rows, keyOf, columns }: TableProps<Row>) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, so the keyboard has to reach it
  <section class="table-frame" aria-label={label} tabIndex={0}>
    <table class="waves-table" aria-label={label} data-testid={testId}>
      <thead>
        <tr>
          {columns.map(([head, , look], at) => (
            <th key={at} scope="col" class={look}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} data-testid={`${testId}-row`}>
            {columns.map(([, cell, look], at) => (
              <td key={at} class={look}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

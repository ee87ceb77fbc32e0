/** Lists that are short: all of it at once. */
import type { Command } from "commander";
import type { CommandLine } from "./command-line.ts";
import { Table } from "./table.ts";

export type Columns<Row> = Readonly<Record<string, (row: Row) => string>>;

export function printTable<Row>(cli: CommandLine, command: Command, rows: readonly Row[], columns: Columns<Row>): void {
  if (cli.isJson(command)) for (const row of rows) cli.surroundings.print(JSON.stringify(row));
  else cli.surroundings.print(rows.length === 0 ? "(none)" : new Table(columns).rows(rows));
}

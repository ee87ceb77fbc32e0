/** The lists of the command line: their filters, and how one is printed that may have tens of thousands of rows. */
import { type Command, InvalidArgumentError } from "commander";
import type { Desk } from "../organisations/desk.ts";
import { type Cut, type Listing, list } from "../organisations/listing.ts";
import type { ListFilter } from "../store/queries/lists.ts";
import type { CommandLine } from "./command-line.ts";
import { Table } from "./table.ts";

/** Longest text to be searched for, in UTF-16 units. */
const MAX_SEARCH = 200;

export interface ListCommand<Row, After, Filter extends ListFilter = ListFilter> {
  readonly name?: string;
  readonly description: string;
  readonly listing: Listing<Row, After, Filter>;
  /** What --search looks at, in words; whether --organisation makes sense. */
  readonly searched: string;
  readonly ofOrganisations?: boolean;
  /** How --after names a row: in the help, read, and written. */
  readonly after: { readonly is: string; parse(text: string): After; text(after: After): string };
  /** Rows where nobody says how many; undefined: all. */
  readonly limit?: number;
  readonly columns: Readonly<Record<string, (row: Row) => string>>;
  /** What --json prints of a row; all of it unless said. */
  readonly json?: (row: Row) => unknown;
  /** What is done before anything is shown; returns behind which row the list begins where nobody says it. */
  readonly begin?: (desk: Desk, options: ListOptions<After>) => Promise<After>;
  /** Flags of this list alone, into the filter. */
  readonly flags?: readonly { readonly flag: string; readonly description: string; readonly key: keyof Filter }[];
}

export interface ListOptions<After> {
  organisation?: string;
  search?: string;
  limit?: number | "all";
  after?: After;
}

export function listCommand<Row, After, Filter extends ListFilter = ListFilter>(
  group: Command,
  cli: CommandLine,
  spec: ListCommand<Row, After, Filter>,
): void {
  const { name = "list", description } = spec;
  const command = group.command(name).description(`${description}; with --json one object a line`);
  listOptions(command, spec);
  command.action((options: ListOptions<After>) => printList(cli, command, spec, options));
}

/** What each list takes. */
export function listOptions<Row, After, Filter extends ListFilter>(
  command: Command,
  spec: ListCommand<Row, After, Filter>,
): void {
  const { after } = spec;
  command
    .option("--search <text>", `only where it stands in ${spec.searched}`, searchArgument)
    .option("--limit <n>", `at most so many; "all" for all (default: ${spec.limit ?? "all"})`, limitArgument)
    .option("--after <row>", `only what comes behind this one: ${after.is}`, (text) => after.parse(text));
  if (spec.ofOrganisations !== false)
    command.option("--organisation <organisation>", "only of this one, by code or name");
  for (const { flag, description } of spec.flags ?? []) command.option(flag, description);
}

export function printList<Row, After, Filter extends ListFilter>(
  cli: CommandLine,
  command: Command,
  spec: ListCommand<Row, After, Filter>,
  options: ListOptions<After>,
): Promise<void> {
  const { columns, json = (row: Row) => row } = spec;
  const limit = options.limit ?? spec.limit;
  return cli.at(async (desk) => {
    const wish = { search: options.search, ...flagsOf(spec, command) } as unknown as Omit<
      Filter,
      "reach" | "organisation"
    >;
    const first = await spec.begin?.(desk, options);
    const { organisation, after = first } = options;
    const request = { organisation, wish, after, limit: limit === "all" ? undefined : limit };
    const { print } = cli.surroundings;
    if (cli.isJson(command)) {
      const cut = await list(desk, spec.listing, request, (rows) =>
        print(rows.map((row) => JSON.stringify(json(row))).join("\n")),
      );
      if (cut) cli.surroundings.complain(cutWords(cut, spec.after.text));
      return;
    }
    const table = new Table(columns);
    const cut = await list(desk, spec.listing, request, (rows) => print(table.rows(rows)));
    if (table.isEmpty) print("(none)");
    if (cut) print(cutWords(cut, spec.after.text));
  });
}

function flagsOf(spec: { flags?: readonly { key: PropertyKey }[] }, command: Command): Record<string, unknown> {
  const given = command.opts<Record<string, unknown>>();
  return Object.fromEntries((spec.flags ?? []).map(({ key }) => [String(key), given[String(key)]]));
}

const number = (n: number): string => n.toLocaleString("en-US");

function cutWords<After>({ shown, total, after }: Cut<After>, text: (after: After) => string): string {
  return `${number(shown)} of ${number(total)}; more with --after ${quoted(text(after))}`;
}

/** As a shell takes it. */
const quoted = (text: string): string =>
  /^[A-Za-z0-9._@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''").replace(/[\p{Cc}\p{Cf}]/gu, "?")}'`;

function searchArgument(text: string): string {
  if (text.length > 0 && text.length <= MAX_SEARCH) return text;
  throw new InvalidArgumentError(`Between 1 and ${MAX_SEARCH} letters.`);
}

function limitArgument(text: string): number | "all" {
  if (text === "all") return text;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A number of rows, or "all".');
}

/** `LOGIN:REST` of a row that a login does not name alone. */
export function pairArgument<A, B>(first: (text: string) => A, second: (text: string) => B) {
  return (text: string): readonly [A, B] => {
    const colon = text.indexOf(":");
    if (colon < 0) throw new InvalidArgumentError("As the line below a list that was cut says it.");
    return [first(text.slice(0, colon)), second(text.slice(colon + 1))];
  };
}

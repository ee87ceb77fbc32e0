/**
 * All rows of one database into another one that is empty, whatever the engines: to move from one to the other, to back up, to
 * restore. Tables and columns are those of the migrations, the same in both, so nothing here has to know what a row means.
 *
 *   source ──rows, some thousand at a time──▶ target, in one transaction ──▶ counted on both sides
 */

export interface TableShape {
  readonly name: string;
  /** In no particular order. */
  readonly columns: readonly string[];
}

/** By column. Text, whole numbers and null: there is nothing else in our tables. */
export type TableRow = Readonly<Record<string, string | number | null>>;

/** Sees one moment of its database, whoever writes meanwhile. */
export interface TableSource {
  /** Without the one that says which version of the schema it is. */
  tables(): Promise<readonly TableShape[]>;
  version(): Promise<number>;
  /** A bounded number at a time. */
  rows(table: TableShape): AsyncIterable<readonly TableRow[]>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

export interface TableTarget {
  tables(): Promise<readonly TableShape[]>;
  version(): Promise<number>;
  /** All that the work puts there, or nothing. What refers to what is not there fails it. */
  fill(work: (put: (table: TableShape, rows: readonly TableRow[]) => Promise<void>) => Promise<void>): Promise<void>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

/** It was not done, and nothing was changed: why, in words. */
export class CopyRefused extends Error {
  override readonly name = "CopyRefused";
}

/** Throws CopyRefused where the two do not fit each other, or the target is not empty. */
export async function copyTables(source: TableSource, target: TableTarget): Promise<void> {
  const shapes = await mustFit(source, target);
  await mustBeEmpty(target, shapes);
  try {
    await target.fill(async (put) => {
      for (const shape of shapes) for await (const some of source.rows(shape)) await put(shape, some);
    });
  } catch (error) {
    throw new CopyRefused(`nothing was copied: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  for (const { name } of shapes) {
    const [before, after] = [await source.count(name), await target.count(name)];
    if (before !== after) throw new Error(`${name} had ${before} rows, and has ${after} after it was copied`);
  }
}

async function mustFit(source: TableSource, target: TableTarget): Promise<readonly TableShape[]> {
  const [from, to] = [await source.version(), await target.version()];
  if (from !== to) throw new CopyRefused(`one database has version ${from}, the other ${to}`);
  const shapes = await source.tables();
  const inWords = (all: readonly TableShape[]) =>
    all.map(({ name, columns }) => `${name}(${[...columns].sort().join(", ")})`).sort();
  const [here, there] = [inWords(shapes), inWords(await target.tables())];
  const odd = [...here.filter((one) => !there.includes(one)), ...there.filter((one) => !here.includes(one))];
  if (odd.length > 0) throw new CopyRefused(`the databases have not the same tables: ${odd.join("; ")}`);
  return shapes;
}

async function mustBeEmpty(target: TableTarget, shapes: readonly TableShape[]): Promise<void> {
  const filled: string[] = [];
  for (const { name } of shapes) if ((await target.count(name)) > 0) filled.push(name);
  if (filled.length === 0) return;
  throw new CopyRefused(
    `nothing was copied: there is something in it already (${filled.join(", ")}). It has to be a new, empty database`,
  );
}

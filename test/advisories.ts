/**
 * Which of the packages in the lockfile are known to be vulnerable, from an OSV database as files: no registry has to be asked,
 * so it works where there is none.
 *
 *   npm run advisories -- FOLDER      the unpacked https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip
 *
 * Format: https://ossf.github.io/osv-schema/. Exit code 0 nothing, 1 something, 2 misunderstood.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Event = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
});
/** What we need of an entry; there is more in it. */
const Advisory = z.object({
  id: z.string(),
  summary: z.string().optional(),
  withdrawn: z.string().optional(),
  affected: z
    .array(
      z.object({
        package: z.object({ ecosystem: z.string(), name: z.string() }).optional(),
        ranges: z.array(z.object({ type: z.string(), events: z.array(Event) })).optional(),
        versions: z.array(z.string()).optional(),
      }),
    )
    .default([]),
});
type Advisory = z.infer<typeof Advisory>;
type Affected = Advisory["affected"][number];

const Lockfile = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), dev: z.boolean().optional() })),
});

export interface Locked {
  readonly name: string;
  readonly version: string;
  readonly dev: boolean;
}

export interface Finding extends Locked {
  readonly id: string;
  readonly summary: string;
}

/** The packages of a lockfile (npm, version 3). */
export function lockedPackages(text: string): Locked[] {
  return Object.entries(Lockfile.parse(JSON.parse(text)).packages).flatMap(([path, { version, dev = false }]) => {
    const name = path.split("node_modules/").at(-1);
    return path !== "" && name && version ? [{ name, version, dev }] : [];
  });
}

export function findingsIn(entry: unknown, locked: readonly Locked[]): Finding[] {
  const { id, summary = "", withdrawn, affected } = Advisory.parse(entry);
  if (withdrawn !== undefined) return [];
  const hits = locked.filter(({ name, version }) =>
    affected.some((one) => one.package?.ecosystem === "npm" && one.package.name === name && isAffected(version, one)),
  );
  return hits.map((one) => ({ ...one, id, summary }));
}

function isAffected(version: string, { ranges = [], versions = [] }: Affected): boolean {
  if (versions.includes(version)) return true;
  return ranges.some(({ type, events }) => type !== "GIT" && isInRange(version, events));
}

/** The last event at or before this version decides (osv-schema, "Evaluation"). */
function isInRange(version: string, events: readonly z.infer<typeof Event>[]): boolean {
  const since = (at: string | undefined) => at !== undefined && (at === "0" || compareVersions(at, version) <= 0);
  const introduced = events.flatMap((event) => (since(event.introduced) ? [event.introduced ?? "0"] : []));
  const ended = events.flatMap(({ fixed, last_affected: last }) => {
    if (fixed !== undefined && since(fixed)) return [fixed];
    return last !== undefined && compareVersions(last, version) < 0 ? [last] : [];
  });
  return introduced.some((start) => !ended.some((end) => start === "0" || compareVersions(start, end) < 0));
}

/** Semantic Versioning 2.0.0 §11. Negative: the first comes before the second. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  for (let i = 0; i < 3; i += 1) {
    const difference = (a.numbers[i] ?? 0) - (b.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length;
  for (let i = 0; i < Math.max(a.before.length, b.before.length); i += 1) {
    const difference = compareLabels(a.before[i], b.before[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareLabels(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? -1 : 1;
  const [a, b] = [one, other].map((label) => (/^\d+$/.test(label) ? Number(label) : undefined));
  if (a !== undefined && b !== undefined) return a - b;
  if (a !== undefined || b !== undefined) return a !== undefined ? -1 : 1;
  return one < other ? -1 : one > other ? 1 : 0;
}

function partsOf(version: string): { numbers: number[]; before: string[] } {
  const [core = "", ...before] = version.replace(/^v|\+.*$/g, "").split("-");
  const label = before.join("-");
  return { numbers: core.split(".").map(Number), before: label === "" ? [] : label.split(".") };
}

/** One file at a time: the database has hundreds of thousands. */
export function* findingsUnder(folder: string, locked: readonly Locked[]): Generator<Finding> {
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, file);
    if (file.endsWith(".json") && statSync(path).isFile())
      yield* findingsIn(JSON.parse(readFileSync(path, "utf8")), locked);
  }
}

if (import.meta.main) {
  const [folder, ...more] = process.argv.slice(2);
  if (folder === undefined || more.length > 0) {
    console.error("npm run advisories -- FOLDER   (an unpacked OSV database, npm/all.zip)");
    process.exit(2);
  }
  const locked = lockedPackages(readFileSync(join(import.meta.dirname, "../package-lock.json"), "utf8"));
  let found = 0;
  for (const { id, name, version, dev, summary } of findingsUnder(folder, locked)) {
    found += 1;
    console.log(`${id}  ${name} ${version}${dev ? " (dev)" : ""}  ${summary}`);
  }
  console.log(`${locked.length} packages, ${found} advisories`);
  process.exitCode = found > 0 ? 1 : 0;
}

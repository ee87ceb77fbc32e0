/**
 * `npm test [-- RING… | vitest's own arguments]`: types, style, the page's build, then the rings. The last line sums up.
 *
 *   npm test                     everything
 *   npm test -- unit contract    two rings
 *   npm test -- e2e -t sign-in   one ring, tests by name
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildViewer, ROOT, runTool } from "./build.ts";
import { temporaryFolder } from "./temporary.ts";

const RINGS = ["unit", "contract", "integration", "e2e", "chaos", "windows"];

interface Count {
  passed: number;
  failed: number;
}

/** What we read of vitest's JSON report. */
interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const isRing = (arg: string): boolean => RINGS.includes(arg);
const count: Count = { passed: 0, failed: 0 };

async function check(japanese: string, english: string, passes: () => Promise<boolean>): Promise<void> {
  process.stdout.write(`\n▶ ${japanese} / ${english}\n`);
  const passed = await passes();
  count[passed ? "passed" : "failed"] += 1;
  process.stdout.write(passed ? "  ✓\n" : `  ✗ ${english}\n`);
}

/** Not within a test: the first time it takes minutes. The folders of signaling and agent meet only where the product is started, so as a program. */
const buildCodecs = async () =>
  (await runTool("node", [join(ROOT, "agent/windows/build/codecs/build.ts"), "windows"])) === 0;

async function runRings(rings: readonly string[], rest: readonly string[]): Promise<void> {
  process.stdout.write(`\n▶ テスト / tests: ${rings.join(", ")}\n`);
  const folder = temporaryFolder("test");
  const report = join(folder, "report.json");
  const status = await runTool("vitest", [
    ...["run", "--config", "test/vitest.config.ts", ...rings.flatMap((ring) => ["--project", ring]), ...rest],
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  ]);
  const found = existsSync(report) ? countOf(JSON.parse(readFileSync(report, "utf8"))) : { passed: 0, failed: 0 };
  rmSync(folder, { recursive: true });
  count.passed += found.passed;
  // an error outside of any test, or no report at all
  count.failed += found.failed === 0 && status !== 0 ? 1 : found.failed;
}

/** A file that could not be loaded has no tests: it counts as one failure. So does a skipped test: everything is to run. */
function countOf(report: Report): Count {
  const results = report.testResults.map(({ status, assertionResults }) => {
    const passed = assertionResults.filter((test) => test.status === "passed").length;
    const failed = assertionResults.length - passed;
    return { passed, failed: failed === 0 && status !== "passed" ? 1 : failed };
  });
  const sum = (key: keyof Count) => results.reduce((total, result) => total + result[key], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

const args = process.argv.slice(2);
const rest = args.filter((arg) => !isRing(arg));
const rings = args.some(isRing) ? RINGS.filter((ring) => args.includes(ring)) : RINGS;
const others = rings.filter((ring) => ring !== "windows");
// minutes the first time, and it gives way to everything else: beside the other rings
const codecs = rings.includes("windows") ? buildCodecs() : undefined;
await check("型", "types (tsc)", async () => (await runTool("tsc", ["-b"])) === 0);
await check("書式", "style (biome)", async () => (await runTool("biome", ["check", "."])) === 0);
await check("画面の組み立て", "the page builds (vite)", () => buildViewer());
if (others.length > 0) await runRings(others, rest);
if (codecs) {
  await check("Windows 版の符号化器", "codecs for Windows (kept for the next time)", () => codecs);
  await runRings(["windows"], rest);
}
process.stdout.write(`\n${count.passed} passed, ${count.failed} failed\n`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;

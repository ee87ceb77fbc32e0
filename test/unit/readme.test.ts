/** READMEs are wire contract too: their tables list what there is, no more and no less. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../../signaling/protocol/errors.ts";

/** First cells of the tables below a heading. */
function cells(file: string, heading: string): (string | undefined)[] {
  const section = readFileSync(file, "utf8").split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, cell]) => cell);
}

const source = readFileSync("signaling/config.ts", "utf8");
const settings = new Set([...source.matchAll(/^ {2}(ENGAWA_[A-Z_]+):/gm)].map(([, name]) => name));

describe.each([
  ["README.md", "Configuration", "Errors"],
  ["signaling/README.md", "設定", "errors"],
])("%s", (file, configuration, errors) => {
  test("explains each error code, and none that does not exist", () => {
    expect(cells(file, errors)).toEqual([...ERROR_CODES]);
  });

  test("explains each setting of the server, and none that does not exist", () => {
    expect(new Set(cells(file, configuration))).toEqual(settings);
  });
});

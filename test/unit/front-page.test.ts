/** The reference in English is wire contract too: its tables list what there is, no more and no less. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { errorRows, errorRowsOf } from "../support/error-rows.ts";

const readme = readFileSync("signaling/REFERENCE.md", "utf8");
const cells = (heading: string) =>
  [...(readme.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "").matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(
    ([, cell]) => cell,
  );

describe("signaling/REFERENCE.md", () => {
  test("explains each error code, with its status and its words", () => {
    const section = readme.split("## Errors\n")[1]?.split("\n## ")[0] ?? "";
    expect(errorRows(section)).toEqual(errorRowsOf("en"));
  });

  test("explains each setting of the server", () => {
    const source = readFileSync("signaling/config.ts", "utf8");
    const settings = new Set([...source.matchAll(/^ {2}(ENGAWA_[A-Z_]+):/gm)].map(([, name]) => name));
    expect(new Set(cells("Configuration"))).toEqual(settings);
  });
});

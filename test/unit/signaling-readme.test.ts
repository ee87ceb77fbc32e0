/** The operator's README says what the program does. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ja } from "../../signaling/console/page/words/strings-ja.ts";
import { DANGEROUS } from "../../signaling/protocol/console-acts.ts";
import { errorRows, errorRowsOf } from "../support/error-rows.ts";

const readme = readFileSync("signaling/README.md", "utf8");
const config = readFileSync("signaling/config.ts", "utf8");

describe("signaling/README.md", () => {
  test("explains every error code, with its status and its words, and none that does not exist", () => {
    const section = readme.slice(readme.indexOf("\n## errors\n"));
    expect(errorRows(section)).toEqual(errorRowsOf("ja"));
  });

  test("names every act of the console that needs a fresh code, by the words on its button, and none that does not", () => {
    const [paragraph = ""] = readme.split("\n").filter((line) => line.includes("そのときのワンタイムコードがもう一度"));
    const named = new Set([...paragraph.matchAll(/「([^」]+)」/g)].map(([, words]) => words));
    expect(named).toEqual(new Set([...DANGEROUS].map((type) => ja.acts[type])));
  });

  test("lists every setting of an edge of its own", () => {
    const edge = readFileSync("signaling/edge/config.ts", "utf8");
    const section = readme.slice(readme.indexOf("## edge を別のプロセスで動かす"), readme.indexOf("## 管理コマンド"));
    for (const [name] of edge.matchAll(/ENGAWA_[A-Z_]+/g)) expect(section).toContain(`\`${name}\``);
  });

  test("lists every setting, and none that does not exist", () => {
    const listed = [...readme.matchAll(/^\| `(ENGAWA_[A-Z_]+)` +\|/gm)].map(([, name]) => name);
    const read = new Set([...config.matchAll(/^ {2}(ENGAWA_[A-Z_]+):/gm)].map(([, name]) => name));
    expect(new Set(listed)).toEqual(read);
  });
});

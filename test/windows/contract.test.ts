/** The contracts that stand in test/windows/inside, run in the real node.exe: each of their tests is one here. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openWine } from "../support/wine/wine.ts";

const INSIDE = "test/windows/inside";
const files = readdirSync(INSIDE).filter((file) => file.endsWith(".ts"));

const wine = await openWine();
try {
  for (const file of files) {
    const results = await wine.suite(`${INSIDE}/${file}`);
    describe(`in Windows: ${file}`, () => {
      test("it has tests", () => expect(results.length).toBeGreaterThan(0));
      for (const { name, passed, problem } of results)
        test(name.replace(/^.*?\.ts > /, ""), () => {
          if (!passed) throw new Error(problem ?? "it did not run");
        });
    });
  }
} finally {
  await wine.close();
}

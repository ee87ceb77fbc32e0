import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { LONG_FILES } from "../support/longest-first.ts";

test("every file that begins early is there", () => {
  expect(Object.keys(LONG_FILES).filter((file) => !existsSync(file))).toEqual([]);
});

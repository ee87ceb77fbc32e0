/** What the desk refuses has a code; the command line and the console say it in their own words. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { refusalsEn } from "../../../signaling/console/page/words/refusals-en.ts";
import { refusalsJa } from "../../../signaling/console/page/words/refusals-ja.ts";
import { DeskError } from "../../../signaling/organisations/desk.ts";
import { REFUSALS, type RefusalCode } from "../../../signaling/protocol/desk-refusals.ts";

const CODES = Object.keys(REFUSALS) as RefusalCode[];
const factsIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
const sources = ["organisations", "organisations/imports", "console", "quickstart"].flatMap((folder) =>
  readdirSync(join("signaling", folder), { encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join("signaling", folder, name), "utf8")),
);

test("the command line says each with its facts", () => {
  expect(new DeskError("login-taken", { login: "tanaka", organisation: "緑市" }).message).toBe(
    "the login tanaka is taken in 緑市",
  );
});

test("the console says each in both languages, with no fact that is not there", () => {
  for (const code of CODES)
    for (const text of [refusalsJa[code], refusalsEn[code]]) {
      expect(text.length, code).toBeGreaterThan(5);
      expect(factsIn(REFUSALS[code]), code).toEqual(expect.arrayContaining(factsIn(text)));
    }
});

test("the console's words know nothing of the command line", () => {
  for (const text of [...Object.values(refusalsJa), ...Object.values(refusalsEn)])
    expect(text).not.toMatch(/--|list"|CODE\//);
});

test("each is said somewhere", () => {
  // of a password the problem's own name follows
  const isSaid = (code: string) =>
    code.startsWith("password-") || sources.some((source) => source.includes(`"${code}"`));
  expect(CODES.filter((code) => !isSaid(code))).toEqual([]);
});

test("nothing is refused at the desk without a code", () => {
  const without = sources.flatMap((source) => [
    ...source.matchAll(/new (?:DeskError|NotAllowed)\((?!"|`password-\$\{)[^)]*|new RequestError\("ACT_REFUSED"[^)]*/g),
  ]);
  expect(without.map(([text]) => text)).toEqual([]);
});

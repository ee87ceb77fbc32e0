/** Absent by construction: what must not exist in the console's page is searched for in its source. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PAGE = "signaling/console/page";
const sources = readdirSync(PAGE, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(tsx?|html|css)$/.test(path) && !path.startsWith("dist"))
  .map((path) => [path, readFileSync(join(PAGE, path), "utf8")] as const);

const ABSENT: ReadonlyArray<readonly [what: string, pattern: RegExp]> = [
  [
    "code or markup from text",
    /dangerouslySetInnerHTML|\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|DOMParser|createContextualFragment/,
  ],
  ["styles as text", /\bstyle="|cssText|createElement\("style"\)|<style/],
  ["the clipboard", /clipboard|execCommand/i],
  ["keeping what it shows", /sessionStorage|serviceWorker|caches\.|document\.cookie/],
];

test.each(ABSENT)("the page has no code for %s", (_, pattern) => {
  expect(sources.length).toBeGreaterThan(40);
  expect(sources.filter(([, text]) => pattern.test(text)).map(([path]) => path)).toEqual([]);
});

test("only its own choices are kept in the browser", () => {
  const keepers = sources.filter(([, text]) => text.includes("localStorage")).map(([path]) => path);
  expect(keepers.sort()).toEqual(["sheets/contact.ts", "sign-in/organisation.ts", "words/words.ts"]);
});

test("the page names no other address", () => {
  const foreign = sources.flatMap(([path, text]) =>
    [...text.matchAll(/https?:\/\/\w[^"'`\s)]*/g)].map(([url]) => `${path}: ${url}`),
  );
  expect(foreign).toEqual([]);
});

test("the page needs nothing inline, so a strict Content-Security-Policy holds", () => {
  const html = readFileSync(join(PAGE, "index.html"), "utf8");
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
});

/** Absent by construction: what must not exist in the page is searched for in its source. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** What the page is made of: its own, and what all pages share. */
const sources = ["viewer", "signaling/client"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|html|css|svg)$/.test(path) && !path.startsWith("dist") && !/^strings-/.test(path))
    .map((path) => [path, readFileSync(join(folder, path), "utf8")] as const),
);

const ABSENT: ReadonlyArray<readonly [what: string, pattern: RegExp]> = [
  ["the clipboard", /clipboard|execCommand/i],
  [
    "files",
    /showSaveFilePicker|showOpenFilePicker|FileReader|createObjectURL|type: "file"|dataTransfer|\bdownload\s*[=:]/,
  ],
  ["printing", /window\.print|\bprint\(/],
  ["screen capture and recording", /getDisplayMedia|getUserMedia|MediaRecorder|captureStream|requestPictureInPicture/],
  ["reading pixels", /<canvas|"canvas"|drawImage|ImageCapture|createImageBitmap|VideoFrame\b/],
  ["code from text", /\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write/],
];

test.each(ABSENT)("the page has no code for %s", (_, pattern) => {
  expect(sources.length).toBeGreaterThan(30);
  expect(sources.filter(([, text]) => pattern.test(text)).map(([path]) => path)).toEqual([]);
});

test("the page names no other address", () => {
  const foreign = sources.flatMap(([path, text]) =>
    [...text.matchAll(/https?:\/\/[^"'`\s)]+/g)]
      .map(([url]) => url)
      .filter((url) => !url.startsWith("http://www.w3.org/"))
      .map((url) => `${path}: ${url}`),
  );
  expect(foreign).toEqual([]);
});

test("the page needs nothing inline, so a strict Content-Security-Policy holds", () => {
  const html = readFileSync("viewer/index.html", "utf8");
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
});

test("on paper there is nothing", () => {
  const css = readFileSync("viewer/style.css", "utf8");
  expect(css).toMatch(/@media print \{[^@]*body > \* \{[^}]*display: none !important/);
});

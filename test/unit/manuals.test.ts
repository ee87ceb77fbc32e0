/** The manuals: every picture and page that they name is there, and every picture is made by the command and shown to somebody. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { DOCUMENTS } from "../../signaling/protocol/console-documents.ts";
import { ALL_FILES, MAX_PICTURE_BYTES } from "../pictures/list.ts";

const MANUALS = [
  "README.md",
  "viewer/README.md",
  "agent/README.md",
  "signaling/README.md",
  "signaling/console/README.md",
  "signaling/protocol/README.md",
  "turn-config/README.md",
] as const;
const texts = new Map(MANUALS.map((file) => [file, readFileSync(file, "utf8")] as const));

interface Named {
  readonly manual: string;
  readonly to: string;
  readonly words: string;
}

const named = (pattern: RegExp): Named[] =>
  [...texts].flatMap(([manual, text]) =>
    [...text.matchAll(pattern)].map(({ groups: { to = "", words = "" } = {} }) => ({ manual, to, words })),
  );
const pictures = [
  ...named(/<img src="(?<to>[^"]+)"[^>]* alt="(?<words>[^"]*)"/g),
  ...named(/!\[(?<words>[^\]]*)\]\((?<to>[^)]+)\)/g),
];
const fileOf = ({ manual, to }: Named): string => normalize(join(dirname(manual), to));

/** As GitHub makes the name of a heading: small letters, no punctuation, hyphens for spaces. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
    .replace(/\s/g, "-");
const anchorsOf = (file: string): Set<string> =>
  new Set([...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading)));

describe("pictures", () => {
  test("that a manual names are there, small, and said in words", () => {
    expect(pictures.length).toBeGreaterThan(20);
    for (const picture of pictures) {
      const file = fileOf(picture);
      expect(existsSync(file), `${picture.manual}: ${file}`).toBe(true);
      expect(picture.words.length, file).toBeGreaterThan(10);
    }
  });

  test("that the command makes are there, no bigger than they may be, and in a manual", () => {
    const shown = new Set(pictures.map(fileOf));
    for (const file of ALL_FILES) {
      expect(statSync(file).size, file).toBeLessThanOrEqual(MAX_PICTURE_BYTES);
      expect(shown.has(file), `${file} is in no manual`).toBe(true);
    }
  });

  test("in folders of pictures are all made by the command", () => {
    const inFolders = pictures.map(fileOf).filter((file) => /\/pictures\/[\w-]+\.webp$/.test(file));
    expect(new Set(inFolders)).toEqual(new Set(ALL_FILES));
  });
});

describe("ways", () => {
  test("from one manual to another, and to a heading, lead there", () => {
    const ways = named(/(?<!!)\[(?<words>[^\]]+)\]\((?<to>[^)\s]+)\)/g).filter(({ to }) => !to.includes("://"));
    expect(ways.length).toBeGreaterThan(60);
    const lost = ways.flatMap(({ manual, to }) => {
      const [path = "", anchor] = to.split("#");
      const file = path === "" ? manual : normalize(join(dirname(manual), path));
      if (!existsSync(file)) return [`${manual}: ${to}`];
      const isThere = anchor === undefined || !file.endsWith(".md") || anchorsOf(file).has(decodeURIComponent(anchor));
      return isThere ? [] : [`${manual}: ${to}`];
    });
    expect(lost).toEqual([]);
  });
});

test("the operator's manual names every document", () => {
  const section = texts.get("signaling/README.md")?.split("\n## 帳票\n")[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| [^|]+\| `([a-z]+)` /gm)].map(([, name]) => name);
  expect(rows).toEqual([...DOCUMENTS]);
});

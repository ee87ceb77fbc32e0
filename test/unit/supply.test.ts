/** What is installed is what was reviewed: by its hash, without scripts of its own, and without known holes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareVersions, findingsIn, findingsUnder, lockedPackages } from "../advisories.ts";

test("every package of the lockfile has its hash", () => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const without = Object.entries<{ integrity?: string }>(packages).filter(
    ([path, { integrity = "" }]) => path !== "" && !integrity.startsWith("sha512-"),
  );
  expect(without.map(([path]) => path)).toEqual([]);
});

test("packages run no scripts when they are installed", () => {
  expect(readFileSync(".npmrc", "utf8")).toMatch(/^ignore-scripts=true$/m);
});

describe("advisories", () => {
  const entry = (affected: object, more = {}) => ({
    id: "GHSA-x",
    summary: "bad",
    affected: [{ package: { ecosystem: "npm", name: "ws" }, ...affected }],
    ...more,
  });
  const range = (...events: object[]) => entry({ ranges: [{ type: "SEMVER", events }] });
  const hits = (advisory: object, version: string, name = "ws") =>
    findingsIn(advisory, [{ name, version, dev: false }]).length === 1;

  test.each([
    ["before it began", range({ introduced: "2.0.0" }, { fixed: "2.1.0" }), "1.9.9", false],
    ["where it began", range({ introduced: "2.0.0" }, { fixed: "2.1.0" }), "2.0.0", true],
    ["within, as a number and not as letters", range({ introduced: "2.0.0" }, { fixed: "2.10.0" }), "2.9.0", true],
    ["mended", range({ introduced: "2.0.0" }, { fixed: "2.1.0" }), "2.1.0", false],
    ["a trial of what mends it", range({ introduced: "0" }, { fixed: "2.1.0" }), "2.1.0-rc.1", true],
    ["the last with it", range({ introduced: "0" }, { last_affected: "2.1.0" }), "2.1.0", true],
    ["after the last with it", range({ introduced: "0" }, { last_affected: "2.1.0" }), "2.1.1", false],
    [
      "between two spans",
      range({ introduced: "0" }, { fixed: "1.5.0" }, { introduced: "2.0.0" }, { fixed: "2.1.0" }),
      "1.6.0",
      false,
    ],
    [
      "in the second span",
      range({ introduced: "0" }, { fixed: "1.5.0" }, { introduced: "2.0.0" }, { fixed: "2.1.0" }),
      "2.0.5",
      true,
    ],
    ["named", entry({ versions: ["3.0.0"] }), "3.0.0", true],
    ["named otherwise", entry({ versions: ["3.0.0"] }), "3.0.1", false],
    ["of an entry that was taken back", entry({ versions: ["3.0.0"] }, { withdrawn: "2026-01-01" }), "3.0.0", false],
  ])("a version %s", (_what, advisory, version, expected) => expect(hits(advisory, version)).toBe(expected));

  test("another package and another ecosystem are not meant", () => {
    expect(hits(range({ introduced: "0" }), "1.0.0", "wss")).toBe(false);
    const other = { id: "x", affected: [{ package: { ecosystem: "PyPI", name: "ws" }, versions: ["1.0.0"] }] };
    expect(hits(other, "1.0.0")).toBe(false);
  });

  test("versions are ordered as the standard says", () => {
    const ordered = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
    ];
    expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
  });

  test("a folder of entries is held against our own lockfile", () => {
    const locked = lockedPackages(readFileSync("package-lock.json", "utf8"));
    expect(locked).toContainEqual({ name: "@node-rs/argon2", version: expect.any(String), dev: false });
    const ws = locked.find(({ name }) => name === "ws");
    const folder = mkdtempSync(join(tmpdir(), "engawa-osv-"));
    mkdirSync(join(folder, "npm"));
    writeFileSync(join(folder, "npm/one.json"), JSON.stringify(entry({ versions: [ws?.version] })));
    writeFileSync(join(folder, "npm/two.json"), JSON.stringify({ ...entry({ versions: ["0.0.1"] }), id: "GHSA-y" }));
    const found = [...findingsUnder(folder, locked)];
    rmSync(folder, { recursive: true });
    expect(found.map(({ id, name }) => [id, name])).toEqual([["GHSA-x", "ws"]]);
  });
});

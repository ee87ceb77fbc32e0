/** What is shipped to Windows in place of the source tree: whole, and told what it is made of. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleAgent } from "../../agent/windows/build/bundle.ts";
import { licencesOf, packageComponents, toCycloneDx } from "../../agent/windows/build/components.ts";
import { ROOT } from "../../signaling/quickstart/build.ts";

let folder: string;
let packages: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "engawa-bundle-"));
  packages = await bundleAgent(folder);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true }));

test("every file that a part of it starts or loads is there", async () => {
  const files = await readdir(folder);
  const named = new Set<string>();
  for (const file of files.filter((name) => name.endsWith(".js"))) {
    const text = await readFile(join(folder, file), "utf8");
    for (const [, name = ""] of text.matchAll(/(?:from|import)\s*\(?\s*["'`]\.\/([^"'`]+)["'`]/g)) named.add(name);
    // `new URL(…? "main.ts" : "desktop.js", import.meta.url)`
    for (const [, name = ""] of text.matchAll(/["'`](?:\.\/)?([\w-]+\.[jt]s)["'`]\s*,\s*import\.meta\.url/g))
      named.add(name);
  }
  expect([...named]).toEqual(
    expect.arrayContaining(["desktop.js", "pac-thread.js", "cover-thread.js", "notice-thread.js"]),
  );
  expect([...named].filter((name) => !files.includes(name))).toEqual([]);
});

test("the WebRTC library is in a file by its name, which only the agent loads", async () => {
  const [file, ...more] = (await readdir(folder)).filter((name) => /^webrtc-.*\.js$/.test(name));
  expect([typeof file, more]).toEqual(["string", []]);
  const loadedBy = async (name: string) =>
    [...(await readFile(join(folder, name), "utf8")).matchAll(/from\s*["'`]\.\/([^"'`]+)["'`]/g)].map(([, to]) => to);
  for (const program of ["desktop.js", "cli.js", "pac-thread.js", "setup.js"])
    expect(await loadedBy(program)).not.toContain(file);
  // it needs none of ours, else the two would wait for each other
  const below = await loadedBy(String(file));
  expect(below.filter((name) => !/^(rolldown-runtime|tslib)/.test(String(name)))).toEqual([]);
});

test("the agent in it starts, as far as a PC that is not enrolled gets", async () => {
  const started = promisify(execFile)(process.execPath, ["cli.js", "--state", join(folder, "state"), "run"], {
    cwd: folder,
  });
  await expect(started).rejects.toMatchObject({ stderr: expect.stringContaining("agent enrol") });
});

test("its command line works without the source tree", async () => {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["cli.js", "--state", folder, "devices", "list"], { cwd: folder });
  expect(stdout).toContain("許可された利用者端末はありません");
});

test("the list of contents has a version, a licence and a hash of every package in it, and its licence's text", async () => {
  const components = await packageComponents(ROOT, packages);
  expect(components.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["werift", "ws", "zod", "pino", "commander"]),
  );
  const list = JSON.parse(JSON.stringify(toCycloneDx({ version: "1.2.3", hash: "ab", components })));
  for (const { name, version, licenses, hashes } of list.components) {
    expect([name, version, licenses[0].expression, hashes[0].content]).toEqual([
      name,
      expect.stringMatching(/^\d+\.\d+/),
      expect.stringMatching(/^(MIT|ISC|BSD-[23]-Clause|Apache-2\.0|0BSD|Unlicense)( OR .+)?$|^\(MIT OR .+\)$/),
      expect.stringMatching(/^[0-9a-f]{128}$/),
    ]);
  }
  const texts = await licencesOf(components);
  expect(texts.size).toBe(components.length);
  for (const [name, text] of texts) expect([name, text]).toEqual([name, expect.stringMatching(/copyright|license/i)]);
});

/** Group policy: the templates that IT sees and the schema that the agent reads say the same. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { ConfigFile, loadConfig } from "../../agent/settings/config.ts";
import { POLICY_KEY, policySettings } from "../../agent/settings/policy.ts";

const FOLDER = "agent/windows/policy";
const admx = await readFile(`${FOLDER}/engawa.admx`, "utf8");
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = ""]) => found);
const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** Value name → what may be chosen; undefined: a text. */
const values = new Map(
  [...admx.matchAll(/<(enum|text) id="(\w+)" valueName="(\w+)"([\s\S]*?)(?=<\/elements>)/g)].map(
    ([, kind, , name = "", rest = ""]) => [
      name,
      kind === "enum" ? all(rest, /<value><string>([^<]+)<\/string><\/value>/g) : undefined,
    ],
  ),
);

describe("the group policy templates", () => {
  test("have every setting of the schema, and no other", () => {
    const settings = Object.keys(policySettings(Object.fromEntries([...values.keys()].map((name) => [name, "x"]))));
    expect(settings.sort()).toEqual(Object.keys(ConfigFile.shape).sort());
  });

  test("offer exactly the choices of the schema", () => {
    const { properties } = z.toJSONSchema(ConfigFile, { io: "input", unrepresentable: "any" });
    for (const [name, choices] of values) {
      const setting = name.charAt(0).toLowerCase() + name.slice(1);
      const schema = properties?.[setting] as { enum?: string[]; type?: string };
      expect([setting, choices ?? schema.type]).toEqual([setting, schema.enum ?? "string"]);
    }
  });

  test("write where the agent reads", () => {
    expect(unique(all(admx, / key="([^"]+)"/g))).toEqual([POLICY_KEY]);
  });

  test.each(["ja-JP", "en-US"])("have every word and every field in %s, and no other", async (language) => {
    const adml = await readFile(`${FOLDER}/${language}/engawa.adml`, "utf8");
    expect(unique(all(adml, /<string id="([^"]+)">[^<]+</g))).toEqual(unique(all(admx, /\$\(string\.([^)]+)\)/g)));
    const presentations = unique(all(admx, /\$\(presentation\.([^)]+)\)/g));
    expect(unique(all(adml, /<presentation id="([^"]+)">/g))).toEqual(presentations);
    expect(unique(all(adml, /refId="([^"]+)"/g))).toEqual(unique(all(admx, /<(?:enum|text) id="([^"]+)"/g)));
  });
});

describe("settings from the group policy", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "engawa-policy-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const given = (values: Record<string, string | number>) =>
    loadConfig(folder, Promise.resolve(policySettings(values)));

  test("win over the file, and are named", async () => {
    await writeFile(join(folder, "config.json"), '{"lockOn":"never","wake":"never"}');
    expect(await given({ LockOn: "end" })).toMatchObject({ lockOn: "end", wake: "never", fromPolicy: ["lockOn"] });
  });

  test("that were left empty say nothing", async () => {
    await writeFile(join(folder, "config.json"), '{"lockOn":"never"}');
    expect(await given({ LockOn: "" })).toMatchObject({ lockOn: "never", fromPolicy: [] });
  });

  test("are refused with the name of the registry value, beside the problems of the file", async () => {
    await writeFile(join(folder, "config.json"), '{"wake":"later"}');
    const loading = given({ LockOn: 1, Lockon: "end" });
    await expect(loading).rejects.toThrow("HKLM\\Software\\Policies\\Engawa\\LockOn: ");
    await expect(loading).rejects.toThrow("HKLM\\Software\\Policies\\Engawa\\Lockon: ");
    await expect(loading).rejects.toThrow(`${join(folder, "config.json")}: wake: `);
  });
});

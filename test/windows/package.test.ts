/** The package as Windows Installer reads it: its tables. What they do is seen in installer.test.ts. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MSI_PROPERTIES } from "../../agent/windows/build/msi.ts";
import { buildMsi } from "../../agent/windows/build/msi-build.ts";

const FILES = ["node.exe", "cli.js", "setup.js", "node_modules/@scope/a b/index.js", "policy/ja-JP/engawa.adml"];
const TABLES = ["Property", "CustomAction", "Upgrade", "Component", "File", "Directory", "InstallExecuteSequence"];
let folder: string;
const packages = new Map<string, string>();

/** Its rows, the first three lines (names, types, key) left out. A table is a set: wixl writes its rows in any order. */
async function table(name: string, which = "first"): Promise<string[][]> {
  const { stdout } = await promisify(execFile)("msiinfo", ["export", packages.get(which) ?? "", name]);
  const lines = stdout.split(/\r?\n/).slice(3);
  return lines
    .filter(Boolean)
    .sort()
    .map((line) => line.split("\t"));
}
const properties = async (which?: string) =>
  new Map((await table("Property", which)).map(([name, value]) => [name, value]));

async function build(which: string, version: string, text: string): Promise<void> {
  const [scratch, payload] = [join(folder, `${which}-scratch`), join(folder, which)];
  await mkdir(scratch);
  for (const file of FILES) {
    await mkdir(dirname(join(payload, file)), { recursive: true });
    await writeFile(join(payload, file), text);
  }
  const setup = join(folder, `${which}.msi`);
  await buildMsi({ version, payload, scratch, setup });
  packages.set(which, setup);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "engawa-msi-"));
  await build("first", "1.2.3", "one");
  await build("again", "1.2.3", "one");
  await build("other", "1.2.3", "two");
});
afterAll(() => rm(folder, { recursive: true }));

describe("the package", () => {
  test("brings every file, each in a component of its own", async () => {
    expect((await table("File")).map(([, , name = ""]) => name.split("|").at(-1)).sort()).toEqual(
      FILES.map((file) => file.split("/").at(-1)).sort(),
    );
    expect(await table("Component")).toHaveLength(FILES.length + 1);
  });

  test("hands the system's part everything that IT may give, and writes no secret into Windows Installer's log", async () => {
    const known = await properties();
    expect(known.get("SecureCustomProperties")?.split(";")).toEqual(expect.arrayContaining([...MSI_PROPERTIES]));
    expect(known.get("MsiHiddenProperties")?.split(";")).toEqual(["TOKEN", "PROXY"]);
    // msidbCustomActionTypeHideTarget
    for (const [, type] of await table("CustomAction")) expect(Number(type) & 0x2000).toBe(0x2000);
  });

  test("unpacks nothing into a temporary folder: its actions are one installed program, run by the system", async () => {
    await expect(table("Binary")).resolves.toEqual([]);
    const actions = await table("CustomAction");
    expect(actions).toHaveLength(2);
    const [node] = (await table("File")).filter(([, , name]) => name === "node.exe").map(([key]) => key);
    for (const [, type, source] of actions) {
      expect(Number(type) & 0x3f).toBe(18); // an EXE of the File table
      expect(Number(type) & 0xc00).toBe(0xc00); // deferred, not as the person who started it
      expect(source).toBe(node);
    }
  });

  test("acts in a repair on nothing: anybody may start one", async () => {
    const conditions = new Map((await table("InstallExecuteSequence")).map(([name, condition]) => [name, condition]));
    expect(conditions.get("ChangeOver")).toBe("NOT Installed");
    expect(conditions.get("TakeAway")).toBe('REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE');
  });

  test("can be put nowhere else: no folder has a name that a command line could set", async () => {
    const folders = (await table("Directory")).map(([id = ""]) => id).filter((id) => id !== "TARGETDIR");
    expect(folders.filter((id) => /^[A-Z0-9_.]+$/.test(id))).toEqual([]);
    const parents = new Map((await table("Directory")).map(([id, parent]) => [id, parent]));
    expect(parents.get(parents.get("AppFolder"))).toBe("ProgramFiles64Folder");
  });

  test("changes the services over last, and takes the version before away only when that is done", async () => {
    const sequence = new Map((await table("InstallExecuteSequence")).map(([name, , at]) => [name, Number(at)]));
    const order = ["InstallInitialize", "TakeAway", "RemoveFiles", "InstallFiles", "ChangeOver", "InstallFinalize"];
    const all = [...order, "RemoveExistingProducts"].map((name) => sequence.get(name) ?? 0);
    expect(all).toEqual([...all].sort((a, b) => a - b));
    expect(Math.max(...[...sequence.values()].filter((at) => at < (sequence.get("InstallFinalize") ?? 0)))).toBe(
      sequence.get("ChangeOver"),
    );
  });

  test("is the same when it is built again, and another product with another folder when a file is another", async () => {
    for (const name of TABLES) expect(await table(name, "again")).toEqual(await table(name));
    const [own, others] = [await properties(), await properties("other")];
    expect(others.get("ProductCode")).not.toBe(own.get("ProductCode"));
    expect(others.get("UpgradeCode")).toBe(own.get("UpgradeCode"));
    const appOf = async (which: string) => (await table("Directory", which)).find(([id]) => id === "AppFolder")?.[2];
    expect(await appOf("other")).not.toBe(await appOf("first"));
  });

  test("speaks Japanese", async () => {
    expect((await properties()).get("ProductName")).toBe("Engawa エージェント");
    expect((await table("LaunchCondition")).flat().join()).toContain("これより新しい版");
  });
});

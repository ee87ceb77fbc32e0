/** What a Windows under Wine consists of, to be compared: the files of drive C and the registry, without what Wine itself changes. */
import { lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Wine } from "./wine.ts";

export interface Snapshot {
  /** Path below drive C → size; folders: "folder". */
  readonly files: ReadonlyMap<string, string>;
  /** Key → its values, in the words of a .reg file. */
  readonly registry: ReadonlyMap<string, string>;
}

/** Written by Wine as programs come and go; named one by one, so that nothing of ours hides behind a pattern. */
const WINES_FILES = [
  /^windows\/temp(\/|$)/i,
  /^windows\/Installer$/i, // where Windows Installer keeps packages: made with the first one, and stays
  /^users\/[^/]+\/(temp|AppData\/Local\/Temp)(\/|$)/i, // Windows clears it, an installer need not
];
const WINES_KEYS = [
  /^HKEY_LOCAL_MACHINE\\(HARDWARE|SYSTEM\\CurrentControlSet\\Hardware Profiles)(\\|$)/i, // made anew at each start
  /^HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\(Enum|Control\\Class|Control\\Video|Control\\DeviceClasses)(\\|$)/i, // the display
  /^HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ServiceCurrent$/i, // a counter of service starts
  /^HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Perflib(\\|$)/i,
  /^HKEY_CURRENT_USER\\Console$/i, // a program with a console was started
  /^HKEY_CURRENT_USER\\Volatile Environment(\\|$)/i,
  /^HKEY_CURRENT_USER\\Software\\Wine\\Fonts(\\|$)/i,
];

export async function takeSnapshot(wine: Wine): Promise<Snapshot> {
  const registry = new Map<string, string>();
  for (const root of ["HKLM", "HKCU"]) for (const [key, text] of await exported(wine, root)) registry.set(key, text);
  return { files: filesOf(join(wine.prefix, "drive_c")), registry };
}

async function exported(wine: Wine, root: string): Promise<Map<string, string>> {
  const file = join(wine.prefix, `${root}.reg`);
  const { code, output } = await wine.run("reg", "export", root, `Z:${file.replaceAll("/", "\\")}`, "/y");
  if (code !== 0) throw new Error(`reg export ${root}: ${output}`);
  const sections = readFileSync(file, "utf16le")
    .split(/\r?\n(?=\[)/)
    .slice(1);
  rmSync(file);
  return new Map(
    sections.flatMap((section) => {
      const [, key = "", values = ""] = /^\[([^\n]*)\]\r?\n([\s\S]*)$/.exec(section) ?? [];
      return WINES_KEYS.some((pattern) => pattern.test(key)) ? [] : [[key, values.trim()] as const];
    }),
  );
}

function filesOf(root: string): Map<string, string> {
  const files = new Map<string, string>();
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (WINES_FILES.some((pattern) => pattern.test(path))) continue;
      // a link leads out of drive C: Wine has some into the home folder
      files.set(path, entry.isFile() ? String(lstatSync(join(root, path)).size) : "folder");
      if (entry.isDirectory()) walk(path);
    }
  };
  walk("");
  return files;
}

/** What was added, removed or changed: `+ key`, `- key`, `~ key`. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const added = [...after.keys()].filter((key) => !before.has(key)).map((key) => `+ ${key}`);
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => `- ${key}`);
  const changed = [...before].filter(([key, value]) => (after.get(key) ?? value) !== value).map(([key]) => `~ ${key}`);
  return [...added, ...gone, ...changed].sort();
}

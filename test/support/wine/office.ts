/** A Windows office for tests: an editor on an empty file, whose screen, text and file can be read without our own agent. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { PNG } from "pngjs";
import { giveUp } from "../clean-up.ts";
import type { TestScreen } from "../product.ts";
import { until } from "../until.ts";
import { openWine, type Wine, type WineOptions, windowsPath } from "./wine.ts";

export interface WindowsOffice extends TestScreen {
  readonly wine: Wine;
  /** What stands in the editor, by WM_GETTEXT. */
  editorText(): Promise<string>;
  /** In pixels of the whole picture. */
  moveEditor(x: number, y: number): Promise<void>;
  /** Runs xdotool on its display. */
  xdotool(...args: readonly string[]): Promise<string>;
}

/** Japanese letters in menus and in the editor: Wine's own fonts have none. */
const FONTS = `REGEDIT4

[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\FontSubstitutes]
"MS Shell Dlg"="Noto Sans CJK JP"
"MS Shell Dlg 2"="Noto Sans CJK JP"

[HKEY_CURRENT_USER\\Software\\Microsoft\\Notepad]
"lfFaceName"="Noto Sans CJK JP"
`;
const POLICY = `REGEDIT4

[HKEY_LOCAL_MACHINE\\Software\\Policies\\Engawa]
"LockBefore"="never"
`;
/** UTF-8 with its mark: what the editor then writes, too. */
const EMPTY = "\ufeff";
const FILE = "memo.txt";

/** Wine's LockWorkStation locks nothing, and a PC that could be locked and is not admits nobody. By group policy, before there is an agent. */
export const admitUnlocked = (wine: Wine): Promise<void> => register(wine, "policy", POLICY);

async function register(wine: Wine, name: string, keys: string): Promise<void> {
  const file = join(wine.tree, `${name}.reg`);
  writeFileSync(file, keys);
  await wine.run("regedit", "/S", windowsPath(file));
}

/** Resolves when the editor has the keyboard. */
export async function openWindowsOffice(options: WineOptions = {}): Promise<WindowsOffice> {
  const wine = await openWine(options);
  try {
    await register(wine, "fonts", FONTS);
    await admitUnlocked(wine);
    const office = officeOn(wine);
    writeFileSync(fileOf(wine), EMPTY);
    wine.start("notepad", `C:\\${FILE}`);
    await until("the editor has the keyboard", async () => (await askEditor(wine)).inFront);
    return office;
  } catch (error) {
    return giveUp(error, () => wine.close());
  }
}

const fileOf = (wine: Wine) => join(wine.prefix, "drive_c", FILE);

async function askEditor(wine: Wine): Promise<{ text: string; inFront: boolean }> {
  const { output } = await wine.node("test/support/wine/editor-text.ts");
  return JSON.parse(output);
}

function officeOn(wine: Wine): WindowsOffice {
  const env = { ...wine.environment };
  const options = { env, encoding: "buffer", maxBuffer: 64 * 1024 * 1024 } as const;
  return {
    wine,
    display: wine.display,
    authority: wine.environment["XAUTHORITY"],
    logs: () => "",
    readFile: () => readFileSync(fileOf(wine), "utf8").replace(EMPTY, "").replaceAll("\r\n", "\n"),
    screenshot: async () => {
      const { stdout } = await promisify(execFile)("import", ["-silent", "-window", "root", "png:-"], options);
      return PNG.sync.read(stdout);
    },
    editorText: async () => {
      return (await askEditor(wine)).text.replaceAll("\r\n", "\n");
    },
    moveEditor: async (x, y) => {
      const { code, output } = await wine.node("test/support/wine/move-editor.ts", String(x), String(y));
      if (code !== 0) throw new Error(output);
    },
    xdotool: async (...args) => (await promisify(execFile)("xdotool", args, { env })).stdout,
    close: () => wine.close(),
  };
}

/**
 * A Windows of its own for a test file: Wine on a fresh prefix and a display of its own, with the real node.exe and our source tree,
 * as Windows sees it. (`WINEPREFIX` is a whole Windows: drive C, registry, services.)
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackPinned, WINDOWS_KOFFI, WINDOWS_NODE } from "../../../agent/windows/build/fetch/downloads.ts";
import { ROOT } from "../../../signaling/quickstart/build.ts";
import { closesOnce, giveUp } from "../clean-up.ts";
import { startXvfb, type Xvfb } from "../xvfb.ts";
import type { SuiteResult } from "./suite.ts";

const MAX_STARTS = 3;

export interface WineOptions {
  /** Variables that programs find besides. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The display's size; Windows has one monitor of it. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Another display than a virtual one of its own: one with several monitors. */
  readonly display?: { readonly display: string; readonly authority?: string; close(): Promise<void> };
  /** What to start instead of a command, so that it runs in another network namespace. */
  readonly enter?: (command: string, args: readonly string[]) => readonly [string, readonly string[]];
}

export interface Run {
  readonly code: number | null;
  /** Standard output and error together. */
  readonly output: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** What it has said so far. */
  output(): string;
  /** Resolves when it has ended. */
  ended(): Promise<Run>;
}

export interface Wine {
  readonly display: string;
  readonly prefix: string;
  /** Our sources with node_modules as Windows needs them; `tree/agent/…`. */
  readonly tree: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts a program: one of Wine's by name, or a file. */
  start(program: string, ...args: readonly string[]): Running;
  /** Runs it to its end. */
  run(program: string, ...args: readonly string[]): Promise<Run>;
  /** Runs node.exe in the tree. */
  node(...args: readonly string[]): Promise<Run>;
  startNode(...args: readonly string[]): Running;
  /** What runs in this Windows, with the machine's own process ids. */
  processes(): WineProcess[];
  /** Runs a test file of ours in node.exe; `file` within the repository. */
  suite(file: string): Promise<SuiteResult[]>;
  close(): Promise<void>;
}

export interface WineProcess {
  readonly pid: number;
  /** As Windows was given it. */
  readonly commandLine: string;
}

/** `C:\…` and `Z:\…` of a path of ours: Wine has the whole file system as drive Z. */
export const windowsPath = (path: string): string => `Z:${path.replaceAll("/", "\\")}`;

export async function openWine(options: WineOptions = {}): Promise<Wine> {
  const folder = mkdtempSync(join(tmpdir(), "engawa-wine-"));
  const screen = options.display ?? (await openScreen(options.size));
  const prefix = join(folder, "prefix");
  const environment = {
    PATH: "/usr/bin:/bin",
    HOME: folder, // Wine links the home's folders into the prefix
    LANG: "ja_JP.UTF-8",
    LC_ALL: "C.UTF-8",
    WINEPREFIX: prefix,
    WINEARCH: "win64",
    WINEDEBUG: "-all",
    // neither .NET nor a browser: both would ask to be downloaded
    WINEDLLOVERRIDES: "mscoree=;mshtml=;winemenubuilder.exe=",
    DISPLAY: screen.display,
    ...(screen.authority === undefined ? {} : { XAUTHORITY: screen.authority }),
    ...options.environment,
  };
  const start = (command: string, args: readonly string[], cwd = folder): Running => {
    // a pipe of ours as standard output ends Windows' node at once; a file does not
    const log = join(folder, `${crypto.randomUUID()}.log`);
    const descriptor = openSync(log, "w");
    const [program, all] = options.enter?.(command, args) ?? [command, args];
    const child = spawn(program, all, { cwd, env: environment, stdio: ["ignore", descriptor, descriptor] });
    closeSync(descriptor);
    const exit = once(child, "exit");
    const output = () => readFileSync(log, "utf8");
    return {
      process: child,
      output,
      ended: async () => ({ code: (await exit)[0] as number | null, output: output() }),
    };
  };
  const tree = join(folder, "tree");
  const node = join(folder, "node", "bin", "node.exe");
  const startNode = (...args: readonly string[]) => start("wine", [node, ...args], tree);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const stop = async () => {
    await start("wineserver", ["-k"]).ended();
    await start("wineserver", ["-w"]).ended();
  };
  try {
    await Promise.all([unpackPinned(WINDOWS_NODE, join(folder, "node")), plantTree(tree)]);
    // the first program makes the prefix; "wineboot --init" would boot it a second time, with a second service control manager
    await settle(start("wine", ["winecfg", "-v", "win10"]));
  } catch (error) {
    return giveUp(error, stop, () => screen.close(), remove);
  }
  return {
    display: screen.display,
    prefix,
    tree,
    environment,
    start: (program, ...args) => start("wine", [program, ...args]),
    run: (program, ...args) => runStarted(() => start("wine", [program, ...args]).ended()),
    node: (...args) => startNode(...args).ended(),
    startNode,
    processes: () => processesOf(prefix),
    suite: (file) => runSuite(startNode, tree, file),
    close: closesOnce(async () => {
      await stop();
      await screen.close();
      remove();
    }),
  };
}

/** The Japanese layout is set before Wine starts: it asks for it once. */
const openScreen = ({ width, height } = { width: 1280, height: 800 }): Promise<Xvfb> =>
  startXvfb({ width, height, layout: "jp" });

function processesOf(prefix: string): WineProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(`WINEPREFIX=${prefix}`)) return [];
        const commandLine = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), commandLine }];
      } catch {
        return []; // ended meanwhile
      }
    });
}

/**
 * Seldom (once in thousands) a process that Wine has made ends before its first instruction, and `wine` says so in these words. Nothing
 * of the program has run then, so it is started again.
 */
async function runStarted(run: () => Promise<Run>): Promise<Run> {
  for (let starts = 1; ; starts += 1) {
    const ended = await run();
    if (!ended.output.includes("ShellExecuteEx failed: Internal error") || starts === MAX_STARTS) return ended;
  }
}

async function settle(running: Running): Promise<void> {
  const { code, output } = await running.ended();
  if (code !== 0) throw new Error(`${running.process.spawnargs.join(" ")} ended with ${code}: ${output}`);
}

/** Links to everything, so that Windows finds the one package that is not installed here. Wine shows links as what they point to. */
async function plantTree(tree: string): Promise<void> {
  const modules = join(tree, "node_modules");
  mkdirSync(modules, { recursive: true });
  const link = (from: string, to: string, except: readonly string[] = []) => {
    for (const name of readdirSync(from)) if (!except.includes(name)) symlinkSync(join(from, name), join(to, name));
  };
  link(ROOT, tree, ["node_modules", ".git", "dist"]);
  link(join(ROOT, "node_modules"), modules, ["@koromix", ".bin", ".cache", ".vite", ".vite-temp"]);
  await unpackPinned(WINDOWS_KOFFI, join(modules, WINDOWS_KOFFI.name));
}

async function runSuite(
  startNode: (...args: readonly string[]) => Running,
  tree: string,
  file: string,
): Promise<SuiteResult[]> {
  const report = join(tree, `${crypto.randomUUID()}.json`);
  const { code, output } = await startNode(
    "test/support/wine/suite.ts",
    windowsPath(join(tree, file)),
    windowsPath(report),
  ).ended();
  try {
    return JSON.parse(readFileSync(report, "utf8")) as SuiteResult[];
  } catch (cause) {
    throw new Error(`${file} ended with ${code} and without results: ${output.slice(-4000)}`, { cause });
  }
}

/** The pages of staff and of administrators, bundled when their sources have changed since the last time. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The pinned one. */
export const NODE = join(ROOT, "node_modules/.bin/node");
/** For our own children: what Node has compiled once is taken from here the next time, which halves the time to start. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(ROOT, ".cache/compile") };
/** For one organisation's signaling: 15 MB less. A server of thousands has more young objects than fit in this. */
export const SIGNALING_FLAGS = ["--max-semi-space-size=2"] as const;
/** For the agent, as in its systemd unit: its short-lived objects are small, and memory is scarce on an office PC. */
export const AGENT_FLAGS = ["--max-semi-space-size=1"] as const;
/** Each is a folder for vite. */
const PAGES = ["viewer", "signaling/console/page"];
const SOURCES = [...PAGES, "signaling/protocol", "signaling/client", "package-lock.json"];
const STAMP = join(ROOT, ".cache/viewer.sha256");
const isBuilt = (page: string): boolean => existsSync(join(ROOT, page, "dist/index.html"));

/** Returns false when it does not build; what vite said is on stderr then. */
export async function buildViewer(onStart: () => void = () => {}): Promise<boolean> {
  const hash = hashOfSources();
  if (PAGES.every(isBuilt) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === hash) return true;
  onStart();
  for (const page of PAGES) if ((await runTool("vite", ["build", page, "--logLevel", "warn"])) !== 0) return false;
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  writeFileSync(STAMP, hash);
  return true;
}

/** Runs one of our npm tools to its end, its output on ours. */
export async function runTool(name: string, args: readonly string[]): Promise<number> {
  const child = spawn(join(ROOT, "node_modules/.bin", name), args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}` },
  });
  const end = () => child.kill("SIGTERM");
  process.once("SIGTERM", end);
  const [status] = await once(child, "exit");
  process.off("SIGTERM", end);
  return typeof status === "number" ? status : 1;
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap((path) => filesOf(join(ROOT, path))).sort()) {
    hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name !== "dist" && name !== "node_modules")
    .flatMap((name) => filesOf(join(path, name)));
}

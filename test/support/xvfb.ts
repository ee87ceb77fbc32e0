/** A virtual X display of its own for a test: the server chooses the number, nothing listens on TCP. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

export interface XvfbOptions {
  width: number;
  height: number;
  depth?: number;
  layout?: "jp" | "us";
  windowManager?: boolean;
  /** A display that was this test's own before; without it the server chooses a free one. */
  display?: string;
  /** Asks for a key (MIT-MAGIC-COOKIE-1); it stands in the file `authority`. */
  authorised?: boolean;
}

export interface Xvfb {
  /** ":7", for example. */
  readonly display: string;
  readonly pid: number;
  readonly authority: string | undefined;
  close(): Promise<void>;
}

const run = promisify(execFile);
const LAYOUTS = { jp: ["-model", "jp106", "-layout", "jp"], us: ["-model", "pc104", "-layout", "us"] } as const;

export async function startXvfb(options: XvfbOptions): Promise<Xvfb> {
  const { width, height, depth = 24, layout, windowManager = false, authorised = false } = options;
  const folder = await mkdtemp(join(tmpdir(), "engawa-xvfb-"));
  const authority = authorised ? join(folder, "authority") : undefined;
  if (authority) await writeFile(authority, authorityFile(), { mode: 0o600 });
  const server = spawn(
    "Xvfb",
    [
      ...(options.display ? [options.display] : []),
      "-displayfd",
      "3",
      "-screen",
      "0",
      `${width}x${height}x${depth}`,
      "-noreset",
      "-nolisten",
      "tcp",
    ].concat(authority ? ["-auth", authority] : []),
    { stdio: ["ignore", "ignore", "ignore", "pipe"] },
  );
  const display = `:${await firstLine(server)}`;
  const environment = { ...process.env, DISPLAY: display, ...(authority ? { XAUTHORITY: authority } : {}) };
  if (layout) await run("setxkbmap", ["-display", display, ...LAYOUTS[layout]], { env: environment });
  const manager = windowManager ? spawn("openbox", { stdio: "ignore", env: environment }) : undefined;
  return {
    display,
    pid: server.pid ?? 0,
    authority,
    async close() {
      for (const child of [manager, server]) await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function firstLine(server: ChildProcess): Promise<string> {
  const output = server.stdio[3] as Readable;
  let text = "";
  for await (const piece of output) {
    text += String(piece);
    if (text.includes("\n")) return text.trim();
  }
  throw new Error("Xvfb ended before it had a display");
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill();
  await exited;
}

/** One entry of an Xauthority file for any address and display (Xau: FamilyWild), with a random key. */
function authorityFile(): Buffer {
  const counted = (data: Uint8Array) => Buffer.concat([Buffer.from([data.length >> 8, data.length & 255]), data]);
  const key = crypto.getRandomValues(new Uint8Array(16));
  const family = Buffer.from([0xff, 0xff]);
  return Buffer.concat([
    family,
    counted(Buffer.alloc(0)),
    counted(Buffer.alloc(0)),
    counted(Buffer.from("MIT-MAGIC-COOKIE-1")),
    counted(key),
  ]);
}

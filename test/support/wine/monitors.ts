/**
 * A display with two monitors, as a PC has them: the main one on the right, and a smaller one left of it and a little higher, whose
 * coordinates in Windows are negative. Xorg with its dummy driver; needs no graphics card and no console.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

export interface Monitors {
  /** ":7", for example. */
  readonly display: string;
  /** Puts the smaller monitor on the other side of the main one. */
  swap(): Promise<void>;
  close(): Promise<void>;
}

/** In pixels of the whole picture. */
export const MAIN_MONITOR = { x: 1024, y: 32, width: 1280, height: 800 } as const;
export const SMALL_MONITOR = { x: 0, y: 0, width: 1024, height: 768 } as const;

const CONFIGURATION = `
Section "Device"
  Identifier "card"
  Driver "dummy"
  VideoRam 65536
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
EndSection
Section "Screen"
  Identifier "screen"
  Device "card"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "1280x800"
  EndSubSection
EndSection
Section "ServerFlags"
  Option "AutoAddDevices" "false"
EndSection
`;

export async function startMonitors(): Promise<Monitors> {
  const folder = await mkdtemp(join(tmpdir(), "engawa-xorg-"));
  const [configuration, log] = [join(folder, "xorg.conf"), join(folder, "xorg.log")];
  await writeFile(configuration, CONFIGURATION);
  const server = spawn(
    "Xorg",
    ["-displayfd", "3", "-config", configuration, "-logfile", log, "-noreset", "-nolisten", "tcp", "-novtswitch"],
    { stdio: ["ignore", "ignore", "ignore", "pipe"] },
  );
  const display = `:${await firstLine(server.stdio[3] as Readable)}`;
  const run = promisify(execFile);
  const xrandr = (...args: string[]) => run("xrandr", ["--display", display, ...args]);
  const place = (main: string, small: string) =>
    xrandr(
      ...["--output", "DUMMY0", "--mode", "1280x800", "--pos", main, "--primary"],
      ...["--output", "DUMMY1", "--mode", "1024x768", "--pos", small],
    );
  await xrandr("--addmode", "DUMMY1", "1024x768");
  await place("1024x32", "0x0");
  await xrandr("--query"); // X looks at its outputs again, else Wine sees the first only
  // before Windows is started: it asks for the layout once
  await run("setxkbmap", ["-display", display, "-model", "jp106", "-layout", "jp"]);
  return {
    display,
    async swap() {
      await place("0x0", "1280x0");
    },
    async close() {
      if (server.exitCode === null && server.signalCode === null) {
        const exited = once(server, "exit");
        server.kill();
        await exited;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function firstLine(output: Readable): Promise<string> {
  let text = "";
  for await (const piece of output) {
    text += String(piece);
    if (text.includes("\n")) return text.trim();
  }
  throw new Error("Xorg ended before it had a display");
}

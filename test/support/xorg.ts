/**
 * A real X server with monitors that exist in memory only (Xorg and its dummy driver): unlike Xvfb it has several monitors and a
 * gamma ramp for each. It needs root, as an X server without a wrapper does, and takes nothing of the machine's own screen.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface Xorg {
  /** ":7", for example. */
  readonly display: string;
  close(): Promise<void>;
}

const configurationFor = (mode: string) => `
Section "Device"
  Identifier "memory"
  Driver "dummy"
  VideoRam 64000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5-1000
  VertRefresh 5-200
EndSection
Section "Screen"
  Identifier "screen"
  Device "memory"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "${mode}"
    Virtual 2304 832
  EndSubSection
EndSection
Section "ServerFlags"
  Option "AutoAddDevices" "false"
EndSection
`;

/** One monitor of this mode; `xrandr --addmode DUMMY1 1024x768` and `--output DUMMY1` give it more. */
export async function startXorg(mode = "1024x768"): Promise<Xorg> {
  const folder = await mkdtemp(join(tmpdir(), "engawa-xorg-"));
  const [configuration, log] = [join(folder, "xorg.conf"), join(folder, "log")];
  await writeFile(configuration, configurationFor(mode));
  const options = [
    "-config",
    configuration,
    "-logfile",
    log,
    "-noreset",
    "-nolisten",
    "tcp",
    "-novtswitch",
    "-sharevts",
  ];
  const server = spawn("Xorg", ["-displayfd", "3", ...options], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const ended = once(server, "exit");
  const close = async () => {
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  let number = "";
  for await (const piece of server.stdio[3] as Readable) {
    number += String(piece);
    if (number.includes("\n")) return { display: `:${number.trim()}`, close };
  }
  const said = await readFile(log, "utf8").catch(() => "nothing");
  await close();
  throw new Error(`Xorg ended before it had a display: ${said.slice(-2000)}`);
}

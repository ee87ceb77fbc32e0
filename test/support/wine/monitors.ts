/**
 * A display with two monitors, as a PC has them: the main one on the right, and a smaller one left of it and a little higher, whose
 * coordinates in Windows are negative.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startXorg } from "../xorg.ts";

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

export async function startMonitors(): Promise<Monitors> {
  const { display, close } = await startXorg("1280x800");
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
    close,
  };
}

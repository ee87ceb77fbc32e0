/** A virtual office for tests: the one of `npm start`, with an editor on an empty file, whose screen and file can be read. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PNG } from "pngjs";
import { type Office, startOffice } from "../../signaling/quickstart/office.ts";
import type { PartEvent } from "../../signaling/quickstart/part.ts";
import { closesOnce, giveUp } from "./clean-up.ts";
import { until } from "./until.ts";

/** RGBA, 4 bytes per pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface TestOffice extends Office {
  /** What the editor has open. */
  readonly file: string;
  /** What is saved (the test presses Ctrl+S). */
  readFile(): string;
  /** The true picture of the screen, read by the X server's own means. */
  screenshot(): Promise<Picture>;
  /** The same as a PNG file's bytes. */
  screenshotPng(): Promise<Buffer>;
  /** What a key press in the window with the keyboard would give: a letter, or kana to be converted. */
  inputMethod(): Promise<"none" | "direct" | "japanese">;
  /** Runs xdotool on the office's display. */
  xdotool(...args: readonly string[]): Promise<string>;
}

export interface TestOfficeOptions {
  readonly size?: { readonly width: number; readonly height: number };
  readonly taskbar?: boolean;
  readonly onEvent?: (event: PartEvent) => void;
  /** False: an empty desktop. */
  readonly editor?: boolean;
}

/** Resolves when the editor has the keyboard and the input method answers. */
export async function openTestOffice(options: TestOfficeOptions = {}): Promise<TestOffice> {
  const folder = mkdtempSync(join(tmpdir(), "engawa-office-"));
  const logs = join(folder, "logs");
  mkdirSync(logs);
  const { editor = true, ...rest } = options;
  const office = await startOffice({ folder, logs, programs: [], ...rest });
  const test = testOffice(office, join(office.home, "memo.txt"), folder);
  try {
    if (editor) await openEditor(test);
  } catch (error) {
    return giveUp(error, () => test.close());
  }
  return test;
}

function testOffice(office: Office, file: string, folder: string): TestOffice {
  const screenshotPng = async () => {
    const env = { PATH: "/usr/bin:/bin", DISPLAY: office.display, XAUTHORITY: office.authority };
    const options = { env, encoding: "buffer", maxBuffer: 64 * 1024 * 1024 } as const;
    // -silent: no bell, which would be an event of its own
    return (await promisify(execFile)("import", ["-silent", "-window", "root", "png:-"], options)).stdout;
  };
  return {
    display: office.display,
    authority: office.authority,
    home: office.home,
    file,
    run: (command, ...args) => office.run(command, ...args),
    query: (command, ...args) => office.query(command, ...args),
    restart: () => office.restart(),
    kill: (signal) => office.kill(signal),
    logs: () => office.logs(),
    close: closesOnce(async () => {
      await office.close();
      rmSync(folder, { recursive: true, force: true });
    }),
    readFile: () => readFileSync(file, "utf8"),
    screenshotPng,
    screenshot: async () => PNG.sync.read(await screenshotPng()),
    inputMethod: async () => {
      const state = (await office.query("fcitx5-remote").catch(() => "")).trim();
      return state === "2" ? "japanese" : state === "1" ? "direct" : "none";
    },
    xdotool: (...args) => office.query("xdotool", ...args),
  };
}

async function openEditor(office: TestOffice): Promise<void> {
  await office.query("touch", office.file);
  await office.run("mousepad", office.file);
  await until("the editor has the keyboard", async () => {
    const name = await office.xdotool("getactivewindow", "getwindowname").catch(() => "");
    return name.includes("memo.txt");
  });
  await until("the input method serves it", async () => (await office.inputMethod()) === "direct");
}

/** Peak signal-to-noise ratio of the luma (BT.601 weights, as in the peers' figures), dB; 99 for equal pictures. */
export function psnrY(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new Error(`${a.width}x${a.height} against ${b.width}x${b.height}`);
  const luma = (data: Uint8Array, i: number) =>
    0.299 * (data[i] ?? 0) + 0.587 * (data[i + 1] ?? 0) + 0.114 * (data[i + 2] ?? 0);
  let sum = 0;
  for (let i = 0; i < a.data.length; i += 4) sum += (luma(a.data, i) - luma(b.data, i)) ** 2;
  const mean = sum / (a.width * a.height);
  return mean === 0 ? 99 : 10 * Math.log10(255 ** 2 / mean);
}

/** Puts a picture where README and people can look at it. */
export function savePicture(file: string, picture: Picture): void {
  const png = new PNG({ width: picture.width, height: picture.height });
  png.data = Buffer.from(picture.data);
  writeFileSync(file, PNG.sync.write(png));
}

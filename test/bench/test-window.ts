/** A window of text at the office: key f toggles a patch, so that a key press can be seen; key n turns a page (not in Windows' own one). */
import { join } from "node:path";
import { until } from "../support/until.ts";
import type { Scene, Stage } from "./stage.ts";
import { PYTHON, traceProgram } from "./trace-program.ts";

/** A pixel inside the patch. */
export const PATCH = { x: 200, y: 150 } as const;

export interface TestWindow {
  close(): Promise<void>;
}

/** `corner`: no larger than the patch and some text need, in the screen's corner. */
export async function openTestWindow(
  stage: Scene & Partial<Stage>,
  size: "screen" | "corner" = "screen",
): Promise<TestWindow> {
  const wine = stage.product?.agent.wine;
  if (wine) {
    const running = wine.startNode("test/bench/trace/windows-window.ts");
    await until(
      () => `the window is there: ${running.output()}`,
      () => running.output().includes("ready"),
    );
    return {
      close: async () => {
        running.process.kill("SIGKILL");
        await running.ended();
      },
    };
  }
  return openBook(stage, size);
}

/** The test window of the Linux office, which can turn pages and scroll, too. */
export interface Book extends TestWindow {
  /** Until this is done, key n does nothing: what it shows next is painted before. */
  makeNextPage(): Promise<void>;
  /** Shows a long page, which each notch of the wheel scrolls by a step. */
  readyToScroll(): Promise<void>;
  /** All steps were made: when each was painted (epoch, ms). */
  scrolled(): Promise<readonly number[]>;
  /** Where that page lies as B, G, R, unused, once it has been scrolled. */
  readonly longPage: string;
}

/** As trace/testwin.py has it. */
export const SCROLL = { seconds: 10, stepsPerSecond: 30, stepPx: 12, steps: 300 } as const;
const CORNER = "640x400";

export async function openBook({ desk, folder }: Pick<Stage, "desk" | "folder">, size = "screen"): Promise<Book> {
  const pages = join(folder, "pages");
  const args = [traceProgram("testwin.py"), pages, ...(size === "corner" ? [CORNER] : [])];
  const said: string[] = [];
  const readyLine = (line: string) => {
    said.push(line);
    return line === "ready";
  };
  const part = await desk.start("testwin", PYTHON, args, { readyLine });
  let before = 0;
  const answered = async (answer: string): Promise<readonly string[]> => {
    await until(`the window says: ${answer}`, () => said.indexOf(answer, before) >= 0);
    return said.slice(before);
  };
  const ask = (signal: "SIGUSR1" | "SIGUSR2", answer: string): Promise<readonly string[]> => {
    before = said.length;
    part.kill(signal);
    return answered(answer);
  };
  return {
    longPage: join(pages, "long.bgrx"),
    makeNextPage: async () => void (await ask("SIGUSR2", "page ready")),
    readyToScroll: async () => void (await ask("SIGUSR1", "turn")),
    scrolled: async () => (await answered("scrolled")).flatMap((line) => stepAt(line) ?? []),
    close: () => part.close(),
  };
}

function stepAt(line: string): number | undefined {
  const at = /^step \d+ ([\d.]+)$/.exec(line)?.[1];
  return at === undefined ? undefined : Number(at);
}

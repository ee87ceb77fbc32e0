/** A full-screen window of text at the office: key f toggles a patch, so that a key press can be seen. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../support/until.ts";
import type { Stage } from "./stage.ts";

/** Debian's own, which has python3-xlib. */
export const PYTHON = "/usr/bin/python3";
/** A pixel inside the patch. */
export const PATCH = { x: 200, y: 150 } as const;

export interface TestWindow {
  close(): Promise<void>;
}

export async function openTestWindow({ desk, folder, product }: Stage): Promise<TestWindow> {
  const { wine } = product.agent;
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
  const program = fileURLToPath(new URL("trace/testwin.py", import.meta.url));
  const readyLine = (line: string) => line === "ready";
  const part = await desk.start("testwin", PYTHON, [program, join(folder, "pages")], { readyLine });
  return { close: () => part.close() };
}

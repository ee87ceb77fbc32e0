/** The thread of the cover's windows: places them, keeps them on top, and looks at what a capture shows. Started by windows.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { toProblem } from "../../desktop/problem.ts";
import { CoverWindows } from "../../native/win32/cover.ts";
import type { FromThread, ToThread } from "./windows.ts";

/** Windows calls a thread hung that takes no message for 5 s; and this long another window may lie above the cover. */
const PUMP_MS = 50;
/** A window that was just made or raised is composed within a few refreshes. */
const COMPOSED_MS = 100;

const say = (message: FromThread): void => parentPort?.postMessage(message);
const windows = new CoverWindows(String(workerData));

const pump = setInterval(() => {
  windows.pump();
  if (windows.isOverlaid) windows.raise();
}, PUMP_MS);

let composed: NodeJS.Timeout | undefined;

function verify(): void {
  if (windows.place()) {
    windows.raise();
    windows.pump();
  }
  composed = setTimeout(() => attempt(() => say({ kind: "verdict", problem: problem() })), COMPOSED_MS);
}

function problem(): string | undefined {
  windows.pump();
  windows.raise();
  if (windows.isOverlaid) return "Another window lies above the cover and does not give way.";
  return windows.isCaptured ? "This Windows shows the cover in our own picture too." : undefined;
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    say({ kind: "failed", message: toProblem(error).message });
    end();
  }
}

function end(): void {
  clearInterval(pump);
  clearTimeout(composed);
  windows.close();
  parentPort?.close();
}

parentPort?.on("message", ({ kind }: ToThread) => (kind === "verify" ? attempt(verify) : end()));

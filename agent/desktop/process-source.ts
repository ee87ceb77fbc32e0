/** Where desktop processes come from: a port. One lives at a time; when it ends the source sees to the next. */
import type { Duplex } from "node:stream";
import type { DesktopProblem } from "./reports.ts";

export interface DesktopProcess {
  /** Reports come out, commands go in (pipe.ts). Nothing was read from it yet. */
  readonly pipe: Duplex;
  /** Ends it at once, or where it is not ours to end, the connection: it exits then. Idempotent. */
  kill(): void;
}

export interface DesktopSourceEvents {
  arrived(process: DesktopProcess): void;
  /** The one that had arrived is gone; everything that was held has been released, or will be by its successor. */
  left(cause: string): void;
  /** None comes, in words. It keeps being tried. */
  missing(problem: DesktopProblem): void;
}

export interface DesktopSource {
  /** Called once. Events may come before it returns. */
  start(events: DesktopSourceEvents): void;
  /** The present process did its work: should it end soon, it did not die young. */
  proved(): void;
  /** Asks the process to let go of everything and waits for its end, a bounded time. No event comes after the call. */
  close(): Promise<void>;
}

export interface DesktopLog {
  info(message: string): void;
  warn(message: string): void;
}

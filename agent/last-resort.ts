/**
 * What nobody caught is a bug of ours: said once, what is open is closed as far as that goes, and the process ends with a
 * failure; systemd and Windows start it anew.
 *
 * One exception. The WebRTC library lets promises of its own fail unheard when a path dies (an address that is gone, a socket
 * that it closed itself). That is no state of ours, a session has other signs of a dead path, and ending here would end the
 * session of whoever has a bad line: it is logged, and no more.
 */
import type { EventEmitter } from "node:events";

/** The helper's desktop and the lock are quick; the service managers wait 10 s and more. */
const BOUND_MS = 5_000;

export interface LastResortOptions {
  readonly log: { fatal(fields: object, message: string): void; error(fields: object, message: string): void };
  readonly close: () => Promise<void>;
  readonly boundMs?: number;
  /** For tests. */
  readonly process?: Pick<EventEmitter, "on"> & { exit(code: number): void };
}

export function lastResort({ log, close, boundMs = BOUND_MS, process: self = process }: LastResortOptions): void {
  let isEnding = false;
  const end = (error: unknown, origin: string): void => {
    if (isEnding) return;
    isEnding = true;
    log.fatal({ err: error, origin }, "ended by an error that nobody caught");
    const exit = () => self.exit(1);
    setTimeout(exit, boundMs);
    Promise.resolve().then(close).then(exit, exit);
  };
  self.on("uncaughtException", (error: unknown) => end(error, "uncaughtException"));
  self.on("unhandledRejection", (error: unknown) => {
    if (isWebRtcs(error)) log.error({ err: error }, "the WebRTC library left a rejection unheard");
    else end(error, "unhandledRejection");
  });
}

/** Thrown by the library, or by a socket with nobody of ours above it. It also rejects with what is no Error, which we never do. */
export function isWebRtcs(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const top = frames.find((line) => !/\bnode:|<anonymous>/.test(line));
  return top === undefined || WEBRTC_FILE.test(top);
}

/** As a package, and as the file that it is in the Windows bundle (windows/bundle.ts). */
const WEBRTC_FILE = /[\\/](node_modules[\\/]werift[\\/]|webrtc-[\w-]+\.js)/;

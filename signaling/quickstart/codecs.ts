/**
 * Beside a product that runs with Debian's libaom, builds one of our own (`npm run build:codecs`), after everything else that wants the
 * processor: a sharper picture for half the bytes. The next session has it.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { NODE, ROOT } from "./build.ts";
import { LogFile } from "./log-file.ts";

/** What build.ts says when it begins to: until then it only looks. */
const BEGINS = /^building /;

export interface CodecBuild {
  close(): void;
}

/** `say`: only of what takes long, or of what is missing. */
export function buildOwnCodec(logs: string, say: (japanese: string, english: string) => void): CodecBuild {
  const log = new LogFile(join(logs, "codecs.log"));
  // a group of its own, so that the compilers end with it
  const args = ["--pdeathsig", "TERM", NODE, join(ROOT, "agent/windows/build/codecs/build.ts"), "linux"];
  const child = spawn("setpriv", args, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let begun = false;
  let closed = false; // or over
  const read = (stream: NodeJS.ReadableStream, each: (line: string) => void) =>
    createInterface({ input: stream }).on("line", (line) => {
      log.append(line);
      each(line);
    });
  read(child.stdout, () => {});
  read(child.stderr, (line) => {
    if (!BEGINS.test(line)) return;
    begun = true;
    say(
      "画面の符号化器を、空いた時間で作っています（数分。そのままお使いになれます。要らないときは --no-build）。",
      "Building a better encoder for the screen beside all this, some minutes; use it meanwhile (--no-build: do not).",
    );
  });
  child.on("error", (error) => log.append(error.message));
  child.on("close", (status) => {
    if (closed) return;
    closed = true;
    if (status === 0 && begun)
      say("新しい符号化器ができました。次の接続から使います。", "The new encoder is there: the next session has it.");
    if (status !== 0)
      say(
        `画面の符号化器は作れませんでした。Debian のものを使います。理由：${log.path}`,
        `No encoder of our own: Debian's is used. ${log.lastLines(1)}`,
      );
  });
  return {
    close() {
      if (closed || child.pid === undefined) return;
      closed = true;
      process.kill(-child.pid, "SIGTERM");
    },
  };
}

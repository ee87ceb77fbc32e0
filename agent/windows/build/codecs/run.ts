/** Runs a program to its end and gives what it printed; a failure says what it complained about last. */
import { spawn } from "node:child_process";

const LAST_LINES = 15;
const MAX_CHARS = 4 << 20;

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

export function run(
  [program = "", ...args]: readonly string[],
  { environment, folder }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(folder === undefined ? {} : { cwd: folder }),
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [printed, all] = ["", ""];
    const keep = (text: string, piece: string) => (text + piece).slice(-MAX_CHARS);
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      printed = keep(printed, piece);
      all = keep(all, piece);
    });
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      all = keep(all, piece);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(printed);
      else
        reject(
          new Error(
            `${program} ended with ${code ?? signal}:\n${all.trimEnd().split("\n").slice(-LAST_LINES).join("\n")}`,
          ),
        );
    });
  });
}

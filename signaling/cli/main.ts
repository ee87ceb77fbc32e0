import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { run } from "./run.ts";

/** Only a terminal has somebody before it. The question goes where it is seen even if the answer is written to a file. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
  readInput: () => text(process.stdin),
  ask: process.stdin.isTTY ? ask : undefined,
});

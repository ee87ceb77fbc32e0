import { text } from "node:stream/consumers";
import { run } from "./run.ts";

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
  readInput: () => text(process.stdin),
});

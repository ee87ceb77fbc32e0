/** The traces: what each needs on a screen, and how it is played there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { until } from "../support/until.ts";
import type { Desk } from "./desk.ts";
import { PYTHON, traceProgram } from "./trace-program.ts";

export const TRACES = ["office", "mixed"] as const;
export type TraceName = (typeof TRACES)[number];

/** When a phase began (epoch, ms). The last one is the end. */
export type Mark = z.infer<typeof Marks>[number];
const Marks = z.array(z.object({ name: z.string(), t: z.number() }));

const START_TIMEOUT_MS = 150_000;
const PLAY_TIMEOUT_MS = 180_000;

/** Opens what the trace plays on. What it gives plays it to its end, and leaves on the screen what is there then. */
export const PLAYS: Record<TraceName, (desk: Desk, folder: string) => Promise<() => Promise<Mark[]>>> = {
  async office(desk, folder) {
    await openDocuments(desk, folder);
    return async () => {
      const marks = join(folder, "marks.jsonl");
      await desk.run(PYTHON, [traceProgram("office_trace.py"), "--marks", marks], PLAY_TIMEOUT_MS);
      return marksOf(marks);
    };
  },
  async mixed(desk, folder) {
    const args = [traceProgram("mixed_trace.py"), join(folder, "mixed")];
    await desk.run(PYTHON, [...args, "--prepare"], START_TIMEOUT_MS);
    return async () => {
      const marks = join(folder, "marks.jsonl");
      const played = await desk.start("mixed", PYTHON, [...args, "--marks", marks]);
      await until("the mixed trace has been played", () => /^end$/m.test(played.logs()), PLAY_TIMEOUT_MS);
      return marksOf(marks);
    };
  },
};

/** A document and, behind it, a spreadsheet. */
export async function openDocuments(desk: Desk, folder: string): Promise<void> {
  await desk.run(traceProgram("start_apps.sh"), [join(folder, "office")], START_TIMEOUT_MS);
}

const marksOf = (file: string): Mark[] =>
  Marks.parse(
    readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );

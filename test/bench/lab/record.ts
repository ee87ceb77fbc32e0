/** Records a trace once, on a screen of its own, as the agent's capture sees it. */
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { planesLayout, planesOver } from "../../../agent/picture/planes.ts";
import { openCapture } from "../../../agent/screen/capture/open.ts";
import { type Desk, openDesk, SCREEN } from "../desk.ts";
import { PYTHON } from "../test-window.ts";
import { type Part, Recorder, writePart } from "./recording.ts";

export const TRACES = ["office", "mixed"] as const;
export type TraceName = (typeof TRACES)[number];

/** How often the screen is looked at: as often as while nobody asks for pictures. */
const EVERY_MS = 33;
const START_TIMEOUT_MS = 150_000;
const PLAY_TIMEOUT_MS = 180_000;

const program = (name: string) => fileURLToPath(new URL(`../trace/${name}`, import.meta.url));

/** Opens what the trace plays on. What it gives plays it, and says from when to when (epoch, ms). */
const PLAYS: Record<TraceName, (desk: Desk, folder: string) => Promise<() => Promise<Part>>> = {
  async office(desk, folder) {
    await desk.run(program("start_apps.sh"), [join(folder, "office")], START_TIMEOUT_MS);
    return async () => {
      const marks = join(folder, "marks.jsonl");
      await desk.run(PYTHON, [program("office_trace.py"), "--marks", marks], PLAY_TIMEOUT_MS);
      const times = readFileSync(marks, "utf8")
        .trim()
        .split("\n")
        .map((line) => Number(JSON.parse(line).t));
      return { from: Math.min(...times), to: Math.max(...times) };
    };
  },
  async mixed(desk, folder) {
    const args = [program("mixed_trace.py"), join(folder, "mixed")];
    await desk.run(PYTHON, [...args, "--prepare"], START_TIMEOUT_MS);
    return async () => {
      const from = Date.now();
      await desk.run(PYTHON, args, PLAY_TIMEOUT_MS);
      return { from, to: Date.now() };
    };
  },
};

/** `file` is there when it is whole. */
export async function record(trace: TraceName, o: { file: string; folder: string; say(what: string): void }) {
  const { file, folder, say } = o;
  const desk = await openDesk({ at: (_place, program) => program }, folder);
  try {
    const play = await PLAYS[trace](desk, folder);
    say(`recording the ${trace} trace, two minutes`);
    process.env["XAUTHORITY"] = desk.authority;
    const source = { kind: "x11", display: desk.display, authority: desk.authority } as const;
    const nothing = () => {};
    const capture = await openCapture(source, { damaged: nothing, resized: nothing, lost: nothing, report: nothing });
    const { width, height } = SCREEN;
    const planes = planesOver(new Uint8Array(planesLayout("444", width, height).bytes), "444", width, height);
    const recorder = new Recorder(`${file}.part`);
    const begun = performance.now();
    const epoch = Date.now();
    let over = false;
    const playing = play().finally(() => {
      over = true;
    });
    for (let next = EVERY_MS; !over; next += EVERY_MS) {
      const changed = capture.take(planes);
      if (changed > 0) recorder.write(planes, changed, performance.now() - begun);
      await pause(Math.max(0, begun + next - performance.now()));
    }
    const { from, to } = await playing;
    writePart(file, { from: from - epoch, to: to - epoch });
    recorder.close();
    await capture.close();
    renameSync(`${file}.part`, file);
  } finally {
    await desk.close();
  }
}

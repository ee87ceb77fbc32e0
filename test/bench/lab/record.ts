/** Records a trace once, on a screen of its own, as the agent's capture sees it. */
import { renameSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { planesLayout, planesOver } from "../../../agent/picture/planes.ts";
import { openCapture } from "../../../agent/screen/capture/open.ts";
import { openDesk, SCREEN } from "../desk.ts";
import { PLAYS, type TraceName } from "../plays.ts";
import { Recorder, writePart } from "./recording.ts";

/** How often the screen is looked at: as often as while nobody asks for pictures. */
const EVERY_MS = 33;

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
    const capture = await openCapture(source, {
      damaged: nothing,
      input: nothing,
      resized: nothing,
      lost: nothing,
      report: nothing,
    });
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
    const times = (await playing).map(({ t }) => t - epoch);
    writePart(file, { from: Math.min(...times), to: Math.max(...times) });
    recorder.close();
    await capture.close();
    renameSync(`${file}.part`, file);
  } finally {
    await desk.close();
  }
}

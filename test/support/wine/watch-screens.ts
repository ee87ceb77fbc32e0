/**
 * Runs in Windows: says what the capture sees and hears, a JSON value a line, while a window wanders from one monitor to the other.
 * Ends when a capture that was opened after a change has said its size.
 */

import { readLayout } from "../../../agent/native/win32/screen.ts";
import { planesLayout, planesOver } from "../../../agent/picture/planes.ts";
import type { CaptureHandlers, ScreenCapture } from "../../../agent/screen/capture/capture.ts";
import { openCapture } from "../../../agent/screen/capture/open.ts";
import { WindowsPainter } from "../windows-painter.ts";

const BLACK = 0x000000;
const WHITE = 0xffffff;
const say = (line: object) => console.log(JSON.stringify(line));
const painter = new WindowsPainter();

function open(resized: () => void): Promise<ScreenCapture> {
  const nothing = () => undefined;
  const handlers: CaptureHandlers = {
    damaged: nothing,
    input: () => undefined,
    report: nothing,
    resized,
    lost: (problem) => say(problem),
  };
  return openCapture({ kind: "windows" }, handlers);
}

/** The frame around all pixels that are white. */
function whiteIn(capture: ScreenCapture): object | undefined {
  const { width, height } = capture;
  const planes = planesOver(new Uint8Array(planesLayout("444", width, height).bytes), "444", width, height);
  capture.take(planes);
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (planes.y[y * planes.lumaStride + x] !== 235) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  return right < 0 ? undefined : { x: left, y: top, width: right + 1 - left, height: bottom + 1 - top };
}

const { x, y, width, height, monitors } = readLayout();
say({ x, y, width, height, monitors });
painter.fill(0, 0, width, height, BLACK); // others have painted here before
const changed = Promise.withResolvers<void>();
const capture = await open(changed.resolve);
for (const [left, top] of [
  [100, 100],
  [924, 300],
  [2000, 700],
] as const) {
  const wanted = JSON.stringify({ x: left, y: top, width: 200, height: 100 });
  // a window takes its time to appear
  do {
    painter.showWindow(left, top, 200, 100, WHITE);
    await new Promise((resolve) => setImmediate(resolve));
  } while (JSON.stringify(whiteIn(capture)) !== wanted);
  say({ window: [left, top] });
}
say({ ready: true });
await changed.promise;
await capture.close();
const after = await open(() => undefined);
say({ width: after.width, height: after.height, monitors: readLayout().monitors });
await after.close();
process.exit(0);

/** A recording gives back what was on the screen, moment by moment. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { convert } from "../../agent/picture/convert.ts";
import { planesLayout, planesOver } from "../../agent/picture/planes.ts";
import { temporaryFolder } from "../../signaling/quickstart/temporary.ts";
import { momentsOf, Recorder } from "../bench/lab/recording.ts";

const SIZE = [37, 11] as const;
const planes = () => planesOver(new Uint8Array(planesLayout("444", ...SIZE).bytes), "444", ...SIZE);

test("a screen's life is played as it was recorded", () => {
  const file = join(temporaryFolder("test"), "x.rec");
  const recorder = new Recorder(file);
  const screen = planes();
  const states: Uint8Array[] = [];
  const change = (ms: number, colour: number, left: number, top: number, width: number, height: number) => {
    const changed = convert(new Int32Array(width * height).fill(colour), screen, left, top, width, height);
    recorder.write(screen, changed, ms);
    states.push(Buffer.concat([screen.y, screen.u, screen.v]));
    return changed;
  };
  const counts = [change(0, 0xffffff, 0, 0, ...SIZE), change(33, 0xc02040, 5, 4, 9, 2), change(70, 0, 36, 10, 1, 1)];
  recorder.close();
  const moments = momentsOf(file);
  expect(moments.map(({ ms, changed }) => [ms, changed])).toEqual([
    [0, counts[0]],
    [33, 18],
    [70, 1],
  ]);
  const played = planes();
  for (const [at, moment] of moments.entries()) {
    moment.apply(played);
    expect(Buffer.compare(Buffer.concat([played.y, played.u, played.v]), states[at] ?? Buffer.alloc(0))).toBe(0);
  }
});

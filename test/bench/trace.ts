/**
 * A trace with the page connected, the same events at the same offsets each time (trace/): the office's is 90 s of typing, scrolling, menus,
 * a spreadsheet, a dragged window and pauses; the mixed one 60 s of a web page, a PDF, a spreadsheet with charts and a terminal. What it costs on the line, in processor time, and how true the picture is.
 */
import { setTimeout as pause } from "node:timers/promises";
import { PLAYS, type TraceName } from "./plays.ts";
import { lumaOf } from "./quality.ts";
import { type Memory, PARTS, type PartName } from "./sampler.ts";
import type { Picture } from "./screen.ts";
import { psnrOfHeld } from "./seen.ts";
import type { Scene } from "./stage.ts";
import { kbps, mean, mulberry32, peakKbps, percentile, round } from "./stats.ts";
import { openTestWindow } from "./test-window.ts";

export interface Span {
  readonly name: string;
  readonly seconds: number;
  /** Agent → viewer, and the other way. */
  readonly kbps: number;
  readonly backKbps: number;
  readonly peak1sKbps: number;
}

export interface Phase extends Span {
  /** Mean of the pictures compared in it; null where the screen never held still. */
  readonly psnrY: number | null;
}

export interface TraceResult {
  readonly meanKbps: number;
  /** While only the caret blinks (the second pause, as with the peers); null where no caret does. */
  readonly idleKbps: number | null;
  readonly peak1sKbps: number;
  /** Mean over the samples. */
  readonly psnrY: number;
  /** Both processes; 100 is one core. */
  readonly agentCpuPct: number;
  readonly seconds: number;
  readonly backKbps: number;
  /** Nothing moves at all, not even a caret. */
  readonly stillKbps: number;
  readonly kilobytes: number;
  readonly packets: number;
  readonly phases: readonly Phase[];
  readonly psnrYSamples: number;
  /** Each of them: seconds from the start, dB. */
  readonly psnrYAt: readonly (readonly [number, number])[];
  readonly psnrYMedian: number;
  readonly psnrYMin: number;
  /** After the end, when the picture has come to rest. */
  readonly psnrYEnd: number;
  readonly cpuSecondsPerMinute: Record<PartName | "machine", number>;
  readonly memoryMB: Record<PartName, Memory>;
  readonly codec: string;
  readonly trace: TraceName;
}

/**
 * At random within: the trace acts on whole and half seconds, and a period would meet always the same moment after an act. Often,
 * because a picture that is not there yet counts 13 to 15 dB: with 30 samples, one more or less of those moved the mean by 1 dB.
 */
const SAMPLE_EVERY_MS = { least: 400, most: 1_200 } as const;
const STILL_MS = 12_000;

export async function measureTrace(stage: Scene, trace: TraceName): Promise<TraceResult> {
  const { desk, viewer, sampler, say, folder } = stage;
  say(`what the ${trace} trace needs`);
  const play = await PLAYS[trace](desk, folder);
  await viewer.connect();
  await stage.quiet();
  const memoryMB = sampler.memory();
  say("the trace, up to 105 s");
  const pictures = new PictureSamples(stage);
  const marks = await play();
  await pictures.stop();
  const codec = await viewer.codec();
  await stage.quiet();
  const end = await pictures.compareNow();
  const from = marks[0]?.t ?? Number.NaN;
  const to = marks.at(-1)?.t ?? Number.NaN;
  const still = await measureStill(stage);
  const pictured = (await pictures.compare()).filter(({ at }) => at >= from && at <= to);
  const quality = pictured.map(({ db }) => db);
  const phases = marks.slice(0, -1).map(({ name, t }, i): Phase => {
    const end = marks[i + 1]?.t ?? t;
    const own = pictured.filter(({ at }) => at >= t && at < end).map(({ db }) => db);
    return { ...span(stage, name, t, end), psnrY: own.length === 0 ? null : round(mean(own), 2) };
  });
  const whole = span(stage, "all", from, to);
  const cpu = sampler.cpuSeconds(from, to);
  const minutes = (to - from) / 60_000;
  const perMinute = [...PARTS, "machine" as const].map((part) => [part, round(cpu[part] / minutes, 2)] as const);
  return {
    meanKbps: whole.kbps,
    idleKbps: phases.find(({ name }) => name === "idle2")?.kbps ?? null,
    peak1sKbps: whole.peak1sKbps,
    psnrY: round(mean(quality), 2),
    agentCpuPct: round(((cpu.agent + cpu.desktop) / (to - from)) * 100_000, 1),
    seconds: whole.seconds,
    backKbps: whole.backKbps,
    stillKbps: still.kbps,
    kilobytes: round((whole.kbps * whole.seconds) / 8, 0),
    packets: Math.round(sampler.between("sentPackets", from, to)),
    phases,
    psnrYSamples: quality.length,
    psnrYAt: pictured.map(({ at, db }) => [round((at - from) / 1000), round(db, 2)] as const),
    psnrYMedian: round(percentile(quality, 50), 2),
    psnrYMin: round(Math.min(...quality), 2),
    psnrYEnd: round(end, 2),
    cpuSecondsPerMinute: Object.fromEntries(perMinute) as TraceResult["cpuSecondsPerMinute"],
    memoryMB,
    codec,
    trace,
  };
}

function span({ sampler }: Scene, name: string, from: number, to: number): Span {
  return {
    name,
    seconds: round((to - from) / 1000),
    kbps: round(kbps(sampler.series("sent"), from, to)),
    backKbps: round(kbps(sampler.series("received"), from, to)),
    peak1sKbps: round(peakKbps(sampler.series("sent"), from, to)),
  };
}

/** A page of text that nothing touches: what a session costs that nobody works in. */
async function measureStill(stage: Scene): Promise<Span> {
  stage.say("a still page");
  const page = await openTestWindow(stage);
  await stage.quiet();
  const from = Date.now();
  await pause(STILL_MS);
  const still = span(stage, "still", from, Date.now());
  await page.close();
  return still;
}

interface Sample {
  readonly at: number;
  /** Of the frame, in the page. */
  readonly index: number;
  readonly truth: Picture;
}

/**
 * The viewer's picture against the true screen, at moments when the screen was the same before and after the viewer's
 * frame was taken: else it would be compared with a picture it never had to show. Frames stay in the page and are compared after the
 * trace, so that the comparison takes nothing from what is measured.
 */
class PictureSamples {
  readonly #stage: Scene;
  readonly #kept: Sample[] = [];
  readonly #loop: Promise<void>;
  #stopped = false;

  constructor(stage: Scene) {
    this.#stage = stage;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async compare(): Promise<{ at: number; db: number }[]> {
    const compared: { at: number; db: number }[] = [];
    for (const sample of this.#kept) compared.push({ at: sample.at, db: await this.#compare(sample) });
    return compared;
  }

  /** As soon as the screen holds still. */
  async compareNow(): Promise<number> {
    const before = this.#kept.length;
    while (this.#kept.length === before) await this.#sample();
    const last = this.#kept.pop();
    return last ? this.#compare(last) : Number.NaN;
  }

  async #run(): Promise<void> {
    const random = mulberry32(12_345);
    const { least, most } = SAMPLE_EVERY_MS;
    while (!this.#stopped) {
      const next = Date.now() + least + (most - least) * random();
      await this.#sample();
      while (!this.#stopped && Date.now() < next) await pause(50);
    }
  }

  async #sample(): Promise<void> {
    const { desk, viewer } = this.#stage;
    const before = await desk.screen.grab();
    const at = Date.now();
    const index = await viewer.page.evaluate(() => window.engawaProbe.holdFrame());
    const after = await desk.screen.grab();
    if (!before.data.equals(after.data)) {
      await viewer.page.evaluate((i) => window.engawaProbe.forgetFrame(i), index);
      return;
    }
    const last = this.#kept.at(-1)?.truth;
    this.#kept.push({ at, index, truth: last?.data.equals(before.data) ? last : before });
  }

  #compare({ index, truth }: Sample): Promise<number> {
    return psnrOfHeld(this.#stage.viewer.page, index, lumaOf(truth));
  }
}

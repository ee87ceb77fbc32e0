/** The figures of the picture, for a reader. */
import type { FilmResult } from "./film.ts";
import type { LabResult } from "./lab/lab.ts";
import type { MotionResult } from "./motion.ts";
import type { PageResult } from "./page.ts";
import { PARTS } from "./sampler.ts";
import type { SqueezeResult } from "./squeeze.ts";
import type { Durations } from "./stats.ts";
import { type Row, table } from "./table.ts";
import type { TraceResult } from "./trace.ts";

export function traceWords(result: TraceResult): string {
  const { phases, cpuSecondsPerMinute, memoryMB } = result;
  return [
    table([
      ["office → home, mean", result.meanKbps, "kbit/s"],
      ["worst second", result.peak1sKbps, "kbit/s"],
      ["only the caret blinks", result.idleKbps ?? "–", "kbit/s"],
      ["nothing moves", result.stillKbps, "kbit/s"],
      ["home → office, mean", result.backKbps, "kbit/s"],
      ["in all", result.kilobytes, `kB, ${result.packets} packets in ${result.seconds} s`],
      ["PSNR-Y, mean", result.psnrY, `dB of ${result.psnrYSamples} pictures`],
      ["  median, lowest, at the end", result.psnrYMedian, `dB, ${result.psnrYMin} dB, ${result.psnrYEnd} dB`],
      ["its processes at the office", result.agentCpuPct, "% of a core"],
      ["codec", result.codec, ""],
    ]),
    table([
      ["phase", "s", "kbit/s", "back", "worst second", "PSNR-Y dB"],
      ...phases.map(({ name, seconds, kbps, backKbps, peak1sKbps, psnrY }) => [
        ...[name, seconds, kbps, backKbps, peak1sKbps, psnrY ?? "–"],
      ]),
    ]),
    table([
      ["part", "CPU s/min", "PSS MB", "RSS MB"],
      ...PARTS.map((part) => [
        part,
        cpuSecondsPerMinute[part],
        Math.round(memoryMB[part].pss),
        Math.round(memoryMB[part].rss),
      ]),
      ["the whole machine", cpuSecondsPerMinute.machine, "", ""],
    ]),
  ].join("\n\n");
}

export function labWords(result: LabResult): string {
  const { trace, kbps, psnrY, psnrYMedian, psnrP10, firstBytes, pages, pictures, cpuSeconds, library } = result;
  return [
    table([
      [`the ${trace} trace, mean`, kbps, "kbit/s"],
      ["PSNR-Y, mean; median; nine tenths are above", psnrY, `dB; ${psnrYMedian} dB; ${psnrP10} dB`],
      ["first picture", firstBytes, "bytes"],
      ["pictures", pictures, `in ${cpuSeconds} s of processor time`],
      ["encoder", library, ""],
    ]),
    table([
      ["at, s", "share", "kB", "kind"],
      ...pages.map(({ at, share, kilobytes, kind }) => [at, share, kilobytes, kind]),
    ]),
  ].join("\n\n");
}

export function pageWords(result: PageResult): string {
  const row = (name: string, { p50Ms, p95Ms, minMs, maxMs, n, lost }: Durations): Row => [
    ...[name, p50Ms, p95Ms, minMs, maxMs, n, lost],
  ];
  return table([
    ["key → a new page", "p50 ms", "p95 ms", "min", "max", "n", "never"],
    row("it is there (30 dB)", result.first),
    row("it is right (40 dB)", result.settled),
    ["PSNR-Y of its first picture, of the last", `${result.firstPsnrY} dB`, `${result.lastPsnrY} dB`, "", "", "", ""],
    ["office → home, each page", `${result.kilobytesEach} kB`, "", "", "", "", ""],
  ]);
}

export function motionWords(result: MotionResult): string {
  return table([
    [`30 steps a second, ${result.scrolls} × 10 s`, "", ""],
    ["steps that arrive at 38 dB or better", result.fps, "a second"],
    ["steps that arrive", result.shownFps, `a second (${result.n} in all)`],
    ["PSNR-Y, mean; nine tenths are above", result.psnrY, `dB; ${result.psnrYP10} dB`],
    ["behind the office at most", result.behindMs, `ms (p95 ${result.behindP95Ms})`],
    ["painted → shown, p50", result.lagP50Ms, `ms (p95 ${result.lagP95Ms})`],
    ["agent → viewer", result.kbps, "kbit/s"],
    ["agent, both processes", result.agentCpuPct, "% of a core"],
  ]);
}

export function filmWords({ content, parts }: FilmResult): string {
  const row = (name: string, of: (part: FilmResult["parts"][number]) => string | number): Row => [
    name,
    ...parts.map(of),
  ];
  return table([
    row(content, ({ size }) => size),
    row("seconds", ({ seconds }) => seconds),
    row("agent → viewer, mean kbit/s", ({ meanKbps }) => meanKbps),
    row("  the contract allows for so long", ({ allowedKbps }) => allowedKbps),
    row("  worst second", ({ peak1sKbps }) => peak1sKbps),
    row("key → pixel, p50 ms", ({ p50Ms }) => p50Ms),
    row("  p95 ms", ({ p95Ms }) => p95Ms),
    row("  max ms", ({ maxMs }) => maxMs),
    row("  keys, lost", ({ n, lost }) => `${n}, ${lost}`),
    row("pictures a second", ({ picturesPerS }) => picturesPerS),
    row("agent, both processes: % of a core", ({ agentCpuPct }) => agentCpuPct),
    row("the whole machine: % of a core", ({ machineCpuPct }) => machineCpuPct),
  ]);
}

export function squeezeWords({ parts, sessionsLost }: SqueezeResult): string {
  return [
    table([
      [
        "key → pixel",
        "s",
        "p50 ms",
        "p95 ms",
        "max",
        "n",
        "lost",
        "pages",
        "kbit/s",
        "waiting p50",
        "p95",
        "max B",
        "settled s",
      ],
      ...parts.map(
        (part): Row => [
          ...[part.line, part.seconds, part.p50Ms, part.p95Ms, part.maxMs, part.n, part.lost, part.pages, part.kbps],
          ...[part.waitingBytesP50, part.waitingBytesP95, part.waitingBytesMax, part.settledS ?? "never"],
        ],
      ),
    ]),
    table([["times the session was lost", sessionsLost]]),
  ].join("\n\n");
}

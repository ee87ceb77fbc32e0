/** The doctor's try of the screen: opens it as a session would, once for each kind of codec, until a picture comes. */
import type { Codec } from "../../signaling/protocol/signal.ts";
import { openDesktop } from "../desktop/child.ts";
import type { Desktop, OnReport } from "../desktop/desktop.ts";
import type { DesktopProblem } from "../desktop/reports.ts";
import type { DesktopTrial } from "./screen-doctor.ts";

const TRY_DESKTOP_MS = 8_000;
/** One for each library. */
const CODECS = { "AV1 (aom)": "av1-444", "VP9 (vpx)": "vp9-420" } as const satisfies Record<string, Codec>;

interface Screen {
  display: string | undefined;
  xauthority: string | undefined;
}

export async function tryDesktop(screen: Screen): Promise<DesktopTrial> {
  const tried = [];
  for (const [name, codec] of Object.entries(CODECS)) tried.push({ name, ...(await tryCodec(screen, codec)) });
  const works = tried.filter(({ size }) => size);
  const failed = tried.flatMap(({ name, problem }) => (problem ? [{ name, problem }] : []));
  const [size, first] = [works[0]?.size, failed[0]?.problem];
  if (!size)
    return { kind: "problem", problem: first ?? { code: "internal", message: "画面の取り込みが応答しません。" } };
  const problems = failed.map(({ name, problem }) => `${name}: ${problem.message}`);
  const notes = works[0]?.notes ?? [];
  return { kind: "works", ...size, codecs: works.map(({ name }) => name), problems, notes };
}

interface Outcome {
  readonly size?: { width: number; height: number };
  readonly problem?: DesktopProblem;
  readonly notes?: readonly string[];
}

async function tryCodec({ display, xauthority }: Screen, codec: Codec): Promise<Outcome> {
  let desktop: Desktop | undefined;
  const notes: string[] = [];
  const outcome = new Promise<Outcome>((resolve) => {
    const fail = ({ code, message }: DesktopProblem) => resolve({ problem: { code, message } });
    const late = setTimeout(
      () => fail({ code: "internal", message: "画面の取り込みが応答しません。" }),
      TRY_DESKTOP_MS,
    );
    late.unref();
    const onReport: OnReport = (report) => {
      if (report.type === "screen") setImmediate(() => desktop?.encode({ quality: 45, key: true }));
      if (report.type === "picture") resolve({ size: { width: report.width, height: report.height }, notes });
      if (report.type === "encode-failed" || report.type === "unusable") fail(report);
      if (report.type === "restarting") fail({ code: "internal", message: report.cause });
    };
    const log = { info: (line: string) => void notes.push(line.replace("desktop: ", "")), warn: () => {} };
    desktop = openDesktop({ display, xauthority, log, onReport });
    desktop.open({ codec });
  });
  const known = await outcome;
  await desktop?.close();
  return known;
}

/** The doctor's try of the screen: opens it as a session would, once for each kind of codec, until a picture comes. */
import type { Codec } from "../../signaling/protocol/signal.ts";
import { openDesktop } from "../desktop/child.ts";
import type { Desktop, DesktopHandlers, DesktopProblem } from "../desktop/desktop.ts";
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
    const fail = (problem: DesktopProblem) => resolve({ problem });
    const late = setTimeout(
      () => fail({ code: "internal", message: "画面の取り込みが応答しません。" }),
      TRY_DESKTOP_MS,
    );
    late.unref();
    const handlers: DesktopHandlers = {
      screen: () => setImmediate(() => desktop?.encode({ quality: 45, key: true })),
      picture: ({ width, height }) => resolve({ size: { width, height }, notes }),
      encodeFailed: fail,
      unusable: fail,
      restarting: (cause) => fail({ code: "internal", message: cause }),
      changed: () => {},
      pointerShape: () => {},
      pointerPosition: () => {},
      secureDesktop: () => {},
      locks: () => undefined,
      typed: () => undefined,
      inputDropped: () => undefined,
      office: () => {},
      covered: () => {},
    };
    const log = { info: (line: string) => void notes.push(line.replace("desktop: ", "")), warn: () => {} };
    desktop = openDesktop({ display, xauthority, log, handlers });
    desktop.open({ codec });
  });
  const known = await outcome;
  await desktop?.close();
  return known;
}

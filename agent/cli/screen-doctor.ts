/** The doctor's look at what this platform needs for a screen: X11's display and its key, or the two services of Windows. */
import { access, constants } from "node:fs/promises";
import type { DesktopProblem } from "../desktop/reports.ts";
import type { ServiceState } from "../native/win32/service-query.ts";
import { READ_BY_DUPLICATION, READ_BY_GDI } from "../picture/pixels.ts";
import type { Rectangle } from "../picture/rectangles.ts";
import { letsServices } from "../windows/service/attention.ts";
import type { Finding } from "./finding.ts";

/** What a try of the screen showed. */
export type DesktopTrial =
  | {
      readonly kind: "works";
      /** All monitors together, pixels. */
      readonly width: number;
      readonly height: number;
      readonly codecs: readonly string[];
      /** Codecs that failed, and why. */
      readonly problems: readonly string[];
      /** What the desktop process noted meanwhile. */
      readonly notes?: readonly string[];
    }
  | { readonly kind: "problem"; readonly problem: DesktopProblem };

export interface ScreenOptions {
  readonly display: string | undefined;
  readonly xauthority: string | undefined;
  /** Opens the screen as a session would and closes it again. */
  readonly tryDesktop: () => Promise<DesktopTrial>;
}

export async function examineScreen(options: ScreenOptions): Promise<Finding[]> {
  const trial = options
    .tryDesktop()
    .catch(
      (error: Error): DesktopTrial => ({ kind: "problem", problem: { code: "internal", message: error.message } }),
    );
  if (process.platform !== "win32") return [display(options), await xauthority(options), desktopFinding(await trial)];
  return [...(await services()), desktopFinding(await trial), ...(await monitors()), ...readingFindings(await trial)];
}

function display({ display }: ScreenOptions): Finding {
  const words = display
    ? `DISPLAY は ${display} です。`
    : "DISPLAY が設定されていません。デスクトップにログインした利用者として実行するか、--display :0 を付けてください。";
  return { check: "画面 (DISPLAY)", ok: display !== undefined, words };
}

async function xauthority({ xauthority }: ScreenOptions): Promise<Finding> {
  const check = "画面の鍵 (XAUTHORITY)";
  if (!xauthority) return { check, ok: true, words: "XAUTHORITY は未設定です（既定の ~/.Xauthority を使います）。" };
  return access(xauthority, constants.R_OK).then(
    () => ({ check, ok: true, words: `${xauthority} を読めます。` }),
    () => ({
      check,
      ok: false,
      words: `${xauthority} を読めません。デスクトップの利用者と同じ利用者で実行し、パスを確かめてください。`,
    }),
  );
}

const SERVICES = [
  ["EngawaAgent", "通信"],
  ["EngawaDesktop", "画面"],
] as const;

async function services(): Promise<Finding[]> {
  const { serviceState } = await import("../native/win32/service-query.ts");
  const { softwareSas } = await import("../native/win32/sas.ts");
  return [
    ...SERVICES.map(([name, role]) => serviceFinding(name, role, serviceState(name))),
    attentionFinding(softwareSas()),
  ];
}

/** `policy`: SoftwareSASGeneration. */
export function attentionFinding(policy: number | undefined): Finding {
  const check = "Ctrl+Alt+Del";
  if (letsServices(policy)) return { check, ok: true, words: "Windows に送れます。" };
  return {
    check,
    ok: true,
    hint: true,
    words:
      "グループポリシーで許可されていないため、送れません。必要なら「ソフトウェア Secure Attention Sequence を無効または有効にする」を有効にし、「サービス」を選んでください。",
  };
}

export function serviceFinding(name: string, role: string, state: ServiceState): Finding {
  const check = `サービス ${name}（${role}）`;
  switch (state) {
    case "running":
      return { check, ok: true, words: "実行中です。" };
    case "starting":
      return { check, ok: true, hint: true, words: "開始しています。少し待って、もう一度実行してください。" };
    case "missing":
      return { check, ok: false, words: "登録されていません。インストーラーをもう一度実行してください。" };
    case "denied":
      return { check, ok: true, hint: true, words: "状態を調べる権限がありません。管理者として実行してください。" };
    default:
      return {
        check,
        ok: false,
        words:
          "止まっています。「サービス」(services.msc) で開始し、止まり続けるならイベント ビューアーとログを確かめてください。",
      };
  }
}

function desktopFinding(trial: DesktopTrial): Finding {
  const check = "画面の取り込みとライブラリ";
  if (trial.kind === "problem") {
    return { check, ok: false, words: `画面を使えません (${trial.problem.code}): ${trial.problem.message}` };
  }
  const { width, height, codecs, problems } = trial;
  const words = `画面 ${width}×${height} を取り込み、圧縮し（${codecs.join("、")}）、入力を送れます。`;
  if (problems.length === 0) return { check, ok: true, words };
  return { check, ok: true, hint: true, words: `${words}使えない圧縮形式があります: ${problems.join("; ")}` };
}

async function monitors(): Promise<Finding[]> {
  const { readLayout } = await import("../native/win32/screen.ts");
  try {
    return monitorFindings(readLayout().monitors);
  } catch (error) {
    return [{ check: "モニター", ok: false, words: (error as Error).message }];
  }
}

/** `monitors`: positions from the corner of them all, pixels. */
export const monitorFindings = (monitors: readonly Rectangle[]): Finding[] =>
  monitors.map(({ x, y, width, height }, at) => ({
    check: `モニター ${at + 1}`,
    ok: true,
    words: `${width}×${height}、位置 (${x}, ${y})。`,
  }));

/** Which of the two ways into the screens of Windows was found. */
export function readingFindings(trial: DesktopTrial): Finding[] {
  const check = "画面の読み方";
  const notes = trial.kind === "works" ? (trial.notes ?? []) : [];
  if (notes.includes(READ_BY_DUPLICATION)) return [{ check, ok: true, words: "Desktop Duplication で読みます。" }];
  const gdi = notes.find((note) => note.startsWith(READ_BY_GDI));
  if (gdi === undefined) return [];
  const why = gdi.slice(READ_BY_GDI.length);
  return [
    {
      check,
      ok: true,
      hint: true,
      words: `GDI で読みます（CPU を余分に使います）。Desktop Duplication を使えない理由: ${why}`,
    },
  ];
}

/**
 * What is known of the desktop: of each kind of report that stays true until the next one, the newest. Pure. It is learnt while
 * nobody looks too, and handed to whoever comes to look.
 */
import type { DesktopReport, Report, ReportOf } from "./reports.ts";

/**
 * Which reports last, and where each is kept; in the order in which they are told to somebody who comes later. What lasts besides (the
 * monitors, once there is one picture for each) needs a line here and in reports.ts.
 */
const KEPT_AS = {
  covered: "cover",
  screen: "screen",
  "pointer-shape": "pointer",
  "pointer-hidden": "pointer",
  "pointer-position": "position",
  office: "office",
  locks: "locks",
  "secure-desktop": "secureDesktop",
} as const satisfies Partial<Record<Report["type"], string>>;

type Kept = typeof KEPT_AS;
export type LastingReport = ReportOf<keyof Kept>;

export type DesktopState = { readonly [T in keyof Kept as Kept[T]]?: ReportOf<T> } & {
  /** Its process died, and the next one has not told the size of its screen yet. */
  readonly isRestarting: boolean;
};

export const NOTHING_KNOWN: DesktopState = { isRestarting: false };

const lasts = (report: DesktopReport): report is LastingReport => report.type in KEPT_AS;

export function learn(state: DesktopState, report: DesktopReport): DesktopState {
  if (report.type === "restarting") return { ...state, isRestarting: true };
  if (!lasts(report)) return state;
  return {
    ...state,
    [KEPT_AS[report.type]]: report,
    isRestarting: state.isRestarting && report.type !== "screen",
  };
}

/** Somebody else is protected from now on: how the cover before was says nothing of the next one. */
export const forgetCover = ({ cover: _, ...state }: DesktopState): DesktopState => state;

/** What somebody who comes now is to be told. */
export const lastingReports = (state: DesktopState): LastingReport[] =>
  [...new Set(Object.values(KEPT_AS))].flatMap((field) => state[field] ?? []);

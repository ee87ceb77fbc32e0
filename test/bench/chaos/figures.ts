/** What a run came to, in numbers. Pure. */
import { type FaultKind, type Line, REVOKING } from "./history.ts";
import type { Reported } from "./report.ts";

type Figures = Omit<Reported, "seed" | "nodes" | "store" | "minutes" | "violations">;

export function figuresOf(lines: readonly Line[]): Figures {
  const faults: Partial<Record<FaultKind, number>> = {};
  for (const line of lines)
    if (line.kind === "fault" && line.phase === "begin") faults[line.fault] = (faults[line.fault] ?? 0) + 1;
  const count = (is: (line: Line) => boolean) => lines.filter(is).length;
  return {
    faults,
    signIns: count((line) => line.kind === "sign-in" && line.phase === "done"),
    signInsUnknown: count((line) => line.kind === "sign-in" && line.phase === "unknown"),
    pictures: count((line) => line.kind === "pc" && line.what === "live"),
    revocations: count((line) => line.kind === "act" && line.phase === "done" && Object.hasOwn(REVOKING, line.act)),
    enrolments: count((line) => line.kind === "enrol" && line.phase === "done"),
    backSeconds: backSeconds(lines),
  };
}

/** From when a killed node was ready again until the last office PC was back, s; the longest of all kills. */
function backSeconds(lines: readonly Line[]): number | null {
  const longest = lines.flatMap((ready) => {
    if (ready.kind !== "fault" || ready.fault !== "kill" || ready.phase !== "ready") return [];
    const next = lines.find((line) => line.kind === "fault" && line.phase === "begin" && line.at > ready.at);
    const until = next?.at ?? Number.POSITIVE_INFINITY;
    const ups = lines.filter(
      (line) => line.kind === "pc" && line.what === "up" && line.at > ready.at && line.at < until,
    );
    const last = ups.at(-1);
    return last ? [last.at - ready.at] : [];
  });
  return longest.length === 0 ? null : Math.round(Math.max(...longest) / 100) / 10;
}

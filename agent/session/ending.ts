/**
 * The end that the clock gives a session, used or not: its hours are over, or its longest time is. The server says how long that is
 * from now; this PC counts it by itself, also when the server is away.
 *
 *   far ──first mark──▶ near ──next mark──▶ nearer ── … ──1 min──▶ last minute ──▶ over
 *
 * The marks of the end of hours are the policy's, where it has any (endNotices).
 * Pure: time comes in, monotonic ms.
 */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { EndNotices, SessionPolicy } from "../../signaling/protocol/policy.ts";

const MINUTE_MS = 60_000;
/** The person is told when so much is left: to save what they do, and to come to an end. The last minute is counted down. */
const MARKS_MS: readonly number[] = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS];

export type EndsBy = NonNullable<SessionPolicy["endsBy"]>;

export interface NearEnd {
  readonly at: number;
  readonly by: EndsBy;
  readonly leftMs: number;
  /** Which of the marks it has come to, ms. */
  readonly mark: number;
}

/** Nearest to the end first, ms. Hours end the grace before sessions do. */
export function marksOf({ firstMin, everyMin, lastMin, graceMin }: EndNotices): number[] {
  const minutes = Array.from({ length: lastMin }, (_, index) => index + 1);
  const early: number[] = [];
  for (let before = firstMin; before >= 0; before -= everyMin) early.push(before + graceMin);
  return [...minutes, ...early.reverse().filter((minute) => minute > lastMin)].map((minute) => minute * MINUTE_MS);
}

export class Ending {
  #end: { readonly at: number; readonly by: EndsBy } | undefined;
  #marks: readonly number[] = MARKS_MS;

  /** What the server has said just now. */
  follow(policy: SessionPolicy | undefined, notices: EndNotices | undefined, now: number): void {
    const { endsInMs, endsBy = "hours" } = policy ?? {};
    this.#end = endsInMs === undefined ? undefined : { at: now + endsInMs, by: endsBy };
    this.#marks = notices && endsBy === "hours" ? marksOf(notices) : MARKS_MS;
  }

  over(now: number): EndReason | undefined {
    if (!this.#end || now < this.#end.at) return undefined;
    return this.#end.by === "hours" ? "hours-over" : "session-too-long";
  }

  /** Once there is something to tell. */
  near(now: number): NearEnd | undefined {
    const end = this.#end;
    if (!end) return undefined;
    const leftMs = Math.max(0, end.at - now);
    const mark = this.#marks.find((ms) => leftMs <= ms);
    return mark === undefined ? undefined : { ...end, leftMs, mark };
  }
}

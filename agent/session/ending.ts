/**
 * The end that the clock gives a session, used or not: its hours are over, or its longest time is. The server says how long that is
 * from now; this PC counts it by itself, also when the server is away.
 *
 *   far ──15 min──▶ near ──5 min──▶ nearer ──1 min──▶ last minute ──▶ over
 *
 * Pure: time comes in, monotonic ms.
 */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { SessionPolicy } from "../../signaling/protocol/policy.ts";

/** The person is told when so much is left: to save what they do, and to come to an end. The last minute is counted down. */
const MARKS_MS = [60_000, 5 * 60_000, 15 * 60_000] as const;

export type EndsBy = NonNullable<SessionPolicy["endsBy"]>;

export interface NearEnd {
  readonly at: number;
  readonly by: EndsBy;
  readonly leftMs: number;
  /** Which of the marks it has come to, ms. */
  readonly mark: number;
}

export class Ending {
  #end: { readonly at: number; readonly by: EndsBy } | undefined;

  /** What the server has said just now. */
  follow(policy: SessionPolicy | undefined, now: number): void {
    const { endsInMs, endsBy = "hours" } = policy ?? {};
    this.#end = endsInMs === undefined ? undefined : { at: now + endsInMs, by: endsBy };
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
    const mark = MARKS_MS.find((ms) => leftMs <= ms);
    return mark === undefined ? undefined : { ...end, leftMs, mark };
  }
}

/** A week's hours as they are said. Pure, and without the schemas, for pages. */
import type { DayHours, WeekHours } from "./policy.ts";

/** From the `first` to the `last` day, Monday being 0, each with these hours. */
export interface DayRun {
  readonly first: number;
  readonly last: number;
  readonly day: DayHours;
}

/** Days one behind the other with the same hours together; days without hours are left out. */
export function weekRuns(week: WeekHours): readonly DayRun[] {
  const runs: DayRun[] = [];
  for (const [index, day] of week.entries()) {
    if (!day) continue;
    const run = runs.at(-1);
    const goesOn = run && run.last === index - 1 && run.day.from === day.from && run.day.to === day.to;
    if (goesOn) runs[runs.length - 1] = { ...run, last: index };
    else runs.push({ first: index, last: index, day });
  }
  return runs;
}

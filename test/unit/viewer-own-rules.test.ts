/** Hours as the page says them. */
import { expect, test } from "vitest";
import { type DayHours, WeekHours } from "../../signaling/protocol/policy.ts";
import { hoursText } from "../../viewer/pages/own-rules.ts";
import { Words } from "../../viewer/words/strings.ts";

const office: DayHours = { from: 8 * 60 + 30, to: 17 * 60 + 15 };
const morning: DayHours = { from: 540, to: 720 };
const night: DayHours = { from: 22 * 60, to: 1_440 };

test.each([
  [[office, office, office, office, office, null, null], "月～金 8:30～17:15", "Mon–Fri 8:30–17:15"],
  [
    [office, office, office, office, office, morning, null],
    "月～金 8:30～17:15、土 9:00～12:00",
    "Mon–Fri 8:30–17:15, Sat 9:00–12:00",
  ],
  [[office, null, office, office, null, null, night], "月 8:30～17:15、水、木 8:30～17:15、日 22:00～24:00", undefined],
  [Array(7).fill(morning), "月～日 9:00～12:00", "Mon–Sun 9:00–12:00"],
])("%j", (hours, ja, en) => {
  expect(hoursText(new Words("ja"), WeekHours.parse(hours))).toBe(ja);
  if (en !== undefined) expect(hoursText(new Words("en"), WeekHours.parse(hours))).toBe(en);
});

/** Days and moments in files of an office. */
import { expect, test } from "vitest";
import { dateIn, isSameMinute, momentText } from "../../signaling/organisations/imports/dates.ts";

const JAPAN = 540;
const iso = (text: string, offset = JAPAN) => {
  const at = dateIn(text, offset);
  return at === undefined ? undefined : new Date(at).toISOString();
};

test("a day, as it is written by people and by Excel, means its end by the reader's clock", () => {
  for (const text of [
    "2027-03-31",
    "2027/3/31",
    "2027/03/31",
    "2027.3.31",
    "2027年3月31日",
    "令和9年3月31日",
    "R9.3.31",
  ])
    expect(iso(text), text).toBe("2027-03-31T15:00:00.000Z");
  expect(iso("2027-03-31", 0)).toBe("2027-04-01T00:00:00.000Z");
  expect(iso("令和元年5月1日")).toBe("2019-05-01T15:00:00.000Z");
});

test("a moment is one, and what the export writes is the same minute again", () => {
  expect(iso("2027-03-31 17:15")).toBe("2027-03-31T08:15:00.000Z");
  expect(iso("2027/3/31 9:05:30")).toBe("2027-03-31T00:05:00.000Z");
  const at = Date.parse("2027-03-31T08:15:42.123Z");
  expect(momentText(at, JAPAN)).toBe("2027-03-31 17:15");
  expect(isSameMinute(dateIn(momentText(at, JAPAN), JAPAN) ?? null, at)).toBe(true);
  expect([isSameMinute(null, null), isSameMinute(at, null), isSameMinute(at, at + 60_000)]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each(["", "来年", "2027-02-30", "2027-13-01", "2027-03-31 25:00", "2027-03-31 10:60", "31.3.2027", "12027-03-31"])(
  "%j is none",
  (text) => expect(iso(text)).toBeUndefined(),
);

/** Files and dates as the console's page writes them. */
import { describe, expect, test } from "vitest";
import { csv } from "../../../signaling/console/page/format/csv.ts";
import { endOfDay, isoDate, isoMoment, wareki } from "../../../signaling/console/page/format/moment.ts";

describe("CSV", () => {
  test("begins with the mark by which Excel knows UTF-8, and ends its lines as RFC 4180 says", () => {
    expect(
      csv([
        ["名前", "状態"],
        ["髙橋 美咲", "利用中"],
      ]),
    ).toBe("\uFEFF名前,状態\r\n髙橋 美咲,利用中\r\n");
  });

  test("quotes what would be taken for another cell or line", () => {
    expect(csv([['a"b', "c,d", "e\nf", " g"]])).toBe('\uFEFF"a""b","c,d","e\nf"," g"\r\n');
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x", " =1", "\u3000=1", "\t=1", "\r=1"])(
    "%j is no formula",
    (text) =>
      expect(
        csv([[text]])
          .replace(/^\uFEFF"?/, "")
          .startsWith("'"),
      ).toBe(true),
  );

  test("leaves alone what is none", () =>
    expect(csv([["2026-11-27 14:05", "a=b", "K7QM-2Z9P"]])).toBe("\uFEFF2026-11-27 14:05,a=b,K7QM-2Z9P\r\n"));
});

describe("dates", () => {
  test.each([
    [new Date(2026, 10, 27), "令和8年11月27日"],
    [new Date(2019, 4, 1), "令和元年5月1日"],
    [new Date(2019, 3, 30), "平成31年4月30日"],
    [new Date(1989, 0, 7), "昭和64年1月7日"],
  ])("%s is %s", (date, said) => expect(wareki(date.getTime())).toBe(said));

  test("ISO, in the time of this PC", () => {
    const at = new Date(2026, 0, 2, 3, 4).getTime();
    expect([isoDate(at), isoMoment(at)]).toEqual(["2026-01-02", "2026-01-02 03:04"]);
  });

  test("a last day ends at its midnight; what is no day has no end", () => {
    expect(endOfDay("2026-12-31")).toBe(new Date(2027, 0, 1).getTime());
    expect(endOfDay("2026-12")).toBeUndefined();
    expect(endOfDay("")).toBeUndefined();
  });
});

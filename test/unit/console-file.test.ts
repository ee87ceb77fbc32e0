/** Files of people, as they come out of Excel. */
import { describe, expect, test } from "vitest";
import { readCsv } from "../../signaling/console/csv-file.ts";
import { readImport } from "../../signaling/console/import-file.ts";
import { MAX_IMPORT_LINES } from "../../signaling/protocol/console-import.ts";
import { csv, plainCell } from "../../signaling/protocol/csv.ts";
import { seeded } from "../support/random.ts";
import { shiftJis } from "../support/shift-jis.ts";

const read = (text: string | Uint8Array) => readCsv(typeof text === "string" ? Buffer.from(text) : text);
const cells = (text: string | Uint8Array) => {
  const file = read(text);
  return "rows" in file ? file.rows.map((row) => row.cells) : file;
};

describe("CSV", () => {
  test("is read with or without a mark, with any end of line, with quotes and what is in them", () => {
    const wanted = [
      ["a", "b"],
      ["1", ""],
    ];
    for (const text of ["a,b\r\n1,\r\n", "\uFEFFa,b\n1,\n", "a,b\r1,", '"a","b"\n"1",""'])
      expect(cells(text), JSON.stringify(text)).toEqual(wanted);
    expect(cells('"a""b","c,d","e\r\nf"\r\ng"h,i')).toEqual([
      ['a"b', "c,d", "e\r\nf"],
      ['g"h', "i"],
    ]);
  });

  test("numbers rows as a spreadsheet does, and leaves out empty ones", () => {
    const file = read('a\n\n,\n"b\nb"\n 　\nc\n');
    expect("rows" in file && file.rows.map(({ row, cells: [first] }) => [row, first])).toEqual([
      [1, "a"],
      [4, "b\nb"],
      [6, "c"],
    ]);
  });

  test("Shift_JIS is known by itself", () => {
    expect(cells(shiftJis("名前,職員ID\r\n髙橋 ﾐｻｷ,t-01\r\n表示,ソ\r\n"))).toEqual([
      ["名前", "職員ID"],
      ["髙橋 ﾐｻｷ", "t-01"],
      ["表示", "ソ"],
    ]);
  });

  test("what is none is said to be none", () => {
    expect(read("")).toEqual({ problem: "empty" });
    expect(read("\uFEFF\r\n,,\r\n")).toEqual({ problem: "empty" });
    expect(read(Buffer.from([0x50, 0x4b, 3, 4, 20, 0]))).toEqual({ problem: "excel" });
    expect(read(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1]))).toEqual({ problem: "excel" });
    expect(read(Buffer.from("名前\t職員ID", "utf16le"))).toEqual({ problem: "not-text" });
    expect(read(Buffer.from([0x61, 0xff, 0xfe, 0xfd]))).toEqual({ problem: "not-text" });
    expect(read('a,b\n1,"2\n3,4\n')).toEqual({ problem: "quotes", row: 2 });
    expect(read('a,b\n"1"x,2\n')).toEqual({ problem: "quotes", row: 2 });
    expect(read("a\n".repeat(MAX_IMPORT_LINES + 2))).toEqual({ problem: "too-many-lines" });
  });

  test("a quote that is never closed costs no more than the file is long", () => {
    expect(read(`a,b\n"${"x".repeat(3_000_000)}`)).toEqual({ problem: "quotes", row: 2 });
    expect(read(`a,b\n${'"",'.repeat(500_000)}"${'""'.repeat(500_000)}`)).toEqual({ problem: "quotes", row: 2 });
  });

  test("what is written is read again as it was, whatever stands in it, and no cell is a formula", () => {
    const letters = [
      "'",
      "=",
      "+",
      "-",
      "@",
      "＝",
      "＠",
      "\t",
      "\r",
      "\n",
      " ",
      "\u3000",
      '"',
      ",",
      "a",
      "髙",
      "𠮷",
      "1",
    ];
    for (let seed = 0; seed < 2_000; seed += 1) {
      const random = seeded(seed);
      const text = () => Array.from({ length: random.below(6) }, () => letters[random.below(letters.length)]).join("");
      const rows = Array.from({ length: 3 }, () => ["x", text(), text()]);
      const written = csv(rows);
      const found = cells(written) as string[][];
      expect(
        found.map((row) => row.map(plainCell)),
        `seed ${seed}`,
      ).toEqual(rows);
      for (const cell of found.flat())
        expect(cell, `seed ${seed}`).not.toMatch(/^[\s\u3000]*[=+\-@＝＋－＠]|^[\t\r\n]/u);
    }
  });
});

describe("people", () => {
  const people = (text: string) => readImport("people", Buffer.from(text));
  const lines = (text: string) => {
    const file = people(text);
    if (!("lines" in file)) throw new Error(file.problem);
    return file.lines.map(({ cells: _, ...line }) => line);
  };

  test("columns are known by their names in both languages, in any order and width", () => {
    const wanted = {
      row: 2,
      values: { login: "sato", name: "佐藤", division: "総務課" },
      isTooLong: false,
    };
    for (const header of ["名前,職員ID,部署", "ﾅﾏｴ,氏名,職員ＩＤ,部署".replace("ﾅﾏｴ,", ""), "Name,login,DIVISION"])
      expect(lines(`${header}\n佐藤,sato,総務課\n`)).toEqual([wanted]);
    expect(lines("状態,部署,職員ID,名前\n利用中,総務課,sato,佐藤\n")).toEqual([wanted]);
  });

  test("what is not read is named; what has to be there is missed", () => {
    expect(people("名前,職員ID,状態,備考\n佐藤,sato,利用中,x\n")).toMatchObject({ ignored: ["状態", "備考"] });
    expect(people("名前,部署\n佐藤,総務\n")).toEqual({ problem: "no-column", column: "login" });
    expect(people("職員ID,部署\nsato,総務\n")).toEqual({ problem: "no-column", column: "name" });
    expect(people("名前,氏名,職員ID\n佐藤,佐藤,sato\n")).toEqual({ problem: "column-twice" });
    expect(people("名前,職員ID\n")).toEqual({ problem: "empty" });
  });

  test("short lines are as long as the header, longer ones are said to be", () => {
    expect(lines("名前,職員ID,部署\n佐藤,sato\n鈴,木,suzuki,総務\n森,mori,,\n")).toMatchObject([
      { values: { division: "" }, isTooLong: false },
      { isTooLong: true },
      { isTooLong: false },
    ]);
  });

  test("what the export made safe is what it was", () =>
    expect(lines("名前,職員ID\n'=cmd,'-sato\n")).toMatchObject([{ values: { name: "=cmd", login: "-sato" } }]));
});

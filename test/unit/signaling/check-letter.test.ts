import { expect, test } from "vitest";
import { newTerminalId } from "../../../signaling/organisations/terminals.ts";
import { checkLetter, isChecked, parseTerminalId } from "../../../signaling/protocol/check-letter.ts";
import { CROCKFORD, type TerminalId } from "../../../signaling/protocol/ids.ts";

const ids = Array.from({ length: 200 }, newTerminalId);
const bare = (id: string): string => id.replaceAll("-", "");
const grouped = (letters: string) => letters.replace(/(.{4})(?=.)/g, "$1-") as TerminalId;

test("every new ID carries its check", () => {
  expect(ids.filter((id) => !isChecked(id))).toEqual([]);
  expect(new Set(ids.map((id) => id.at(-1))).size).toBeGreaterThan(20);
});

test("every single wrong letter is found, wherever it stands", () => {
  const missed: string[] = [];
  for (const id of ids)
    for (const [at, right] of [...bare(id)].entries())
      for (const wrong of CROCKFORD) {
        if (wrong === right) continue;
        const heard = grouped(bare(id).slice(0, at) + wrong + bare(id).slice(at + 1));
        if (isChecked(heard)) missed.push(`${id} ${heard}`);
      }
  expect(missed).toEqual([]);
});

test("every two letters that changed places are found, neighbours and others", () => {
  const missed: string[] = [];
  for (const id of ids) {
    const letters = [...bare(id)];
    for (let i = 0; i < letters.length; i += 1)
      for (let j = i + 1; j < letters.length; j += 1) {
        if (letters[i] === letters[j]) continue;
        const heard = letters.with(i, letters[j] ?? "").with(j, letters[i] ?? "");
        if (isChecked(grouped(heard.join("")))) missed.push(`${id} ${i} ${j}`);
      }
  }
  expect(missed).toEqual([]);
});

test("the weights of the letters are the powers of x in GF(32), which are all different", () => {
  // the check of a single 1 at a place is the weight of that place
  const weights = Array.from({ length: 11 }, (_, at) => checkLetter(`${"0".repeat(at)}1${"0".repeat(10 - at)}`));
  expect(new Set([...weights, "1"]).size).toBe(12);
  expect(checkLetter("00000000000")).toBe("0");
  expect(checkLetter("00000000001")).toBe("2");
  expect(checkLetter("00000010000")).toBe("5"); // x⁵ = x² + 1
});

test("an ID is read as it is said and typed", () => {
  for (const typed of ["k7qm2z9px4td", "Ｋ７ＱＭ－２Ｚ９Ｐ－Ｘ４ＴＤ", "K7QM 2Z9P X4TD", " K7QM‐2Z9P‐X4TD "])
    expect(parseTerminalId(typed)).toBe("K7QM-2Z9P-X4TD");
  expect(parseTerminalId("KOQM-2Z9P-X4TI")).toBe("K0QM-2Z9P-X4T1");
  for (const typed of ["", "K7QM-2Z9P-X4T", "K7QM-2Z9P-X4TDD", "K7QM-2Z9P-X4TU", "庁内PC 12"])
    expect(parseTerminalId(typed)).toBeUndefined();
});

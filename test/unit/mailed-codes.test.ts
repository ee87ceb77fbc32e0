import { expect, test } from "vitest";
import { codeLetter } from "../../signaling/auth/code-letter.ts";
import { isMailCode, MailedCodes } from "../../signaling/auth/mailed-codes.ts";
import type { PersonId } from "../../signaling/protocol/ids.ts";
import type { Queries } from "../../signaling/store/queries.ts";
import type { DeviceRow, MailCodeRow } from "../../signaling/store/rows/tables.ts";

const codes = new MailedCodes(new Uint8Array(32).fill(7));
const device = { id: "device", personId: "person" as PersonId, organisationId: "town" } as DeviceRow;
const kept = (row: MailCodeRow | undefined) => ({ mailCodes: { usable: async () => row } }) as unknown as Queries;

test("codes are eight digits, each time others, all that there are alike", () => {
  const made = Array.from({ length: 2_000 }, () => codes.make(device, 0).code);
  expect(made.every((code) => /^\d{8}$/.test(code) && isMailCode(code))).toBe(true);
  expect(new Set(made).size).toBeGreaterThan(1_990);
  const first = Map.groupBy(made, (code) => code[0]);
  expect(first.size).toBe(10); // a leading nought among them
});

test("what is kept of one says nothing without the key, and fits one person and device", async () => {
  const { code, row } = codes.make(device, 5);
  expect(row).toMatchObject({ deviceId: "device", personId: "person", madeAt: 5, expiresAt: 600_005, overAt: null });
  expect(JSON.stringify(row)).not.toContain(code);
  expect((await codes.find(kept(row), device, code, 6))?.id).toBe(row?.id);
  const wrong = code === "00000000" ? "00000001" : "00000000";
  expect(await codes.find(kept(row), device, wrong, 6)).toBeUndefined();
  expect(await codes.find(kept(row), { ...device, id: "another" }, code, 6)).toBeUndefined();
  const strange = new MailedCodes(new Uint8Array(32).fill(8));
  expect(await strange.find(kept(row), device, code, 6)).toBeUndefined();
});

test("for nobody one is made too, and kept nowhere", () => {
  const { code, row } = codes.make(undefined, 0);
  expect(code).toMatch(/^\d{8}$/);
  expect(row).toBeUndefined();
});

test("the letter goes without the browser's name where it says none", () => {
  const { text } = codeLetter({ code: "12345678", organisation: "緑市", at: 0, browser: undefined });
  expect(text).toContain("    1234 5678\n");
  expect(text).not.toContain("undefined");
  expect(text).not.toContain("頼んだ端末：");
});

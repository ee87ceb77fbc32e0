/** Old records become files that can be checked alone, and the table goes on behind them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendAudits } from "../../signaling/audit/chain.ts";
import { AuditHeads } from "../../signaling/audit/heads.ts";
import { verifySegment } from "../../signaling/audit/segments.ts";
import { run } from "../../signaling/cli/run.ts";
import { createLog } from "../../signaling/log.ts";
import { verifyRecords } from "../../signaling/organisations/audit.ts";
import { sealSegments, verifySegmentFile } from "../../signaling/organisations/audit-segments.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import type { OrganisationId } from "../../signaling/protocol/ids.ts";
import { makeStore, type TestStore } from "../support/store.ts";

let place: TestStore;
let folder: string;
let organisation: OrganisationId;
let at: number;
beforeEach(async () => {
  at = new Date(2027, 3, 1).getTime();
  place = await makeStore({ now: () => at });
  folder = mkdtempSync(join(tmpdir(), "engawa-segments-"));
  ({ id: organisation } = await addOrganisation(place.desk, "緑市"));
  await append(20);
});
afterEach(async () => {
  await place.close();
  rmSync(folder, { recursive: true, force: true });
});

const append = (count: number) =>
  place.store.write((q) =>
    appendAudits(
      q,
      Array.from({ length: count }, (_, i) => ({
        ...{ event: "sign-in.refused" as const, at, actor: "unknown" as const },
        ...{ organisation: i % 2 === 0 ? organisation : null, about: { login: `縁側${i}` } },
      })),
    ),
  );
const seal = () => sealSegments(place.desk, { before: at, folder });
const inTable = async () => (await place.store.read((q) => q.audit.after(0, 1_000))).length;
const tamper = (statement: string) => {
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  database.exec("drop trigger if exists audit_no_update; drop trigger if exists audit_no_delete;");
  database.exec(statement);
  database.close();
};
async function fileOf() {
  at += 86_400_000;
  await append(4);
  const sealed = await seal();
  const own = sealed.find(({ chain }) => chain === organisation);
  if (!own || "kept" in own) throw new Error("not sealed");
  return own.file;
}

test("what is older is in files, the rest in the table, and both are as they were written", async () => {
  at += 86_400_000;
  await append(4);
  const before = at;
  const sealed = await seal();
  expect(sealed).toMatchObject([
    { first: 1, last: 11 },
    { first: 1, last: 10 },
  ]);
  // the new ones, and of each chain that it was sealed
  expect(await inTable()).toBe(4 + 2);
  const verdict = await verifyRecords(place.desk);
  expect(verdict).toMatchObject({ ok: true, records: 6 });
  for (const one of sealed)
    if ("file" in one) expect(await verifySegmentFile(place.desk, one.file)).toMatchObject({ ok: true, isOurs: true });
  expect(await sealSegments(place.desk, { before, folder })).toEqual([]);
});

test("one segment follows another, until nothing is left in the table", async () => {
  await fileOf();
  at += 86_400_000;
  const again = await seal();
  expect(again.map((one) => "first" in one && one.first)).toEqual([12, 11]);
  await append(2);
  expect(await verifyRecords(place.desk)).toMatchObject({ ok: true });
  const heads = new AuditHeads({ store: place.store, log: createLog({ level: "silent" }), now: () => at });
  await heads.say();
  expect(await verifyRecords(place.desk)).toMatchObject({ ok: true, signed: 2 });
});

test.each([
  ["a record after it was changed", "update audit set actor = 'x' where number = 13"],
  ["the first one after it is missing", "delete from audit where number = (select min(number) from audit)"],
  ["the segment is forgotten", "delete from audit_segments"],
  ["the segment is another", "update audit_segments set number = number + 1"],
  [
    "a head that was signed is put in a segment's place",
    `delete from audit where number <= 12;
     delete from audit_segments; insert into audit_segments select h.*, since_number + 1 from audit_heads h`,
  ],
])("it is found when %s", async (_, statement) => {
  const heads = new AuditHeads({ store: place.store, log: createLog({ level: "silent" }), now: () => at });
  await fileOf();
  await heads.say();
  expect(await verifyRecords(place.desk)).toMatchObject({ ok: true });
  tamper(statement);
  expect(await verifyRecords(place.desk)).toMatchObject({ ok: false });
});

describe("a segment's file", () => {
  const change = async (how: (lines: string[]) => string[]) => {
    const file = await fileOf();
    const lines = gunzipSync(readFileSync(file)).toString("utf8").trimEnd().split("\n");
    writeFileSync(file, gzipSync(`${how(lines).join("\n")}\n`));
    return verifySegment(file);
  };

  test.each<[string, (lines: string[]) => string[], number | undefined]>([
    ["was changed", (lines) => lines.map((line) => line.replace("縁側4", "縁側5")), 4],
    ["is missing", (lines) => lines.filter((_, i) => i !== 6), 6],
    ["is not where it was", ([a = "", b = "", c = "", ...rest]) => [a, c, b, ...rest], 1],
    ["is cut off", (lines) => lines.slice(0, -2), 10],
    ["is gone, its head with it", (lines) => lines.slice(1), undefined],
    ["is said to begin elsewhere", ([head = "", ...rest]) => [head.replace('"at":', '"at":1'), ...rest], undefined],
  ])("says where something of it %s", async (_, how, number) => {
    expect(await change(how)).toMatchObject({ ok: false, number });
  });

  test("is checked at the command line, against what was noted too", async () => {
    const file = await fileOf();
    const complaints: string[] = [];
    const printed: string[] = [];
    const verify = (...more: string[]) =>
      run(["audit", "verify", "--segment", file, ...more], {
        environment: { ENGAWA_STATE_DIR: place.stateDir },
        print: (text) => printed.push(text),
        complain: (text) => complaints.push(text),
        readInput: async () => "",
      });
    expect(await verify()).toBe(0);
    expect(printed.join()).toContain("11 records, all as written, sealed by this server");
    expect(await verify("--head", `${organisation}:5:${"ab".repeat(32)}`)).toBe(1);
    expect(complaints.join()).toContain("broken at number 5");
  });
});

test("nothing is moved that the collector does not have yet", async () => {
  await place.store.write((q) => q.auditHeads.putShipped([{ chain: organisation, number: 5, head: 0 }]));
  at += 86_400_000;
  expect(await seal()).toMatchObject([
    { chain: organisation, kept: "not-shipped" },
    { chain: "server", last: 10 },
  ]);
});

test("our own program removes nothing that is in no segment", async () => {
  await fileOf();
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  expect(() => database.exec("delete from audit")).toThrow("append-only");
  database.close();
});

/** The console's lists of a large server: 34,000 office PCs of 794 organisations. Read are pages, never the whole. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { operatorAs, type Principal } from "../../signaling/auth/principal.ts";
import type { Presence, Question } from "../../signaling/console/asking.ts";
import { itemAnswer } from "../../signaling/console/item.ts";
import { listPage } from "../../signaling/console/lists.ts";
import { today } from "../../signaling/console/today.ts";
import { Sessions } from "../../signaling/hub/sessions.ts";
import { ListQuery } from "../../signaling/protocol/console.ts";
import { OrganisationCode, OrganisationId, PublicKey, TerminalId } from "../../signaling/protocol/ids.ts";
import { FEW } from "../../signaling/store/queries/console-words.ts";
import { makeStore, type TestStore } from "../support/store.ts";

const now = 1_800_000_000_000;
const TOWNS = 794;
const PCS = 34_000;
const PAGE = 100;
/** Of the first town. */
const LARGE = 1_050;

let place: TestStore;
let towns: OrganisationId[];
/** The last characters count up. */
const idOf = (i: number): TerminalId => {
  const digits = String(i).padStart(12, "0");
  return TerminalId.parse(`${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8)}`);
};
const townOf = (i: number): OrganisationId => towns[i < LARGE ? 0 : i % TOWNS] as OrganisationId;
const row = (i: number, name = `PC ${String(i % 500).padStart(4, "0")}`) => ({
  ...{ id: idOf(i), organisationId: townOf(i), divisionId: null, name },
  ...{ publicKey: PublicKey.parse("A".repeat(122)), createdAt: now, enrolledAt: now, disabledAt: null },
  ...{ lastSeenAt: now - i, interfaces: null },
});

beforeAll(async () => {
  place = await makeStore({ now: () => now });
  towns = Array.from({ length: TOWNS }, () => OrganisationId.parse(randomUUID()));
  await place.store.write(async (q) => {
    for (const [i, id] of towns.entries()) {
      const code = OrganisationCode.parse(`town-${i}`);
      await q.organisations.insert({ id, name: `町 ${i}`, createdAt: now, kind: "municipality", parentId: null, code });
    }
    for (let i = 0; i < PCS; i += 1) await q.terminals.insert(row(i));
  });
});
afterAll(() => place.close());
afterEach(() => void vi.restoreAllMocks());

/** As many office PCs are here as that: every third one. */
const agents = new Map(Array.from({ length: PCS / 3 }, (_, i) => [idOf(i * 3), { since: now - 1 }]));
const presence = { agents, sessions: new Sessions() } as unknown as Presence;
const everywhere = operatorAs("administrator:test");
const ofTown = (id: OrganisationId): Principal => ({
  ...{ who: "person:town/it", person: undefined, home: undefined },
  duties: [{ role: "administrator", at: { organisations: [id], divisions: [] } }],
});

const ask = <T>(principal: Principal, work: (question: Question) => Promise<T>): Promise<T> =>
  place.store.read((q) => work({ q, principal, presence, now }));
const page = (principal: Principal, query: object) =>
  ask(principal, (question) => listPage(question, "terminals", ListQuery.parse(query)));

/** No question of ours removes an office PC. */
function removeRow(id: TerminalId): void {
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  database.prepare("delete from terminals where id = ?").run(id);
  database.close();
}

/** The most rows that one statement gave while something was done. Bare ids, of what a word names, are not of a list. */
async function mostRows(work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  const all = StatementSync.prototype.all;
  vi.spyOn(StatementSync.prototype, "all").mockImplementation(function (this: StatementSync, ...parameters) {
    const rows = all.apply(this, parameters as never);
    // of one column; each row comes as an array
    const isOfIds = rows.every((row) => Object.keys(row).length === 1);
    if (isOfIds) expect(rows.length).toBeLessThanOrEqual(FEW + 1);
    else most = Math.max(most, rows.length);
    return rows;
  });
  await work();
  return most;
}

describe("of 34,000 office PCs", () => {
  test("no question reads more rows than a page has", async () => {
    const most = await mostRows(async () => {
      const first = await page(everywhere, {});
      expect(first).toMatchObject({ total: PCS, counts: { online: agents.size, offline: PCS - agents.size } });
      await page(everywhere, { after: first.next, state: "offline", q: "pc 01" });
      await page(everywhere, { sort: "-since", q: "町 12" });
      await ask(everywhere, (question) => itemAnswer(question, "terminals", idOf(7)));
      await ask(everywhere, today);
    });
    expect(most).toBe(PAGE + 1);
  });

  test("what was counted for a page holds for the next, of the same rows and for a minute", async () => {
    const first = await page(everywhere, { q: "pc 01" });
    const extra = TerminalId.parse("ZZZZ-ZZZZ-ZZZ1");
    await place.store.write((q) => q.terminals.insert({ ...row(100, "PC 0100 new"), id: extra }));
    const { after, total, counts } = { ...first, after: first.next };
    expect(await page(everywhere, { q: "pc 01", after })).toMatchObject({ total, counts });
    expect((await page(everywhere, { q: "pc 01", after, state: "online" })).total).toBe(counts["online"]);
    // of other rows, or a minute later, it is counted anew
    expect((await page(everywhere, { q: "pc", after })).total).toBe(PCS + 1);
    const later = (question: Question) =>
      listPage({ ...question, now: now + 60_000 }, "terminals", ListQuery.parse({ q: "pc 01", after }));
    expect((await ask(everywhere, later)).total).toBe(total + 1);
    removeRow(extra);
  });

  test("a town reads its own, whatever it searches", async () => {
    const own = await page(ofTown(towns[1] as OrganisationId), { q: "pc" });
    expect(own.total).toBeLessThan(50);
    expect(new Set(own.rows.map(({ organisation }) => organisation.id))).toEqual(new Set([towns[1]]));
    expect(await page(ofTown(towns[1] as OrganisationId), { q: "組織:town-2" })).toMatchObject({ total: 0, rows: [] });
  });

  test.each(["name", "-name", "id", "since", "-enrolled-at"])(
    "page by page, sorted by %s, each row comes once while others come and go",
    async (sort) => {
      const principal = ofTown(towns[0] as OrganisationId);
      const before = (await page(principal, {})).total;
      expect(before).toBeGreaterThan(LARGE - 1);
      const seen: string[] = [];
      const extra = TerminalId.parse("ZZZZ-ZZZZ-ZZZ0");
      let after: string | undefined;
      for (let i = 0; ; i += 1) {
        const next = await page(principal, { sort, ...(after && { after }) });
        expect(next.rows.length).toBeLessThanOrEqual(PAGE);
        seen.push(...next.rows.map(({ id }) => id).filter((id) => id !== extra));
        // before the first page in one order and behind the last in the other: the rows between do not move
        if (i === 0) await place.store.write((q) => q.terminals.insert({ ...row(0, "!"), id: extra }));
        after = next.next;
        if (after === undefined) break;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBe(before);
      removeRow(extra);
    },
  );

  test("a filter by what the store does not know is paged as all others are", async () => {
    const principal = ofTown(towns[0] as OrganisationId);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const next = await page(principal, { state: "online", ...(after && { after }) });
      expect(next.rows.every(({ state, id }) => state === "online" && agents.has(id))).toBe(true);
      seen.push(...next.rows.map(({ id }) => id));
      after = next.next;
    } while (after !== undefined);
    const expected = [...agents.keys()].filter((id) => townOf(Number(id.replaceAll("-", ""))) === towns[0]);
    expect(seen.sort()).toEqual(expected.sort());
  });
});

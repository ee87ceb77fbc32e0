/** The small parts of the console: folding, search, cursors, the curve of the day, and reach in SQL against the table. */
import { describe, expect, test } from "vitest";
import { ACTIONS, allows } from "../../signaling/auth/permissions.ts";
import type { Place, Principal } from "../../signaling/auth/principal.ts";
import { decodeCursor, encodeCursor } from "../../signaling/console/cursor.ts";
import { wordsOf } from "../../signaling/console/search.ts";
import { mostAtOnce } from "../../signaling/console/today.ts";
import { reachOf } from "../../signaling/organisations/reach.ts";
import { ITEMS, LISTS, ListQuery, SORTS, STATES } from "../../signaling/protocol/console.ts";
import { ACTS, DANGEROUS } from "../../signaling/protocol/console-acts.ts";
import { DivisionId, OrganisationId } from "../../signaling/protocol/ids.ts";
import { BASES } from "../../signaling/store/queries/console-bases.ts";
import type { Reach } from "../../signaling/store/queries/lists.ts";
import type { Queries } from "../../signaling/store/queries.ts";
import { fold } from "../../signaling/store/rows/folded.ts";
import type { DutyRole } from "../../signaling/store/rows/tables.ts";

describe("folding", () => {
  test.each([
    ["ｻﾄｳ", "さとう"],
    ["サトウ　ハナコ", "さとう はなこ"],
    ["ＰＣ－１２", "pc-12"],
    ["ガギグ", "がぎぐ"],
    ["ﾊﾟｿｺﾝ", "ぱそこん"],
    ["ヴァ", "ゔぁ"],
    ["  山田\t太郎 ", "山田 太郎"],
    ["①", "1"],
  ])("%s is found as %s", (text, folded) => {
    expect(fold(text)).toBe(folded);
    expect(fold(folded)).toBe(folded);
  });
});

describe("the search box", () => {
  test("words, and words of a field in both languages", () => {
    expect(wordsOf("サトウ 組織:草加市 ＰＣ：12", "people")).toEqual([
      { text: "さとう" },
      { field: "organisation", text: "草加市" },
      { field: "terminal", text: "12" },
    ]);
    expect(wordsOf("division:税務 人:hana", "people")).toEqual([
      { field: "division", text: "税務" },
      { field: "person", text: "hana" },
    ]);
  });

  test("a colon behind anything else belongs to the word; a field without a word is one", () => {
    expect(wordsOf("9:30 fe80:1 組織:", "people")).toEqual([{ text: "9:30" }, { text: "fe80:1" }, { text: "組織:" }]);
    expect(wordsOf("   ", "people")).toEqual([]);
  });

  test("in the audit kana stay what they are: its records are never written anew", () =>
    expect(wordsOf("ＰＣ サトウ", "audit")).toEqual([{ text: "pc" }, { text: "サトウ" }]));

  test("is bounded", () => expect(wordsOf("a ".repeat(100), "people").length).toBe(8));
});

const counted = { of: "AAAAAAAAAAAA", at: 1_800_000_000_000, total: 34_000, counts: [1, 2, 3] };

describe("cursors", () => {
  test("come back as they went", () => {
    for (const key of ["佐藤", 1_800_000_000_000, ""])
      expect(decodeCursor("-name", encodeCursor("-name", { key, id: "x", counted }))).toEqual({
        key,
        id: "x",
        counted,
      });
  });

  test("fit into a query, whatever the last row is called", () => {
    const after = encodeCursor("-name", { key: "佐".repeat(200), id: "x".repeat(100), counted });
    expect(ListQuery.parse({ after })).toMatchObject({ after });
    expect(decodeCursor("-name", after).key).toBe("佐".repeat(200));
  });

  test.each([
    ["of another order", encodeCursor("name", { key: "a", id: "b", counted })],
    ["of nothing", ""],
    ["of noise", "%%%"],
    ["of another shape", Buffer.from('["-name",{},"b"]').toString("base64url")],
  ])("%s are refused", (_what, text) => {
    expect(() => decodeCursor("-name", text)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
  });
});

describe("the curve of the day", () => {
  const buckets = [{ at: 0 }, { at: 10 }, { at: 20 }];
  const counts = (spans: ReadonlyArray<[number, number | null]>, now = 30) =>
    mostAtOnce(
      spans.map(([liveAt, endedAt]) => ({ liveAt, endedAt })),
      buckets,
      10,
      now,
    ).map(({ count }) => count);

  test("says the most at once in each quarter", () => {
    expect(counts([])).toEqual([0, 0, 0]);
    expect(
      counts([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual([1, 0, 0]);
    expect(
      counts([
        [1, 6],
        [2, 12],
        [4, 5],
      ]),
    ).toEqual([3, 1, 0]);
  });

  test("who leaves as another one comes was not there with them", () =>
    expect(
      counts([
        [1, 5],
        [5, 6],
      ]),
    ).toEqual([1, 0, 0]));
  test("what began before and what goes on counts", () => expect(counts([[-50, null]])).toEqual([1, 1, 1]));
});

describe("the contract", () => {
  test("each list has its rows, its states and its orders", () => {
    for (const list of LISTS) {
      expect(BASES[list].length).toBeGreaterThan(0);
      const names = SORTS[list].map((sort) => sort.replace(/^-/, "")).sort();
      for (const { keys } of BASES[list]) expect(Object.keys(keys).sort()).toEqual(names);
      const { state } = ITEMS[list].shape as { state?: { options: string[] } };
      expect(state?.options ?? []).toEqual([...STATES[list]]);
    }
  });

  test("each act is an action of the table, but for the confirmation of others", () => {
    expect(ACTS.filter((act) => !(ACTIONS as readonly string[]).includes(act))).toEqual(["confirmation.confirm"]);
    for (const act of DANGEROUS) expect(ACTS).toContain(act);
  });
});

describe("reach in SQL", () => {
  const id = () => crypto.randomUUID();
  const [kuni, ken, midori, sakura] = [id(), id(), id(), id()].map((one) => OrganisationId.parse(one)) as [
    OrganisationId,
    OrganisationId,
    OrganisationId,
    OrganisationId,
  ];
  const [bu, ka] = [DivisionId.parse(id()), DivisionId.parse(id())];
  const PLACES: Place[] = [
    { organisations: [kuni], divisions: [] },
    { organisations: [ken, kuni], divisions: [] },
    { organisations: [midori, ken, kuni], divisions: [] },
    { organisations: [midori, ken, kuni], divisions: [bu] },
    { organisations: [midori, ken, kuni], divisions: [ka, bu] },
    { organisations: [sakura, kuni], divisions: [] },
  ];
  const rows = [
    { id: kuni, parentId: null },
    { id: ken, parentId: kuni },
    { id: midori, parentId: ken },
    { id: sakura, parentId: kuni },
  ];
  const parts = [
    { id: bu, organisationId: midori, parentId: null },
    { id: ka, organisationId: midori, parentId: bu },
  ];
  const q = {
    organisations: {
      byIds: async (ids: readonly string[]) => rows.filter(({ id }) => ids.includes(id)),
      rightBelow: async (ids: readonly string[]) => rows.filter(({ parentId }) => ids.includes(parentId ?? "")),
      divisionsByIds: async (ids: readonly string[]) => parts.filter(({ id }) => ids.includes(id)),
      divisionsRightBelow: async (ids: readonly string[]) =>
        parts.filter(({ parentId }) => ids.includes(parentId ?? "")),
    },
  } as unknown as Queries;
  /** What the condition of lists.ts means, by hand. */
  const inside = (reach: Reach, { organisations, divisions }: Place): boolean =>
    reach === "everywhere" ||
    reach.organisations.some((one) => one === organisations[0]) ||
    reach.divisions.some((one) => one === divisions[0]);

  test("is the same as the table's answer for each place, whatever the duties", async () => {
    const roles: DutyRole[] = ["operator", "prefecture", "administrator", "manager", "auditor"];
    const duties = roles.flatMap((role) => PLACES.map((at) => ({ role, at })));
    for (const first of duties)
      for (const second of [undefined, ...duties.slice(-6)]) {
        const all = second ? [first, second] : [first];
        const principal: Principal = { who: "server", person: undefined, home: undefined, duties: all };
        for (const action of ACTIONS) {
          const reach = await reachOf(q, principal, action);
          for (const at of PLACES) expect(inside(reach, at)).toBe(allows(principal, action, at));
        }
      }
  });
});

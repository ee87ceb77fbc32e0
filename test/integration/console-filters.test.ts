/**
 * The console's lists against a plain account of the same rows: whatever is searched for, in whatever state, order and reach, the
 * pages together are exactly the rows that fit, and the counts are theirs. The store answers in different ways depending on how
 * many things a word names, so all of it is asked twice: with everything few, and with everything many.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_FAILURES } from "../../signaling/auth/throttle.ts";
import { wordsOf } from "../../signaling/console/search.ts";
import { type List, SORTS, STATES } from "../../signaling/protocol/console.ts";
import {
  DivisionId,
  type KeyCode,
  Login,
  OrganisationCode,
  OrganisationId,
  PersonId,
  PublicKey,
  SessionId,
  TerminalId,
} from "../../signaling/protocol/ids.ts";
import type { Reach } from "../../signaling/store/queries/lists.ts";
import { foldedDivision, foldedOrganisation, foldedPerson, foldedTerminal } from "../../signaling/store/rows/folded.ts";
import { makeStore, type TestStore } from "../support/store.ts";

const NOW = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const NEVER = 2 ** 53 - 1;
const KEY = PublicKey.parse("A".repeat(122));

const organisations = ["緑市 midori", "桜町 sakura", "青村 ao"].map((both, i) => {
  const [name = "", code = ""] = both.split(" ");
  const id = OrganisationId.parse(randomUUID());
  return { id, name, code: OrganisationCode.parse(code), kind: "municipality", parentId: null, createdAt: i } as const;
});
const divisions = organisations.flatMap(({ id: organisationId }) => {
  const above = DivisionId.parse(randomUUID());
  const own = { organisationId, createdAt: NOW };
  return [
    { ...own, id: above, parentId: null, name: "総務部" },
    { ...own, id: DivisionId.parse(randomUUID()), parentId: above, name: "税務課" },
  ];
});
const FAMILIES = ["田中", "佐藤", "ﾀﾅｶ", "ワタナベ", "さとう"];
const KINDS = ["ノートPC", "ﾉｰﾄPC", "デスクトップ", "100%_PC"];
const standing = (i: number) => {
  const organisation = organisations[i % 3];
  const own = divisions.filter(({ organisationId }) => organisationId === organisation?.id);
  return { organisationId: organisation?.id as OrganisationId, divisionId: own[i % 4]?.id ?? null };
};
const people = Array.from({ length: 48 }, (_, i) => ({
  ...{ ...standing(i), id: PersonId.parse(randomUUID()), login: Login.parse(`user${i % 40}`) },
  ...{
    name: `${FAMILIES[i % 5]} ${i % 7 === 0 ? "花子" : "太郎"}`,
    passwordHash: "",
    passwordChangedAt: 0,
    totpSeed: "",
  },
  ...{
    mustChange: (i % 11 === 4 ? 1 : 0) as 0 | 1,
    seedConfirmedAt: i % 9 === 5 ? null : NOW,
    createdAt: NOW - (i % 6),
  },
  ...{ driftLowMs: null, driftHighMs: null, driftAt: null, failures: i % 8 === 3 ? MAX_FAILURES : 0 },
  disabledAt: i % 12 === 2 ? NOW : null,
  mail: null,
}));
const terminals = people.map(({ organisationId, divisionId }, i) => ({
  ...{ organisationId, divisionId: i % 5 === 0 ? null : divisionId, name: `${KINDS[i % 4]}-${i % 13}` },
  ...{
    id: TerminalId.parse(`${String(i).padStart(4, "0")}-AB00-00${String(i % 10)}Z`),
    interfaces: null,
    createdAt: NOW,
  },
  ...{ publicKey: i % 10 === 1 ? null : KEY, enrolledAt: i % 10 === 1 ? null : NOW - (i % 5) },
  ...{ disabledAt: i % 14 === 6 ? NOW : null, lastSeenAt: i % 4 === 0 ? null : NOW - i },
}));
const codeOf = (i: number) => `${String(i).padStart(5, "0")}-ABCDE-00000-ZZZZZ` as KeyCode;
const devices = people.map((person, i) => ({
  ...{ id: randomUUID(), organisationId: person.organisationId, personId: person.id, publicKey: KEY, code: codeOf(i) },
  ...{
    addedAt: NOW - (i % 9),
    approvedAt: NOW,
    approvedBy: "x",
    lastUsedAt: i % 3 === 0 ? null : NOW - i,
    failures: 0,
  },
  removedAt: i % 6 === 4 ? NOW : null,
}));
const waiting = people.slice(0, 9).map(({ id, organisationId }, i) => ({
  ...{ organisationId, personId: id, publicKey: PublicKey.parse("B".repeat(122)), code: codeOf(100 + i) },
  ...{ seenAt: NOW - (i % 4), expiresAt: NOW + (i % 5 === 4 ? -1 : 1) },
}));
/** With somebody else's office PC, in part of another division. */
const grants = people.flatMap(({ id, organisationId }, i) => {
  const theirs = terminals[i % 4 === 0 ? (i + 3) % terminals.length : i];
  const until = [null, NOW - 1, NOW + DAY_MS, NOW + 40 * DAY_MS][i % 4] ?? null;
  return theirs ? [{ organisationId, personId: id, terminalId: theirs.id, createdAt: NOW - (i % 7), until }] : [];
});
const sessions = grants.map(({ organisationId, personId, terminalId }, i) => ({
  ...{ id: SessionId.parse(randomUUID()), organisationId, personId, terminalId, personName: "", deviceKey: KEY },
  ...{ login: people.find(({ id }) => id === personId)?.login as Login, signInId: null, requestedAt: NOW - (i % 10) },
  ...{ liveAt: NOW, endedAt: i % 5 === 0 ? null : NOW + (i % 3), reason: null, lock: null, lockAt: null },
}));
const online = new Set(terminals.filter((_, i) => i % 2 === 0).map(({ id }) => id));
const inUse = terminals.filter((_, i) => i % 7 === 0).map(({ id }) => id);

let place: TestStore;
beforeAll(async () => {
  place = await makeStore({ now: () => NOW });
  await place.store.write(async (q) => {
    for (const row of organisations) await q.organisations.insert(row);
    for (const row of divisions) await q.organisations.insertDivision(row);
    for (const row of people) await q.people.insert(row);
    for (const row of terminals) await q.terminals.insert(row);
    for (const row of devices) await q.devices.insert(row);
    for (const row of waiting) await q.devices.putPending(row, 10);
    for (const row of grants) await q.terminals.putGrant(row);
    for (const row of sessions) await q.sessions.insert(row);
  });
});
afterAll(() => place.close());

interface Plain {
  readonly id: string;
  readonly state: string;
  readonly keys: Readonly<Record<string, string | number>>;
  readonly organisationId: OrganisationId;
  /** In one of which it is in reach. */
  readonly divisions: ReadonlyArray<DivisionId | null>;
  /** That which is searched. */
  readonly division: DivisionId | null;
  readonly texts: { readonly person?: string; readonly terminal?: string; readonly own?: string };
}

const personOf = (id: PersonId) => people.find((one) => one.id === id) as (typeof people)[number];
const terminalOf = (id: TerminalId) => terminals.find((one) => one.id === id) as (typeof terminals)[number];

const PLAIN: Readonly<Record<Exclude<List, "audit" | "locks">, readonly Plain[]>> = {
  people: people.map((row) => ({
    ...{ id: row.id, organisationId: row.organisationId, divisions: [row.divisionId], division: row.divisionId },
    state:
      row.disabledAt !== null
        ? "disabled"
        : row.failures >= MAX_FAILURES
          ? "barred"
          : row.seedConfirmedAt === null
            ? "no-code-yet"
            : row.mustChange === 1
              ? "must-change"
              : "active",
    keys: { login: row.login, name: row.name, "created-at": row.createdAt },
    texts: { person: foldedPerson(row) },
  })),
  terminals: terminals.map((row) => ({
    ...{ id: row.id, organisationId: row.organisationId, divisions: [row.divisionId], division: row.divisionId },
    state:
      row.disabledAt !== null
        ? "disabled"
        : row.publicKey === null
          ? "not-enrolled"
          : inUse.includes(row.id)
            ? "in-use"
            : online.has(row.id)
              ? "online"
              : "offline",
    keys: { name: row.name, id: row.id, since: row.lastSeenAt ?? 0, "enrolled-at": row.enrolledAt ?? 0 },
    texts: { terminal: foldedTerminal(row) },
  })),
  devices: [
    ...devices.map((row) => ({ ...row, state: row.removedAt === null ? "registered" : "removed" })),
    ...waiting
      .filter(({ expiresAt }) => expiresAt > NOW)
      .map((row) => ({
        ...row,
        id: `${row.personId}.${row.code}`,
        addedAt: row.seenAt,
        lastUsedAt: 0,
        state: "waiting",
      })),
  ].map(({ id, state, personId, code, addedAt, lastUsedAt }) => {
    const person = personOf(personId);
    return {
      ...{
        id,
        state,
        organisationId: person.organisationId,
        divisions: [person.divisionId],
        division: person.divisionId,
      },
      keys: { "added-at": addedAt, person: person.login, "last-used-at": lastUsedAt ?? 0, code },
      texts: { person: foldedPerson(person), own: code.toLowerCase() },
    };
  }),
  grants: grants.map(({ personId, terminalId, until, createdAt, organisationId }) => {
    const [person, terminal] = [personOf(personId), terminalOf(terminalId)];
    const isEnding = until !== null && until <= NOW + 14 * DAY_MS;
    return {
      ...{ id: `${personId}.${terminalId}`, organisationId, division: person.divisionId },
      divisions: [person.divisionId, terminal.divisionId],
      state: until !== null && until <= NOW ? "ended" : isEnding ? "ending" : "lasting",
      keys: { person: person.login, terminal: terminal.name, until: until ?? NEVER, since: createdAt },
      texts: { person: foldedPerson(person), terminal: foldedTerminal(terminal) },
    };
  }),
  divisions: divisions.map((row) => ({
    ...{ id: row.id, state: "", organisationId: row.organisationId, divisions: [row.id], division: row.id },
    ...{ keys: { name: row.name }, texts: { own: foldedDivision(row) } },
  })),
  sessions: sessions.map(({ id, organisationId, personId, terminalId, requestedAt, endedAt }) => {
    const [person, terminal] = [personOf(personId), terminalOf(terminalId)];
    return {
      ...{ id, organisationId, divisions: [terminal.divisionId], division: terminal.divisionId },
      state: endedAt === null ? "open" : "ended",
      keys: {
        "requested-at": requestedAt,
        "ended-at": endedAt ?? NEVER,
        person: person.login,
        terminal: terminal.name,
      },
      texts: { person: foldedPerson(person), terminal: foldedTerminal(terminal) },
    };
  }),
};

/** Its name and those of the divisions above it. */
const namesOf = (id: DivisionId | null): string[] => {
  const division = divisions.find((one) => one.id === id);
  return division ? [foldedDivision(division), ...namesOf(division.parentId)] : [];
};

function fits(row: Plain, list: List, { q, reach }: { q: string; reach: Reach }): boolean {
  const isInReach =
    reach === "everywhere" ||
    reach.organisations.includes(row.organisationId) ||
    row.divisions.some((id) => id !== null && reach.divisions.includes(id));
  const organisation = organisations.find(({ id }) => id === row.organisationId);
  const { person = "", terminal = "", own = "" } = row.texts;
  return (
    isInReach &&
    wordsOf(q, list).every(({ text, field }) => {
      const texts = {
        organisation: [organisation ? foldedOrganisation(organisation) : ""],
        division: namesOf(row.division),
        person: [person],
        terminal: [terminal],
      };
      return (field ? texts[field] : [...Object.values(texts).flat(), own]).some((one) => one.includes(text));
    })
  );
}

const WORDS = [
  "",
  "田中",
  "たなか",
  "ﾀﾅｶ 花",
  "user1",
  "ＵＳＥＲ１",
  "pc",
  "のーと",
  "0007",
  "100%_",
  "税務",
  "総務",
  "緑",
  "sakura",
].concat([
  "所属:総務",
  "所属:税務 田中",
  "組織:青",
  "職員:さとう",
  "端末:ノート",
  "職員:さとう 端末:ノート",
  "00010-abc",
  "nowhere",
  "市",
]);
const within = (i: number) => divisions.filter(({ organisationId }) => organisationId === organisations[i]?.id);
const REACHES: Readonly<Record<string, Reach>> = {
  everywhere: "everywhere",
  "two towns": { organisations: organisations.slice(1).map(({ id }) => id), divisions: [] },
  "one division": {
    organisations: [],
    divisions: within(0)
      .slice(1)
      .map(({ id }) => id),
  },
  "a town and a division of another": {
    organisations: organisations.slice(2).map(({ id }) => id),
    divisions: within(1)
      .slice(0, 1)
      .map(({ id }) => id),
  },
  nowhere: { organisations: [], divisions: [] },
};

async function pages(list: List, asked: { q: string; state?: string; reach: Reach; sort: string; few: number }) {
  const { q, state, reach, few } = asked;
  const moment = { now: NOW, maxFailures: MAX_FAILURES, online, inUse };
  const order = { sort: asked.sort.replace(/^-/, ""), descending: asked.sort.startsWith("-") };
  return place.store.read(async (queries) => {
    const found = queries.lists.of({ list, reach, words: wordsOf(q, list), state }, moment, few);
    const rows: Array<{ id: string; key: string | number; state: string }> = [];
    for (;;) {
      const page = await found.page({ ...order, after: rows.at(-1), limit: 7 });
      rows.push(...page);
      if (page.length < 7) break;
    }
    return { rows, counts: await found.counts(), count: state === undefined ? undefined : await found.count(state) };
  });
}

/** As the database compares text. */
const bytes = (text: string | number) => (typeof text === "number" ? text : Buffer.from(text).toString("hex"));
function inOrder(rows: readonly Plain[], sort: string): string[] {
  const name = sort.replace(/^-/, "");
  const way = sort.startsWith("-") ? -1 : 1;
  const compare = <T extends string | number>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);
  return [...rows]
    .sort((a, b) => way * (compare(bytes(a.keys[name] ?? ""), bytes(b.keys[name] ?? "")) || compare(a.id, b.id)))
    .map(({ id }) => id);
}

describe.each([
  ["few", 1_000],
  ["many", 0],
])("where a word names %s things", (_how, few) => {
  describe.each(Object.keys(PLAIN) as Array<keyof typeof PLAIN>)("the list of %s", (list) => {
    test.each(Object.keys(REACHES))("is what it ought to be, seen from %s", async (seenFrom) => {
      const reach = REACHES[seenFrom] ?? "everywhere";
      let found = 0;
      for (const q of WORDS)
        for (const [i, state] of [undefined, ...STATES[list]].entries()) {
          const sorts = SORTS[list].flatMap((sort) => [sort, sort.startsWith("-") ? sort.slice(1) : `-${sort}`]);
          const sort = sorts[(i + q.length) % sorts.length] ?? "";
          const about = `${q} ${state} ${sort}`;
          const theirs = PLAIN[list].filter((row) => fits(row, list, { q, reach }));
          const shown = theirs.filter((row) => state === undefined || row.state === state);
          const { rows, counts, count } = await pages(list, {
            q,
            reach,
            sort,
            few,
            ...(state !== undefined && { state }),
          });
          expect(
            rows.map(({ id }) => id),
            about,
          ).toEqual(inOrder(shown, sort));
          for (const { id, state: its } of rows)
            expect(its, about).toBe(PLAIN[list].find((row) => row.id === id)?.state);
          for (const one of STATES[list])
            expect(counts.get(one) ?? 0, `${about} ${one}`).toBe(theirs.filter((row) => row.state === one).length);
          if (count !== undefined) expect(count, about).toBe(shown.length);
          found += shown.length;
        }
      if (seenFrom === "everywhere") expect(found).toBeGreaterThan(PLAIN[list].length * 2);
      if (seenFrom === "nowhere") expect(found).toBe(0);
    });
  });
});

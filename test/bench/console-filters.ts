/**
 * Lists of the console as people use them, by the server's own function on a store that another process has open: from the query
 * to the text of the answer. What HTTP and the look at the cookie cost is not in it. A third of the office PCs is here.
 */
import { operatorAs, type Principal } from "../../signaling/auth/principal.ts";
import type { Presence, Question } from "../../signaling/console/asking.ts";
import { listPage } from "../../signaling/console/lists.ts";
import { Sessions } from "../../signaling/hub/sessions.ts";
import { LISTS, type List, ListQuery, STATES } from "../../signaling/protocol/console.ts";
import { openStore } from "../../signaling/store/open.ts";
import type { Store } from "../../signaling/store/store.ts";
import type { Country } from "./crowd/country.ts";
import { type Durations, durations } from "./stats.ts";

export interface FilterTimes {
  /** Of who looks after everything: all lists, by the clock; and by the processor time of the thread, the same on a busy machine. */
  readonly operator: Durations;
  readonly operatorCpu: Durations;
  readonly lists: Readonly<Record<List, Durations>>;
  /** Of who looks after a prefecture with some sixteen towns, and of who looks after one of them. */
  readonly prefecture: Durations;
  readonly town: Durations;
  /** The operator's dearest questions, each by its median processor time. */
  readonly slowest: ReadonlyArray<{ readonly list: List; readonly query: object; readonly ms: number }>;
}

type Query = Readonly<Record<string, string>>;

/** Partial names in kanji and kana, in half and full width, logins, fields; one of each list's columns either way. */
const WORDS: Readonly<Record<List, readonly string[]>> = {
  people: ["田中", "佐藤 健", "たなか", "ﾀﾅｶ", "ハナ", "ｓａｔｏ", "tanaka1", "所属:税務", "組織:青川 山", "由美"],
  terminals: ["pc", "PC-01", "ﾉｰﾄ", "のーと", "デスクトップ 0123", "K7", "所属:福祉課", "青川市", "庁内", "端末:0456"],
  devices: ["田中", "ワタナベ", "suzuki", "ﾊﾅｺ", "職員:佐藤", "桜島町"],
  grants: ["田中", "pc-0123", "ｻﾌﾞﾛｳ", "職員:佐藤 端末:のーと", "所属:総務", "緑山市"],
  divisions: ["税務", "ぜいむ", "総務課", "青川"],
  sessions: ["田中", "PC-04", "職員:渡辺", "緑"],
  locks: ["田中", "紛失"],
  audit: ["grant", "tanaka", "sato12", "terminal"],
};
const SORTED: Readonly<Record<List, readonly string[]>> = {
  people: ["login", "-name", "name", "-created-at"],
  terminals: ["name", "-name", "id", "-since", "enrolled-at"],
  devices: ["-added-at", "person", "-last-used-at", "code"],
  grants: ["person", "-person", "terminal", "until", "-since"],
  divisions: ["name", "-name"],
  sessions: ["-requested-at", "ended-at", "person", "-terminal"],
  locks: ["-created-at", "until"],
  audit: ["-id", "id"],
};

/** Each list as it is opened, each word alone and the first with each chip, each chip, each order; and the pages behind the first. */
const queriesOf = (list: List): Query[] => [
  {},
  ...WORDS[list].map((q) => ({ q })),
  ...STATES[list].map((state) => ({ state })),
  ...STATES[list].map((state) => ({ state, q: WORDS[list][0] ?? "" })),
  ...SORTED[list].map((sort) => ({ sort })),
  ...SORTED[list].map((sort) => ({ sort, q: WORDS[list][1] ?? "" })),
];

const WARM_UPS = 1;
const ROUNDS = 5;
/** Pages that are gone on to. */
const PAGES = 3;
const IN_USE = 300;
const SLOWEST = 5;

export async function measureFilters(stateDir: string, country: Country): Promise<FilterTimes> {
  const store = await openStore({ stateDir });
  try {
    const presence = presenceOf(country);
    const as = (principal: Principal) => timesOf(store, principal, presence);
    const operator = await as(operatorAs("administrator:bench"));
    const prefecture = await as(dutyFor("prefecture", [country.prefecture, country.root]));
    const town = await as(dutyFor("administrator", [country.town, country.prefecture, country.root]));
    const times = (some: readonly Asked[]) => durations(some.flatMap((one) => one.times.map(({ ms }) => ms)));
    const cpuOf = (some: readonly Asked[]) => durations(some.flatMap((one) => one.times.map(({ cpuMs }) => cpuMs)));
    const lists = LISTS.map((list) => [list, times(operator.filter((one) => one.list === list))]);
    return {
      operator: times(operator),
      operatorCpu: cpuOf(operator),
      lists: Object.fromEntries(lists) as FilterTimes["lists"],
      prefecture: times(prefecture),
      town: times(town),
      slowest: operator
        .map((one) => ({ list: one.list, query: one.query, ms: cpuOf([one]).p50Ms }))
        .sort((a, b) => b.ms - a.ms)
        .slice(0, SLOWEST),
    };
  } finally {
    await store.close();
  }
}

const dutyFor = (role: "prefecture" | "administrator", organisations: Country["root"][]): Principal => ({
  ...{ who: "person:bench/kanri", person: undefined, home: undefined },
  duties: [{ role, at: { organisations, divisions: [] } }],
});

function presenceOf({ people }: Country): Presence {
  const here = people.filter((_, i) => i % 3 === 0);
  const sessions = new Sessions();
  for (const [i, { terminal, login }] of here.slice(0, IN_USE).entries()) {
    const record = { id: `${i}`, terminal, person: `${i}`, login, personName: login, requestedAt: Date.now() };
    sessions.set(record.id as never, { record } as never);
  }
  return { agents: new Map(here.map(({ terminal }) => [terminal, { since: Date.now() }])), sessions } as never;
}

interface Asked {
  readonly list: List;
  readonly query: Query;
  readonly times: Array<{ readonly ms: number; readonly cpuMs: number }>;
}

/** Of this thread, ms. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function timesOf(store: Store, principal: Principal, presence: Presence): Promise<Asked[]> {
  const asked = LISTS.flatMap((list) => queriesOf(list).map((query): Asked => ({ list, query, times: [] })));
  const behind = LISTS.map((list): Asked => ({ list, query: { after: "…" }, times: [] }));
  for (let round = -WARM_UPS; round < ROUNDS; round += 1)
    for (const { list, query, times } of asked) {
      const later = behind.find((one) => one.list === list)?.times ?? [];
      let after: string | undefined;
      for (let pages = 0; pages < PAGES; pages += 1) {
        const [begun, begunCpu] = [performance.now(), threadMs()];
        const page = await store.read((q) => {
          const question: Question = { q, principal, presence, now: Date.now() };
          return listPage(question, list, ListQuery.parse({ ...query, ...(after !== undefined && { after }) }));
        });
        JSON.stringify(page);
        const took = { ms: performance.now() - begun, cpuMs: threadMs() - begunCpu };
        if (round >= 0) (pages === 0 ? times : later).push(took);
        after = page.next;
        if (after === undefined) break;
      }
    }
  return [...asked, ...behind];
}

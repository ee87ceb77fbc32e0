/** The lists of the command line where there are tens of thousands of rows: all of them, in pages, and no silent end. */
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { run } from "../../signaling/cli/run.ts";
import { PAGE_ROWS } from "../../signaling/organisations/listing.ts";
import { makeStore, type TestStore } from "../support/store.ts";

const ROWS = 34_000;
/** As many name each of these terminals: pages must not lose or repeat what has the same name. */
const SAME_NAME = 3;

let place: TestStore;

beforeAll(async () => {
  place = await makeStore();
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  const fill = `begin; ${FILL.map((rows) => `with recursive n(n) as (select 0 union all select n + 1 from n where n < ${ROWS - 1}) ${rows};`).join("")} commit;`;
  const organisations = "insert into organisations values ('a', '緑市', 1), ('b', '青町', 1);";
  database.exec(organisations + fill);
  database.close();
});
afterAll(() => place.close());
afterEach(() => {
  vi.restoreAllMocks();
});

/** A person with a browser, another that waits, an office PC, a grant, a session and a record for each number. */
const ORGANISATION = "iif(n % 34 = 0, 'b', 'a')";
const TERMINAL = "printf('0000-%04d-000%d', n / 10, n % 10)";
const LOGIN = "printf('shokuin%05d', n)";
const FILL = [
  `insert into people (id, organisation_id, login, name, password_hash, password_changed_at, totp_seed, failures, created_at)
   select 'p' || n, ${ORGANISATION}, ${LOGIN}, '職員', '-', 1, '-', 0, 1 from n`,
  `insert into devices (id, organisation_id, person_id, public_key, code, added_at, approved_at, approved_by, failures)
   select 'd' || n, ${ORGANISATION}, 'p' || n, 'k', printf('%05d-AAAAA-AAAAA-AAAAA', n), 1, 1, 'test', 0 from n`,
  `insert into pending_devices (organisation_id, person_id, public_key, code, seen_at, expires_at)
   select ${ORGANISATION}, 'p' || n, 'k', printf('%05d-AAAAA-AAAAA-AAAAA', n), 1, ${Number.MAX_SAFE_INTEGER} from n`,
  `insert into terminals (id, organisation_id, name, created_at)
   select ${TERMINAL}, ${ORGANISATION}, '庁内PC ' || (n / ${SAME_NAME}), 1 from n`,
  `insert into grants (organisation_id, person_id, terminal_id, created_at)
   select ${ORGANISATION}, 'p' || n, ${TERMINAL}, 1 from n`,
  `insert into sessions (id, organisation_id, terminal_id, person_id, login, person_name, device_key, requested_at, ended_at)
   select printf('00000000-0000-4000-8000-%012d', n), ${ORGANISATION}, ${TERMINAL}, 'p' || n, ${LOGIN}, '職員', 'k',
     n / ${SAME_NAME}, iif(n < 3, null, 2) from n`,
  `insert into audit (seq, organisation_id, at, event, actor, about, hash)
   select n + 1, ${ORGANISATION}, n, 'person.added', 'server', json_object('login', ${LOGIN}), '-' from n`,
] as const;

async function admin(...args: string[]) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const exitCode = await run(args, {
    environment: { ENGAWA_STATE_DIR: place.stateDir },
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
    readInput: async () => "",
  });
  const lines = printed.flatMap((text) => text.split("\n"));
  return { exitCode, printed, lines, complaint: complaints.join("\n") };
}

const LISTS = [
  { list: ["person", "list"], id: "login" },
  { list: ["terminal", "list"], id: "id" },
  { list: ["grant", "list"], id: "terminalId" },
  { list: ["device", "list"], id: "code" },
  { list: ["device", "pending"], id: "code" },
  { list: ["session", "list", "--limit", "all"], id: "id" },
  { list: ["audit", "list", "--limit", "all"], id: "seq" },
] as const;

describe.each(LISTS)("$list", ({ list, id }) => {
  test("prints every row once, and never holds more than a page", async () => {
    const all = vi.spyOn(StatementSync.prototype, "all");
    const { exitCode, printed, lines, complaint } = await admin(...list, "--json");
    expect([exitCode, complaint]).toEqual([0, ""]);
    expect(new Set(lines.map((line) => JSON.parse(line)[id])).size).toBe(ROWS);
    expect(lines).toHaveLength(ROWS);
    expect(printed.length).toBe(ROWS / PAGE_ROWS);
    const held = all.mock.results.map(({ value }) => (value as unknown[]).length);
    expect(Math.max(...held)).toBe(PAGE_ROWS + 1);
  });

  test("a limit says what it cut, and where to go on: in as many steps the same rows in the same order", async () => {
    const bare = list.slice(0, 2);
    const whole = (await admin(...list, "--json")).lines;
    const first = await admin(...bare, "--limit", "20000", "--json");
    const [, after = ""] = /^20,000 of 34,000; more with --after (\S+)$/.exec(first.complaint) ?? [];
    const second = await admin(...bare, "--limit", "14000", "--json", "--after", after);
    expect(second.complaint).toBe("");
    expect([...first.lines, ...second.lines]).toEqual(whole);
  });

  test("is filtered by the organisation, and by what is searched", async () => {
    const bare = list.slice(0, 2);
    const town = (await admin(...bare, "--organisation", "青町", "--limit", "all", "--json")).lines;
    expect(town).toHaveLength(ROWS / 34);
    const found = (await admin(...bare, "--search", id === "id" ? "庁内PC 11331" : "SHOKUIN33999", "--json")).lines;
    expect(found).toHaveLength(id === "id" ? SAME_NAME : 1);
    const none = await admin(...bare, "--search", "100%");
    expect([none.exitCode, none.lines]).toEqual([0, ["(none)"]]);
  });
});

test("a table is printed page by page under one line of names, and says at its end what was cut", async () => {
  const { lines, printed } = await admin("terminal", "list", "--limit", "5000");
  expect(printed).toHaveLength(5_000 / PAGE_ROWS + 1);
  expect(lines).toHaveLength(1 + 5_000 + 1);
  expect(lines[0]).toMatch(/^ID +Name +Organisation/);
  expect(lines.at(-1)).toMatch(/^5,000 of 34,000; more with --after 0000-/);
});

test("the last records and sessions are shown unless more is asked for, and it is said how many there are", async () => {
  expect((await admin("audit", "list")).lines.at(-1)).toBe("50 of 34,000; more with --after 33951");
  expect((await admin("session", "list")).lines.at(-1)).toMatch(/^50 of 34,000; more with --after /);
});

test("open sessions are found however many newer ones have ended", async () => {
  expect((await admin("session", "list", "--open", "--json")).lines).toHaveLength(3);
});

test("a row that is not there, or no number, is said", async () => {
  const gone = await admin("terminal", "list", "--after", "7777-7777-7777");
  expect([gone.exitCode, gone.complaint]).toEqual([1, "there is no terminal 7777-7777-7777"]);
  for (const wrong of [
    ["--limit", "0"],
    ["--limit", "-1"],
    ["--search", ""],
    ["--after", "x"],
  ])
    expect((await admin("grant", "list", ...wrong)).exitCode, wrong.join(" ")).toBe(2);
  expect((await admin("person", "list", "--organisation", "赤村")).complaint).toContain("no organisation named 赤村");
});

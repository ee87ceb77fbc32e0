/** The lists of the command line where there are tens of thousands of rows: all of them, in pages, and no silent end. */
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Duty, operatorAs } from "../../signaling/auth/principal.ts";
import { run } from "../../signaling/cli/run.ts";
import { auditRecords } from "../../signaling/organisations/audit.ts";
import { confirmations } from "../../signaling/organisations/confirmations.ts";
import { NotAllowed } from "../../signaling/organisations/desk.ts";
import { devices, pendingDevices } from "../../signaling/organisations/devices.ts";
import { divisions } from "../../signaling/organisations/divisions.ts";
import { duties } from "../../signaling/organisations/duties.ts";
import { grants } from "../../signaling/organisations/grants.ts";
import { type Listing, list, PAGE_ROWS } from "../../signaling/organisations/listing.ts";
import { people } from "../../signaling/organisations/people.ts";
import { sessions } from "../../signaling/organisations/sessions.ts";
import { terminals } from "../../signaling/organisations/terminals.ts";
import { DivisionId, OrganisationId, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { makeStore, type TestStore } from "../support/store.ts";

const ROWS = 34_000;
/** As many name each of these terminals: pages must not lose or repeat what has the same name. */
const SAME_NAME = 3;

const PREFECTURE = OrganisationId.parse("00000000-0000-4000-8000-00000000000c");
const CITY = OrganisationId.parse("00000000-0000-4000-8000-00000000000a");
const TOWN = OrganisationId.parse("00000000-0000-4000-8000-00000000000b");
/** The town has every 34th row, and half of these are of its division; both have people with the same logins. */
const IN_TOWN = ROWS / 34;
const DIVISION = DivisionId.parse("00000000-0000-4000-8000-000000000000");

let place: TestStore;

beforeAll(async () => {
  place = await makeStore();
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  const fill = `begin; ${FILL.map((rows) => `with recursive n(n) as (select 0 union all select n + 1 from n where n < ${ROWS - 1}) ${rows};`).join("")} commit;`;
  const organisations = `insert into organisations (id, name, created_at, kind, parent_id, code) values
    ('${PREFECTURE}', '県', 1, 'prefecture', null, 'ken'),
    ('${CITY}', '緑市', 1, 'municipality', null, 'midori'), ('${TOWN}', '青町', 1, 'municipality', '${PREFECTURE}', 'ao');`;
  const ends = `insert into audit_chains (chain, number, hash) values ('${CITY}', ${ROWS}, '-'), ('${TOWN}', ${ROWS}, '-')`;
  database.exec(`${organisations}${fill}${ends}`);
  database.close();
});
afterAll(() => place.close());
afterEach(() => {
  vi.restoreAllMocks();
});

/** A person with a browser, another that waits, an office PC, a grant, a session and so on for each number. */
const ORGANISATION = `iif(n % 34 = 0, '${TOWN}', '${CITY}')`;
const TERMINAL = "printf('0000-%04d-000%d', n / 10, n % 10)";
const LOGIN = "printf('shokuin%05d', iif(n % 34 = 0, n + 1, n))";
const division = (n: string) => `printf('00000000-0000-4000-8000-%012d', ${n})`;
/** The town's divisions are below its first one, or at the top. */
const OF_DIVISION = `iif(n % 68 = 0, ${division("n")}, null)`;
const FILL = [
  `insert into divisions (id, organisation_id, parent_id, name, created_at)
   select ${division("n")}, ${ORGANISATION}, iif(n % 68 = 0 and n > 0, '${DIVISION}', null), printf('課%05d', n), 1 from n`,
  `insert into people (id, organisation_id, division_id, login, name, password_hash, password_changed_at, totp_seed, failures, created_at)
   select 'p' || n, ${ORGANISATION}, ${OF_DIVISION}, ${LOGIN}, '職員', '-', 1, '-', 0, 1 from n`,
  `insert into devices (id, organisation_id, person_id, public_key, code, added_at, approved_at, approved_by, failures)
   select 'd' || n, ${ORGANISATION}, 'p' || n, 'k', printf('%05d-AAAAA-AAAAA-AAAAA', n), 1, 1, 'test', 0 from n`,
  `insert into pending_devices (organisation_id, person_id, public_key, code, seen_at, expires_at)
   select ${ORGANISATION}, 'p' || n, 'k', printf('%05d-AAAAA-AAAAA-AAAAA', n), 1, ${Number.MAX_SAFE_INTEGER} from n`,
  `insert into terminals (id, organisation_id, division_id, name, created_at)
   select ${TERMINAL}, ${ORGANISATION}, ${OF_DIVISION}, '庁内PC ' || (n / ${SAME_NAME}), 1 from n`,
  `insert into grants (organisation_id, person_id, terminal_id, created_at)
   select ${ORGANISATION}, 'p' || n, ${TERMINAL}, 1 from n`,
  `insert into sessions (id, organisation_id, terminal_id, person_id, login, person_name, device_key, requested_at, ended_at)
   select printf('00000000-0000-4000-8000-%012d', n), ${ORGANISATION}, ${TERMINAL}, 'p' || n, ${LOGIN}, '職員', 'k',
     n / ${SAME_NAME}, iif(n < 3, null, 2) from n`,
  `insert into duties (organisation_id, division_id, person_id, role, since, given_by)
   select ${ORGANISATION}, ${OF_DIVISION}, 'p' || n, 'manager', 1, 'test' from n`,
  `insert into confirmations (id, organisation_id, person_id, action, about, asked_by, asked_at, expires_at)
   select printf('%04d-000%d', n / 10, n % 10), ${ORGANISATION}, printf('00000000-0000-4000-9000-%012d', n), 'otp.reset',
     json_object('login', ${LOGIN}), 'test', n / ${SAME_NAME}, ${Number.MAX_SAFE_INTEGER} from n`,
  `insert into audit (seq, chain, number, organisation_id, at, event, actor, about, hash)
   select n + 1, ${ORGANISATION}, n + 1, ${ORGANISATION}, n, 'person.added', 'server', json_object('login', ${LOGIN}), '-' from n`,
].map((rows) => rows.replaceAll("'p' || n", "printf('00000000-0000-4000-9000-%012d', n)"));

async function admin(...args: string[]) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const exitCode = await run(args, {
    environment: { ENGAWA_STATE_DIR: place.stateDir },
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
    readInput: async () => "",
  });
  forgetReadings();
  const lines = printed.flatMap((text) => text.split("\n"));
  return { exitCode, printed, lines, complaint: complaints.join("\n") };
}

/** That the audit was read is in it: of each list there shall be as many rows as before. */
function forgetReadings(): void {
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  database.exec(`drop trigger if exists audit_no_delete; delete from audit where seq > ${ROWS};
    delete from audit_chains where chain = 'server'; update audit_chains set number = ${ROWS} where number > ${ROWS}`);
  database.close();
}

const PC = { search: "庁内PC 11331", found: SAME_NAME };
const PERSON = { search: "SHOKUIN33999", found: 1 };
const LISTS = [
  { list: "person list", id: "id", ...PERSON, listing: people },
  { list: "terminal list", id: "id", ...PC, listing: terminals },
  { list: "grant list", id: "terminalId", ...PERSON, listing: grants },
  { list: "device list", id: "code", ...PERSON, listing: devices },
  { list: "device pending", id: "code", ...PERSON, listing: pendingDevices },
  { list: "session list", id: "id", ...PC, listing: sessions },
  { list: "duty list", id: "personId", ...PERSON, listing: duties },
  { list: "division list", id: "id", search: "課33999", found: 1, listing: divisions },
  { list: "confirm", id: "id", ...PERSON, listing: confirmations },
  { list: "audit list", id: "seq", ...PERSON, listing: auditRecords },
] as const;

describe.each(LISTS)("$list", ({ list: name, id, search, found, listing }) => {
  const bare = name.split(" ");
  const all = [...bare, "--limit", "all"];

  test("prints every row once, and never holds more than a page", async () => {
    const held = watchHeld();
    const { exitCode, printed, lines, complaint } = await admin(...all, "--json");
    expect([exitCode, complaint]).toEqual([0, ""]);
    expect(new Set(lines.map((line) => JSON.parse(line)[id])).size).toBe(ROWS);
    expect(lines).toHaveLength(ROWS);
    expect(printed.length).toBe(ROWS / PAGE_ROWS);
    expect(held()).toBe(PAGE_ROWS + 1);
  });

  test("a limit says what it cut, and where to go on: in as many steps the same rows in the same order", async () => {
    const whole = (await admin(...all, "--json")).lines;
    const rows: string[] = [];
    // the first part ends between two people with the same login (4,999 is 1 more than a multiple of 34)
    for (let after: string[] = []; ; ) {
      const part = await admin(...bare, "--limit", "4999", "--json", ...after);
      rows.push(...part.lines);
      if (part.complaint === "") break;
      const [, shown, next = ""] = /^(\S+) of 34,00[01]; more with --after (\S+)$/.exec(part.complaint) ?? [];
      expect(shown).toBe("4,999");
      after = ["--after", next.replace(/^'(.*)'$/, "$1")];
    }
    expect(rows).toEqual(whole);
  });

  test("is filtered by the organisation, by code or name, and by what is searched", async () => {
    for (const town of ["青町", "ao"])
      expect((await admin(...all, "--organisation", town, "--json")).lines).toHaveLength(IN_TOWN);
    expect((await admin(...bare, "--search", search, "--json")).lines).toHaveLength(found);
    const none = await admin(...bare, "--search", "100%");
    expect([none.exitCode, none.lines]).toEqual([0, ["(none)"]]);
  });

  /** What is shown to who has this duty, and what is held for it at most. */
  const shownTo = async (duty: Duty, request: { limit?: number; organisation?: string } = {}) => {
    const held = watchHeld();
    const rows: Array<Record<string, unknown>> = [];
    const principal = { ...operatorAs("administrator:test"), duties: [duty] };
    const any = listing as unknown as Listing<Record<string, unknown>, unknown>;
    const cut = await list({ ...place.desk, principal }, any, request, (page) => rows.push(...page));
    return { rows, cut, held: held() };
  };
  const organisationOf = new Map<unknown, unknown>();
  const inTown = (rows: readonly Record<string, unknown>[]) =>
    rows.filter((row) => (row["organisationId"] ?? organisationOf.get(row["id"])) === TOWN);
  beforeAll(() => {
    if (name !== "confirm") return;
    for (let n = 0; n < ROWS; n += 34)
      organisationOf.set(`${String((n / 10) | 0).padStart(4, "0")}-000${n % 10}`, TOWN);
  });

  test("shows the administrator of one organisation its own, in pages, and counts no other", async () => {
    const own = { role: "administrator", at: { organisations: [TOWN, PREFECTURE], divisions: [] } } as const;
    const { rows, cut, held } = await shownTo(own);
    expect(cut).toBeUndefined();
    expect(rows).toHaveLength(IN_TOWN);
    expect(inTown(rows)).toHaveLength(IN_TOWN);
    expect(held).toBeLessThanOrEqual(PAGE_ROWS + 1);
    expect((await shownTo(own, { limit: 10 })).cut).toMatchObject({ shown: 10, total: IN_TOWN });
    await expect(shownTo(own, { organisation: "midori" })).rejects.toThrow("there is no organisation midori");
  });

  test("shows a prefecture what its municipalities have, and an administrator of the city a page at a time", async () => {
    const above = await shownTo({ role: "prefecture", at: { organisations: [PREFECTURE], divisions: [] } });
    expect(inTown(above.rows)).toHaveLength(IN_TOWN);
    expect(above.rows).toHaveLength(IN_TOWN);
    const city = await shownTo({ role: "administrator", at: { organisations: [CITY], divisions: [] } });
    expect([city.rows.length, inTown(city.rows).length]).toEqual([ROWS - IN_TOWN, 0]);
    expect(city.held).toBe(PAGE_ROWS + 1);
  });

  test("shows the administrator of a division what is there and below", async () => {
    const own = { role: "administrator", at: { organisations: [TOWN, PREFECTURE], divisions: [DIVISION] } } as const;
    const { rows, held } = await shownTo(own);
    // the record is the organisation's
    expect(rows).toHaveLength(name === "audit list" ? 0 : IN_TOWN / 2);
    expect(inTown(rows)).toHaveLength(rows.length);
    expect(held).toBeLessThanOrEqual(PAGE_ROWS + 1);
    const cut = (await shownTo(own, { limit: 10 })).cut;
    if (rows.length > 0) expect(cut).toMatchObject({ shown: 10, total: IN_TOWN / 2 });
  });
});

/** The most rows that one question has brought since. */
function watchHeld(): () => number {
  const all = vi.spyOn(StatementSync.prototype, "all");
  all.mockClear();
  return () => Math.max(...all.mock.results.map(({ value }) => (value as unknown[]).length));
}

test("who has no duty is shown nothing, and a PC or session of others is no place in one's list", async () => {
  const nobody = { ...place.desk, principal: { ...operatorAs("administrator:test"), duties: [] } };
  await expect(list(nobody, people, {}, () => {})).rejects.toBeInstanceOf(NotAllowed);
  const at = { organisations: [TOWN, PREFECTURE], divisions: [] };
  const principal = { ...operatorAs("administrator:test"), duties: [{ role: "administrator", at } as const] };
  const town = { ...place.desk, principal };
  const pc = TerminalId.parse("0000-0000-0001"); // the city's
  await expect(list(town, terminals, { after: pc }, () => {})).rejects.toThrow(`there is no terminal ${pc}`);
  const session = SessionId.parse("00000000-0000-4000-8000-000000000001");
  await expect(list(town, sessions, { after: session }, () => {})).rejects.toThrow(`there is no session ${session}`);
});

test("a table is printed page by page under one line of names, and says at its end what was cut", async () => {
  const { lines, printed } = await admin("terminal", "list", "--limit", "5000");
  expect(printed).toHaveLength(5_000 / PAGE_ROWS + 1);
  expect(lines).toHaveLength(1 + 5_000 + 1);
  expect(lines[0]).toMatch(/^ID +Name +Organisation/);
  expect(lines.at(-1)).toMatch(/^5,000 of 34,000; more with --after 0000-/);
});

test("the last records and sessions are shown unless more is asked for, and it is said how many there are", async () => {
  expect((await admin("audit", "list")).lines.at(-1)).toBe("50 of 34,001; more with --after 33951");
  expect((await admin("session", "list")).lines.at(-1)).toMatch(/^50 of 34,000; more with --after /);
});

test("open sessions are found however many newer ones have ended", async () => {
  expect((await admin("session", "list", "--open", "--json")).lines).toHaveLength(3);
});

test("a row that is not there, or no number, is said", async () => {
  const gone = await admin("terminal", "list", "--after", "7777-7777-7777");
  const words = 'there is no terminal 7777-7777-7777; "terminal list" shows all';
  expect([gone.exitCode, gone.complaint]).toEqual([1, words]);
  for (const wrong of [
    ["--limit", "0"],
    ["--limit", "-1"],
    ["--search", ""],
    ["--after", "x"],
  ])
    expect((await admin("grant", "list", ...wrong)).exitCode, wrong.join(" ")).toBe(2);
  expect((await admin("person", "list", "--organisation", "赤村")).complaint).toContain("no organisation 赤村");
  const bare = await admin("person", "list", "--after", "shokuin00001");
  expect([bare.exitCode, bare.complaint]).toEqual([1, expect.stringContaining("CODE/shokuin00001")]);
});

/** What happens to people, phones and PCs, at the command line: each says in numbers what it comes to, asks, and then does what the console does. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { rootCertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../signaling/cli/run.ts";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { addGrant } from "../../signaling/organisations/grants.ts";
import type { Login, TerminalId } from "../../signaling/protocol/ids.ts";
import { DATABASE_FILE } from "../../signaling/store/open.ts";
import { type Country, makeCountry } from "../support/console.ts";
import { makeStore, makeTerminal, type TestStore } from "../support/store.ts";

const SATO = "midori/sato" as Login;
const DAY_MS = 86_400_000;

let now: number;
let place: TestStore;
let country: Country;
let pc: TerminalId;
beforeEach(async () => {
  now = Date.now();
  place = await makeStore({ now: () => now });
  country = await makeCountry(place);
  pc = country.own.terminal;
  // any certificate will do: only its hash is used
  writeFileSync(ca(), rootCertificates[0] ?? "");
  await addGrant(place.desk, SATO, pc, null);
});
afterEach(() => place.close());
const ca = () => join(place.stateDir, "ca.pem");

/** `answer`: what whoever sits there says; without it nobody does. */
async function admin(args: readonly string[], answer?: string) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const asked: string[] = [];
  const exitCode = await run([...args], {
    environment: {
      ENGAWA_STATE_DIR: place.stateDir,
      ENGAWA_INSIDE_URL: "https://10.0.0.5:443",
      ENGAWA_TLS_CA: ca(),
    },
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
    readInput: async () => "",
    ...(answer !== undefined && {
      ask: async (question: string) => {
        asked.push(question);
        return answer;
      },
    }),
  });
  return { exitCode, text: printed.join("\n"), complaint: complaints.join("\n"), asked };
}
const json = async (...args: string[]) => {
  const { text, complaint } = await admin([...args, "--json"]);
  expect(complaint).toBe("");
  return JSON.parse(text) as Record<string, unknown>;
};
const person = (login: string) =>
  place.store.read((q) => q.people.byLogin(country.organisations.midori, login as Login));
const lastRecord = async () => {
  const row = (await place.store.read((q) => q.audit.after(0, 100_000))).at(-1);
  return { event: row?.event, about: JSON.parse(row?.about ?? "{}") as Record<string, unknown> };
};

describe("somebody leaves", () => {
  const leave = ["person", "leave", SATO, "--reason", "年度末の退職"];

  test("once whoever sits there has read what it comes to, and said yes", async () => {
    const { exitCode, text, asked } = await admin(leave, "yes");
    expect([exitCode, asked]).toEqual([0, ["Do it? (yes/no) "]]);
    for (const line of ["0 session(s) end", "1 device(s) removed", "1 grant(s) end", "1 office PC(s) told to forget"])
      expect(text).toContain(line);
    expect(await person("sato")).toMatchObject({ disabledAt: expect.any(Number) });
    expect(await lastRecord()).toMatchObject({ event: "person.left", about: { reason: "年度末の退職", grants: 1 } });
  });

  test.each(["no", "", "いいえ"])("not if they say %j", async (answer) => {
    const { exitCode, complaint, text } = await admin(leave, answer);
    expect([exitCode, complaint]).toEqual([1, "nothing was done"]);
    expect(text).toContain("1 grant(s) end");
    expect(await person("sato")).toMatchObject({ disabledAt: null });
  });

  test("where nobody can be asked only with --yes, which says the numbers all the same", async () => {
    for (const args of [leave, [...leave, "--json"]]) {
      const { exitCode, complaint } = await admin(args);
      expect([exitCode, complaint]).toEqual([1, "nothing was done: nobody can be asked here; say --yes"]);
    }
    expect(await person("sato")).toMatchObject({ disabledAt: null });
    expect(await json(...leave, "--yes")).toMatchObject({ login: SATO, effect: { grants: 1, devices: 1 } });
    expect(await person("sato")).toMatchObject({ disabledAt: expect.any(Number) });
    expect((await admin([...leave, "--yes"])).complaint).toContain("disabled already");
  });

  test("nobody is asked about somebody who is not there", async () => {
    const { exitCode, asked, complaint } = await admin(["person", "leave", "nobody"], "yes");
    expect([exitCode, asked]).toEqual([1, []]);
    expect(complaint).toContain("there is nobody with the login nobody");
  });
});

test("a transfer keeps what is to be kept, and gives what is new", async () => {
  const second = await makeTerminal(place, { name: "会議室", organisation: "緑市", grantedTo: [SATO] });
  await place.store.write((q) => q.terminals.setDivision(second, country.divisions.soumu));
  await addDivision(place.desk, "徴収係", { organisation: "midori", division: "税務課" });
  const add = country["other division"].terminal;
  const args = ["person", "transfer", SATO, "--division", "税務課/徴収係", "--keep", second, "--add", add];
  const { text, exitCode } = await admin(args, "y");
  expect(exitCode).toBe(0);
  expect(text).toMatch(/midori\/sato goes to 税務課\/徴収係\.[\s\S]*1 grant\(s\) end[\s\S]*1 office PC\(s\) granted/);
  const grants = await place.store.read((q) => q.terminals.grantsOf({ person: country.own.person.id }));
  expect(grants.map(({ terminalId }) => terminalId).sort()).toEqual([second, add].sort());
});

test("a lost phone: its codes are void at once, and the next ones are shown once", async () => {
  const before = await person("sato");
  const { exitCode, text } = await admin(["person", "lost-phone", SATO, "--yes"]);
  expect(exitCode).toBe(0);
  expect(text).toContain("otpauth://totp/");
  expect((await person("sato"))?.totpSeed).not.toBe(before?.totpSeed);
  expect(await lastRecord()).toMatchObject({ event: "person.phone-lost" });
});

test("a lost home PC is out, and the office PCs that know it are to forget it", async () => {
  const { code } = country.own.person.device;
  const done = await json("device", "lost", code, "--login", SATO, "--yes", "--reason", "電車に置き忘れた");
  expect(done).toMatchObject({ code, effect: { devices: 1, forgets: 1, people: 1 } });
  expect(await lastRecord()).toMatchObject({
    event: "device.lost",
    about: { reason: "電車に置き忘れた", terminals: 1 },
  });
});

test("a replaced office PC hands on its grants, and its successor gets a token", async () => {
  const done = await json("terminal", "replace", pc, "--name", "新しい PC", "--yes");
  expect(done).toMatchObject({ replaced: pc, name: "新しい PC", effect: { people: 1, terminals: 1 } });
  expect(done["token"]).toMatch(/^engawa1\./);
  const grants = await place.store.read((q) => q.terminals.grantsOf({ person: country.own.person.id }));
  expect(grants.map(({ terminalId }) => terminalId)).toEqual([done["terminal"]]);
});

test("of two PCs with one key each gets a token of its own", async () => {
  expect((await admin(["terminal", "settle", pc, "--name", "もう一台", "--yes"])).complaint).toContain("not set aside");
  const set = { terminalId: pc, organisationId: country.organisations.midori, at: now, first: "a", second: "b" };
  await place.store.write((q) => q.terminals.setAside(set));
  const { own, other } = (await json("terminal", "settle", pc, "--name", "もう一台", "--yes")) as Record<
    "own" | "other",
    Record<string, string>
  >;
  expect([own["terminal"], other["name"]]).toEqual([pc, "もう一台"]);
  expect(own["token"]).not.toBe(other["token"]);
});

describe("what was not seen for long", () => {
  test("is listed; those that were seen, and what is new, is not", async () => {
    expect((await admin(["person", "unseen", "--days", "30"])).text).toBe("(none)");
    expect((await admin(["terminal", "unseen"])).text).toBe("(none)");
    age(100);
    await place.store.write((q) => q.terminals.seen(pc, now));
    const { text } = await admin(["terminal", "unseen"]);
    expect(text).toContain(country["other division"].terminal);
    expect(text).not.toContain(pc);
    expect((await admin(["terminal", "unseen", "--days", "101"])).text).toBe("(none)");
    expect((await admin(["person", "unseen"])).text).toContain(SATO);
    const rows = (await admin(["device", "unseen", "--json"])).text.split("\n").map((line) => JSON.parse(line));
    expect(rows).toHaveLength(4);
    expect(rows).toContainEqual(expect.objectContaining({ whose: SATO, code: country.own.person.device.code }));
    expect((await admin(["person", "unseen", "--days", "x"])).exitCode).toBe(2);
  });

  test("is stopped with one action, after asking", async () => {
    age(100);
    const args = ["person", "unseen", "--days", "90", "--disable", "--reason", "棚卸し"];
    expect((await admin(args, "no")).complaint).toBe("nothing was done");
    expect(await person("sato")).toMatchObject({ disabledAt: null });
    const { text } = await admin(args, "yes");
    expect(text).toMatch(/people who have not signed in for 90 days: 4 to disable\.[\s\S]*Done: 4 disabled\./);
    expect(await person("sato")).toMatchObject({ disabledAt: expect.any(Number) });
    expect(await lastRecord()).toMatchObject({ event: "person.disabled", about: { reason: "棚卸し" } });
    expect((await admin(["device", "unseen", "--remove", "--yes"])).text).toContain("Done: 4 removed.");
    expect((await admin(["terminal", "unseen", "--disable"], "yes")).text).toContain("see the console");
    expect((await admin(["terminal", "unseen"])).text).toBe("(none)");
  });

  /** As if all that there is were so many days old. */
  function age(days: number): void {
    const database = new DatabaseSync(join(place.stateDir, DATABASE_FILE));
    const then = now - days * DAY_MS;
    database.exec(`update people set created_at = ${then}`);
    database.exec(`update terminals set created_at = ${then}, last_seen_at = null`);
    database.exec(`update devices set approved_at = ${then}, last_used_at = null`);
    database.close();
  }
});

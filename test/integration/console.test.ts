/** The console over HTTP, on a real store: who gets in, what they see, and what they do there. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { giveDuty, takeDuty } from "../../signaling/organisations/duties.ts";
import { addGrant } from "../../signaling/organisations/grants.ts";
import { setLock } from "../../signaling/organisations/locks.ts";
import { setOrganisationCode } from "../../signaling/organisations/organisations.ts";
import { disablePerson } from "../../signaling/organisations/people.ts";
import { ITEMS, ItemAnswer, LISTS, type List, listAnswer, Self, Today } from "../../signaling/protocol/console.ts";
import { Done } from "../../signaling/protocol/console-acts.ts";
import { type Login, OrganisationCode, PersonId } from "../../signaling/protocol/ids.ts";
import { type Country, enter, enterWith, makeCountry } from "../support/console.ts";
import {
  askConsole,
  CONSOLE_COOKIE,
  COOKIE,
  cookieOf,
  type HttpServer,
  send,
  startHttpServer,
  trySignIn,
} from "../support/http-server.ts";
import { makePerson, makeStore, type TestPerson, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

let at = 1_800_000_000_000;
let place: TestStore;
let server: HttpServer;
let country: Country;
beforeEach(async () => {
  at = 1_800_000_000_000;
  place = await makeStore({ now: () => at });
  country = await makeCountry(place);
  server = await startHttpServer(place, { now: () => at });
});
afterEach(async () => {
  await server.close();
  await place.close();
});

const WHOLE_TOWN = { organisation: "midori" };
const list = async (cookie: string, name: List, query = "") => {
  const answer = await askConsole(server, cookie, "GET", `/console/lists/${name}${query}`);
  expect(answer.status, answer.text).toBe(200);
  return listAnswer(name).parse(answer.json) as {
    rows: Record<string, unknown>[];
    next?: string;
    total: number;
    counts: Record<string, number>;
  };
};
const logins = async (cookie: string, query = "") =>
  (await list(cookie, "people", query)).rows.map((row) => row["login"]);
const act = (cookie: string, body: object) =>
  askConsole(server, cookie, "POST", "/console/acts", { reason: "異動のため", ...body });
const lastRecord = async () => {
  const rows = await place.store.read((q) => q.audit.after(0, 100_000));
  const { event, actor, about } = rows.at(-1) ?? {};
  return { event, actor, about: JSON.parse(about ?? "{}") as Record<string, unknown> };
};
/** The next code of their authenticator. */
const nextCode = (person: TestPerson): string => {
  at += 30_000;
  return person.codeAt(at);
};

describe("signing in", () => {
  test("is for who has a duty; the others get the answer that a wrong password gets", async () => {
    const { person } = country.own;
    const attempt = { ...person, organisation: "midori", code: person.codeAt(at), console: true };
    const refused = await trySignIn(server, attempt);
    expect(refused.status).toBe(401);
    const wrong = await trySignIn(server, { ...attempt, password: "wrong-password" });
    expect(refused.json).toEqual(wrong.json);
    await giveDuty(place.desk, "midori/sato" as Login, "manager", WHOLE_TOWN);
    expect((await trySignIn(server, attempt)).status).toBe(200);
  });

  test("a browser of somebody without a duty does not wait for approval", async () => {
    const { person } = country.own;
    const stranger = country["other division"].person.device;
    await trySignIn(server, {
      ...person,
      device: stranger,
      organisation: "midori",
      code: person.codeAt(at),
      console: true,
    });
    expect(await place.store.read((q) => q.devices.pendingOf(person.id, at))).toEqual([]);
  });

  test("a cookie of one door counts for nothing at the other", async () => {
    const { person, cookie } = await enterWith(server, place, "administrator");
    const token = cookie.split("=")[1] ?? "";
    const me = (cookieName: string, value: string) => ({
      Cookie: `${cookieName}=${value}`,
      "Sec-Fetch-Site": "same-origin",
    });
    const outside = await send(server.outsidePort, "GET", "/api/me", { headers: me(COOKIE, token) });
    expect(outside.json).toMatchObject({ signedOut: true });
    const atPage = await trySignIn(server, { ...person, organisation: "midori", code: nextCode(person) });
    const staffToken = cookieOf(atPage).split("=")[1] ?? "";
    const there = await send(server.consolePort, "GET", "/api/me", { headers: me(CONSOLE_COOKIE, staffToken) });
    expect(there.json).toMatchObject({ signedOut: true });
    expect((await askConsole(server, `${CONSOLE_COOKIE}=${staffToken}`, "GET", "/console/today")).status).toBe(401);
    expect((await askConsole(server, cookie, "GET", "/console/today")).status).toBe(200);
  });

  test("a duty that was taken away counts no more at once", async () => {
    const { person, cookie } = await enterWith(server, place, "administrator", WHOLE_TOWN);
    expect((await askConsole(server, cookie, "GET", "/console/today")).status).toBe(200);
    await takeDuty(place.desk, `midori/${person.login}` as Login, "administrator", WHOLE_TOWN);
    for (const path of ["/console/today", "/console/self", "/console/lists/people"])
      expect((await askConsole(server, cookie, "GET", path)).json).toMatchObject({ code: "FORBIDDEN" });
  });

  test("who has to choose a password does that first", async () => {
    const person = await makePerson(place, { login: "new", organisation: "緑市", mustChange: true });
    await giveDuty(place.desk, "midori/new" as Login, "administrator", WHOLE_TOWN);
    const cookie = await enter(server, place, person);
    expect((await askConsole(server, cookie, "GET", "/console/today")).json).toMatchObject({
      code: "PASSWORD_CHANGE_REQUIRED",
    });
    const changed = await askConsole(server, cookie, "POST", "/password", { newPassword: "veranda-7-summer" });
    expect((await askConsole(server, cookieOf(changed), "GET", "/console/today")).status).toBe(200);
  });

  test("a request that is not said to come from the console's page is refused, reading included", async () => {
    const { cookie } = await enterWith(server, place, "administrator");
    for (const headers of [{}, { "Sec-Fetch-Site": "same-site" }, { "Sec-Fetch-Site": "none" }])
      expect(
        (await send(server.consolePort, "GET", "/api/console/today", { headers: { Cookie: cookie, ...headers } }))
          .status,
      ).toBe(403);
  });
});

describe("lists", () => {
  test("every list answers as the contract says, and so does each of its things", async () => {
    await addGrant(place.desk, "midori/sato" as Login, country.own.terminal, at + 1_000);
    const [what, end] = [{ kind: "person", who: "midori/suzuki" as Login }, at + 1_000] as const;
    await setLock({ ...place.desk, reason: "紛失" }, what, end);
    const { cookie } = await enterWith(server, place, "administrator", WHOLE_TOWN);
    for (const name of LISTS) {
      const { rows } = await list(cookie, name);
      expect(rows.length, name).toBeGreaterThan(name === "sessions" ? -1 : 0);
      for (const row of rows) {
        ITEMS[name].parse(row);
        const answer = await askConsole(server, cookie, "GET", `/console/items/${name}/${row["id"]}`);
        expect(answer.status, `${name} ${row["id"]} ${answer.text}`).toBe(200);
        const { item } = ItemAnswer.parse(answer.json);
        expect(item).toEqual(row);
      }
    }
    Today.parse((await askConsole(server, cookie, "GET", "/console/today")).json);
    Self.parse((await askConsole(server, cookie, "GET", "/console/self")).json);
  });

  test("show what is in reach and nothing else", async () => {
    const seen = async (role: Parameters<typeof enterWith>[2], where?: object) => {
      const { cookie } = await enterWith(server, place, role, where);
      return (await logins(cookie)).filter((login) => ["sato", "suzuki", "takada", "hara"].includes(String(login)));
    };
    expect(await seen("administrator")).toEqual(["sato"]);
    expect(await seen("manager")).toEqual(["sato"]);
    expect(await seen("administrator", WHOLE_TOWN)).toEqual(["sato", "suzuki"]);
    expect(await seen("prefecture")).toEqual(["sato", "suzuki", "takada"]);
    expect(await seen("operator")).toEqual(["hara", "sato", "suzuki", "takada"]);
  });

  test("are searched whatever the width, the kana and the case, in names of divisions and organisations too", async () => {
    const { cookie } = await enterWith(server, place, "operator");
    expect(await logins(cookie, `?q=${encodeURIComponent("ＳＡＴＯ")}`)).toEqual(["sato"]);
    expect(await logins(cookie, `?q=${encodeURIComponent("税務 suzu")}`)).toEqual(["suzuki"]);
    expect(await logins(cookie, `?q=${encodeURIComponent("組織:桜")}`)).toEqual(["takada"]);
    expect(await logins(cookie, `?q=${encodeURIComponent("所属:桜")}`)).toEqual([]);
    expect(await logins(cookie, `?q=${encodeURIComponent("sat%")}`)).toEqual([]);
    expect(await logins(cookie, `?q=${encodeURIComponent("s_to")}`)).toEqual([]);
  });

  test("an organisation is found by its new code, and no longer by the former one", async () => {
    const { cookie } = await enterWith(server, place, "operator");
    await setOrganisationCode(place.desk, "sakura", OrganisationCode.parse("hana"));
    expect(await logins(cookie, `?q=${encodeURIComponent("団体:hana")}`)).toEqual(["takada"]);
    expect(await logins(cookie, `?q=${encodeURIComponent("団体:sakura")}`)).toEqual([]);
  });

  test("count each state, and show one", async () => {
    const { cookie } = await enterWith(server, place, "administrator", WHOLE_TOWN);
    await disablePerson(place.desk, "midori/suzuki" as Login);
    const found = await list(cookie, "people", "?state=disabled");
    expect(found.rows.map((row) => row["login"])).toEqual(["suzuki"]);
    expect(found).toMatchObject({ total: 1, counts: { disabled: 1, active: 1, "no-code-yet": 1 } });
  });

  test("what a query may not be is refused", async () => {
    const { cookie } = await enterWith(server, place, "administrator");
    for (const query of ["?sort=password-hash", "?state=x", "?limit=101", "?after=abc", "?q=a&q=b", "?x=1", "?auto=2"])
      expect((await askConsole(server, cookie, "GET", `/console/lists/people${query}`)).status, query).toBe(400);
    expect((await askConsole(server, cookie, "GET", "/console/lists/passwords")).status).toBe(404);
    expect((await askConsole(server, cookie, "GET", "/console/lists/audit")).status).toBe(200);
    const { cookie: manager } = await enterWith(server, place, "manager");
    expect((await askConsole(server, manager, "GET", "/console/lists/audit")).status).toBe(403);
  });
});

test("what the page asks for by itself is no use of the sign-in; what somebody opens is", async () => {
  const idle = await enterWith(server, place, "administrator");
  const busy = await enterWith(server, place, "administrator");
  const lastUse = async ({ person }: typeof idle) => {
    const [id = ""] = await place.store.read((q) => q.signIns.openOf(person.id, at));
    return (await place.store.read((q) => q.signIns.standing([id])))[0]?.lastUsedAt;
  };
  const before = at;
  at += 5 * 60_000;
  const path = `/console/items/people/${country.own.person.id}`;
  for (const asked of [`${path}?auto=1`, "/console/lists/people?auto=1", "/console/today", "/console/self"])
    expect((await askConsole(server, idle.cookie, "GET", asked)).status, asked).toBe(200);
  expect((await askConsole(server, busy.cookie, "GET", path)).status).toBe(200);
  await until("uses are written, all together", async () => (await lastUse(busy)) === at);
  expect(await lastUse(idle)).toBe(before);
  expect((await askConsole(server, idle.cookie, "GET", `${path}?x=1`)).status).toBe(400);
});

describe("acts", () => {
  test("are recorded with who did it and why", async () => {
    const { person, cookie } = await enterWith(server, place, "administrator");
    const done = await act(cookie, { type: "people.sign-out", person: country.own.person.id });
    expect(done.json).toEqual({});
    expect(await lastRecord()).toMatchObject({
      event: "person.signed-out",
      actor: `person:midori/${person.login}`,
      about: { login: "sato", reason: "異動のため" },
    });
    const { type, person: whom } = { type: "people.sign-out", person: country.own.person.id };
    expect((await askConsole(server, cookie, "POST", "/console/acts", { type, person: whom })).status).toBe(400);
  });

  test("what is dangerous needs a code of its own: not none, not the one of the sign-in, not one twice", async () => {
    const { person, cookie } = await enterWith(server, place, "administrator");
    const disable = { type: "people.disable", person: country.own.person.id };
    const refused = [
      await act(cookie, disable),
      await act(cookie, { ...disable, code: person.codeAt(at) }),
      await act(cookie, { ...disable, code: "000000" }),
    ];
    for (const { status, json } of refused)
      expect([status, json]).toEqual([403, expect.objectContaining({ code: "CODE_NEEDED" })]);
    expect((await lastRecord()).event).toBe("console.code-refused");
    const code = nextCode(person);
    expect((await act(cookie, { ...disable, code })).status).toBe(200);
    expect((await act(cookie, { type: "password.set", person: country.own.person.id, code })).json).toMatchObject({
      code: "CODE_NEEDED",
    });
    const row = await place.store.read((q) => q.people.byId(country.own.person.id));
    expect(row?.disabledAt).not.toBeNull();
  });

  test("wrong codes are slowed down as wrong sign-ins are", async () => {
    const { cookie } = await enterWith(server, place, "administrator");
    const answers: number[] = [];
    for (let i = 0; i < 7; i += 1)
      answers.push((await act(cookie, { type: "otp.reset", person: country.own.person.id, code: "000000" })).status);
    expect(answers).toEqual([403, 403, 403, 403, 403, 429, 429]);
  });

  test("a code is not used up by what is refused anyway", async () => {
    const { person, cookie } = await enterWith(server, place, "administrator");
    const code = nextCode(person);
    const far = await act(cookie, { type: "people.disable", person: country["other division"].person.id, code });
    expect(far.status).toBe(404);
    expect((await act(cookie, { type: "people.disable", person: country.own.person.id, code })).status).toBe(200);
  });

  test("say what they would do, and what cannot be done", async () => {
    const { cookie } = await enterWith(server, place, "administrator");
    const { person, terminal } = country.own;
    await trySignIn(server, { ...person, organisation: "midori", code: person.codeAt(at) });
    const disable = { type: "people.disable", person: person.id, reason: "-" };
    const effect = await askConsole(server, cookie, "POST", "/console/effect", disable);
    expect(effect.json).toEqual({ sessions: 0, signIns: 1, people: 1, terminals: 0 });
    const again = await act(cookie, { type: "terminal.enable", terminal });
    expect([again.status, again.json]).toEqual([409, expect.objectContaining({ code: "ACT_REFUSED" })]);
  });

  test("what is made is shown once: a person's password, an office PC's token", async () => {
    const { cookie } = await enterWith(server, place, "administrator");
    const { midori } = country.organisations;
    const where = { organisation: midori, division: country.divisions.soumu };
    const made = await act(cookie, { type: "people.add", login: "mori", name: "森 一郎", ...where });
    expect(made.json).toMatchObject({
      id: expect.any(String),
      password: expect.any(String),
      otpauth: expect.stringContaining("otpauth://"),
    });
    const pc = await act(cookie, { type: "terminal.add", name: "総務部 7", ...where });
    expect(pc.json).toMatchObject({ token: expect.stringMatching(/^engawa1\./) });
    expect(await logins(cookie, "?q=mori")).toEqual(["mori"]);
    expect((await act(cookie, { type: "people.add", login: "hayashi", name: "林", organisation: midori })).status).toBe(
      404,
    );
  });

  test("first letters are made for who never came in, each with a record, and what was handed out before is void", async () => {
    const { person, cookie } = await enterWith(server, place, "administrator");
    const where = { organisation: country.organisations.midori, division: country.divisions.soumu };
    const added: { id: string; password: string }[] = [];
    for (const login of ["mori", "hayashi"])
      added.push((await act(cookie, { type: "people.add", login, name: login, ...where })).json as (typeof added)[0]);
    const known = country.own.person;
    await trySignIn(server, { ...known, organisation: "midori", code: known.codeAt(at) });
    const people = [...added.map(({ id }) => id), known.id];
    const wish = { type: "people.letters", people };
    const effect = await askConsole(server, cookie, "POST", "/console/effect", { ...wish, reason: "-" });
    expect(effect.json).toMatchObject({ people: 2, sessions: 0, signIns: 0 });
    expect((await act(cookie, wish)).json).toMatchObject({ code: "CODE_NEEDED" });
    const before = (await place.store.read((q) => q.audit.last()))?.seq ?? 0;
    const { letters, noLetter } = Done.parse((await act(cookie, { ...wish, code: nextCode(person) })).json);
    expect(noLetter).toEqual([known.id]);
    expect(letters?.map(({ person: { login }, organisation }) => [login, organisation.code])).toEqual([
      ["mori", "midori"],
      ["hayashi", "midori"],
    ]);
    const records = await place.store.read((q) => q.audit.after(before, 10));
    expect(records.map(({ event, about }) => [event, (JSON.parse(about) as { login: string }).login])).toEqual([
      ["person.letter-made", "mori"],
      ["person.letter-made", "hayashi"],
    ]);
    expect(JSON.stringify(records)).not.toContain(letters?.[0]?.password);
    const row = await place.store.read((q) => q.people.byId(PersonId.parse(added[0]?.id)));
    expect(row?.mustChange).toBe(1);
    expect(await server.passwords.verify(row?.passwordHash, added[0]?.password ?? "", "proven")).toBe(false);
    expect(await server.passwords.verify(row?.passwordHash, letters?.[0]?.password ?? "", "proven")).toBe(true);
  });

  test("a letter for somebody out of reach makes none at all; nor do a name twice and a hundred and one", async () => {
    const { cookie, person } = await enterWith(server, place, "administrator");
    const made = await act(cookie, {
      ...{ type: "people.add", login: "mori", name: "森" },
      ...{ organisation: country.organisations.midori, division: country.divisions.soumu },
    });
    const { id } = made.json as { id: string };
    const before = await lastRecord();
    const far = [id, country["other division"].person.id];
    expect((await act(cookie, { type: "people.letters", people: far, code: nextCode(person) })).status).toBe(404);
    const many = Array.from({ length: 101 }, () => randomUUID());
    for (const people of [[id, id], many, []])
      expect((await act(cookie, { type: "people.letters", people, code: "123456" })).status).toBe(400);
    expect(await lastRecord()).toEqual(before);
  });

  test("the hub hears at once whose rights changed", async () => {
    const { cookie } = await enterWith(server, place, "administrator");
    await act(cookie, { type: "people.sign-out", person: country.own.person.id });
    expect(server.events).toContainEqual({
      type: "records-changed",
      changes: [{ kind: "person", subject: country.own.person.id }],
    });
  });
});

describe("with two persons", () => {
  test("one asks, another one confirms", async () => {
    await server.close();
    server = await startHttpServer(place, { now: () => at, twoPersons: new Set(["otp.reset"]) });
    const first = await enterWith(server, place, "administrator");
    const second = await enterWith(server, place, "manager");
    const asked = await act(first.cookie, {
      type: "otp.reset",
      person: country.own.person.id,
      code: nextCode(first.person),
    });
    const { confirmation } = asked.json as { confirmation: string };
    const open = async (cookie: string) =>
      Today.parse((await askConsole(server, cookie, "GET", "/console/today")).json).confirmations;
    const where = { id: country.organisations.midori, code: expect.any(String), name: expect.any(String) };
    expect(await open(first.cookie)).toMatchObject([{ id: confirmation, organisation: where, mayConfirm: false }]);
    expect(await open(second.cookie)).toMatchObject([{ id: confirmation, mayConfirm: true }]);
    const confirm = { type: "confirmation.confirm", confirmation };
    const own = await act(first.cookie, { ...confirm, code: nextCode(first.person) });
    expect(own.json).toMatchObject({ code: "FORBIDDEN" });
    expect((await act(second.cookie, confirm)).json).toMatchObject({ code: "CODE_NEEDED" });
    const done = await act(second.cookie, { ...confirm, code: second.person.codeAt(at) });
    expect(done.json).toMatchObject({ otpauth: expect.stringContaining("otpauth://") });
    expect(await open(second.cookie)).toEqual([]);
  });
});

/** Two organisations on one server, with the same login in both. Over real HTTP. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { Me } from "../../signaling/protocol/api.ts";
import { Login, OrganisationCode } from "../../signaling/protocol/ids.ts";
import { signInText } from "../../signaling/protocol/signed.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { cookieOf, type HttpServer, send, startHttpServer, trySignIn } from "../support/http-server.ts";
import { makeDevice, makePerson, makeStore, type TestPerson, type TestStore } from "../support/store.ts";

const at = 1_800_000_000_000;
const [MIDORI, SAKURA] = ["midori", "sakura"].map((code) => OrganisationCode.parse(code)) as [
  OrganisationCode,
  OrganisationCode,
];

let place: TestStore;
let server: HttpServer;
let mine: TestPerson;
let theirs: TestPerson;

beforeEach(async () => {
  place = await makeStore({ now: () => at });
  server = await startHttpServer(place, { now: () => at });
  await addOrganisation(place.desk, "緑市", { code: MIDORI });
  mine = await makePerson(place);
  await addOrganisation(place.desk, "桜町", { code: SAKURA });
  theirs = await makePerson(place, { organisation: "桜町" });
});
afterEach(async () => {
  await server.close();
  await place.close();
});

const attempt = (person: TestPerson, organisation?: string) => ({
  organisation,
  login: person.login,
  password: person.password,
  code: person.codeAt(at),
  device: person.device,
});
const me = async (cookie?: string) =>
  (await send(server.outsidePort, "GET", "/api/me", { headers: cookie ? { Cookie: cookie } : {} })).json;
const records = () => place.store.read((q) => q.audit.after(0, 1_000));

describe("two organisations", () => {
  test("each gets in to their own, and to no other", async () => {
    const midori = await trySignIn(server, attempt(mine, MIDORI));
    expect(Me.parse(midori.json)).toMatchObject({ login: "sato", organisation: "緑市" });
    expect((await trySignIn(server, attempt(theirs, MIDORI))).status).toBe(401);
    const sakura = await trySignIn(server, attempt(theirs, SAKURA));
    expect(Me.parse(sakura.json)).toMatchObject({ login: "sato", organisation: "桜町" });
    const rows = (await records()).filter(({ event }) => event === "sign-in.accepted");
    const ids = await place.store.read(async (q) => [
      (await q.people.byId(mine.id))?.organisationId,
      (await q.people.byId(theirs.id))?.organisationId,
    ]);
    expect(rows.map(({ organisationId, actor }) => [organisationId, actor])).toEqual(
      ids.map((id) => [id, "person:sato"]),
    );
  });

  test("the page is told that a code is needed, and no name; signed in too", async () => {
    expect(await me()).toEqual({ signedOut: true, asksOrganisation: true });
    const cookie = cookieOf(await trySignIn(server, attempt(mine, MIDORI)));
    expect(await me(cookie)).toMatchObject({ login: "sato", asksOrganisation: true });
  });

  test("an unknown code, none, and an unknown person are answered alike", async () => {
    const stranger = await makeDevice();
    const answers = [
      await trySignIn(server, attempt(mine, "nowhere")),
      await trySignIn(server, attempt(mine)),
      await trySignIn(server, { ...attempt(mine, MIDORI), login: "nobody" }),
      await trySignIn(server, { ...attempt(mine, MIDORI), password: "another password" }),
      await trySignIn(server, { ...attempt(mine, SAKURA), device: stranger }),
    ];
    const seen = answers.map(({ status, text, headers }) => [status, text, Object.keys(headers).sort()]);
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(seen[0]?.[0]).toBe(401);
    const [unknown, none] = (await records()).filter(({ event }) => event === "sign-in.refused");
    expect(unknown?.organisationId).toBeNull();
    expect(JSON.parse(unknown?.about ?? "")).toMatchObject({ organisation: "nowhere", login: "sato" });
    expect(JSON.parse(unknown?.about ?? "").faults).toMatch(/^organisation person /);
    expect(JSON.parse(none?.about ?? "")).not.toHaveProperty("organisation");
  });

  test("the same work is done for an unknown code as for an unknown person: as many questions, one password", async () => {
    const work = async (organisation: string | undefined, login: string) => {
      const verified: unknown[] = [];
      const verify = server.passwords.verify.bind(server.passwords);
      server.passwords.verify = (...args) => {
        verified.push(args[0]);
        return verify(...args);
      };
      const before = questions.length;
      await trySignIn(server, { ...attempt(mine, organisation), login });
      server.passwords.verify = verify;
      return { questions: questions.slice(before), verified: verified.length };
    };
    const { questions, restore } = watchQuestions(place);
    const unknownPerson = await work(MIDORI, "nobody");
    const unknownCode = await work("nowhere", "nobody");
    const noCode = await work(undefined, "nobody");
    restore();
    expect(unknownPerson.questions.length).toBeGreaterThan(3);
    expect(unknownCode).toEqual(unknownPerson);
    expect(noCode).toEqual(unknownPerson);
  });

  test("who is kept out of one organisation is not kept out of the other", async () => {
    const unregistered = await makeDevice();
    const wrong = { ...attempt(mine, SAKURA), password: "another password", device: unregistered };
    const answers = [];
    for (let i = 0; i < 12; i += 1) answers.push((await trySignIn(server, wrong)).status);
    expect(answers).toContain(429);
    const own = { ...attempt(mine, MIDORI), device: unregistered };
    expect((await trySignIn(server, own)).status).toBe(401); // waits for approval, and was looked at
  });

  test("leaving the code out and giving it is counted as the same login where there is one organisation", async () => {
    const single = await makeStore({ now: () => at });
    const one = await startHttpServer(single, { now: () => at });
    const person = await makePerson(single);
    const code = (await single.store.read((q) => q.organisations.page(EVERYTHING, { limit: 10 })))[0]?.code;
    const device = await makeDevice();
    const statuses = [];
    for (let i = 0; i < 12; i += 1) {
      const organisation = i % 2 ? code : undefined;
      statuses.push((await trySignIn(one, { ...attempt(person, organisation), device, password: "no" })).status);
    }
    expect(statuses.slice(10)).toEqual([429, 429]);
    expect((await trySignIn(one, attempt(person, code))).status).toBe(200);
    expect((await send(one.outsidePort, "GET", "/api/me")).json).toEqual({ signedOut: true });
    await one.close();
    await single.close();
  });

  test("the device signs for which organisation", async () => {
    const o = { challenge: "c", origin: "https://a", login: Login.parse("sato") };
    expect(
      new Set([signInText(o), ...[MIDORI, SAKURA].map((organisation) => signInText({ ...o, organisation }))]).size,
    ).toBe(3);
    const { challenge } = (
      await send(server.outsidePort, "POST", "/api/sign-in/challenge", { headers: { Origin: server.origin } })
    ).json as { challenge: string };
    const { organisation, login, password, code } = attempt(mine, MIDORI);
    const signature = await mine.device.sign(signInText({ challenge, origin: server.origin, login }));
    const body = { organisation, login, password, code, deviceKey: mine.device.publicKey, challenge, signature };
    const answer = await send(server.outsidePort, "POST", "/api/sign-in", { headers: { Origin: server.origin }, body });
    expect(answer.status).toBe(401);
  });
});

/** The names of the questions that are asked of the store, in their order. */
function watchQuestions({ store }: TestStore): { questions: string[]; restore: () => void } {
  const questions: string[] = [];
  const watched = (q: object): object =>
    new Proxy(q, {
      get: (topics, topic) => {
        const asked = Reflect.get(topics, topic) as object;
        return new Proxy(asked, {
          get: (target, name) => {
            const question: unknown = Reflect.get(target, name, target);
            if (typeof question !== "function") return question;
            questions.push(`${String(topic)}.${String(name)}`);
            return question.bind(target);
          },
        });
      },
    });
  const { read, write } = store;
  const own = store as { -readonly [K in keyof typeof store]: (typeof store)[K] };
  own.read = (work) => read.call(store, (q) => work(watched(q) as typeof q)) as never;
  own.write = (work) => write.call(store, (q) => work(watched(q) as typeof q)) as never;
  return { questions, restore: () => Object.assign(own, { read: read.bind(store), write: write.bind(store) }) };
}

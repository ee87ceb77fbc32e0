/** Mails to who looks after something, through a real mail server: one each morning, at once where a hand is needed, none to who silenced them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { appendAudit } from "../../signaling/audit/chain.ts";
import { Notices, type NoticesParts } from "../../signaling/console/notices.ts";
import { Sessions } from "../../signaling/hub/sessions.ts";
import { createLog } from "../../signaling/log.ts";
import { Mails } from "../../signaling/mail/mails.ts";
import { applyForIds, approveWave } from "../../signaling/organisations/applications.ts";
import { declareEvent } from "../../signaling/organisations/events.ts";
import { issueToken } from "../../signaling/organisations/terminals.ts";
import { NoticesView } from "../../signaling/protocol/console-notices.ts";
import { type OrganisationId, type PersonId, RequestId, SessionId } from "../../signaling/protocol/ids.ts";
import { MailAddress } from "../../signaling/protocol/mail-address.ts";
import { type Country, enter, enterWith, makeCountry } from "../support/console.ts";
import { askConsole, type HttpServer, startHttpServer } from "../support/http-server.ts";
import { startMailServer, type TestMailServer } from "../support/mail-server.ts";
import { makeDevice, makeStore, type TestPerson, type TestStore } from "../support/store.ts";

const log = createLog({ level: "silent" });
const at = (day: number, hour: number) => new Date(2027, 0, day, hour).getTime();
let now: number;
let place: TestStore;
let server: HttpServer;
let mailServer: TestMailServer;
let mails: Mails;
let notices: Notices;
let country: Country;
let midori: OrganisationId;
let cookie: string;
let person: TestPerson;
beforeEach(async () => {
  now = at(15, 7);
  place = await makeStore({ now: () => now });
  country = await makeCountry(place);
  midori = country.organisations.midori as OrganisationId;
  mailServer = await startMailServer();
  server = await startHttpServer(place, { now: () => now, mail: mailServer.server });
  ({ cookie, person } = await administrator("kanri@city.example"));
  mails = new Mails({ server: mailServer.server, log, counted: () => {}, now: () => now });
  notices = openNotices();
  await notices.look();
});
afterEach(async () => {
  await notices.close();
  await mails.close();
  await mailServer.close();
  await server.close();
  await place.close();
});

function openNotices(more: Partial<NoticesParts> = {}) {
  const presence = {
    ...{ agents: new Map(), sessions: new Sessions(), lockOrders: { keepers: () => new Map() } },
    policies: { online: [], has: () => true },
  } as unknown as NoticesParts["presence"];
  const parts = { store: place.store, outbox: mails, presence, url: "https://kanri.example:8443", log, now: () => now };
  return new Notices({ ...parts, ...more });
}

async function administrator(mail: string, where: object = { organisation: "midori" }) {
  const entered = await enterWith(server, place, "administrator", where);
  const address = MailAddress.parse(mail);
  await place.store.write((q) => q.people.setMail(entered.person.id as PersonId, address));
  return entered;
}
const happens = (event: "device.pending" | "audit.contradicted" | "sign-in.accepted", organisation = midori) =>
  place.store.write((q) =>
    appendAudit(q, { event, at: now, actor: "unknown", organisation, about: { login: "himitsu" } }),
  );
const look = async (hour: number, day = 15) => {
  now = at(day, hour);
  await notices.look();
};

test("one each morning from eight on, of what there is to look at, and without a name", async () => {
  await look(7);
  await look(8);
  await look(9);
  const [mail] = await mailServer.reached(1);
  expect(mail?.subject).toBe("【緑市】今朝のお知らせ（Engawa）");
  expect(mail?.headers["to"]).toContain("kanri@city.example");
  expect(mail?.text).toContain("つながっていないパソコン / office PCs that are not connected: ");
  expect(mail?.text).toContain("https://kanri.example:8443");
  // a server that was started anew does not say it again
  const again = openNotices();
  await again.look();
  await again.close();
  await look(8, 16);
  expect(await mailServer.reached(2)).toHaveLength(2);
});

test("says which terminal IDs end with their event, 7 days and 1 day before and on no other", async () => {
  now = at(2, 10);
  const declared = { name: "緊急事態宣言", basis: "emergency", lastDay: "2027-01-22" } as const;
  const event = await declareEvent(place.desk, declared);
  const application = await applyForIds(place.desk, {
    event,
    because: "在宅勤務のため",
    lines: [{ organisation: midori, count: 2 }],
  });
  await approveWave(place.desk, [application]);
  for (const name of ["防災 1", "防災 2"]) {
    const { terminal } = await issueToken(place.desk, { organisation: "midori", name });
    const { publicKey } = await makeDevice();
    await place.store.write((q) => q.terminals.enrol(terminal, publicKey, now));
  }
  for (const [index, day] of [15, 16, 21].entries()) {
    await look(8, day);
    await mailServer.reached(index + 1); // each goes its own way
  }
  const mails = await mailServer.reached(3);
  expect(mails.map(({ text }) => /terminal IDs that end in (\d) day\(s\): (\d)/.exec(text)?.slice(1))).toEqual([
    ["7", "2"],
    undefined,
    ["1", "2"],
  ]);
});

test("says how many worked longer yesterday than was approved, to who answers requests of theirs", async () => {
  const { own, "other division": other } = country;
  const ended = (thing: typeof own, liveHour: number, endHour: number, day = 14) =>
    place.store.write((q) =>
      q.sessions.insert(
        {
          ...{ id: SessionId.parse(crypto.randomUUID()), organisationId: midori, terminalId: thing.terminal },
          ...{ personId: thing.person.id, login: thing.person.login, personName: "職員", signInId: null },
          ...{ deviceKey: thing.person.device.publicKey, requestedAt: at(day, liveHour), liveAt: at(day, liveHour) },
          ...{ endedAt: at(day, endHour), reason: "viewer-left", lock: null, lockAt: null },
        },
        at(day, 17),
      ),
    );
  const until = at(14, 20);
  await place.store.write((q) =>
    q.requests.insert({
      ...{ id: RequestId.parse(crypto.randomUUID()), organisationId: midori, personId: own.person.id, answers: "[]" },
      ...{ kind: "overtime", purpose: "決算", terminalId: null, since: at(14, 17), until, expiresAt: until, needed: 1 },
      ...{ state: "approved", askedAt: at(14, 16), decidedAt: at(14, 16) },
    }),
  );
  await ended(own, 9, 19); // as approved
  await ended(other, 9, 17); // within hours
  await ended(other, 9, 21, 13); // the day before
  const count = async (mails: number) => {
    const all = await mailServer.reached(mails);
    return /than was approved: (\d+)/.exec(all.at(-1)?.text ?? "")?.[1];
  };
  await look(8);
  expect(await count(1)).toBeUndefined();
  await ended(own, 18, 21, 15);
  await ended(other, 18, 19, 15);
  await look(8, 16);
  expect(await count(2)).toBe("2");
  await administrator("zeimu@city.example", { organisation: "midori", division: "税務課" });
  await place.store.write((q) => q.people.setMail(person.id as PersonId, null));
  await ended(other, 18, 19, 16);
  await ended(own, 18, 21, 16);
  await look(8, 17);
  expect(await count(3)).toBe("1");
});

test("none where there is nothing to say; a module may have something of its own to say", async () => {
  const quiet = openNotices({ morning: [async () => []] });
  now = at(15, 8);
  await quiet.look();
  const own = openNotices({
    morning: [async () => [], async ({ principal }) => [`申請 ${principal.duties.length} 件`]],
  });
  now = at(16, 8);
  await own.look();
  const [mail, ...others] = await mailServer.reached(1);
  expect(others).toEqual([]);
  expect(mail?.text).toContain("・申請 1 件");
});

test("at once where a hand is needed: each kind once, to who may do something about it, and then not for a while", async () => {
  await administrator("sakura@city.example", { organisation: "sakura" });
  for (let times = 0; times < 3; times += 1) await happens("device.pending");
  await happens("audit.contradicted");
  await happens("sign-in.accepted");
  await look(7);
  const [mail, ...others] = await mailServer.reached(1);
  expect(others).toEqual([]);
  expect(mail?.headers["to"]).toContain("kanri@city.example");
  expect(mail?.text.match(/・/g)).toHaveLength(2);
  expect(mail?.text).not.toContain("himitsu");
  await happens("device.pending");
  now += 60_000;
  await notices.look();
  now += 10 * 60_000;
  await notices.look();
  expect(await mailServer.reached(2)).toHaveLength(2);
});

test("who silenced them gets none, and that they did is recorded", async () => {
  const view = async () => NoticesView.parse((await askConsole(server, cookie, "GET", "/console/notices")).json);
  expect(await view()).toEqual({ digest: true, atOnce: true });
  const wish = { digest: false, atOnce: false };
  expect((await askConsole(server, cookie, "POST", "/console/notices", wish)).json).toEqual(wish);
  expect(await place.store.read((q) => q.audit.last())).toMatchObject({ event: "person.notices-set" });
  await happens("device.pending");
  await look(8);
  cookie = await enter(server, place, person); // nobody was there for an hour
  await askConsole(server, cookie, "POST", "/console/notices", { digest: true, atOnce: false });
  await look(9);
  const [mail] = await mailServer.reached(1);
  expect(mail?.subject).toContain("今朝のお知らせ");
});

test("who has no address here is told that none are sent", async () => {
  ({ cookie } = await enterWith(server, place, "auditor", { organisation: "midori" }));
  expect((await askConsole(server, cookie, "GET", "/console/notices")).json).toMatchObject({ problem: "no-address" });
});

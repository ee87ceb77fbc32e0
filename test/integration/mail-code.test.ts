/** Codes for signing in that come by mail: a real server, a real mail server in a process of its own, and what is in its mailbox. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "../../signaling/audit/verify.ts";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { giveDuty } from "../../signaling/organisations/duties.ts";
import { setLock } from "../../signaling/organisations/locks.ts";
import { addPerson, disablePerson, setMail } from "../../signaling/organisations/people.ts";
import { policyView, setPolicy } from "../../signaling/organisations/policies.ts";
import { SERVER } from "../../signaling/organisations/policy-tree.ts";
import { Login } from "../../signaling/protocol/ids.ts";
import { MailAddress } from "../../signaling/protocol/mail-address.ts";
import { Own } from "../../signaling/protocol/own.ts";
import type { PolicyRules } from "../../signaling/protocol/policy.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { askMailCode, cookieOf, type HttpServer, send, startHttpServer, trySignIn } from "../support/http-server.ts";
import { mailServerAt, type ReceivedMail, startMailServer, type TestMailServer } from "../support/mail-server.ts";
import {
  makeDevice,
  makePerson,
  makeStore,
  registerDevice,
  type TestPerson,
  type TestStore,
} from "../support/store.ts";
import { until } from "../support/until.ts";

const ADDRESS = MailAddress.parse("sato.hanako@city.example");
const MINUTE_MS = 60_000;
const SAME = { status: 200, json: { validMinutes: 10 } };
const REFUSED = { status: 401, json: { code: "SIGN_IN_REFUSED" } };
const WAYS: PolicyRules = { signInWays: "app-or-mail" };

let clock: number;
let place: TestStore;
let server: HttpServer;
let box: TestMailServer;
let sato: TestPerson;

async function decide(rules: PolicyRules): Promise<void> {
  const { version } = await policyView(place.desk, SERVER);
  await setPolicy(place.desk, { place: SERVER, rules, basedOn: version, because: "試行" });
}

async function start(kind?: "taking" | "refusing" | "waiting"): Promise<void> {
  box = await startMailServer(kind ? { kind } : {});
  server = await startHttpServer(place, { now: () => clock, mail: box.server });
}

beforeEach(async () => {
  clock = new Date(2026, 10, 30, 12).getTime();
  place = await makeStore({ now: () => clock });
  sato = await makePerson(place);
  await setMail(place.desk, sato.login, ADDRESS);
  await decide(WAYS);
});
afterEach(async () => {
  await server.close();
  await box.close();
  await place.close();
});

const ask = (more: Partial<Parameters<typeof askMailCode>[1]> = {}) =>
  askMailCode(server, { login: sato.login, password: sato.password, device: sato.device, ...more });
const enter = (code: string, more: Partial<Parameters<typeof trySignIn>[1]> = {}) =>
  trySignIn(server, { login: sato.login, password: sato.password, device: sato.device, code, ...more });
const codeIn = ({ text }: ReceivedMail): string => (/^ {4}(\d{4}) (\d{4})$/m.exec(text) ?? []).slice(1).join("");
async function mailedCode(count = 1): Promise<string> {
  return codeIn((await box.reached(count)).at(-1) as ReceivedMail);
}
const records = async () =>
  (await place.store.read((q) => q.audit.after(0, 10_000))).map(({ event, actor, about }) => ({
    event,
    actor,
    about: JSON.parse(about) as Record<string, unknown>,
  }));
const last = async () => (await records()).at(-1);

describe("with a mail server", () => {
  beforeEach(() => start());

  test("a code comes, lets its person in once, and the record says by which way", async () => {
    expect(await ask({ agent: "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.0.0 Safari/537.36" })).toMatchObject(SAME);
    const code = await mailedCode();
    expect(code).toMatch(/^\d{8}$/);
    expect(await last()).toMatchObject({
      ...{ event: "sign-in.code-made", actor: "person:sato" },
      about: { login: "sato", mail: "s***@city.example", device: sato.device.code },
    });
    const entered = await enter(code);
    expect(entered.status).toBe(200);
    expect(await last()).toMatchObject({ event: "sign-in.accepted", about: { way: "mail" } });
    expect(await enter(code)).toMatchObject(REFUSED);
    expect((await enter(sato.codeAt(clock))).status).toBe(200);
    expect(await last()).toMatchObject({ event: "sign-in.accepted", about: { way: "app" } });
    expect((await verifyAudit(place.store)).ok).toBe(true);
    // what was asked for is no refused attempt
    expect(entered.json).toMatchObject({ before: { refusals: 0 } });
  });

  test("the mail is plain, says from whom, when and what to do, has no link, and asks for no answer", async () => {
    await ask({ agent: "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.0.0 Safari/537.36" });
    const [mail] = await box.reached(1);
    const { headers, subject, text, raw } = mail as ReceivedMail;
    expect(subject).toBe("【緑市】サインインのコード（Engawa）");
    expect(headers).toMatchObject({
      ...{ "auto-submitted": "auto-generated", "mime-version": "1.0", to: ADDRESS },
      ...{ from: "Engawa <engawa@city.example>", "content-type": "text/plain; charset=utf-8" },
    });
    expect(Date.parse(headers["date"] ?? "")).toBe(clock);
    expect(headers["message-id"]).toMatch(/^<[^<>\s]+@city\.example>$/);
    expect(Object.keys(headers).filter((name) => /^(x-mailer|list-|reply-to)/.test(name))).toEqual([]);
    for (const part of [
      "緑市",
      "2026年11月30日 12:00",
      "10 分",
      "電話",
      "情報システム担当",
      "Chrome",
      "30 November 2026",
    ])
      expect(text).toContain(part);
    expect(text).not.toMatch(/https?:|www\.|<[a-z]/);
    expect(raw.split(/\r?\n/).every((line) => line.length <= 78)).toBe(true);
    // the subject is what a locked phone shows
    expect(subject).not.toContain(codeIn(mail as ReceivedMail).slice(0, 4));
  });

  test("neither the code nor the address whole is in the log, the record or the store's codes", async () => {
    await ask();
    const code = await mailedCode();
    await enter(code);
    const rows = await place.store.read((q) => q.audit.after(0, 10_000));
    for (const hidden of [code, ADDRESS, "sato.hanako"]) {
      expect(server.logged()).not.toContain(hidden);
      expect(JSON.stringify(rows)).not.toContain(hidden);
    }
    const row = await place.store.read((q) => q.mailCodes.madeSince(sato.id, 0));
    expect(row).toHaveLength(1);
  });

  test("a newer code puts the older away, and one of another device never counts", async () => {
    const tablet = await makeDevice();
    await registerDevice(place, { person: sato.id, organisation: "緑市" }, tablet);
    await ask();
    const first = await mailedCode(1);
    clock += MINUTE_MS;
    await ask();
    const second = await mailedCode(2);
    expect(await enter(first)).toMatchObject(REFUSED);
    expect(await enter(second, { device: tablet })).toMatchObject(REFUSED);
    expect((await enter(second)).status).toBe(200);
  });

  test("after ten minutes it does not count, a moment before it does", async () => {
    await ask();
    const first = await mailedCode(1);
    clock += 10 * MINUTE_MS;
    expect(await enter(first)).toMatchObject(REFUSED);
    await ask();
    const second = await mailedCode(2);
    clock += 10 * MINUTE_MS - 1;
    expect((await enter(second)).status).toBe(200);
  });

  test("a hundred at once with one code: one succeeds", async () => {
    await ask();
    const code = await mailedCode();
    const answers = await Promise.all(Array.from({ length: 100 }, () => enter(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("one mail a minute, five an hour", async () => {
    await ask();
    await box.reached(1);
    clock += MINUTE_MS - 1;
    expect(await ask()).toMatchObject(SAME);
    expect((await last())?.about["faults"]).toBe("too-many-mails");
    for (let count = 2; count <= 5; count += 1) {
      clock += MINUTE_MS;
      await server.close();
      server = await startHttpServer(place, { now: () => clock, mail: box.server }); // the throttle forgets, the store does not
      await ask();
      await box.reached(count);
    }
    clock += MINUTE_MS;
    expect(await ask()).toMatchObject(SAME);
    expect((await last())?.about["faults"]).toBe("too-many-mails");
    clock += 60 * MINUTE_MS;
    expect(await ask()).toMatchObject(SAME);
    await box.reached(6);
    expect(box.mails()).toHaveLength(6);
  });

  test("requests count as attempts of the device, right or wrong, until a sign-in clears them", async () => {
    for (const password of [sato.password, "not it at all", sato.password, "not it at all", "not it at all"])
      expect(await ask({ password })).toMatchObject(SAME);
    const sixth = await ask();
    expect(sixth).toMatchObject({ status: 429, json: { code: "TOO_MANY_ATTEMPTS", retryAfterS: 30 } });
    expect((await enter(sato.codeAt(clock))).status).toBe(429);
    const device = await place.store.read((q) => q.devices.registered(sato.id, sato.device.publicKey));
    expect(device?.failures).toBe(5);
  });

  test("whoever has a duty at the console comes in with the app, there and on the page", async () => {
    await ask();
    const code = await mailedCode();
    await giveDuty(place.desk, sato.login, "administrator", {});
    expect(await enter(code)).toMatchObject(REFUSED);
    expect((await last())?.about["faults"]).toBe("way");
    expect(await enter(code, { console: true })).toMatchObject(REFUSED);
    clock += MINUTE_MS;
    expect(await ask()).toMatchObject(SAME);
    expect((await last())?.about["faults"]).toBe("duty");
    expect((await enter(sato.codeAt(clock), { console: true })).status).toBe(200);
    const asked = await send(server.consolePort, "POST", "/api/sign-in/mail-code", {
      headers: { Origin: server.consoleOrigin, "Sec-Fetch-Site": "same-origin" },
      body: {},
    });
    expect(asked.status).toBe(404);
  });

  test("a code that was made does not outlive the rule, nor the address", async () => {
    await ask();
    const first = await mailedCode(1);
    await decide({ signInWays: "app" });
    expect(await enter(first)).toMatchObject(REFUSED);
    await decide(WAYS);
    await setMail(place.desk, sato.login, MailAddress.parse("other@city.example"));
    expect(await enter(first)).toMatchObject(REFUSED);
  });

  test("the person's own page says which codes count", async () => {
    const { status, headers } = await enter(sato.codeAt(clock));
    expect(status).toBe(200);
    const cookie = cookieOf({ status, headers, text: "", json: undefined });
    const rule = async () => {
      const { json } = await send(server.outsidePort, "GET", "/api/own", { headers: { Cookie: cookie } });
      return Own.parse(json).rules.find(({ rule }) => rule === "one-time-code")?.value;
    };
    expect(await rule()).toBe("app-or-mail");
    await setMail(place.desk, sato.login, undefined);
    expect(await rule()).toBeUndefined();
  });

  /** Each with what the record says of it; what is changed for it is changed back by a new store. */
  const OTHERWISE: readonly (readonly [string, string, () => Promise<object | undefined>])[] = [
    ["nobody of this login", "person device password way", async () => ({ login: "nobody" })],
    ["no such organisation", "organisation", async () => ({ organisation: "nowhere" })],
    ["a wrong password", "password", async () => ({ password: "not it at all" })],
    ["an unknown device", "device", async () => ({ device: await makeDevice() })],
    ["a false signature", "signature", async () => ({ signedOrigin: "https://elsewhere.example" })],
    ["a disabled person", "disabled", () => disablePerson(place.desk, sato.login).then(() => undefined)],
    [
      "a locked person",
      "locked",
      () => setLock({ ...place.desk, reason: "紛失" }, { kind: "person", who: sato.login }, null).then(() => undefined),
    ],
    ["no address", "no-address", () => setMail(place.desk, sato.login, undefined).then(() => undefined)],
    ["the app only", "way", () => decide({ signInWays: "app" }).then(() => undefined)],
    ["no rule at all", "way", () => decide({ wake: true }).then(() => undefined)],
    [
      "another place",
      "place",
      () =>
        decide({ ...WAYS, places: [{ name: "庁内", networks: ["10.1.0.0/16"] }], from: ["庁内"] }).then(
          () => undefined,
        ),
    ],
    [
      "outside the hours",
      "hours",
      () => decide({ ...WAYS, hours: Array(7).fill({ from: 0, to: 60 }) }).then(() => undefined),
    ],
    ["a duty", "duty", () => giveDuty(place.desk, sato.login, "auditor", {}).then(() => undefined)],
  ];

  test.each(OTHERWISE)("%s: the same answer, byte for byte, one write, and no mail", async (_what, faults, change) => {
    const plain = ({ status, headers, text }: Awaited<ReturnType<typeof ask>>) => {
      const { date: _date, ...rest } = headers;
      return { status, headers: rest, text };
    };
    const right = await ask();
    await box.reached(1);
    clock += 2 * MINUTE_MS;
    const more = await change();
    const before = (await place.store.read((q) => q.audit.last()))?.seq ?? 0;
    const wrong = await ask(more);
    expect(plain(wrong)).toEqual(plain(right));
    const rows = await place.store.read((q) => q.audit.after(before, 10));
    expect(rows.map(({ event }) => event)).toEqual(["sign-in.refused"]);
    const about = JSON.parse(rows[0]?.about ?? "{}") as { faults: string; way: string };
    expect(about.way).toBe("mail");
    for (const fault of faults.split(" ")) expect(about.faults.split(" ")).toContain(fault);
    expect(box.mails()).toHaveLength(1);
    expect(await place.store.read((q) => q.mailCodes.madeSince(sato.id, clock - 1))).toEqual([]);
  });

  test("the nearest rule wins: a division that may, in an organisation that may not", async () => {
    await decide({ signInWays: "app" });
    await addDivision(place.desk, "総務部", {});
    const login = Login.parse("tanaka");
    const mail = MailAddress.parse("tanaka@city.example");
    const { id, password } = await addPerson(place.desk, { division: "総務部", login, name: "田中", mail });
    const device = await makeDevice();
    await registerDevice(place, { person: id, organisation: "緑市" }, device);
    const row = await place.store.read((q) => q.people.byId(id));
    const at = { level: "division", id: row?.divisionId ?? "" } as const;
    await setPolicy(place.desk, { place: at, rules: WAYS, basedOn: 0, because: "試行" });
    await ask();
    expect(await ask({ login, password, device })).toMatchObject(SAME);
    const [only] = await box.reached(1);
    expect(only?.headers["to"]).toBe(mail);
  });
});

describe("when the mail cannot go", () => {
  test("the mail server refuses: log, record and metric say so, without the address", async () => {
    await start("refusing");
    expect(await ask()).toMatchObject(SAME);
    await until("the record has it", async () => (await last())?.event === "sign-in.code-not-sent");
    expect(await last()).toMatchObject({
      ...{ actor: "server", about: { login: "sato", mail: "s***@city.example", unsent: "refused", answer: 550 } },
    });
    expect(server.logged()).toContain("a code could not be sent by mail");
    expect(server.logged()).not.toContain("sato.hanako");
    const { text } = await send(server.monitoringPort, "GET", "/metrics");
    expect(text).toContain('engawa_mails_total{result="failed"} 1');
  });

  test("the mail server is down: the answer is the same", async () => {
    await start();
    await server.close();
    server = await startHttpServer(place, { now: () => clock, mail: mailServerAt(await freePort()) });
    expect(await ask()).toMatchObject(SAME);
    await until("the record has it", async () => (await last())?.event === "sign-in.code-not-sent");
    expect(await last()).toMatchObject({ about: { unsent: "unreachable" } });
  });

  test("the mail server takes its time: nobody waits for it", async () => {
    await start("waiting");
    expect(await ask()).toMatchObject(SAME);
    expect((await enter(sato.codeAt(clock))).status).toBe(200);
    expect(box.mails()).toEqual([]);
    box.goOn();
    await box.reached(1);
  });
});

test("without a mail server nobody is offered a code, and none can be asked for", async () => {
  await start();
  const ways = await send(server.outsidePort, "GET", "/api/sign-in/ways");
  expect(ways).toMatchObject({ status: 200, json: { mail: true } });
  await server.close();
  server = await startHttpServer(place, { now: () => clock });
  const none = await send(server.outsidePort, "GET", "/api/sign-in/ways");
  expect(none).toMatchObject({ status: 200, json: { mail: false } });
  expect((await ask()).status).toBe(404);
});

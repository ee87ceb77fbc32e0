/** Passwords belong to the person: the first one has to be changed, every one can be. Over real HTTP. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { authenticateUpgrade } from "../../signaling/auth/upgrade.ts";
import { openViewerDoor } from "../../signaling/doors/websocket.ts";
import { createLog } from "../../signaling/log.ts";
import { liftLock, setLock } from "../../signaling/organisations/locks.ts";
import { resetOtp, setPassword } from "../../signaling/organisations/people.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { Me } from "../../signaling/protocol/api.ts";
import type { PersonId } from "../../signaling/protocol/ids.ts";
import { openStore } from "../../signaling/store/open.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import {
  type Answer,
  COOKIE,
  cookieOf,
  type HttpServer,
  send,
  startHttpServer,
  trySignIn,
} from "../support/http-server.ts";
import { makeHub } from "../support/hub-stage.ts";
import { openOldStore } from "../support/old-stores.ts";
import { makePerson, makeStore, type TestPerson, type TestStore } from "../support/store.ts";

const STEP_MS = 30_000;
const NEW = "veranda-7-summer";

let clock: number;
let place: TestStore;
let server: HttpServer;
let person: TestPerson;

const start = async (options: { mustChange: boolean }) => {
  clock = 1_800_000_000_000;
  place = await makeStore({ now: () => clock });
  server = await startHttpServer(place, { now: () => clock });
  person = await makePerson(place, options);
};
afterEach(async () => {
  await server.close();
  await place.close();
});

const signIn = (password = person.password) =>
  trySignIn(server, { login: person.login, password, code: person.codeAt(clock), device: person.device });
const me = (cookie: string) => send(server.outsidePort, "GET", "/api/me", { headers: { Cookie: cookie } });
const change = (cookie: string, body: object) =>
  send(server.outsidePort, "POST", "/api/password", { headers: { Origin: server.origin, Cookie: cookie }, body });
/** The old password and the code of this moment. */
const current = (password = person.password) => ({ password, code: person.codeAt(clock) });
const idOf = async (cookie: string) => (await server.signIns.byToken(cookie.split("=")[1] ?? ""))?.signInId;
const row = async () => place.store.read((q) => q.people.byId(person.id));
const audited = async (event: string) =>
  (await place.store.read((q) => q.audit.after(0, 10_000)))
    .filter((each) => each.event === event)
    .map(({ actor, about }) => ({ actor, about: JSON.parse(about) as Record<string, unknown> }));
const secretsKept = (...secrets: readonly string[]) => {
  const files = readdirSync(place.stateDir).map((name) => readFileSync(join(place.stateDir, name)));
  return secrets.filter((secret) => server.logged().includes(secret) || files.some((file) => file.includes(secret)));
};

describe("a password that was handed out", () => {
  beforeEach(() => start({ mustChange: true }));

  /** As a browser would open its WebSocket. */
  async function upgrade(cookie: string): Promise<Answer> {
    const log = createLog({ level: "silent" });
    const records = new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now: () => clock });
    const hub = makeHub({ records });
    const door: Server = createServer();
    const options = { origins: [server.origin], cookieName: COOKIE, signIns: server.signIns };
    openViewerDoor({
      server: door,
      hub,
      log,
      authenticate: (request) => authenticateUpgrade(request, options),
      turnUrls: () => [],
    });
    await once(door.listen(0, "127.0.0.1"), "listening");
    const headers = {
      Origin: server.origin,
      Cookie: cookie,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    try {
      return await send((door.address() as AddressInfo).port, "GET", "/ws", { headers });
    } finally {
      await hub.close();
      await records.close();
      door.closeAllConnections();
      await new Promise((done) => door.close(done));
    }
  }

  test("admits nothing but its change, which lets the same sign-in go on", async () => {
    const answer = await signIn();
    expect(Me.parse(answer.json)).toMatchObject({ login: "sato", mustChange: true });
    const first = cookieOf(answer);
    const refused = await upgrade(first);
    expect([refused.status, refused.json]).toEqual([
      403,
      expect.objectContaining({ code: "PASSWORD_CHANGE_REQUIRED" }),
    ]);
    const id = String(await idOf(first));
    const records = new StoreRecords({
      store: place.store,
      log: createLog({ level: "silent" }),
      limits: DEFAULT_SIGN_IN_LIMITS,
      now: () => clock,
    });
    expect(await records.signedIn(id)).toBeUndefined();

    const changed = await change(first, { newPassword: NEW });
    expect([changed.status, changed.json]).toEqual([200, expect.objectContaining({ mustChange: false })]);
    const second = cookieOf(changed);
    expect((await me(first)).json).toEqual({ signedOut: true });
    expect((await me(second)).json).toEqual(changed.json);
    expect(await idOf(second)).toBe(id);
    expect(await records.signedIn(id)).toMatchObject({ login: "sato" });
    await records.close();

    clock += STEP_MS;
    expect((await signIn()).status).toBe(401);
    expect(Me.parse((await signIn(NEW)).json).mustChange).toBe(false);
    expect(await audited("person.password-changed")).toEqual([
      {
        actor: "person:sato",
        about: { asked: "at sign-in", device: person.device.code, ended: 0, login: "sato", signIn: id },
      },
    ]);
    expect(secretsKept(NEW, person.password)).toEqual([]);
  });

  test("may not be kept, nor changed back and forth without the old one", async () => {
    const cookie = cookieOf(await signIn());
    expect((await change(cookie, { newPassword: person.password })).json).toMatchObject({ reason: "same" });
    const changed = cookieOf(await change(cookie, { newPassword: NEW }));
    expect((await change(changed, { newPassword: "hamburger-veranda-47" })).json).toMatchObject({
      code: "BAD_REQUEST",
    });
  });

  test("that an administrator set anew has to be changed again", async () => {
    const cookie = cookieOf(await change(cookieOf(await signIn()), { newPassword: NEW }));
    const reset = await setPassword(place.desk, person.login);
    expect((await me(cookie)).json).toEqual({ signedOut: true });
    clock += STEP_MS;
    expect(Me.parse((await signIn(reset)).json).mustChange).toBe(true);
  });

  test("the authenticator app is confirmed by the first code that lets in, and anew after a reset", async () => {
    expect(await row()).toMatchObject({ seedConfirmedAt: null });
    await signIn("not it at all");
    expect(await row()).toMatchObject({ seedConfirmedAt: null });
    await signIn();
    expect(await row()).toMatchObject({ seedConfirmedAt: clock });
    clock += STEP_MS;
    await signIn();
    expect(await row()).toMatchObject({ seedConfirmedAt: clock - STEP_MS });
    await resetOtp(place.desk, person.login);
    expect(await row()).toMatchObject({ seedConfirmedAt: null });
  });

  test("everybody from before this was kept has one, and their sign-ins have ended", async () => {
    const old = openOldStore(8);
    const before = new DatabaseSync(old.path);
    before.exec(`
      alter table people drop column must_change;
      alter table people drop column seed_confirmed_at;
      drop table refusal_sums;
      alter table pending_devices drop column asked;
      alter table enrolment_tokens drop column host;
      alter table audit drop column mac;
      alter table people drop column drift_low_ms;
      alter table people drop column drift_high_ms;
      alter table people drop column drift_at;
      delete from schema_version where version >= 6;
    `);
    before.close();
    const store = await openStore({ stateDir: old.stateDir });
    const [now] = await store.read((q) => q.people.page(EVERYTHING, { limit: 10 }));
    expect(now).toMatchObject({ login: "sato", mustChange: 1, seedConfirmedAt: old.at });
    expect(await store.read((q) => q.signIns.openOf(now?.id as PersonId, old.at))).toEqual([]);
    await store.close();
    old.remove();
  });
});

describe("a password of one's own", () => {
  let cookie: string;
  beforeEach(async () => {
    await start({ mustChange: false });
    cookie = cookieOf(await signIn());
    clock += STEP_MS;
  });

  test("is changed with the old one and a code: the other sign-ins end, this one lives on", async () => {
    const other = cookieOf(await signIn());
    const [mine, theirs] = [await idOf(cookie), await idOf(other)];
    clock += STEP_MS;
    const changed = await change(cookie, { newPassword: NEW, current: current() });
    expect(changed.status).toBe(200);
    expect((await me(other)).json).toEqual({ signedOut: true });
    expect((await me(cookieOf(changed))).json).toMatchObject({ login: "sato" });
    expect((await me(cookie)).json).toEqual({ signedOut: true });
    expect(server.events).toEqual([{ type: "sign-in-ended", signIn: theirs, reason: "signed-out" }]);
    expect(await audited("person.password-changed")).toEqual([
      {
        actor: "person:sato",
        about: { asked: "by the person", device: person.device.code, ended: 1, login: "sato", signIn: mine },
      },
    ]);
    clock += STEP_MS;
    expect([(await signIn()).status, (await signIn(NEW)).status]).toEqual([401, 200]);
    expect(secretsKept(NEW, person.password)).toEqual([]);
  });

  test("is not for who is locked out, by whatever lock, although their sign-in has not ended yet", async () => {
    const desk = { ...place.desk, reason: "調査" };
    const { lock, code } = await setLock(desk, { kind: "organisation", organisation: undefined }, null);
    const body = { newPassword: NEW, current: current() };
    expect((await change(cookie, body)).json).toMatchObject({ code: "NOT_SIGNED_IN" });
    await liftLock(place.desk, lock, code);
    expect((await change(cookie, body)).status).toBe(200);
  });

  test("needs both, and whichever is wrong the answer is the same", async () => {
    const wrong = [
      { ...current(), password: "not it at all" },
      { ...current(), code: person.codeAt(clock + 10 * STEP_MS) },
      { ...current(), code: person.codeAt(clock - STEP_MS) }, // let in already
    ];
    for (const each of wrong) {
      const answer = await change(cookie, { newPassword: NEW, current: each });
      expect([answer.status, answer.json]).toEqual([
        401,
        { code: "SIGN_IN_REFUSED", message: "old password or code refused" },
      ]);
    }
    expect(await audited("person.password-refused")).toHaveLength(3);
    expect((await change(cookie, { newPassword: NEW })).json).toMatchObject({ code: "BAD_REQUEST" });
    expect((await change("", { newPassword: NEW })).json).toMatchObject({ code: "NOT_SIGNED_IN" });
    expect((await change(cookie, { newPassword: "長".repeat(300), current: current() })).status).toBe(400);
    expect((await me(cookie)).json).toMatchObject({ login: "sato" });
  });

  test("is asked for no more often than at sign-in, by the same count", async () => {
    const attempt = () => change(cookie, { newPassword: NEW, current: { ...current(), password: "not it at all" } });
    for (let i = 0; i < 5; i += 1) expect((await attempt()).status).toBe(401);
    const slowed = await change(cookie, { newPassword: NEW, current: current() });
    expect([slowed.status, slowed.headers["retry-after"]]).toEqual([429, "30"]);
    expect((await signIn()).status).toBe(429);
    const [device] = await place.store.read((q) => q.devices.page(EVERYTHING, { limit: 10 }));
    expect(device?.failures).toBe(5);
  });

  test("two changes with one code: one succeeds", async () => {
    const body = { newPassword: NEW, current: current() };
    const answers = await Promise.all([change(cookie, body), change(cookie, body)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401]);
  });

  test("that will not do is refused with the reason, before a code is used up or an attempt counted", async () => {
    const refusals = {
      "too-short": "veranda-7",
      "own-words": "Sato-veranda-47",
      uniform: "abababababababab",
      guessable: "qwertyuiop12",
      same: person.password,
    };
    for (let round = 0; round < 2; round += 1)
      for (const [reason, newPassword] of Object.entries(refusals)) {
        const answer = await change(cookie, { newPassword, current: current() });
        expect([answer.status, answer.json]).toEqual([
          400,
          { code: "PASSWORD_REFUSED", message: "this password will not do", reason },
        ]);
      }
    expect(
      (await change(cookie, { newPassword: "緑市の縁側で昼休みを過ごす", current: current() })).json,
    ).toMatchObject({
      reason: "own-words",
    });
    expect((await change(cookie, { newPassword: NEW, current: current() })).status).toBe(200);
  });

  test("one person may try so many, and not more", async () => {
    for (let i = 0; i < 20; i += 1) {
      const answer = await change(cookie, { newPassword: "veranda-7", current: current() });
      expect(answer.json).toMatchObject({ reason: "too-short" });
    }
    expect((await change(cookie, { newPassword: NEW, current: current() })).status).toBe(429);
  });
});

/** Signing in over real HTTP. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { verifyAudit } from "../../signaling/audit/verify.ts";
import { MAX_SIGN_INS } from "../../signaling/auth/sign-in.ts";
import { signInLimits } from "../../signaling/auth/token.ts";
import { seedOfUri } from "../../signaling/auth/totp.ts";
import { approveDevice, removeDevice } from "../../signaling/organisations/devices.ts";
import { addPerson, disablePerson, setPassword } from "../../signaling/organisations/people.ts";
import { Me, WhoAmI } from "../../signaling/protocol/api.ts";
import { Login } from "../../signaling/protocol/ids.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { cookieOf, type HttpServer, send, startHttpServer, trySignIn } from "../support/http-server.ts";
import {
  makeDevice,
  makePerson,
  makeStore,
  type TestPerson,
  type TestStore,
  waitingDevices,
} from "../support/store.ts";

const STEP_MS = 30_000;

describe("sign-in", () => {
  let clock = 1_800_000_000_000;
  let place: TestStore;
  let server: HttpServer;
  let person: TestPerson;

  beforeEach(async () => {
    clock = 1_800_000_000_000;
    place = await makeStore({ now: () => clock });
    server = await startHttpServer(place, { now: () => clock });
    person = await makePerson(place);
  });
  afterEach(async () => {
    await server.close();
    await place.close();
  });

  const right = (p = person) => ({ login: p.login, password: p.password, code: p.codeAt(clock), device: p.device });
  const me = (cookie: string) => send(server.outsidePort, "GET", "/api/me", { headers: { Cookie: cookie } });
  const whoAmI = async (cookie: string) => {
    const { status, json } = await me(cookie);
    return { status, isSignedIn: !("signedOut" in WhoAmI.parse(json)) };
  };
  const IN = { status: 200, isSignedIn: true };
  const OUT = { status: 200, isSignedIn: false };
  const lastAudit = async () => {
    const rows = await place.store.read((q) => q.audit.after(0, 10_000));
    const last = rows.at(-1);
    return { event: last?.event, about: JSON.parse(last?.about ?? "{}") as Record<string, string> };
  };

  test("right password, code and device: a cookie, and who it is", async () => {
    const answer = await trySignIn(server, right());
    expect(answer.status).toBe(200);
    expect(Me.parse(answer.json)).toEqual({
      login: "sato",
      name: "sato さん",
      organisation: "緑市",
      idleMs: 1_800_000,
      endsAt: clock + 43_200_000,
      mustChange: false,
      before: { refusals: 0, elsewhere: false },
    });
    expect(answer.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^__Host-engawa=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/),
    ]);
    expect((await me(cookieOf(answer))).json).toEqual(answer.json);
    expect((await lastAudit()).event).toBe("sign-in.accepted");
  });

  test("ends when the server is set to: told to the page, and kept", async () => {
    await server.close();
    server = await startHttpServer(place, { now: () => clock, limits: signInLimits(5, 1) });
    const answer = await trySignIn(server, right());
    expect(Me.parse(answer.json)).toMatchObject({ idleMs: 5 * 60_000, endsAt: clock + 3_600_000 });
    clock += 5 * 60_000 - 1;
    expect(await whoAmI(cookieOf(answer))).toEqual(IN);
    clock += 1;
    expect(await whoAmI(cookieOf(answer))).toEqual(OUT);
  });

  test("a hundred tries at once with one valid code: one succeeds", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => trySignIn(server, right())));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200, 401, 429]));
  });

  test("a hundred tries at once from a hundred registered devices, none throttled: one succeeds", async () => {
    const devices = await Promise.all(Array.from({ length: 100 }, makeDevice));
    const row = await place.store.read((q) => q.devices.registered(person.id, person.device.publicKey));
    for (const device of devices) {
      const own = { id: device.code, publicKey: device.publicKey, code: device.code };
      await place.store.write((q) => q.devices.insert({ ...(row as NonNullable<typeof row>), ...own }));
    }
    const answers = await Promise.all(devices.map((device) => trySignIn(server, { ...right(), device })));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(99);
  });

  test("a code counts in its own thirty seconds only, and once", async () => {
    const early = { ...right(), code: person.codeAt(clock + STEP_MS) };
    expect((await trySignIn(server, early)).status).toBe(401);
    const late = { ...right(), code: person.codeAt(clock - STEP_MS) };
    expect((await trySignIn(server, late)).status).toBe(401);
    expect((await trySignIn(server, right())).status).toBe(200);
    expect((await trySignIn(server, right())).status).toBe(401);
    expect((await lastAudit()).about["faults"]).toBe("code-used");
    clock += STEP_MS;
    expect((await trySignIn(server, right())).status).toBe(200);
  });

  test("a person has ten sign-ins at most: of more the one unused for longest ends", async () => {
    const cookies: string[] = [];
    for (let i = 0; i < MAX_SIGN_INS + 1; i += 1) {
      cookies.push(cookieOf(await trySignIn(server, right())));
      clock += STEP_MS;
    }
    const standing = await Promise.all(cookies.map(async (cookie) => (await whoAmI(cookie)).isSignedIn));
    expect(standing).toEqual([false, ...Array.from({ length: MAX_SIGN_INS }, () => true)]);
  });

  test("a phone that is 40 s ahead: two codes in a row are asked for once, then one is enough", async () => {
    const AHEAD_MS = 40_000;
    const phone = () => ({ ...right(), code: person.codeAt(clock + AHEAD_MS) });
    expect(await trySignIn(server, phone())).toMatchObject({ status: 401, json: { code: "CODE_OF_ANOTHER_TIME" } });
    expect((await lastAudit()).about["faults"]).toBe("code-of-another-time");
    clock += STEP_MS;
    expect((await trySignIn(server, phone())).status).toBe(200);
    const { about } = await lastAudit();
    expect(Number(about["phoneAheadS"])).toBeGreaterThan(25);
    clock += 3 * STEP_MS;
    expect((await trySignIn(server, phone())).status).toBe(200);
    clock += STEP_MS;
    const own = { ...right(), code: person.codeAt(clock) }; // what a right clock would show no longer counts
    expect((await trySignIn(server, own)).status).toBe(401);
  });

  test("of a phone's clock nothing is said or learnt to who has no registered device or not the password", async () => {
    const device = await makeDevice();
    for (let i = 0; i < 3; i += 1) {
      const code = person.codeAt(clock + 60_000);
      const refused = { status: 401, json: { code: "SIGN_IN_REFUSED" } };
      expect(await trySignIn(server, { ...right(), code, device })).toMatchObject(refused);
      expect(await trySignIn(server, { ...right(), code, password: "another password" })).toMatchObject(refused);
      clock += STEP_MS;
    }
    const [row] = await place.store.read((q) => q.people.page(EVERYTHING, { limit: 10 }));
    expect(row).toMatchObject({ driftAt: null });
  });

  test("two right codes that are no neighbours, or too old, teach nothing", async () => {
    const at = (ms: number) => ({ ...right(), code: person.codeAt(clock + ms) });
    for (const ms of [60_000, 150_000, -120_000]) {
      expect((await trySignIn(server, at(ms))).status).toBe(401);
      clock += STEP_MS;
    }
    expect(await trySignIn(server, at(15 * STEP_MS))).toMatchObject({ json: { code: "SIGN_IN_REFUSED" } });
  });

  test("after the clock was an hour ahead, right codes count again, and used ones still do not", async () => {
    const used = right();
    expect((await trySignIn(server, used)).status).toBe(200);
    clock += 3_600_000;
    expect((await trySignIn(server, right())).status).toBe(200);
    clock -= 3_600_000;
    expect((await trySignIn(server, used)).status).toBe(401);
    clock += STEP_MS;
    expect((await trySignIn(server, right())).status).toBe(200);
  });

  test("one code makes one browser wait", async () => {
    const [device, another] = [await makeDevice(), await makeDevice()];
    await trySignIn(server, { ...right(), device });
    await trySignIn(server, { ...right(), device: another });
    expect((await lastAudit()).about["faults"]).toBe("device code-used");
    const waiting = await waitingDevices(place.desk);
    expect(waiting.map((one) => one.code)).toEqual([device.code]);
    expect((await trySignIn(server, right())).status).toBe(401);
  });

  test("a browser that asks again, and a second one beside it, are marked", async () => {
    const [device, another] = [await makeDevice(), await makeDevice()];
    expect((await trySignIn(server, { ...right(), device })).status).toBe(401);
    expect((await lastAudit()).event).toBe("device.pending");
    await trySignIn(server, { ...right(), device });
    expect(await lastAudit()).toMatchObject({ event: "device.pending-again", about: { asked: 2, others: 0 } });
    clock += STEP_MS;
    await trySignIn(server, { ...right(), device: another });
    expect(await lastAudit()).toMatchObject({
      event: "device.pending-again",
      about: { asked: 1, others: 1, device: another.code },
    });
    const waiting = await waitingDevices(place.desk);
    const inTime = waiting.toSorted((a, b) => a.seenAt - b.seenAt);
    expect(inTime.map(({ asked, others }) => [asked, others])).toEqual([
      [2, 1],
      [1, 1],
    ]);
  });

  test("a right code counts although the server took seconds to read it, but not longer", async () => {
    const late = async (lateness: number) => {
      clock = 1_800_000_029_500; // half a second before the code's end
      const attempt = right();
      const answer = await trySignIn(server, attempt, () => (clock += lateness));
      return answer.status;
    };
    expect(await late(6_000)).toBe(401);
    expect(await late(4_000)).toBe(200);
  });

  test("signatures are verified only for who was let in to try", async () => {
    const verified = vi.spyOn(crypto.subtle, "verify");
    const attacker = await makeDevice();
    const flood = (count: number, attempt: Parameters<typeof trySignIn>[1]) =>
      Promise.all(Array.from({ length: count }, () => trySignIn(server, { ...attempt, signedOrigin: "https://x" })));
    await flood(60, { ...right(), device: attacker });
    expect(verified.mock.calls.length).toBe(10);
    verified.mockClear();
    await flood(60, right()); // names the person's own device, whose key is no secret
    expect(verified.mock.calls.length).toBe(20);
    vi.restoreAllMocks();
  });

  test("what strangers get wrong is recorded ten times a minute, then as one sum", async () => {
    const device = await makeDevice();
    const before = (await place.store.read((q) => q.audit.last()))?.seq ?? 0;
    const wrong = (i: number) => ({ ...right(), login: `nobody${i}`, device });
    for (let i = 0; i < 30; i += 1) expect((await trySignIn(server, wrong(i))).status).toBe(401);
    const rows = () => place.store.read((q) => q.audit.after(before, 1000));
    expect((await rows()).map(({ event }) => event)).toEqual(new Array(10).fill("sign-in.refused"));
    // what matters is recorded all the same
    await trySignIn(server, { ...right(), device });
    await trySignIn(server, { ...right(), password: "not it at all" });
    expect((await rows()).slice(10).map(({ event }) => event)).toEqual(["device.pending", "sign-in.refused"]);
    await server.refusals.flush();
    await server.refusals.flush();
    const after = (await rows()).slice(12);
    expect(after.map(({ event }) => event)).toEqual(["sign-in.refusals-summed"]);
    expect(JSON.parse(after[0]?.about ?? "")).toMatchObject({
      count: 20,
      throttled: 0,
      sources: "127.0.0.1 20",
      faults: "person 20, device 20, password 20, code 20",
    });
    expect(server.logged().match(/"msg":"sign-in refused"/g)).toHaveLength(11);
    expect(server.logged().match(/refusals of the last minute/g)).toHaveLength(1);
    clock += 60_000;
    await trySignIn(server, wrong(1));
    expect((await lastAudit()).event).toBe("sign-in.refused");
    expect((await verifyAudit(place.store)).ok).toBe(true);
  });

  test("failures under a login count although they are summed", async () => {
    const device = await makeDevice();
    for (let i = 0; i < 10; i += 1) await trySignIn(server, { ...right(), login: `nobody${i}`, device });
    for (let i = 0; i < 5; i += 1) await trySignIn(server, { ...right(), device, password: "not it at all" });
    expect((await place.store.read((q) => q.people.byId(person.id)))?.failures).toBe(5);
  });

  test("a sum that a crash left behind is recorded at the next start; who was put off is counted", async () => {
    const device = await makeDevice();
    for (let i = 0; i < 12; i += 1) await trySignIn(server, { ...right(), login: `nobody${i}`, device });
    const another = await startHttpServer(place, { now: () => clock });
    await another.refusals.start();
    expect(await lastAudit()).toMatchObject({ event: "sign-in.refusals-summed", about: { count: 2 } });
    for (let i = 0; i < 12; i += 1) await trySignIn(another, { ...right(), login: "nobody", device });
    await another.close();
    expect(await lastAudit()).toMatchObject({ event: "sign-in.refusals-summed", about: { throttled: 2 } });
  });

  test("whoever finds the queue full has not tried", async () => {
    const device = await makeDevice();
    let isFull = true;
    const wait = (): Promise<unknown> =>
      server.passwords.verify(undefined, "x", "other").then(
        () => (isFull ? wait() : undefined),
        // a sign-in has taken this place
        () => (isFull ? new Promise((resolve) => setImmediate(resolve)).then(wait) : undefined),
      );
    const queue = Array.from({ length: 66 }, wait);
    const statuses: number[] = [];
    const busy = () => statuses.filter((status) => status === 503).length;
    while (busy() < 15 && statuses.length < 18) statuses.push((await trySignIn(server, { ...right(), device })).status);
    isFull = false;
    await Promise.all(queue);
    expect(busy()).toBe(15);
    expect((await trySignIn(server, { ...right(), device })).status).toBe(401);
  });

  test("whatever is wrong, the answer is the same, and the record knows", async () => {
    const stranger = await makeDevice();
    await makePerson(place, { login: "disabled" }).then(async (p) => {
      await disablePerson(place.desk, p.login);
    });
    const wrong = {
      person: { ...right(), login: "nobody" },
      password: { ...right(), password: "not it at all" },
      code: { ...right(), code: person.codeAt(clock + 20 * STEP_MS) }, // of a clock that no phone is allowed to have
      signature: { ...right(), signedOrigin: "https://elsewhere.example" },
      disabled: { ...right(), login: "disabled" },
      device: { ...right(), device: stranger, code: person.codeAt(clock + 20 * STEP_MS) },
    };
    for (const [fault, attempt] of Object.entries(wrong)) {
      const { date, ...headers } = (await trySignIn(server, attempt)).headers;
      const answer = await trySignIn(server, attempt);
      expect(answer.status, fault).toBe(401);
      expect(answer.json, fault).toEqual({ code: "SIGN_IN_REFUSED", message: "sign-in refused" });
      const { date: _, ...again } = answer.headers;
      expect(again).toEqual(headers);
      expect((await lastAudit()).about["faults"]?.split(" "), fault).toContain(fault);
    }
  });

  test("for an unknown person a dummy password is verified", async () => {
    await trySignIn(server, right());
    expect(server.passwords.dummyRuns).toBe(0);
    await trySignIn(server, { ...right(), login: "nobody" });
    expect(server.passwords.dummyRuns).toBe(1);
  });

  test("an unregistered device waits for approval, keeps the code good, and signs in afterwards", async () => {
    const device = await makeDevice();
    const first = await trySignIn(server, { ...right(), device });
    expect(first.status).toBe(401);
    expect(first.json).toEqual({ code: "SIGN_IN_REFUSED", message: "sign-in refused" });
    const waiting = await waitingDevices(place.desk);
    expect(waiting.map((one) => [one.login, one.code])).toEqual([["sato", device.code]]);
    await approveDevice(place.desk, device.code);
    expect((await trySignIn(server, { ...right(), device })).status).toBe(200);
    expect(await waitingDevices(place.desk)).toEqual([]);
  });

  test("the code of the refused first try lets in after approval until its thirty seconds are over, and then is used up", async () => {
    const device = await makeDevice();
    const attempt = { ...right(), device };
    clock += STEP_MS - 1_000 - (clock % STEP_MS);
    expect((await trySignIn(server, attempt)).status).toBe(401);
    await approveDevice(place.desk, device.code);
    clock += 999;
    expect((await trySignIn(server, attempt)).status).toBe(200);
    expect((await trySignIn(server, attempt)).status).toBe(401);
  });

  test("the code of the refused first try is refused once its thirty seconds are over, approved or not", async () => {
    const device = await makeDevice();
    const attempt = { ...right(), device };
    expect((await trySignIn(server, attempt)).status).toBe(401);
    await approveDevice(place.desk, device.code);
    clock += STEP_MS;
    expect((await trySignIn(server, attempt)).status).toBe(401);
    expect((await trySignIn(server, { ...right(), device })).status).toBe(200);
  });

  test("an unregistered device without the right code, or with a forged signature, does not wait", async () => {
    const device = await makeDevice();
    await trySignIn(server, { ...right(), device, code: person.codeAt(clock + 10 * STEP_MS) });
    await trySignIn(server, { ...right(), device, password: "not it at all" });
    await trySignIn(server, { ...right(), device, signedOrigin: "https://elsewhere.example" });
    expect(await waitingDevices(place.desk)).toEqual([]);
  });

  test("whoever fails on purpose does not keep a person from a registered device", async () => {
    const attacker = await makeDevice();
    const statuses = [];
    for (let i = 0; i < 40; i += 1) {
      const attempt = { ...right(), device: attacker, password: "guess number one", code: "000000" };
      statuses.push((await trySignIn(server, attempt)).status);
    }
    expect(statuses).toContain(429);
    expect((await trySignIn(server, { ...right(), device: attacker })).status).toBe(429);
    expect((await trySignIn(server, right())).status).toBe(200);
  });

  test("a registered device's own failures are slowed down, and a success takes them back", async () => {
    const wrong = () => trySignIn(server, { ...right(), password: "not it at all" });
    for (let i = 0; i < 4; i += 1) expect((await wrong()).status).toBe(401);
    expect((await trySignIn(server, right())).status).toBe(200);
    clock += STEP_MS;
    for (let i = 0; i < 5; i += 1) expect((await wrong()).status).toBe(401);
    const slowed = await trySignIn(server, right());
    expect(slowed.status).toBe(429);
    expect(slowed.headers["retry-after"]).toBe("30");
    expect(slowed.json).toMatchObject({ code: "TOO_MANY_ATTEMPTS", retryAfterS: 30 });
  });

  test("after a hundred failures in a row a device is shut until an administrator unlocks it", async () => {
    const [device] = await place.store.read((q) => q.devices.page(EVERYTHING, { limit: 10 }));
    for (let i = 0; i < 100; i += 1) await place.store.write((q) => q.devices.countFailure(String(device?.id)));
    expect((await trySignIn(server, right())).status).toBe(429);
    await place.store.write((q) => q.devices.clearFailures(person.id));
    expect((await trySignIn(server, right())).status).toBe(200);
  });

  test("signing out ends the sign-in and says so to the other parts", async () => {
    const cookie = cookieOf(await trySignIn(server, right()));
    const answer = await send(server.outsidePort, "POST", "/api/sign-out", {
      headers: { Origin: server.origin, Cookie: cookie },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers["set-cookie"]?.[0]).toContain("__Host-engawa=; Max-Age=0;");
    expect(await whoAmI(cookie)).toEqual(OUT);
    expect(server.events).toEqual([expect.objectContaining({ type: "sign-in-ended", reason: "signed-out" })]);
  });

  test.each([
    ["disabling the person", () => disablePerson(place.desk, person.login)],
    ["a new password", () => setPassword(place.desk, person.login)],
    ["removing the device", () => removeDevice(place.desk, person.device.code)],
  ] as const)("%s ends the sign-in", async (_name, act) => {
    const cookie = cookieOf(await trySignIn(server, right()));
    expect(await whoAmI(cookie)).toEqual(IN);
    await act();
    expect(await whoAmI(cookie)).toEqual(OUT);
  });

  test("a sign-in ends when it is idle, and after twelve hours however busy", async () => {
    const cookie = cookieOf(await trySignIn(server, right()));
    const { signInId } = (await server.signIns.byToken(cookie.split("=")[1] ?? "")) ?? {};
    for (let i = 0; i < 23; i += 1) {
      clock += 29 * 60_000;
      expect(await whoAmI(cookie)).toEqual(IN);
      await place.store.write((q) => q.signIns.touch(String(signInId), clock, 60_000));
    }
    clock += 29 * 60_000;
    expect(await whoAmI(cookie)).toEqual(IN);
    clock += 25 * 60_000;
    expect(await whoAmI(cookie)).toEqual(OUT);
  });

  test("a sign-in nobody uses ends after half an hour", async () => {
    const cookie = cookieOf(await trySignIn(server, right()));
    clock += 30 * 60_000;
    expect(await whoAmI(cookie)).toEqual(OUT);
  });

  test("seeds, tokens and passwords cannot be read in the files, and nothing secret is logged", async () => {
    const login = Login.parse("suzuki");
    const { otpauth, password } = await addPerson(place.desk, { login, name: "鈴木" });
    const seed = seedOfUri(otpauth);
    const cookie = cookieOf(await trySignIn(server, right()));
    const secret = new URL(otpauth).searchParams.get("secret") ?? "";
    const files = readdirSync(place.stateDir)
      .filter((name) => name.startsWith("engawa.db"))
      .sort();
    expect(files).toEqual(["engawa.db", "engawa.db-shm", "engawa.db-wal"]);
    for (const name of files) expect(statSync(join(place.stateDir, name)).mode & 0o777).toBe(0o600);
    const bytes = Buffer.concat(files.map((name) => readFileSync(join(place.stateDir, name))));
    const token = cookie.split("=")[1] ?? "";
    for (const needle of [secret, Buffer.from(seed).toString("base64url"), password, token, person.password]) {
      expect(bytes.includes(needle)).toBe(false);
      expect(server.logged()).not.toContain(needle);
    }
    expect(bytes.includes(Buffer.from(seed))).toBe(false);
    expect(server.logged()).not.toContain(right().code);
    expect(server.logged()).toContain('"login":"sato"');
  });
});

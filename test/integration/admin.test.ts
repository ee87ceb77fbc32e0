/** The administrator's command line, beside a running server on the same store. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import qrcode from "qrcode";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { run } from "../../signaling/cli/run.ts";
import { createLog } from "../../signaling/log.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { EnrolmentToken } from "../../signaling/protocol/api.ts";
import type { EndReason } from "../../signaling/protocol/errors.ts";
import { Login, SessionId } from "../../signaling/protocol/ids.ts";
import type { SessionRecord } from "../../signaling/records.ts";
import { openStore } from "../../signaling/store/open.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { cookieOf, type HttpServer, startHttpServer, trySignIn } from "../support/http-server.ts";
import { liveSession, makeHub } from "../support/hub-stage.ts";
import { makeDevice, makePerson, makeStore, makeTerminal, type TestPerson, type TestStore } from "../support/store.ts";

/** Any certificate will do: only its hash is used. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUC1xx1qz/nbj+jO8J4+LZrpsmNKMwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIwMjIzNTVaGA8yMTI2MTAyOTAyMjM1
NVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKJv
AuISfFi8WsNZyIcPowcjzICGuJcBKWmY7DfQlUvkhUkXbbi7EiggM8PhvXgOjlqt
G7zCLUc1B+x5NggeqTejUzBRMB0GA1UdDgQWBBQSk/m/oiFLrIJ7WGW/GR7gI/2w
TTAfBgNVHSMEGDAWgBQSk/m/oiFLrIJ7WGW/GR7gI/2wTTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIB1aRsVbNdERW/l3OvfqyN0OkJQ6GpLh9TY0
/ig4eK4HAiEAilQVtl/GWmkleDZrDCnbaWcufeNph3iAFTZqNhI4gao=
-----END CERTIFICATE-----
`;

const log = createLog({ level: "error" });
const picture = (text = "") => qrcode.toString(text, { type: "svg", errorCorrectionLevel: "M" });

describe("command line", () => {
  let place: TestStore;
  beforeEach(async () => {
    place = await makeStore();
  });
  afterEach(() => place.close());

  const admin = async (args: string[], o: { input?: string; environment?: Record<string, string> } = {}) => {
    const printed: string[] = [];
    const complaints: string[] = [];
    const exitCode = await run(args, {
      environment: { ENGAWA_STATE_DIR: place.stateDir, ...o.environment },
      print: (text) => printed.push(text),
      complain: (text) => complaints.push(text),
      readInput: async () => o.input ?? "",
    });
    const text = printed.join("\n");
    const lines = () =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    return { exitCode, text, complaint: complaints.join("\n"), json: () => JSON.parse(text), lines };
  };
  /** With --json; must succeed. */
  const done = async (...args: string[]) => {
    const result = await admin([...args, "--json"]);
    expect(result.complaint).toBe("");
    return result.json();
  };
  /** A list, likewise. */
  const listed = async (...args: string[]) => {
    const result = await admin([...args, "--json"]);
    expect(result.complaint).toBe("");
    return result.lines();
  };

  test("the way of an organisation's first day, as a process of its own", async () => {
    const call = async (...args: string[]) => {
      const env = { ...process.env, ENGAWA_STATE_DIR: place.stateDir };
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ["signaling/cli/main.ts", ...args, "--json"],
        { env },
      );
      expect(stderr).toBe("");
      return stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    };
    await call("organisation", "add", "緑市");
    const [person] = await call("person", "add", "--login", "sato", "--name", "佐藤花子");
    expect(person.password).toMatch(/^[0-9a-z-]{19}$/);
    expect(person.otpauth).toMatch(/^otpauth:\/\/totp\/.*secret=[A-Z2-7]{32}/);
    const [listed] = await call("person", "list");
    expect(listed).toMatchObject({ login: "sato", name: "佐藤花子", organisationName: "緑市", disabledAt: null });
    expect(listed).toMatchObject({ mustChange: 1, seedConfirmedAt: null });
    expect(JSON.stringify(listed)).not.toMatch(/argon2|totpSeed/);
  });

  test("the QR code is also a picture that only its owner can read, says to delete it, and replaces no file", async () => {
    await done("organisation", "add", "緑市");
    const file = join(place.stateDir, "sato.svg");
    const person = ["person", "add", "--name", "佐藤花子", "--login"];
    const added = await admin([...person, "sato", "--qr", file]);
    expect(added.text).toContain(`${file}. Delete that file`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toBe(await picture(/otpauth:\S+/.exec(added.text)?.[0]));
    const other = await admin([...person, "suzuki", "--qr", file]);
    expect([other.exitCode, other.complaint]).toEqual([1, expect.stringContaining(file)]);
    expect((await admin([...person, "suzuki", "--qr", join(place.stateDir, "suzuki.png")])).exitCode).toBe(2);
    expect((await listed("person", "list")).map(({ login }: { login: string }) => login)).toEqual(["sato"]);
    const renewed = join(place.stateDir, "renewed.svg");
    const { otpauth } = await done("person", "reset-otp", "sato", "--qr", renewed);
    expect(readFileSync(renewed, "utf8")).toBe(await picture(otpauth));
  });

  test("no picture is left behind when nothing was added", async () => {
    await done("organisation", "add", "緑市");
    await done("person", "add", "--name", "佐藤花子", "--login", "sato");
    const file = join(place.stateDir, "again.svg");
    expect((await admin(["person", "add", "--name", "佐藤", "--login", "sato", "--qr", file])).exitCode).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  test("a terminal's token says where the server is, and is refused to be made without knowing", async () => {
    await makePerson(place);
    const ca = join(place.stateDir, "ca.pem");
    const without = await admin(["terminal", "token", "--name", "企画課 12"]);
    expect([without.exitCode, without.complaint]).toEqual([1, expect.stringContaining("ENGAWA_INSIDE_URL")]);
    writeFileSync(ca, CERTIFICATE);
    const environment = { ENGAWA_INSIDE_URL: "https://10.0.0.5:443", ENGAWA_TLS_CA: ca };
    const result = await admin(["terminal", "token", "--name", "企画課 12", "--json"], { environment });
    const { terminal, token } = result.json();
    const [prefix, body = ""] = token.split(".");
    const decoded = EnrolmentToken.parse(JSON.parse(Buffer.from(body, "base64url").toString()));
    expect([prefix, decoded.url]).toEqual(["engawa1", "https://10.0.0.5:443"]);
    expect(decoded).not.toHaveProperty("relayHosts");
    expect((await listed("terminal", "list"))[0]).toMatchObject({ id: terminal, name: "企画課 12", enrolledAt: null });
    expect(decoded.bound).toBeUndefined();
    const bound = await admin(["terminal", "token", "--name", "B", "--host", "PC-12.town.jp", "--json"], {
      environment,
    });
    const boundToken = JSON.parse(Buffer.from(bound.json().token.split(".")[1], "base64url").toString());
    expect([boundToken.bound, JSON.stringify(boundToken).includes("PC-12")]).toEqual([true, false]);
    const again = await admin(["terminal", "token", "--terminal", terminal, "--json"], { environment });
    expect(again.json().terminal).toBe(terminal);
  });

  test("a terminal's token names the relays that stand elsewhere", async () => {
    await makePerson(place);
    const ca = join(place.stateDir, "ca.pem");
    writeFileSync(ca, CERTIFICATE);
    const tokenWith = async (urls: string) => {
      const environment = {
        ENGAWA_INSIDE_URL: "https://10.0.0.5:443",
        ENGAWA_TLS_CA: ca,
        ENGAWA_TURN_INSIDE_URLS: urls,
      };
      const result = await admin(["terminal", "token", "--name", "企画課 13", "--json"], { environment });
      const [, body = ""] = result.json().token.split(".");
      return EnrolmentToken.parse(JSON.parse(Buffer.from(body, "base64url").toString()));
    };
    expect(await tokenWith("turn:10.0.0.5:3478?transport=udp")).not.toHaveProperty("relayHosts");
    const both = "turn:10.0.0.6:3478?transport=udp,turns:10.0.0.5:443?transport=tcp";
    expect(await tokenWith(both)).toMatchObject({ relayHosts: ["10.0.0.6"] });
  });

  test("grants end at the end of the day that is named", async () => {
    const { login } = await makePerson(place);
    const terminal = await makeTerminal(place);
    await done("grant", "add", login, terminal, "--until", "2999-03-31");
    const [grant] = await listed("grant", "list");
    expect(grant).toMatchObject({
      login,
      terminalId: terminal,
      until: new Date(2999, 2, 31, 23, 59, 59, 999).getTime(),
    });
    await done("grant", "remove", login, terminal);
    expect(await listed("grant", "list")).toEqual([]);
  });

  test("a new person's chosen password holds neither their name nor that of the only organisation", async () => {
    await makePerson(place);
    const { organisation } = await place.store.read(async (q) => ({
      organisation: (await q.organisations.page(EVERYTHING, { limit: 10 }))[0],
    }));
    const add = (input: string) =>
      admin(["person", "add", "--login", "hanako", "--name", "Hanako Suzuki", "--password-stdin"], {
        input: `${input}\n`,
      });
    for (const input of ["suzuki-veranda-47", `${organisation?.name}-veranda-hamburger`])
      expect((await add(input)).complaint, input).toContain("would guess");
    expect((await add("hamburger-veranda-47")).exitCode).toBe(0);
  });

  test("a chosen password comes through standard input and is checked", async () => {
    await makePerson(place);
    const weak = await admin(["person", "set-password", "sato", "--password-stdin"], { input: "short\n" });
    expect([weak.exitCode, weak.complaint]).toEqual([1, expect.stringContaining("at least 12")]);
    for (const common of ["password1234", "qwertyuiop12", "緑市の縁側で昼休みを過ごす"]) {
      const refused = await admin(["person", "set-password", "sato", "--password-stdin"], { input: `${common}\n` });
      expect(refused.complaint).toContain("would guess");
    }
    const good = await admin(["person", "set-password", "sato", "--password-stdin"], { input: "veranda-7-summer\n" });
    expect(good.exitCode).toBe(0);
    expect(good.text).not.toContain("veranda");
  });

  test("mail addresses are set with a person and later, and shown masked only", async () => {
    await makePerson(place);
    await done("person", "add", "--login", "suzuki", "--name", "鈴木", "--mail", "suzuki@city.example");
    const set = await admin(["person", "set-mail", "sato", "--mail", "ｓａｔｏ@city.example"]);
    expect(set).toMatchObject({ exitCode: 0, text: expect.stringContaining("s***@city.example") });
    const listed = [await admin(["person", "list"]), await admin(["person", "list", "--json"])];
    for (const { text } of [set, ...listed]) expect(text).not.toMatch(/(sato|suzuki)@/);
    for (const { text } of listed) expect(text.match(/s\*\*\*@city\.example/g)).toHaveLength(2);
    const row = () => place.store.read((q) => q.people.allByLogin("sato" as never));
    expect((await row())[0]?.mail).toBe("sato@city.example");
    await done("person", "set-mail", "sato");
    expect((await row())[0]?.mail).toBeNull();
    expect((await admin(["person", "set-mail", "sato", "--mail", "sato"])).exitCode).toBe(2);
    const record = await place.store.read((q) => q.audit.after(0, 1_000));
    expect(record.filter(({ event }) => event === "person.mail-set").map(({ about }) => JSON.parse(about))).toEqual([
      { login: "sato", mail: "s***@city.example" },
      { login: "sato", mail: null },
    ]);
  });

  test("the list of people says whose password is still the one that was handed out, and whose codes were never used", async () => {
    const own = await makePerson(place);
    const added = await admin(["person", "add", "--login", "suzuki", "--name", "鈴木"]);
    expect(added.text).toContain("choose their own");
    const demo = await admin(["person", "add", "--login", "demo", "--name", "見本", "--no-change"]);
    expect(demo.text).not.toContain("choose their own");
    await place.store.write((q) => q.people.confirmSeed(own.id, 1));
    const rows = (await admin(["person", "list"])).text.split("\n");
    const of = (login: string) => rows.find((row) => row.startsWith(`${login} `));
    expect(of("sato")).toMatch(/ own +confirmed /);
    expect(of("suzuki")).toMatch(/ to be changed +never used /);
    expect(of("demo")).toMatch(/ own +never used /);
    await done("person", "set-password", "demo");
    expect((await admin(["person", "list"])).text).toMatch(/demo .* to be changed /);
  });

  test("what cannot be done is said in words, with what to do", async () => {
    const cases: Array<[string[], number, string]> = [
      [["person", "add", "--login", "a", "--name", "A"], 1, "organisation add"],
      [["person", "disable", "nobody"], 1, "person list"],
      [["person", "add", "--login", "Größe", "--name", "A"], 2, "small letters"],
      [["device", "approve", "12345-12345-12345-12345"], 1, "signs in once"],
      [["device", "approve", "1234"], 2, "four groups"],
      [["grant", "add", "a", "nothing"], 2, "K7QM-2Z9P-X4TD"],
      [["nonsense"], 2, "unknown command"],
    ];
    for (const [args, exitCode, words] of cases) {
      const result = await admin(args);
      expect([args, result.exitCode]).toEqual([args, exitCode]);
      expect(result.complaint).toContain(words);
    }
  });

  test("two organisations may have the same login, and each command says whose", async () => {
    await done("organisation", "add", "県", "--code", "ken", "--kind", "prefecture");
    await done("organisation", "add", "緑市", "--code", "midori", "--parent", "ken");
    await done("organisation", "add", "桜町", "--code", "sakura", "--parent", "県");
    for (const code of ["midori", "sakura"])
      await done("person", "add", "--login", "tanaka", "--name", "田中", "--organisation", code);
    const alone = await admin(["person", "disable", "tanaka"]);
    expect([alone.exitCode, alone.complaint]).toEqual([1, expect.stringContaining("midori/tanaka, sakura/tanaka")]);
    await done("person", "disable", "sakura/tanaka");
    const people = await listed("person", "list");
    expect(people.map((one: Record<string, unknown>) => [one["organisationCode"], one["disabledAt"] !== null])).toEqual(
      expect.arrayContaining([
        ["midori", false],
        ["sakura", true],
      ]),
    );
    const twice = await admin(["person", "add", "--login", "tanaka", "--name", "田中", "--organisation", "midori"]);
    expect([twice.exitCode, twice.complaint]).toEqual([1, expect.stringContaining("taken")]);
    for (const [args, words] of [
      [["organisation", "add", "新市", "--code", "midori"], "taken"],
      [["organisation", "add", "新市", "--code", "X"], "2 to 16"],
      [["organisation", "add", "新県", "--kind", "prefecture", "--parent", "ken"], "below"],
      [["organisation", "add", "新市", "--parent", "nowhere"], "organisation list"],
    ] as const)
      expect((await admin([...args])).complaint, args.join(" ")).toContain(words);
    await done("person", "enable", "sakura/tanaka");
    expect((await admin(["audit", "list"])).text).toMatch(/person.enabled +sakura +administrator:/);
    const both = await makeDevice();
    await place.store.write(async (q) => {
      for (const { id, organisationId } of await q.people.page(EVERYTHING, { limit: 10 })) {
        const row = { organisationId, personId: id, publicKey: both.publicKey, code: both.code };
        await q.devices.putPending({ ...row, seenAt: 1, expiresAt: Date.now() * 2 }, 5);
      }
    });
    expect((await admin(["device", "approve", both.code])).complaint).toMatch(/(midori|sakura)\/tanaka, \w+\/tanaka/);
    await done("device", "approve", both.code, "--login", "sakura/tanaka");
    expect((await admin(["device", "list"])).text).toMatch(/ sakura\/tanaka /);
    expect((await admin(["device", "pending"])).text).toMatch(/ midori\/tanaka /);
    await done("organisation", "set-code", "ken", "green");
    expect((await admin(["organisation", "list"])).text).toMatch(/緑市 +midori +municipality +green/);
  });

  test("divisions, and duties in them", async () => {
    await done("organisation", "add", "緑市", "--code", "midori");
    await done("division", "add", "総務部");
    await done("division", "add", "人事課", "--below", "総務部");
    await done("division", "add", "税務課");
    await done("person", "add", "--login", "tanaka", "--name", "田中", "--division", "人事課");
    await done("duty", "give", "tanaka", "administrator", "--division", "総務部/人事課");
    const again = await admin(["duty", "give", "tanaka", "administrator", "--division", "人事課"]);
    expect([again.exitCode, again.complaint]).toEqual([1, expect.stringContaining("already")]);
    expect((await admin(["duty", "give", "tanaka", "operator"])).complaint).toContain("whole organisation");
    expect((await admin(["duty", "list"])).text).toMatch(/midori\/tanaka +田中 +administrator +midori 総務部\/人事課/);
    await done("division", "move", "人事課", "--below", "税務課");
    await done("person", "move", "tanaka", "--division", "税務課/人事課");
    expect((await listed("division", "list")).map((one: { path: string }) => one.path)).toEqual([
      "税務課",
      "税務課/人事課",
      "総務部",
    ]);
    expect((await listed("person", "list"))[0]).toMatchObject({ login: "tanaka", division: "税務課/人事課" });
    await done("duty", "take", "tanaka", "administrator", "--division", "人事課");
    expect(await listed("duty", "list")).toEqual([]);
    const rows = await place.store.read((q) => q.audit.after(0, 100));
    expect(rows.map(({ event }) => event)).toEqual(
      expect.arrayContaining(["division.added", "division.moved", "person.moved", "duty.given", "duty.taken"]),
    );
  });

  test("where two persons are needed the second one is somebody else, and gets what the first one asked for", async () => {
    const { login } = await makePerson(place);
    const as = (name: string, ...args: string[]) =>
      admin(args, { environment: { ENGAWA_TWO_PERSONS: "device.approve,otp.reset", ENGAWA_ADMINISTRATOR: name } });
    const file = join(place.stateDir, "codes.svg");
    const asked = await as("alice", "person", "reset-otp", login, "--qr", file);
    expect([asked.exitCode, existsSync(file)]).toEqual([0, false]);
    const [, number = ""] = /engawa-admin confirm (\S+)/.exec(asked.text) ?? [];
    expect(asked.text).not.toContain("otpauth");
    expect((await as("bob", "confirm")).text).toMatch(new RegExp(`${number} +otp.reset +sato .*administrator:alice`));
    const own = await as("alice", "confirm", number);
    expect([own.exitCode, own.complaint]).toEqual([1, expect.stringContaining("somebody else")]);
    const given = await as("bob", "confirm", number.toLowerCase(), "--qr", file);
    expect(given.text).toContain("otpauth://");
    expect(readFileSync(file, "utf8")).toBe(await picture(/otpauth:\S+/.exec(given.text)?.[0]));
    const rows = (await place.store.read((q) => q.audit.after(0, 100))).slice(-3);
    expect(rows.map(({ event, actor }) => [event, actor])).toEqual([
      ["confirmation.asked", "administrator:alice"],
      ["person.otp-reset", "administrator:bob"],
      ["confirmation.given", "administrator:bob"],
    ]);
    const wrong = await admin(["person", "list"], { environment: { ENGAWA_TWO_PERSONS: "everything" } });
    expect([wrong.exitCode, wrong.complaint]).toEqual([1, expect.stringContaining("ENGAWA_TWO_PERSONS")]);
  });

  test("a name with control characters does not reach the terminal as they are", async () => {
    await done("organisation", "add", "緑市\u001b[31m\n偽");
    const { text } = await admin(["organisation", "list"]);
    expect(text).not.toContain("\u001b");
    expect(text.split("\n")).toHaveLength(2);
  });

  test("a server beside it hears whose rights were changed, and nothing of what changed nobody's", async () => {
    const { login, id } = await makePerson(place);
    const told: unknown[] = [];
    const heard = new Promise<void>((resolve) => {
      place.store.onForeignChange((changes) => {
        told.push(changes);
        resolve();
      });
    });
    await done("person", "add", "--login", "suzuki", "--name", "鈴木");
    await done("division", "add", "総務部");
    await done("person", "unlock", login);
    await done("person", "disable", login);
    await heard;
    expect(told).toEqual([[{ kind: "person", subject: id }]]);
  });

  test("every action is in the audit, with who did it", async () => {
    const { login, device } = await makePerson(place);
    const terminal = await makeTerminal(place, { grantedTo: [login] });
    const before = (await place.store.read((q) => q.audit.last()))?.seq ?? 0;
    await done("person", "disable", login);
    await done("person", "enable", login);
    await done("person", "unlock", login);
    await done("person", "reset-otp", login);
    await done("person", "set-password", login);
    await done("grant", "remove", login, terminal);
    await done("terminal", "disable", terminal);
    await done("terminal", "enable", terminal);
    await done("device", "remove", device.code);
    const rows = await place.store.read((q) => q.audit.after(before, 100));
    expect(rows.map((row) => row.event)).toEqual([
      "person.disabled",
      "person.enabled",
      "person.unlocked",
      "person.otp-reset",
      "person.password-set",
      "grant.removed",
      "terminal.disabled",
      "terminal.enabled",
      "device.removed",
    ]);
    expect(new Set(rows.map((row) => row.actor)).size).toBe(1);
    expect(rows[0]?.actor).toMatch(/^administrator:/);
    expect((await done("audit", "verify")).ok).toBe(true);
  });

  test("that the audit was read is in it, each time, and not in what was shown", async () => {
    await makePerson(place);
    await done("audit", "list", "--search", "person.added");
    const shown = (await admin(["audit", "list", "--json"])).text.split("\n").map((line) => JSON.parse(line));
    expect(shown[0]).toMatchObject({ event: "audit.read", actor: expect.stringMatching(/^administrator:/) });
    expect(JSON.parse(shown[0].about)).toEqual({ name: "person.added" });
    const last = await place.store.read((q) => q.audit.last());
    expect(last?.seq).toBe(shown[0].seq + 1);
  });

  test("a broken audit is a failure, with the place", async () => {
    await makePerson(place);
    const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
    const statement = "drop trigger audit_no_update; update audit set actor = 'server' where seq = 2";
    database.exec(statement);
    database.close();
    const result = await admin(["audit", "verify"]);
    expect([result.exitCode, result.complaint]).toEqual([1, expect.stringContaining("number 2")]);
  });

  test("a database of a newer program is left alone", async () => {
    const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
    const statement = "insert into schema_version values (999)";
    database.exec(statement);
    database.close();
    const result = await admin(["person", "list"]);
    expect([result.exitCode, result.complaint]).toEqual([1, expect.stringContaining("newer program")]);
  });

  describe("beside a running server", () => {
    let server: HttpServer;
    let records: StoreRecords;
    let person: TestPerson;
    let session: SessionRecord;
    let signInId: string;
    /** The server's clock stands still, so that no code grows old between making and using it. */
    let at = Date.now();
    const now = () => at;

    beforeEach(async () => {
      server = await startHttpServer(place, { now });
      records = new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now });
      person = await makePerson(place);
      const terminal = await makeTerminal(place, { grantedTo: [person.login] });
      const cookie = cookieOf(await trySignIn(server, { ...person, code: person.codeAt(at) }));
      const signedIn = await server.signIns.byToken(cookie.split("=")[1] ?? "");
      signInId = signedIn?.signInId ?? "";
      session = {
        id: SessionId.parse(crypto.randomUUID()),
        terminal,
        organisation: signedIn?.organisation.id as SessionRecord["organisation"],
        person: person.id,
        login: Login.parse(person.login),
        personName: "佐藤",
        deviceKey: person.device.publicKey,
        requestedAt: Date.now(),
      };
      await records.sessionRequested(session);
      await records.sessionLive(session.id, Date.now());
    });
    afterEach(async () => {
      await records.close();
      await server.close();
    });

    /** What the hub would do: wait for the notice, then ask. */
    const afterNotice = async (...command: string[]): Promise<EndReason | undefined> => {
      const noticed = new Promise<void>((resolve) => place.store.onForeignChange(() => resolve()));
      await done(...command);
      await noticed;
      return (await records.sessionsDue([session.id])).get(session.id);
    };

    test("a session may go on while nothing has changed", async () => {
      expect(await records.sessionsDue([session.id])).toEqual(new Map());
      expect(await records.openSessions()).toEqual([session]);
      expect(await records.signedIn(signInId)).toMatchObject({ login: "sato" });
    });

    test("a disabled person is noticed", async () => {
      expect(await afterNotice("person", "disable", person.login)).toBe("person-disabled");
      expect(await records.signedIn(signInId)).toBeUndefined();
    });

    test("signing a person out ends what is signed in and the sessions on it, and they may sign in again", async () => {
      const signedIn = await records.signedIn(signInId);
      const office = await records.terminal(await makeTerminal(place, { name: "B", grantedTo: [person.login] }));
      if (!signedIn || !office) throw new Error("not there");
      const hub = makeHub({ records });
      const live = await liveSession(hub, signedIn, office);
      const looked = new Promise<void>((resolve) => {
        place.store.onForeignChange((changes) => void hub.recheck(changes).then(resolve));
      });
      expect(await done("person", "sign-out", person.login)).toEqual({ login: "sato", signIns: 1 });
      await looked;
      expect(hub.sessions.size).toBe(0);
      expect(live.office.last("session-end").session).toBe(live.session);
      expect(live.connection.closed).toBeDefined();
      expect(await records.signedIn(signInId)).toBeUndefined();
      const rows = await place.store.read((q) => q.audit.after(0, 1000));
      expect(rows.map(({ event }) => event)).toContain("person.signed-out");
      await hub.close();
      const later = { ...person, code: person.codeAt(at + 30_000) };
      at += 30_000;
      expect((await trySignIn(server, later)).status).toBe(200);
    });

    test("a removed device is noticed", async () => {
      expect(await afterNotice("device", "remove", person.device.code)).toBe("device-removed");
      expect(await records.signedIn(signInId)).toBeUndefined();
    });

    test("a disabled terminal is noticed", async () => {
      expect(await afterNotice("terminal", "disable", session.terminal)).toBe("terminal-disabled");
      expect(await records.terminal(session.terminal)).toBeUndefined();
      expect(await records.terminalsOf(person.id)).toEqual([]);
    });

    test("a removed grant is noticed", async () => {
      expect(await afterNotice("grant", "remove", person.login, session.terminal)).toBe("grant-removed");
      expect(await records.terminalsOf(person.id)).toEqual([]);
    });

    test("an ended session is noticed, and its end stands once in the audit", async () => {
      expect(await afterNotice("session", "end", session.id)).toBe("administrator");
      await records.sessionEnded(session.id, Date.now(), "administrator");
      const rows = await place.store.read((q) => q.audit.after(0, 1000));
      expect(rows.filter((row) => row.event === "session.ended")).toHaveLength(1);
      expect(await records.openSessions()).toEqual([]);
    });

    test("whether the PC was locked stands in the audit and in the list, for a session that is over too", async () => {
      await records.sessionEnded(session.id, Date.now(), "silence");
      const report = { session: session.id, terminal: session.terminal, happenedAt: at, reason: "interrupted" };
      expect(await records.protection({ ...report, event: "lock-failed" }, Date.now())).toEqual(session);
      expect((await listed("session", "list"))[0]).toMatchObject({ lock: "lock-failed", lockAt: at });
      await records.protection({ ...report, event: "locked" }, Date.now());
      await records.protection({ ...report, event: "covered", reason: "" }, Date.now());
      expect((await listed("session", "list"))[0]).toMatchObject({ lock: "locked" });
      const rows = (await place.store.read((q) => q.audit.after(0, 1000))).slice(-3);
      expect(rows.map(({ event }) => event)).toEqual(["terminal.lock-failed", "terminal.locked", "session.covered"]);
      expect(rows[0]).toMatchObject({ actor: `terminal:${session.terminal}` });
      expect(JSON.parse(rows[0]?.about ?? "")).toMatchObject({ login: "sato", reason: "interrupted", happenedAt: at });
      expect((await done("audit", "verify")).ok).toBe(true);
    });

    test("that nothing could lock the PC before a session stands in the audit, and says nothing of what came after it", async () => {
      const report = { session: session.id, terminal: session.terminal, happenedAt: at, reason: "no way to lock" };
      await records.protection({ ...report, event: "shown-unlocked" }, Date.now());
      const [row] = (await place.store.read((q) => q.audit.after(0, 1000))).slice(-1);
      expect(row).toMatchObject({ event: "session.shown-unlocked", actor: `terminal:${session.terminal}` });
      expect((await listed("session", "list"))[0]?.["lock"]).toBeNull();
    });

    test("a PC says nothing about another PC's session", async () => {
      const other = await makeTerminal(place);
      const report = { session: session.id, terminal: other, event: "locked", happenedAt: at, reason: "" } as const;
      expect(await records.protection(report, Date.now())).toBeUndefined();
    });

    test("a device that waits is approved while the server runs", async () => {
      const device = await makeDevice();
      const again = await makePerson(place, { login: "suzuki" });
      const attempt = () => trySignIn(server, { ...again, device, code: again.codeAt(at) });
      expect((await attempt()).status).toBe(401);
      const [waiting] = await listed("device", "pending");
      expect(waiting).toMatchObject({ code: device.code, login: "suzuki" });
      await done("device", "approve", device.code.toLowerCase().replaceAll("-", " "));
      expect((await listed("device", "list")).map((one: { code: string }) => one.code)).toContain(device.code);
      expect((await attempt()).status).toBe(200);
    });
  });
});

describe("records", () => {
  test("a grant that ends by the clock ends the session", async () => {
    let clock = 1_800_000_000_000;
    const place = await makeStore({ now: () => clock });
    const records = new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now: () => clock });
    const person = await makePerson(place);
    const terminal = await makeTerminal(place);
    const organisation = (await records.terminal(terminal))?.organisation.id as SessionRecord["organisation"];
    const grant = { organisationId: organisation, personId: person.id, terminalId: terminal, createdAt: clock };
    await place.store.write((q) => q.terminals.putGrant({ ...grant, until: clock + 1000 }));
    const id = SessionId.parse(crypto.randomUUID());
    const { login } = person;
    const rest = { organisation, login, personName: "佐藤", deviceKey: person.device.publicKey, requestedAt: clock };
    await records.sessionRequested({ id, terminal, person: person.id, ...rest });
    expect(await records.sessionsDue([id])).toEqual(new Map());
    expect((await records.terminalsOf(person.id))[0]?.grantedUntil).toBe(clock + 1000);
    clock += 1000;
    expect((await records.sessionsDue([id])).get(id)).toBe("grant-removed");
    await records.close();
    await place.close();
  });

  test("sightings of terminals are written together, at the latest when the records close", async () => {
    const place = await makeStore();
    const records = new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now: Date.now });
    await makePerson(place);
    const terminal = await makeTerminal(place);
    expect((await records.terminal(terminal))?.lastSeenAt).toBeUndefined();
    for (let at = 1; at <= 100; at += 1) await records.terminalSeen(terminal, at);
    await records.close();
    await records.close();
    expect((await records.terminal(terminal))?.lastSeenAt).toBe(100);
    await place.close();
  });

  test("two servers on one store agree who is signed in", async () => {
    const at = Date.now();
    const now = () => at;
    const place = await makeStore({ now });
    const server = await startHttpServer(place, { now });
    const other = await openStore({ stateDir: place.stateDir });
    const elsewhere = await startHttpServer({ ...place, store: other }, { now, origin: server.origin });
    const person = await makePerson(place);
    const attempts = Array.from({ length: 5 }, (_, i) =>
      trySignIn(i % 2 ? server : elsewhere, { ...person, code: person.codeAt(at) }),
    );
    const answers = await Promise.all(attempts);
    const [success, ...more] = answers.filter((answer) => answer.status === 200);
    expect(more).toEqual([]);
    const token = cookieOf(success as NonNullable<typeof success>).split("=")[1] ?? "";
    for (const one of [server, elsewhere]) expect((await one.signIns.byToken(token))?.login).toBe("sato");
    await Promise.all([server.close(), elsewhere.close()]);
    await other.close();
    await place.close();
  });
});

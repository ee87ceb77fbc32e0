import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError, loadAdminConfig, loadConfig } from "../../signaling/config.ts";

/** A self-signed P-256 certificate, for its shape only. */
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
const KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

describe("settings", () => {
  let folder: string;
  const file = (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode });
    return path;
  };
  const complete = () => ({
    ENGAWA_STATE_DIR: join(folder, "state"),
    ENGAWA_OUTSIDE_LISTEN: "0.0.0.0:443",
    ENGAWA_OUTSIDE_ORIGINS: "https://telework.example.lg.jp, https://telework.example.lg.jp:8443",
    ENGAWA_INSIDE_LISTEN: "[::]:443",
    ENGAWA_INSIDE_URL: "https://10.0.0.5:443",
    ENGAWA_TLS_CERT: file("cert.pem", CERTIFICATE),
    ENGAWA_TLS_KEY: file("key.pem", KEY),
    ENGAWA_TLS_CA: file("ca.pem", CERTIFICATE),
    ENGAWA_TURN_SECRET_FILE: file("turn", `${"ab".repeat(32)}\n`),
    ENGAWA_TURN_INSIDE_URLS: "turn:10.0.0.5:3478?transport=udp,turns:10.0.0.5:443?transport=tcp",
  });
  const problemsOf = (environment: Record<string, string>): readonly string[] => {
    try {
      loadConfig(environment);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "engawa-config-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("capacity is two whole numbers within what one server carries", () => {
    expect(loadConfig(complete()).capacity).toEqual({ agents: 10_000, sessions: 2_000 });
    const settings = { ENGAWA_CAPACITY_AGENTS: "300", ENGAWA_CAPACITY_SESSIONS: "40" };
    expect(loadConfig({ ...complete(), ...settings }).capacity).toEqual({ agents: 300, sessions: 40 });
    for (const wrong of ["0", "-1", "1.5", "many", "99999"])
      expect(problemsOf({ ...complete(), ENGAWA_CAPACITY_AGENTS: wrong })).toEqual([
        "ENGAWA_CAPACITY_AGENTS must be a whole number from 1 to 20000",
      ]);
  });

  test("what a load balancer says is believed where it stands before a listener of ours, and there alone", () => {
    const inside = { ENGAWA_INSIDE_BALANCERS: "10.0.0.2, 2001:db8::2" };
    expect(loadConfig({ ...complete(), ...inside }).inside.balancers).toEqual(["10.0.0.2", "2001:db8::2"]);
    const behind = { ENGAWA_INSIDE_PROXIED_LISTEN: "10.0.0.5:8444", ENGAWA_INSIDE_PROXIED_FROM: "10.0.0.4" };
    expect(problemsOf({ ...complete(), ...behind, ENGAWA_INSIDE_LISTEN: "", ...inside })).toEqual([
      "ENGAWA_INSIDE_BALANCERS goes with ENGAWA_INSIDE_LISTEN; an edge of its own has ENGAWA_EDGE_BALANCERS",
    ]);
    expect(problemsOf({ ...complete(), ENGAWA_OUTSIDE_BALANCERS: "balancer.example" })).toHaveLength(1);
  });

  test("a server lets go of people for a while only where it is told to", () => {
    expect(loadConfig(complete()).drainMs).toBe(0);
    expect(loadConfig({ ...complete(), ENGAWA_DRAIN_SECONDS: "10" }).drainMs).toBe(10_000);
    expect(problemsOf({ ...complete(), ENGAWA_DRAIN_SECONDS: "61" })).toEqual([
      "ENGAWA_DRAIN_SECONDS must be a whole number from 0 to 60",
    ]);
  });

  test("a collector of the audit is a host, and who vouches for it", () => {
    const ca = file("syslog-ca.pem", CERTIFICATE);
    const collectorAt = (url: string) =>
      loadConfig({ ...complete(), ENGAWA_SYSLOG_URL: url, ENGAWA_SYSLOG_CA: ca }).collector;
    expect(loadConfig(complete()).collector).toBeUndefined();
    expect(collectorAt("syslog-tls://log.example.lg.jp")).toEqual({
      host: "log.example.lg.jp",
      port: 6514,
      ca: CERTIFICATE,
    });
    expect(collectorAt("syslog-tls://[2001:db8::5]:6515/")).toMatchObject({ host: "2001:db8::5", port: 6515 });
    for (const wrong of [
      "log.example.lg.jp",
      "syslog://log",
      "https://log",
      "syslog-tls://log/path",
      "syslog-tls://u:p@log",
    ])
      expect(problemsOf({ ...complete(), ENGAWA_SYSLOG_URL: wrong })).toEqual([
        "ENGAWA_SYSLOG_URL must be syslog-tls://host or syslog-tls://host:port",
      ]);
    expect(problemsOf({ ...complete(), ENGAWA_SYSLOG_CA: ca })).toEqual([
      "ENGAWA_SYSLOG_CA is set but ENGAWA_SYSLOG_URL is not",
    ]);
  });

  describe("a database server", () => {
    const URL = "postgres://engawa@db.example.lg.jp/engawa";
    const database = (more: Record<string, string>) =>
      loadConfig({ ...complete(), ENGAWA_DATABASE_URL: URL, ...more }).database;
    const wrong = (more: Record<string, string>) => problemsOf({ ...complete(), ENGAWA_DATABASE_URL: URL, ...more });

    test("there is none, unless it is set; then server and command line have the same", () => {
      expect(loadConfig(complete()).database).toBeUndefined();
      expect(database({})).toEqual({
        ...{ host: "db.example.lg.jp", port: 5432, user: "engawa", password: undefined, database: "engawa" },
        ...{ isLocal: false, ca: undefined },
      });
      const state = { ENGAWA_STATE_DIR: complete()["ENGAWA_STATE_DIR"], ENGAWA_DATABASE_URL: URL };
      expect(loadAdminConfig(state).database).toEqual(database({}));
    });

    test("on this machine it is reached by loopback or by a socket", () => {
      const at = (url: string) => database({ ENGAWA_DATABASE_URL: url });
      expect(at("postgresql://u@[::1]:6000/d")).toMatchObject({ host: "::1", port: 6000, isLocal: true });
      expect(at("postgres://u@%2Frun%2Fpostgresql/d")).toMatchObject({ host: "/run/postgresql", isLocal: true });
      expect(at("postgres://u@127.0.0.9/d")).toMatchObject({ isLocal: true });
      expect(at("postgres://u@10.0.0.9/d")).toMatchObject({ isLocal: false });
    });

    test("its password stands in the URL or in a file that nobody else can read", () => {
      expect(database({ ENGAWA_DATABASE_URL: "postgres://u:p%2Fw@db/d" })).toMatchObject({
        user: "u",
        password: "p/w",
      });
      const path = file("database.password", "secret word\n");
      expect(database({ ENGAWA_DATABASE_PASSWORD_FILE: path })).toMatchObject({ password: "secret word" });
      const both = { ENGAWA_DATABASE_URL: "postgres://u:hidden@db/d", ENGAWA_DATABASE_PASSWORD_FILE: path };
      expect(wrong(both)).toEqual([expect.stringContaining("leave one out")]);
      chmodSync(path, 0o644);
      expect(wrong({ ENGAWA_DATABASE_PASSWORD_FILE: path })).toEqual([expect.stringContaining("chmod o-rwx")]);
    });

    test("what does not fit is said, and no password with it; whether TLS is spoken is no choice", () => {
      for (const url of [
        "mysql://u:hidden@db/d",
        "postgres://u:hidden@db",
        "postgres://db/d",
        "postgres://u:hidden@db/d?sslmode=disable",
        "postgres://u:hid%zzden@db/d",
        "hidden",
      ])
        expect(wrong({ ENGAWA_DATABASE_URL: url })).toEqual([
          "ENGAWA_DATABASE_URL must be postgres://user@host:port/database, with %2Ffolder as host for a socket",
        ]);
      expect(problemsOf({ ...complete(), ENGAWA_DATABASE_CA: file("ca.pem", CERTIFICATE) })).toEqual([
        "ENGAWA_DATABASE_CA is set but ENGAWA_DATABASE_URL is not",
      ]);
    });
  });

  describe("a mail server", () => {
    const mail = (more: Record<string, string>) => ({
      ...complete(),
      ...{ ENGAWA_MAIL_URL: "smtp://mail.example.lg.jp", ENGAWA_MAIL_FROM: "engawa@example.lg.jp", ...more },
    });
    const wrong = (more: Record<string, string>) => problemsOf(mail(more));

    test("there is none, unless it is set", () => expect(loadConfig(complete()).mail).toBeUndefined());

    test("with STARTTLS or with TLS from the beginning, at the usual ports", () => {
      expect(loadConfig(mail({})).mail).toEqual({
        ...{ host: "mail.example.lg.jp", port: 587, secure: false, isLoopback: false, from: "engawa@example.lg.jp" },
        ...{ user: undefined, password: undefined, ca: undefined },
      });
      const secure = loadConfig(mail({ ENGAWA_MAIL_URL: "smtps://mail.example.lg.jp" })).mail;
      expect(secure).toMatchObject({ port: 465, secure: true });
      const own = loadConfig(mail({ ENGAWA_MAIL_URL: "smtp://[::1]:2525/" })).mail;
      expect(own).toMatchObject({ host: "::1", port: 2_525, isLoopback: true });
    });

    test("its password stands in the URL or in a file that nobody else can read", () => {
      const inUrl = loadConfig(mail({ ENGAWA_MAIL_URL: "smtps://en%40gawa:p%2Fw@mail.example.lg.jp:4650" })).mail;
      expect(inUrl).toMatchObject({ host: "mail.example.lg.jp", port: 4_650, user: "en@gawa", password: "p/w" });
      const url = { ENGAWA_MAIL_URL: "smtp://engawa@mail.example.lg.jp" };
      const path = file("mail.password", "secret word\n");
      const inFile = loadConfig(mail({ ...url, ENGAWA_MAIL_PASSWORD_FILE: path })).mail;
      expect(inFile).toMatchObject({ user: "engawa", password: "secret word" });
      chmodSync(path, 0o644);
      expect(wrong({ ...url, ENGAWA_MAIL_PASSWORD_FILE: path })).toEqual([expect.stringContaining("chmod o-rwx")]);
    });

    test("what does not fit is said, and no password with it", () => {
      const path = file("mail.password", "secret");
      const url = "smtp://engawa:hidden@mail.example.lg.jp";
      const cases: [Record<string, string>, string][] = [
        [{ ENGAWA_MAIL_URL: "http://u:hidden@mail.example" }, "must be smtp://host:port or smtps://host:port"],
        [{ ENGAWA_MAIL_URL: "mail.example.lg.jp:587" }, "must be smtp://host:port or smtps://host:port"],
        [{ ENGAWA_MAIL_URL: "smtp://u:hidden@mail.example/?pool=true" }, "must be smtp://host:port"],
        [{ ENGAWA_MAIL_URL: "smtp://u:hidden%@mail.example" }, "write % in user and password as %25"],
        [{ ENGAWA_MAIL_URL: "smtp://engawa@mail.example" }, "a user but no password"],
        [{ ENGAWA_MAIL_PASSWORD_FILE: path }, "a password but no user"],
        [{ ENGAWA_MAIL_URL: url, ENGAWA_MAIL_PASSWORD_FILE: path }, "leave one out"],
        [{ ENGAWA_MAIL_FROM: "" }, "ENGAWA_MAIL_FROM is not set"],
        [{ ENGAWA_MAIL_FROM: "Engawa <engawa@example.lg.jp>" }, "must be one mail address"],
        [{ ENGAWA_MAIL_CA: file("no-ca", "nothing") }, "ENGAWA_MAIL_CA"],
        [{ ENGAWA_MAIL_URL: "" }, "ENGAWA_MAIL_FROM is set but ENGAWA_MAIL_URL is not"],
      ];
      for (const [more, said] of cases) {
        expect(wrong(more).join("\n"), JSON.stringify(more)).toContain(said);
        expect(wrong(more).join("\n")).not.toContain("hidden");
      }
    });
  });

  test("a complete environment becomes one frozen object", () => {
    const config = loadConfig(complete());
    expect(config.outside).toEqual({
      listen: { host: "0.0.0.0", port: 443 },
      origins: ["https://telework.example.lg.jp", "https://telework.example.lg.jp:8443"],
    });
    expect(config.inside.listen).toEqual({ host: "::", port: 443 });
    expect(config.local).toBeUndefined();
    expect(config.monitoring).toBeUndefined();
    const watched = loadConfig({ ...complete(), ENGAWA_MONITORING_LISTEN: "127.0.0.1:9464" });
    expect(watched.monitoring).toEqual({ listen: { host: "127.0.0.1", port: 9464 } });
    expect(config.turn).toMatchObject({ secret: "ab".repeat(32), realm: "engawa", udp: { port: 3478 } });
    expect(config.tls.caSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(config.cookieName).toBe("__Host-engawa");
    expect(Object.isFrozen(config.turn.insideUrls)).toBe(true);
  });

  test.each(["OUTSIDE", "INSIDE"] as const)("%s is served here, by an edge of its own, or by both", (name) => {
    const side = name === "OUTSIDE" ? "outside" : "inside";
    const here = { [`ENGAWA_${name}_LISTEN`]: "192.0.2.5:443" };
    const proxied = { [`ENGAWA_${name}_PROXIED_LISTEN`]: "10.0.0.5:8443", [`ENGAWA_${name}_PROXIED_FROM`]: "10.0.0.4" };
    const without: Record<string, string> = { ...complete(), [`ENGAWA_${name}_LISTEN`]: "" };
    const at = { listen: { host: "10.0.0.5", port: 8443 }, from: "10.0.0.4" };
    const listen = { host: "192.0.2.5", port: 443 };
    expect(loadConfig({ ...without, ...here })[side]).toMatchObject({ listen, proxied: undefined });
    expect(loadConfig({ ...without, ...proxied })[side]).toMatchObject({ listen: undefined, proxied: at });
    expect(loadConfig({ ...without, ...here, ...proxied })[side]).toMatchObject({ listen, proxied: at });
    expect(problemsOf(without)).toEqual([expect.stringContaining(`ENGAWA_${name}_LISTEN is not set`)]);
    for (const half of Object.keys(proxied))
      expect(problemsOf({ ...complete(), ...proxied, [half]: "" })).toEqual([expect.stringContaining("go together")]);
    const named = { ...complete(), ...proxied, [`ENGAWA_${name}_PROXIED_FROM`]: "edge.example" };
    expect(problemsOf(named)).toEqual([`ENGAWA_${name}_PROXIED_FROM must be an IP address`]);
  });

  test("this machine's own entrance is on loopback, and its page's origin is known", () => {
    const proxied = { ENGAWA_LOCAL_PROXIED_LISTEN: "127.0.0.1:8081", ENGAWA_LOCAL_PROXIED_FROM: "127.0.0.1" };
    const origin = { ENGAWA_LOCAL_ORIGIN: "http://localhost:8080" };
    expect(loadConfig({ ...complete(), ENGAWA_LOCAL_LISTEN: "127.0.0.1:80" }).local?.origin).toBe(
      "http://localhost:80",
    );
    expect(loadConfig({ ...complete(), ...origin }).local).toBeUndefined();
    expect(loadConfig({ ...complete(), ...proxied, ...origin }).local).toMatchObject({
      origin: "http://localhost:8080",
    });
    expect(problemsOf({ ...complete(), ...proxied })).toEqual([expect.stringContaining("ENGAWA_LOCAL_ORIGIN")]);
    const foreign = { ENGAWA_LOCAL_PROXIED_FROM: "192.0.2.1", ENGAWA_LOCAL_ORIGIN: "http://telework.example" };
    expect(problemsOf({ ...complete(), ...proxied, ...foreign })).toHaveLength(2);
  });

  test("the store's key is made once, for its owner alone", () => {
    const { storeKey } = loadConfig(complete());
    const path = join(folder, "state/store.key");
    expect(storeKey).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
    expect(loadAdminConfig(complete()).storeKey).toEqual(storeKey);
    expect(readFileSync(path)).toEqual(Buffer.from(storeKey));
  });

  test("keys beside the database are named; elsewhere they are not, nor are systemd's copies too open", () => {
    const beside = loadConfig(complete());
    expect(beside.keysBesideDatabase).toEqual(["ENGAWA_STORE_KEY_FILE", "ENGAWA_AUDIT_KEY_FILE"]);
    expect(beside.auditKey).toHaveLength(32);
    expect(beside.auditKey).not.toEqual(beside.storeKey);
    const credentials = join(folder, "credentials");
    mkdirSync(credentials);
    const elsewhere = {
      ...complete(),
      ENGAWA_STORE_KEY_FILE: file("credentials/store.key", "s".repeat(32), 0o440),
      ENGAWA_AUDIT_KEY_FILE: file("credentials/audit.key", "a".repeat(32), 0o440),
    };
    expect(problemsOf(elsewhere)).toHaveLength(2);
    expect(loadConfig({ ...elsewhere, CREDENTIALS_DIRECTORY: credentials }).keysBesideDatabase).toEqual([]);
    expect(problemsOf({ ...elsewhere, CREDENTIALS_DIRECTORY: join(folder, "cred") })).toHaveLength(2);
    const inFolder = { ...complete(), ENGAWA_STORE_KEY_FILE: join(folder, "state/store.key") };
    expect(loadConfig(inFolder).keysBesideDatabase).toContain("ENGAWA_STORE_KEY_FILE");
  });

  test("so many newcomers a minute as are set", () => {
    expect(loadConfig(complete()).newcomersPerMinute).toBe(300);
    expect(loadConfig({ ...complete(), ENGAWA_NEWCOMERS_PER_MINUTE: "900" }).newcomersPerMinute).toBe(900);
    expect(problemsOf({ ...complete(), ENGAWA_NEWCOMERS_PER_MINUTE: "5000" })).toHaveLength(1);
  });

  test("sign-ins end when it is set", () => {
    expect(loadConfig(complete()).signInLimits).toEqual({ idleMs: 30 * 60_000, absoluteMs: 12 * 3_600_000 });
    const given = { ENGAWA_SIGN_IN_IDLE_MINUTES: "5", ENGAWA_SIGN_IN_HOURS: "24" };
    expect(loadConfig({ ...complete(), ...given }).signInLimits).toEqual({
      idleMs: 5 * 60_000,
      absoluteMs: 24 * 3_600_000,
    });
    const wrong = { ENGAWA_SIGN_IN_IDLE_MINUTES: "4", ENGAWA_SIGN_IN_HOURS: "25" };
    expect(problemsOf({ ...complete(), ...wrong })).toEqual([
      "ENGAWA_SIGN_IN_IDLE_MINUTES must be a whole number from 5 to 60",
      "ENGAWA_SIGN_IN_HOURS must be a whole number from 1 to 24",
    ]);
  });

  test("the console is off unless it is set, and has an origin of its own", () => {
    expect(loadConfig(complete()).console).toBeUndefined();
    const listen = { ENGAWA_CONSOLE_LISTEN: "10.0.0.5:8445" };
    const origins = { ENGAWA_CONSOLE_ORIGINS: "https://admin.example.lg.jp" };
    expect(loadConfig({ ...complete(), ...listen, ...origins }).console).toEqual({
      listen: { host: "10.0.0.5", port: 8445 },
      origins: ["https://admin.example.lg.jp"],
    });
    for (const half of [listen, origins])
      expect(problemsOf({ ...complete(), ...half })).toEqual([
        "ENGAWA_CONSOLE_LISTEN and ENGAWA_CONSOLE_ORIGINS go together",
      ]);
    const shared = { ENGAWA_CONSOLE_ORIGINS: "https://admin.example.lg.jp,https://telework.example.lg.jp" };
    expect(problemsOf({ ...complete(), ...listen, ...shared })).toEqual([expect.stringContaining("origin of its own")]);
  });

  test("the server knows what needs two persons", () => {
    const two = { ENGAWA_TWO_PERSONS: "otp.reset" };
    expect(loadConfig({ ...complete(), ...two }).twoPersons).toEqual(["otp.reset"]);
    expect(loadConfig(complete()).twoPersons).toEqual([]);
  });

  test("all problems are told at once", () => {
    const problems = problemsOf({ ENGAWA_OUTSIDE_LISTEN: "443", ENGAWA_LOCAL_LISTEN: "0.0.0.0:8080" });
    expect(problems).toContain("ENGAWA_TLS_CERT is not set");
    expect(problems).toContain("ENGAWA_TURN_SECRET_FILE is not set");
    expect(problems.some((problem) => problem.startsWith("ENGAWA_OUTSIDE_LISTEN must be host:port"))).toBe(true);
    expect(problems.some((problem) => problem.startsWith("ENGAWA_LOCAL_LISTEN must be a loopback"))).toBe(true);
    expect(existsSync(join(folder, "state"))).toBe(false);
  });

  test.each([
    ["ENGAWA_OUTSIDE_ORIGINS", "https://Telework.example"],
    ["ENGAWA_OUTSIDE_ORIGINS", "https://telework.example/"],
    ["ENGAWA_OUTSIDE_ORIGINS", "http://telework.example"],
    ["ENGAWA_OUTSIDE_ORIGINS", ","],
    ["ENGAWA_OUTSIDE_LISTEN", "0.0.0.0:70000"],
    ["ENGAWA_LOCAL_LISTEN", "192.0.2.1:80"],
    ["ENGAWA_MONITORING_LISTEN", "9464"],
    ["ENGAWA_CONSOLE_LISTEN", "8445"],
    ["ENGAWA_CONSOLE_ORIGINS", "http://admin.example.lg.jp"],
    ["ENGAWA_INSIDE_URL", "http://10.0.0.5"],
    ["ENGAWA_COOKIE_NAME", "engawa"],
    ["ENGAWA_TURN_INSIDE_URLS", "stun:10.0.0.5:3478"],
    ["ENGAWA_LOG_LEVEL", "trace"],
  ])("%s refuses %s", (name, value) => {
    const problems = problemsOf({ ...complete(), [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });

  test("empty and short secrets, and keys that others can read, are refused", () => {
    const turn = (text: string) => problemsOf({ ...complete(), ENGAWA_TURN_SECRET_FILE: file("turn2", text) });
    expect(turn("\n")[0]).toContain("empty or too short");
    expect(turn("secret")[0]).toContain("empty or too short");
    const key = file("store2", "x".repeat(32));
    chmodSync(key, 0o640);
    expect(problemsOf({ ...complete(), ENGAWA_STORE_KEY_FILE: key })[0]).toContain("chmod 600");
    chmodSync(key, 0o600);
    expect(problemsOf({ ...complete(), ENGAWA_STORE_KEY_FILE: key })).toEqual([]);
    expect(problemsOf({ ...complete(), ENGAWA_STORE_KEY_FILE: file("store3", "") })[0]).toContain("32 random bytes");
    expect(problemsOf({ ...complete(), ENGAWA_TLS_KEY: file("key2", "nothing") })[0]).toContain("no PEM private key");
  });

  test("the command line needs the store only", () => {
    const config = loadAdminConfig({ ENGAWA_STATE_DIR: join(folder, "state"), ENGAWA_INSIDE_URL: "" });
    expect(config).toMatchObject({ stateDir: join(folder, "state"), insideUrl: undefined, caSha256: undefined });
  });
});

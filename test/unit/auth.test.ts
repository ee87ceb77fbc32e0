/** The parts of signing in, each alone. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Challenges } from "../../signaling/auth/device-key.ts";
import { isGuessable } from "../../signaling/auth/guessable.ts";
import { Lanes } from "../../signaling/auth/lanes.ts";
import { generatePassword, Passwords, passwordProblem } from "../../signaling/auth/password.ts";
import { SignInThrottle, SourceThrottle } from "../../signaling/auth/throttle.ts";
import { clearCookie, newToken, setCookie, tokenFromCookies } from "../../signaling/auth/token.ts";
import { codeAt, newSeed, otpauthUri, seedOfUri, stepOf } from "../../signaling/auth/totp.ts";
import { sourceOf } from "../../signaling/source.ts";
import { Sealer } from "../../signaling/store/sealer.ts";

describe("one-time codes", () => {
  /** RFC 6238 appendix B, SHA-1; the last six of its eight digits. */
  const SEED = Buffer.from("12345678901234567890");
  test.each([
    [59, "287082"],
    [1111111109, "081804"],
    [1111111111, "050471"],
    [1234567890, "005924"],
    [2000000000, "279037"],
    [20000000000, "353130"],
  ])("at %d s the code of RFC 6238 is right", (seconds, code) => {
    expect(codeAt(SEED, seconds * 1000)).toBe(code);
    expect(stepOf({ seed: SEED, code, at: seconds * 1000 })).toBe(Math.floor(seconds / 30));
  });

  test("a code is good from the first to the last moment of its step and no longer", () => {
    const code = codeAt(SEED, 60_000);
    const good = [60_000, 89_999].map((at) => stepOf({ seed: SEED, code, at }));
    const bad = [59_999, 90_000].map((at) => stepOf({ seed: SEED, code, at }));
    expect([good, bad]).toEqual([
      [2, 2],
      [undefined, undefined],
    ]);
  });

  test("a seed has 160 bits and survives the QR code", () => {
    const seed = newSeed();
    expect(seed).toHaveLength(20);
    const uri = otpauthUri({ seed, login: "sato", issuer: "Engawa 緑市" });
    expect(uri).toMatch(/^otpauth:\/\/totp\//);
    expect(Buffer.from(seedOfUri(uri))).toEqual(Buffer.from(seed));
  });
});

describe("a chosen password", () => {
  test.each([
    "password1234",
    "qwertyuiop12",
    "administrator1",
    "iloveyou2026!",
    "さくらさくらさくらさ",
    "hanako sato 12",
    "veranda-Hanako-1847-x",
  ])("%s is one of the first that a guesser tries", async (password) =>
    expect(await isGuessable(password, ["sato", "Hanako Sato"])).toBe(true),
  );
  test.each(["hamburger-veranda-41", "correct horse battery", generatePassword()])("%s is not", async (password) =>
    expect(await isGuessable(password, ["sato"])).toBe(false),
  );
});

describe("challenges", () => {
  const challenges = new Challenges(new Uint8Array(32));
  test("are good for two minutes", () => {
    const challenge = challenges.issue(1000);
    expect(challenge.length).toBeLessThanOrEqual(256);
    expect(challenges.isOurs(challenge, 1000 + 119_999)).toBe(true);
    expect(challenges.isOurs(challenge, 1000 + 120_000)).toBe(false);
  });

  test("cannot be forged, prolonged or taken from another server", () => {
    const challenge = challenges.issue(1000);
    const [until, random, mac] = challenge.split(".");
    const forged = [
      `${Number(until) + 1}.${random}.${mac}`,
      `${until}.${random}.`,
      `${until}.${random}`,
      "",
      "..",
      `${challenge}x`,
      new Challenges(new Uint8Array(32).fill(1)).issue(1000),
    ];
    expect(forged.map((one) => challenges.isOurs(one, 1000))).toEqual(forged.map(() => false));
  });
});

describe("passwords", () => {
  test("are hashed with argon2id at OWASP's strength, each with its own salt", async () => {
    const passwords = new Passwords();
    const [one, two] = await Promise.all([passwords.hash("long enough"), passwords.hash("long enough")]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await passwords.verify(one, "long enough", "other")).toBe(true);
    expect(await passwords.verify(one, "long enoughx", "other")).toBe(false);
  });

  test("nobody's password is never right, and the dummy ran", async () => {
    const passwords = new Passwords();
    expect(await passwords.verify(undefined, "anything", "other")).toBe(false);
    expect(passwords.dummyRuns).toBe(1);
  });

  test("generated ones are hashed cheaply, and looking at one costs what looking at any other does", async () => {
    const passwords = new Passwords();
    const { password, hash } = await passwords.generate();
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=256,t=1,p=1\$/);
    expect(await passwords.verify(hash, password, "other")).toBe(true);
    expect(await passwords.verify(hash, generatePassword(), "other")).toBe(false);
    expect(passwords.dummyRuns).toBe(0);
  });

  test("the same letters composed differently are the same password", async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash("ガギグゲゴ-1234567".normalize("NFD"));
    expect(await passwords.verify(hash, "ガギグゲゴ-1234567".normalize("NFC"), "other")).toBe(true);
  });

  test("weak ones are refused, generated ones are not", () => {
    expect(passwordProblem("short", "sato")).toBe("too-short");
    expect(passwordProblem("ab-cde-".repeat(40), "sato")).toBe("too-long");
    expect(passwordProblem("Sato-2027-march", "sato")).toBe("own-words");
    expect(passwordProblem("aaaaaaaaaaaaaaaa", "sato")).toBe("uniform");
    expect(passwordProblem(generatePassword(), "sato")).toBeUndefined();
    expect(generatePassword()).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
  });
});

describe("lanes", () => {
  test("whoever proved a device goes first, and a full lane refuses", async () => {
    const lanes = new Lanes({ concurrency: 1, maxWaiting: { proven: 2, other: 2 } });
    const order: string[] = [];
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const task = (name: string) => async () => void order.push(name);
    const all = [
      lanes.run("other", () => gate),
      lanes.run("other", task("other 1")),
      lanes.run("other", task("other 2")),
      lanes.run("proven", task("proven 1")),
      lanes.run("proven", task("proven 2")),
    ];
    await expect(lanes.run("other", task("other 3"))).rejects.toMatchObject({ code: "SERVER_BUSY" });
    await expect(lanes.run("proven", task("proven 3"))).rejects.toMatchObject({ code: "SERVER_BUSY" });
    open();
    await Promise.all(all);
    expect(order).toEqual(["proven 1", "proven 2", "other 1", "other 2"]);
  });

  test("a task that fails frees its place", async () => {
    const lanes = new Lanes({ concurrency: 1, maxWaiting: { proven: 1, other: 1 } });
    await expect(lanes.run("other", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await lanes.run("other", async () => 1)).toBe(1);
  });
});

describe("throttle", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const outcome = async (attempt: Promise<unknown>): Promise<"ok" | number> => {
    try {
      await attempt;
      return "ok";
    } catch (error) {
      const { code, details } = error as { code: string; details: { retryAfterS: number } };
      expect(code).toBe("TOO_MANY_ATTEMPTS");
      return details.retryAfterS;
    }
  };
  const device = (deviceId = "d", failures = 0) => ({ lane: "proven", deviceId, failures }) as const;
  const other = (login: string, address = "192.0.2.1") => ({ lane: "other", login, address }) as const;

  test("waits grow from half a minute to an hour", async () => {
    const throttle = new SignInThrottle();
    const waits: number[] = [];
    while (waits.length < 9) {
      const result = await outcome(throttle.admit(device()));
      if (result === "ok") continue;
      waits.push(result);
      vi.advanceTimersByTime(result * 1000);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  });

  test("of a thousand attempts at once only the free ones are looked at", async () => {
    const throttle = new SignInThrottle();
    const results = await Promise.all(Array.from({ length: 1000 }, () => outcome(throttle.admit(device()))));
    expect(results.filter((one) => one === "ok")).toHaveLength(5);
  });

  test("success takes everything back", async () => {
    const throttle = new SignInThrottle();
    for (let i = 0; i < 50; i += 1) {
      const admitted = await throttle.admit(device());
      await admitted.succeeded();
    }
    expect(await outcome(throttle.admit(device()))).toBe("ok");
  });

  test("a login is counted whether it exists or not, from however many sources", async () => {
    const throttle = new SignInThrottle();
    const results = [];
    for (let i = 0; i < 12; i += 1) results.push(await outcome(throttle.admit(other("sato", `192.0.2.${i}`))));
    expect(results).toEqual([...new Array(10).fill("ok"), 30, 30]);
    await throttle.forgive("sato");
    expect(await outcome(throttle.admit(other("sato")))).toBe("ok");
  });

  test("a source is limited over all logins, and cannot use up everybody's share", async () => {
    const throttle = new SignInThrottle();
    const results = [];
    for (let i = 0; i < 1000; i += 1) results.push(await outcome(throttle.admit(other(`login${i}`, "2001:db8::1"))));
    expect(results.filter((one) => one === "ok")).toHaveLength(150);
    expect(await outcome(throttle.admit(other("x", "2001:db8::ffff")))).not.toBe("ok");
    expect(await outcome(throttle.admit(other("x", "2001:db8:0:1::1")))).toBe("ok");
  });

  test("nothing that others do touches a registered device", async () => {
    const throttle = new SignInThrottle();
    for (let i = 0; i < 2000; i += 1) {
      await outcome(throttle.admit(other("sato", `198.51.${i >> 8}.${i & 255}`)));
      if (i < 20) await outcome(throttle.admit(device("another")));
    }
    expect(await outcome(throttle.admit(other("new", "203.0.113.1")))).not.toBe("ok");
    expect(await outcome(throttle.admit(device("mine")))).toBe("ok");
  });

  test("a site with many networks cannot use up everybody's share either", async () => {
    const throttle = new SignInThrottle();
    let admitted = 0;
    for (let i = 0; i < 1000; i += 1) {
      const network = `2001:db8:1:${(i % 256).toString(16)}::1`;
      if ((await outcome(throttle.admit(other(`login${i}`, network)))) === "ok") admitted += 1;
    }
    expect(admitted).toBe(225);
    expect(await outcome(throttle.admit(other("new", "2001:db8:2::1")))).toBe("ok");
  });

  test("on the day of introduction more newcomers are let in, if so set", async () => {
    const admitted = async (throttle: SignInThrottle) => {
      const all = Array.from({ length: 600 }, (_, i) => outcome(throttle.admit(other(`n${i}`, `10.0.${i >> 6}.1`))));
      return (await Promise.all(all)).filter((one) => one === "ok").length;
    };
    expect(await admitted(new SignInThrottle())).toBe(300);
    expect(await admitted(new SignInThrottle({ newcomersPerMinute: 600 }))).toBe(600);
  });

  test("an attempt that nobody looked at does not count, for whoever made it", async () => {
    const throttle = new SignInThrottle({ newcomersPerMinute: 20 });
    for (let i = 0; i < 100; i += 1) {
      for (const attempt of [device(), other("sato")]) await (await throttle.admit(attempt)).withdrawn();
    }
    const results = [];
    for (let i = 0; i < 6; i += 1) results.push(await outcome(throttle.admit(device())));
    expect(results).toEqual(["ok", "ok", "ok", "ok", "ok", 30]);
  });

  test("a device's signatures are looked at so often from one place, until one is right", async () => {
    const throttle = new SignInThrottle();
    const look = (address: string) => throttle.admitSignature({ deviceId: "d", address });
    for (let i = 0; i < 50; i += 1) (await look("192.0.2.1")).succeeded();
    const results = [];
    for (let i = 0; i < 25; i += 1) results.push(await outcome(look("192.0.2.1")));
    expect(results.filter((one) => one === "ok")).toHaveLength(20);
    expect(await outcome(look("192.0.2.2"))).toBe("ok");
  });

  test("however many sources there are, so many are remembered, and it is counted", async () => {
    const throttle = new SourceThrottle({ points: 1, durationS: 60, maxKeys: 100 });
    const admit = (i: number) => outcome(throttle.admit(`10.0.${i >> 8}.${i & 255}`));
    for (let i = 0; i < 1000; i += 1) expect(await admit(i)).toBe("ok");
    expect(throttle.evicted).toBe(900);
    expect(await admit(999)).not.toBe("ok");
    expect(await admit(0)).toBe("ok"); // the oldest was forgotten
    const signIns = new SignInThrottle({ maxKeys: 10 });
    for (let i = 0; i < 30; i += 1) await outcome(signIns.admit(other(`n${i}`, `10.1.0.${i}`)));
    expect(signIns.evicted).toBe(3 * 20);
  });

  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["", ""],
  ])("the source of %s is %s", (address, source) => expect(sourceOf(address)).toBe(source));
});

describe("cookies", () => {
  test("carry every protection", () => {
    expect(setCookie("__Host-engawa", "t")).toBe("__Host-engawa=t; Path=/; Secure; HttpOnly; SameSite=Strict");
    expect(clearCookie("__Host-engawa")).toContain("Max-Age=0");
  });

  test("are read only when there is exactly one that is well-formed", () => {
    const token = newToken();
    const read = (header: string | undefined) => tokenFromCookies(header, "__Host-engawa");
    expect(read(`a=b; __Host-engawa=${token}; c=d`)).toBe(token);
    const bad = [undefined, "", "__Host-engawa=", `__Host-engawa=${token}x`, `x__Host-engawa=${token}`];
    expect([...bad, `__Host-engawa=${token}; __Host-engawa=${token}`].map(read)).toEqual(new Array(6).fill(undefined));
  });
});

describe("sealed secrets", () => {
  const sealer = new Sealer(new Uint8Array(32).fill(7));
  const secret = Buffer.from("a seed");
  test("open with the same key and row only", () => {
    const sealed = sealer.seal(secret, "row");
    expect(Buffer.from(sealer.open(sealed, "row"))).toEqual(secret);
    expect(sealed).not.toBe(sealer.seal(secret, "row"));
    expect(() => sealer.open(sealed, "other row")).toThrow("ENGAWA_STORE_KEY_FILE");
    expect(() => new Sealer(new Uint8Array(32)).open(sealed, "row")).toThrow("ENGAWA_STORE_KEY_FILE");
  });

  test("do not open when a bit has changed", () => {
    const bytes = Buffer.from(sealer.seal(secret, "row").slice(2), "base64url");
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(i) ^ 1, i);
      expect(() => sealer.open(`1.${changed.toString("base64url")}`, "row")).toThrow();
    }
  });
});

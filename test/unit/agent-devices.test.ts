import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEVICE_YEAR_MS, Devices } from "../../agent/trust/devices.ts";
import { Login, type PublicKey } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, keyCode } from "../../signaling/protocol/signed.ts";

const START = 1_800_000_000_000;
const login = Login.parse("tanaka");
let folder: string;
let clock: number;
let devices: Devices;
let key: PublicKey;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engawa-devices-"));
  clock = START;
  devices = new Devices(join(folder, "devices.json"), () => clock);
  key = await exportPublicKey((await generateKeyPair(true)).publicKey);
});
afterEach(() => rm(folder, { recursive: true }));

test("a device has its day; another person with it, or another device, has none", async () => {
  await devices.add({ code: await keyCode(key), login, addedAt: START, until: START + 1_000 });
  expect(await devices.term(key, login)).toBe(START + 1_000);
  expect(await devices.term(key, Login.parse("suzuki"))).toBeUndefined();
  const other = await exportPublicKey((await generateKeyPair(true)).publicKey);
  expect(await devices.term(other, login)).toBeUndefined();
});

test("entries of version 0.2 are good for a year from when they are first seen, however old they are, and it is kept", async () => {
  const path = join(folder, "devices.json");
  const old = { code: await keyCode(key), login, note: "貸与PC 3", addedAt: START - 3 * DEVICE_YEAR_MS };
  const dated = { code: await keyCode(await exportPublicKey((await generateKeyPair(true)).publicKey)), login };
  const entries = [old, { ...dated, addedAt: START, until: START + 5 }];
  await writeFile(path, JSON.stringify({ version: 1, devices: entries }), { mode: 0o600 });
  expect(await devices.term(key, login)).toBe(START + DEVICE_YEAR_MS);
  expect(await devices.giveTerms()).toBe(1);
  const given = { version: 1, devices: [{ ...old, until: START + DEVICE_YEAR_MS }, entries[1]] };
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(given);
  clock += 1_000;
  expect(await devices.giveTerms()).toBe(0);
  expect(await devices.term(key, login)).toBe(START + DEVICE_YEAR_MS);
});

test("no list is no list with terms either", async () => {
  expect(await devices.giveTerms()).toBe(0);
  expect(await devices.revision()).toBe("none; none");
});

test("adding a device again lets it in for longer, and never for less", async () => {
  const code = await keyCode(key);
  await devices.add({ code, login, addedAt: START, until: START + 1_000, note: "貸与PC 3" });
  clock = START + 5_000;
  expect(await devices.add({ code, login, addedAt: clock, until: clock + 1_000 })).toBe(false);
  expect(await devices.term(key, login)).toBe(clock + 1_000);
  await devices.add({ code, login, addedAt: clock, until: clock });
  const [only, ...more] = await devices.list();
  expect(more).toEqual([]);
  expect(only).toMatchObject({ note: "貸与PC 3", addedAt: START });
  expect(only?.until).toBe(clock + 1_000);
});

describe("what the server says was lost", () => {
  const suzuki = Login.parse("suzuki");
  const listed = async () => (await devices.list()).map((device) => device.login);

  test("is struck off, of this person and no other; the list itself is not written to", async () => {
    const code = await keyCode(key);
    for (const who of [login, suzuki]) await devices.add({ code, login: who, addedAt: START });
    const before = [await readFile(join(folder, "devices.json"), "utf8"), await devices.revision()] as const;
    expect(await devices.forget({ code, login })).toBe(true);
    expect(await devices.term(key, login)).toBeUndefined();
    expect(await listed()).toEqual(["suzuki"]);
    expect(await readFile(join(folder, "devices.json"), "utf8")).toBe(before[0]);
    expect(await devices.revision()).not.toBe(before[1]); // a session under way looks again
    expect(await devices.forget({ code, login })).toBe(false);
  });

  test("may be anything, and puts nobody on the list", async () => {
    const code = await keyCode(key);
    expect(await devices.forget({ code, login })).toBe(false);
    expect(await devices.list()).toEqual([]);
    expect(await devices.revision()).toBe("none; none");
  });

  test("is known again when IT adds it again, whatever the clock says", async () => {
    const code = await keyCode(key);
    await devices.add({ code, login, addedAt: START });
    clock = START + 1_000;
    await devices.forget({ code, login });
    clock = START - 5_000;
    expect(await devices.add({ code, login, addedAt: clock })).toBe(true);
    expect(await devices.term(key, login)).toBeGreaterThan(START);
    expect(await listed()).toEqual(["tanaka"]);
    expect(await devices.forget({ code, login })).toBe(true);
    expect(await listed()).toEqual([]);
  });

  test("is not kept for longer than the list has it", async () => {
    const code = await keyCode(key);
    await devices.add({ code, login, addedAt: START });
    await devices.forget({ code, login });
    await devices.add({ code, login: suzuki, addedAt: START + 1 }); // the list is written without it
    await devices.forget({ code, login: suzuki });
    const { forgotten } = JSON.parse(await readFile(join(folder, "run", "forgotten.json"), "utf8"));
    expect(forgotten.map((one: { login: string }) => one.login)).toEqual(["suzuki"]);
  });

  test("a damaged record of it lets nobody in", async () => {
    const code = await keyCode(key);
    await devices.add({ code, login, addedAt: START });
    await devices.forget({ code, login: suzuki });
    await devices.forget({ code, login });
    await writeFile(join(folder, "run", "forgotten.json"), "{", { mode: 0o600 });
    await expect(devices.term(key, login)).rejects.toThrow("forgotten.json cannot be used");
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEVICE_YEAR_MS, Devices, goodUntil } from "../../agent/trust/devices.ts";
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

test("a device is let in until its day, and not from then on", async () => {
  await devices.add({ code: await keyCode(key), login, addedAt: START, until: START + 1_000 });
  clock = START + 999;
  expect(await devices.allows(key, login)).toBe(true);
  clock = START + 1_000;
  expect(await devices.allows(key, login)).toBe(false);
});

test("an entry of a former version is good for a year from when it was added", async () => {
  await devices.add({ code: await keyCode(key), login, addedAt: START });
  clock = START + DEVICE_YEAR_MS - 1;
  expect(await devices.allows(key, login)).toBe(true);
  clock += 1;
  expect(await devices.allows(key, login)).toBe(false);
});

test("adding a device again lets it in for longer, and never for less", async () => {
  const code = await keyCode(key);
  await devices.add({ code, login, addedAt: START, until: START + 1_000, note: "貸与PC 3" });
  clock = START + 5_000;
  expect(await devices.add({ code, login, addedAt: clock, until: clock + 1_000 })).toBe(false);
  expect(await devices.allows(key, login)).toBe(true);
  await devices.add({ code, login, addedAt: clock, until: clock });
  const [only, ...more] = await devices.list();
  expect(more).toEqual([]);
  expect(only).toMatchObject({ note: "貸与PC 3", addedAt: START });
  expect(only && goodUntil(only)).toBe(clock + 1_000);
});

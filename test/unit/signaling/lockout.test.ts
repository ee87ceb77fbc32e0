/** Who is kept out by which lock, where, and for how long. */
import { describe, expect, test } from "vitest";
import { type Comer, lockOver } from "../../../signaling/auth/lockout.ts";
import type { LockInForce } from "../../../signaling/store/queries/locks.ts";

const comer = {
  person: { id: "tanaka", organisationId: "midori", divisionId: "soumu" },
  device: "LAPTOP",
  terminal: { id: "PC", organisationId: "midori", divisionId: "zeimu" },
} as unknown as Comer;
const atTheDoor = { ...comer, terminal: undefined };

const lock = (kind: LockInForce["kind"], more: object = {}): LockInForce =>
  ({
    ...{ kind, personId: null, deviceCode: null, terminalId: null, until: null },
    ...{ organisations: new Set(), divisions: new Set() },
    ...more,
  }) as unknown as LockInForce;

const person = lock("person", { personId: "tanaka" });
const device = lock("device", { organisationId: "midori", personId: "sato", deviceCode: "LAPTOP" });
const terminal = lock("terminal", { terminalId: "PC" });
const session = lock("session", { personId: "tanaka", terminalId: "PC" });
const ownDivision = lock("division", { divisions: new Set(["soumu"]) });
const divisionOfPc = lock("division", { divisions: new Set(["zeimu"]) });
const organisation = lock("organisation", { organisations: new Set(["ken", "midori"]) });

describe.each([
  ["the person", person, { door: true, console: true, pc: true }],
  ["the device, whoever's it was", device, { door: true, console: true, pc: true }],
  ["the office PC", terminal, { door: false, console: false, pc: true }],
  ["this person at this office PC", session, { door: false, console: false, pc: true }],
  ["the person's division", ownDivision, { door: true, console: false, pc: true }],
  ["the office PC's division", divisionOfPc, { door: false, console: false, pc: true }],
  ["the organisation or one above it", organisation, { door: true, console: false, pc: true }],
])("a lock on %s", (_name, one, keepsOut) => {
  test("keeps out of signing in to the page, of the console and of the office PC as it should", () => {
    expect({
      door: lockOver([one], atTheDoor) === one,
      console: lockOver([one], atTheDoor, "console") === one,
      pc: lockOver([one], comer) === one,
    }).toEqual(keepsOut);
  });
});

test.each([
  lock("person", { personId: "sato" }),
  lock("device", { organisationId: "midori", deviceCode: "OTHER" }),
  lock("device", { organisationId: "sakura", deviceCode: "LAPTOP" }),
  lock("terminal", { terminalId: "OTHER" }),
  lock("session", { personId: "sato", terminalId: "PC" }),
  lock("session", { personId: "tanaka", terminalId: "OTHER" }),
  lock("division", { divisions: new Set(["other"]) }),
  lock("organisation", { organisations: new Set(["sakura"]) }),
])("a lock on another $kind keeps nobody else out", (other) => {
  expect(lockOver([other], comer)).toBeUndefined();
});

test("a device that is not known is not the one without a code", () => {
  expect(lockOver([terminal], { ...atTheDoor, device: undefined })).toBeUndefined();
});

test("of several the one that holds for longest is told", () => {
  const short = { ...person, until: 1 };
  const long = { ...device, until: 2 };
  expect(lockOver([short, long], comer)).toBe(long);
  expect(lockOver([long, short], comer)).toBe(long);
  expect(lockOver([long, person, short], comer)).toBe(person);
});

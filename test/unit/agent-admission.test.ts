import { beforeAll, beforeEach, expect, test } from "vitest";
import { Admission, type SessionOpen } from "../../agent/trust/admission.ts";
import type { Devices } from "../../agent/trust/devices.ts";
import type { KeptLock } from "../../agent/trust/locks.ts";
import { Login } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";

/** The listed device's last moment, epoch ms. */
const UNTIL = 1_800_000_000_000;
let open: SessionOpen;
let clock = UNTIL - 1;
const now = () => clock;
beforeEach(() => {
  clock = UNTIL - 1;
});
beforeAll(async () => {
  const deviceKey = await exportPublicKey((await generateKeyPair(true)).publicKey);
  open = { person: { login: Login.parse("tanaka"), name: "田中" }, deviceKey } as SessionOpen;
});

/** A list that is changed right after it was read, or never. */
function list({ removedAfterReading }: { removedAfterReading: boolean }) {
  let listed = true;
  let revision = 1;
  const devices = {
    revision: async () => String(revision),
    term: async () => {
      const answer = listed ? UNTIL : undefined;
      if (removedAfterReading && listed) {
        listed = false;
        revision += 1;
      }
      return answer;
    },
  };
  return { devices: devices as unknown as Devices, locks: nobodyLocked };
}
const nobodyLocked = { over: async () => undefined, revision: async () => "none" };

test("a device that is removed between the look at the list and the session is noticed", async () => {
  const admission = new Admission(open, list({ removedAfterReading: true }), now);
  expect(await admission.refusal()).toBeUndefined();
  expect(await admission.isOver()).toBe("device-removed");
});

test("a list that does not change revokes nothing", async () => {
  const admission = new Admission(open, list({ removedAfterReading: false }), now);
  expect(await admission.refusal()).toBeUndefined();
  expect(await admission.isOver()).toBeUndefined();
});

test("a device whose day comes in mid-session is out, though the list has not changed", async () => {
  const admission = new Admission(open, list({ removedAfterReading: false }), now);
  expect(await admission.refusal()).toBeUndefined();
  clock = UNTIL;
  expect(await admission.isOver()).toBe("device-expired");
});

test("a device whose day has been is refused for that, and not as unknown", async () => {
  const admission = new Admission(open, list({ removedAfterReading: false }), now);
  clock = UNTIL;
  expect(await admission.refusal()).toMatchObject({ reason: "device-expired" });
});

test("who is locked out in mid-session is out, though they stand on the list; and comes in no more", async () => {
  let revision = "1";
  let locked = false;
  const locks = {
    over: async () => (locked ? ({ lock: "K7QM-2Z9P", reason: "紛失" } as KeptLock) : undefined),
    revision: async () => revision,
  };
  const admission = new Admission(open, { ...list({ removedAfterReading: false }), locks }, now);
  expect(await admission.refusal()).toBeUndefined();
  locked = true;
  expect(await admission.isOver()).toBeUndefined();
  revision = "2";
  expect(await admission.isOver()).toBe("locked-out");
  expect(await admission.refusal()).toMatchObject({ reason: "locked-out" });
});

test("locks that cannot be read let nobody in", async () => {
  const broken = { over: () => Promise.reject(new Error("damaged")), revision: async () => "1" };
  const admission = new Admission(open, { ...list({ removedAfterReading: false }), locks: broken }, now);
  expect(await admission.refusal()).toEqual({ reason: "locked-out", why: "damaged" });
});

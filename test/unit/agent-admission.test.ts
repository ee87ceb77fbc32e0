import { beforeAll, expect, test } from "vitest";
import { Admission, type SessionOpen } from "../../agent/admission.ts";
import type { Devices } from "../../agent/trust/devices.ts";
import { Login } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";

let open: SessionOpen;
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
    allows: async () => {
      const answer = listed;
      if (removedAfterReading && listed) {
        listed = false;
        revision += 1;
      }
      return answer;
    },
  };
  return devices as unknown as Devices;
}

test("a device that is removed between the look at the list and the session is noticed", async () => {
  const admission = new Admission(open, list({ removedAfterReading: true }));
  expect(await admission.refusal()).toBeUndefined();
  expect(await admission.wasRevoked()).toBe(true);
});

test("a list that does not change revokes nothing", async () => {
  const admission = new Admission(open, list({ removedAfterReading: false }));
  expect(await admission.refusal()).toBeUndefined();
  expect(await admission.wasRevoked()).toBe(false);
});

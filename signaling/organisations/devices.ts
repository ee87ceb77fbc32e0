/** The browsers people may sign in with. */
import { randomUUID } from "node:crypto";
import type { KeyCode, Login } from "../protocol/ids.ts";
import type { OfDevice, WaitingDevice } from "../store/queries/devices.ts";
import type { DeviceRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform, personNamed } from "./desk.ts";
import type { Listing } from "./listing.ts";

export const devices: Listing<DeviceRow & { login: Login }, OfDevice> = {
  page: (q, filter, page) => q.devices.page(filter, page),
  count: (q, filter) => q.devices.count(filter),
  afterOf: ({ login, code }) => [login, code],
};

export const pendingDevices: Listing<WaitingDevice, OfDevice> = {
  page: (q, filter, page, now) => q.devices.pendingPage(filter, now, page),
  count: (q, filter, now) => q.devices.countPending(filter, now),
  afterOf: ({ login, code }) => [login, code],
};

/** Lets in a device that waits. `login` is needed when it waits for several people. */
export function approveDevice(desk: Desk, code: KeyCode, login?: Login): Promise<{ login: Login; code: KeyCode }> {
  return perform(desk, "device.added", async (q, at) => {
    const waiting = (await q.devices.pendingWith(code, at)).filter((one) => login === undefined || one.login === login);
    const [device] = waiting;
    if (!device) {
      throw new DeskError(
        `no device with the code ${code} is waiting; the person signs in once (it will be refused), then try again within 24 hours`,
      );
    }
    if (waiting.length > 1) {
      throw new DeskError(`several people wait with this device; say whose with --login: ${logins(waiting)}`);
    }
    await q.devices.insert({
      id: randomUUID(),
      organisationId: device.organisationId,
      personId: device.personId,
      publicKey: device.publicKey,
      code,
      addedAt: device.seenAt,
      approvedAt: at,
      approvedBy: desk.actor,
      lastUsedAt: null,
      failures: 0,
      removedAt: null,
    });
    await q.devices.dropPending(device.personId, device.publicKey);
    await q.people.clearFailures(device.personId);
    const result = { login: device.login, code };
    return { organisation: device.organisationId, about: result, result };
  });
}

/** Ends what was signed in with it. */
export function removeDevice(desk: Desk, code: KeyCode, login?: Login): Promise<void> {
  return perform(desk, "device.removed", async (q, at) => {
    const person = login === undefined ? undefined : await personNamed(q, login);
    const found = (await q.devices.byCode(code)).filter((one) => !person || one.personId === person.id);
    const [device] = found;
    if (!device) throw new DeskError(`no device with the code ${code} is registered; "device list" shows all`);
    if (found.length > 1) throw new DeskError("several people use this device; say whose with --login");
    await q.devices.remove(device.id, at);
    await q.signIns.end({ deviceId: device.id }, at, "device-removed");
    const owner = await q.people.byId(device.personId);
    return { organisation: device.organisationId, about: { code, login: owner?.login ?? null }, result: undefined };
  });
}

const logins = (list: ReadonlyArray<{ login: Login }>): string => list.map((one) => one.login).join(", ");

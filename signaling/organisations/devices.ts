/** The browsers people may sign in with. */
import { randomUUID } from "node:crypto";
import type { KeyCode, Login } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, PendingDeviceRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, look, perform, personFor, type Who } from "./desk.ts";
import { Places, placeOf, type Standing } from "./places.ts";

export interface WaitingDevice extends PendingDeviceRow {
  readonly login: Login;
  readonly personName: string;
  /** Other browsers of this person that wait too: one of them may be somebody else's. */
  readonly others: number;
}

export function pendingDevices(desk: Desk): Promise<WaitingDevice[]> {
  return look(desk, async (q, ask) => {
    const waiting = await seen(q, ask, await q.devices.pending(desk.now()));
    const perPerson = new Map<string, number>();
    for (const { personId } of waiting) perPerson.set(personId, (perPerson.get(personId) ?? 0) + 1);
    return waiting.map((one) => ({ ...one, others: (perPerson.get(one.personId) ?? 1) - 1 }));
  });
}

export function devices(desk: Desk): Promise<Array<DeviceRow & { login: Login }>> {
  return look(desk, async (q, ask) => seen(q, ask, await q.devices.list()));
}

/** A device stands where its person does. */
async function seen<T extends Standing>(q: Queries, ask: Asking, rows: readonly T[]): Promise<T[]> {
  ask.mustSomewhere("device.read");
  const places = await Places.read(q);
  return rows.filter((row) => ask.may("device.read", places.of(row)));
}

/** Lets in a device that waits. `who` is needed when it waits for several people. */
export function approveDevice(desk: Desk, code: KeyCode, who?: Who): Promise<{ login: Login; code: KeyCode }> {
  return perform(desk, "device.added", async (q, ask, at) => {
    const person = who === undefined ? undefined : await personFor(q, ask, "device.approve", who);
    const waiting = (await seen(q, ask, await q.devices.pending(at))).filter(
      (one) => one.code === code && (person === undefined || one.personId === person.id),
    );
    const [device] = waiting;
    if (!device) {
      throw new DeskError(
        `no device with the code ${code} is waiting; the person signs in once (it will be refused), then try again within 24 hours`,
      );
    }
    if (waiting.length > 1) {
      throw new DeskError(`several people wait with this device; say whose with --login: ${logins(waiting)}`);
    }
    ask.must("device.approve", await placeOf(q, device));
    await q.devices.insert({
      id: randomUUID(),
      organisationId: device.organisationId,
      personId: device.personId,
      publicKey: device.publicKey,
      code,
      addedAt: device.seenAt,
      approvedAt: at,
      approvedBy: desk.principal.who,
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
export function removeDevice(desk: Desk, code: KeyCode, who?: Who): Promise<void> {
  return perform(desk, "device.removed", async (q, ask, at) => {
    const person = who === undefined ? undefined : await personFor(q, ask, "device.remove", who);
    const found = (await seen(q, ask, await q.devices.byCode(code))).filter(
      (one) => !person || one.personId === person.id,
    );
    const [device] = found;
    if (!device) throw new DeskError(`no device with the code ${code} is registered; "device list" shows all`);
    if (found.length > 1) throw new DeskError("several people use this device; say whose with --login");
    ask.must("device.remove", await placeOf(q, device));
    await q.devices.remove(device.id, at);
    await q.signIns.end({ deviceId: device.id }, at, "device-removed");
    return { organisation: device.organisationId, about: { code, login: device.login }, result: undefined };
  });
}

const logins = (list: ReadonlyArray<{ login: Login }>): string => list.map((one) => one.login).join(", ");

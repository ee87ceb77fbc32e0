/** The browsers people may sign in with. */
import { randomUUID } from "node:crypto";
import type { KeyCode, Login, PersonId, PublicKey } from "../protocol/ids.ts";
import type { PendingPerson } from "../store/queries/devices.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, PendingDeviceRow } from "../store/rows/tables.ts";
import { askSecond, needsTwo, type Waits } from "./confirmations.ts";
import { type Asking, type Desk, DeskError, look, perform, personFor, type Who } from "./desk.ts";
import { Places, placeOf, type Standing } from "./places.ts";

export interface WaitingDevice extends PendingDeviceRow {
  readonly login: Login;
  /** The login, with the organisation's code where the server has several. */
  readonly whose: string;
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

export function devices(desk: Desk): Promise<Array<DeviceRow & { login: Login; whose: string }>> {
  return look(desk, async (q, ask) => seen(q, ask, await q.devices.list()));
}

/** A device stands where its person does. */
async function seen<T extends Standing & { readonly login: Login }>(
  q: Queries,
  ask: Asking,
  rows: readonly T[],
): Promise<Array<T & { whose: string }>> {
  ask.mustSomewhere("device.read");
  const places = await Places.read(q);
  return rows
    .filter((row) => ask.may("device.read", places.of(row)))
    .map((row) => ({ ...row, whose: places.who(row) }));
}

export interface Approved {
  readonly login: Login;
  readonly code: KeyCode;
}

/** Lets in a device that waits, or (where two persons are needed) asks for it. `who` is needed when it waits for several people. */
export function approveDevice(desk: Desk, code: KeyCode, who?: Who): Promise<Approved | Waits> {
  if (needsTwo(desk, "device.approve"))
    return askSecond(desk, async (q, ask, at) => {
      const { organisationId, ...device } = await waitingDevice(q, ask, { code, who }, at);
      const { personId: person, login, publicKey } = device;
      return { organisation: organisationId, wish: { action: "device.approve", person, login, publicKey, code } };
    });
  return perform(desk, "device.added", async (q, ask, at) => {
    const device = await waitingDevice(q, ask, { code, who }, at);
    const result = await letIn(q, { person: device.personId, publicKey: device.publicKey }, desk.principal.who, at);
    return { organisation: device.organisationId, about: { ...result }, result };
  });
}

/** The one that is meant; asks whether it may be let in. */
async function waitingDevice(
  q: Queries,
  ask: Asking,
  { code, who }: { code: KeyCode; who: Who | undefined },
  at: number,
): Promise<PendingDeviceRow & PendingPerson> {
  const person = who === undefined ? undefined : await personFor(q, ask, "device.approve", who);
  const waiting = (await seen(q, ask, await q.devices.pending(at))).filter(
    (one) => one.code === code && (person === undefined || one.personId === person.id),
  );
  const [device] = waiting;
  if (!device) throw notWaiting(code);
  if (waiting.length > 1) {
    throw new DeskError(`several people wait with this device; say whose with --login: ${logins(waiting)}`);
  }
  ask.must("device.approve", await placeOf(q, device));
  return device;
}

const notWaiting = (code: string): DeskError =>
  new DeskError(
    `no device with the code ${code} is waiting; the person signs in once (it will be refused), then try again within 24 hours`,
  );

/** Of a device that waits. Whether it is allowed was asked before. */
export async function letIn(
  q: Queries,
  { person, publicKey }: { person: PersonId; publicKey: PublicKey },
  approvedBy: string,
  at: number,
): Promise<Approved> {
  const device = (await q.devices.pending(at)).find((one) => one.personId === person && one.publicKey === publicKey);
  if (!device) throw notWaiting("that was asked for");
  const { organisationId, personId, code, seenAt, login } = device;
  await q.devices.insert({
    ...{ id: randomUUID(), organisationId, personId, publicKey, code },
    ...{ addedAt: seenAt, approvedAt: at, approvedBy, lastUsedAt: null, failures: 0, removedAt: null },
  });
  await q.devices.dropPending(personId, publicKey);
  await q.people.clearFailures(personId);
  return { login, code };
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
    if (found.length > 1)
      throw new DeskError(`several people use this device; say whose with --login: ${logins(found)}`);
    ask.must("device.remove", await placeOf(q, device));
    await q.devices.remove(device.id, at);
    await q.signIns.end({ deviceId: device.id }, at, "device-removed");
    return { organisation: device.organisationId, about: { code, login: device.login }, result: undefined };
  });
}

const logins = (list: ReadonlyArray<{ whose: string }>): string => list.map((one) => one.whose).join(", ");

/** The browsers people may sign in with. */
import { randomUUID } from "node:crypto";
import type { Action } from "../auth/permissions.ts";
import type { KeyCode, Login, PersonId, PublicKey } from "../protocol/ids.ts";
import type { DeviceOfPerson, OfDevice, WaitingDevice } from "../store/queries/devices.ts";
import type { Whose } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import { askSecond, needsTwo, type Waits } from "./confirmations.ts";
import { type Asking, type Desk, DeskError, perform, personFor, type Who } from "./desk.ts";
import { type Listing, loginProblem } from "./listing.ts";
import { Places, placeOf, type Standing, withWhose } from "./places.ts";

export type ListedDevice = DeviceOfPerson & { readonly whose: Whose };

/** A device stands where its person does. */
export const devices: Listing<ListedDevice, OfDevice> = {
  action: "device.read",
  page: async (q, filter, page) => withWhose(q, await q.devices.page(filter, page)),
  count: (q, filter) => q.devices.count(filter),
  afterOf: ({ whose, code }) => [whose, code],
  problem: (q, _ask, [whose]) => loginProblem(q, whose),
};

export const pendingDevices: Listing<WaitingDevice & { readonly whose: Whose }, OfDevice> = {
  action: "device.read",
  page: async (q, filter, page, now) => withWhose(q, await q.devices.pendingPage(filter, now, page)),
  count: (q, filter, now) => q.devices.countPending(filter, now),
  afterOf: ({ whose, code }) => [whose, code],
  problem: (q, _ask, [whose]) => loginProblem(q, whose),
};

/** Of those with one code, what this principal may look at. */
async function seen<T extends Standing & { readonly login: Login }>(
  q: Queries,
  ask: Asking,
  rows: readonly T[],
): Promise<Array<T & { readonly whose: Whose }>> {
  ask.mustSomewhere("device.read");
  const places = await Places.around(q, rows);
  return (await withWhose(q, rows)).filter((row) => ask.may("device.read", places.of(row)));
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
): Promise<WaitingDevice> {
  const person = who === undefined ? undefined : await personFor(q, ask, "device.approve", who);
  const waiting = (await seen(q, ask, await q.devices.pendingWith(code, at))).filter(
    (one) => person === undefined || one.personId === person.id,
  );
  const [device] = waiting;
  if (!device) throw notWaiting(code);
  if (waiting.length > 1) {
    throw new DeskError("device-waits-unclear", { logins: logins(waiting) });
  }
  ask.must("device.approve", await placeOf(q, device));
  return device;
}

const notWaiting = (code: string): DeskError => new DeskError("device-not-waiting", { code });

/** Of a device that waits. Whether it is allowed was asked before. */
export async function letIn(
  q: Queries,
  { person, publicKey }: { person: PersonId; publicKey: PublicKey },
  approvedBy: string,
  at: number,
): Promise<Approved> {
  const device = (await q.devices.pendingOf(person, at)).find((one) => one.publicKey === publicKey);
  const owner = await q.people.byId(person);
  if (!device || !owner) throw notWaiting("that was asked for");
  const { organisationId, personId, code, seenAt } = device;
  await q.devices.insert({
    ...{ id: randomUUID(), organisationId, personId, publicKey, code },
    ...{ addedAt: seenAt, approvedAt: at, approvedBy, lastUsedAt: null, failures: 0, removedAt: null },
  });
  await q.devices.dropPending(personId, publicKey);
  await q.forgets.cancel(personId, code);
  await q.people.clearFailures(personId);
  return { login: owner.login, code };
}

/** Ends what was signed in with it. */
export function removeDevice(desk: Desk, code: KeyCode, who?: Who): Promise<void> {
  return perform(desk, "device.removed", async (q, ask, at) => {
    const device = await registeredDevice(q, ask, "device.remove", { code, who });
    await q.devices.remove(device.id, at);
    await q.signIns.end({ deviceId: device.id }, at, "device-removed");
    return { organisation: device.organisationId, about: { code, login: device.login }, result: undefined };
  });
}

/** The one that is meant; asks whether it may be done. */
export async function registeredDevice(
  q: Queries,
  ask: Asking,
  action: Action,
  { code, who }: { code: KeyCode; who: Who | undefined },
): Promise<DeviceOfPerson> {
  const person = who === undefined ? undefined : await personFor(q, ask, action, who);
  const found = (await seen(q, ask, await q.devices.byCode(code))).filter(
    (one) => !person || one.personId === person.id,
  );
  const [device] = found;
  if (!device) throw new DeskError("device-unknown", { code });
  if (found.length > 1) throw new DeskError("device-unclear", { logins: logins(found) });
  ask.must(action, await placeOf(q, device));
  return device;
}

const logins = (list: ReadonlyArray<{ whose: string }>): string => list.map((one) => one.whose).join(", ");

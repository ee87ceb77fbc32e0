/**
 * What an action of life-cycle.ts would do, in numbers, before it is done: for who has the rows of what it is about, and (foresee…)
 * for who names it, as the command line does. Whether it is allowed is asked as for the action itself.
 */
import type { Effect } from "../protocol/console-acts.ts";
import type { KeyCode, PersonId, TerminalId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, look, personFor, type Who } from "./desk.ts";
import { placesKnowing } from "./forgetting.ts";
import { grantsLeft, type Transfer } from "./life-cycle.ts";
import { placeOf } from "./places.ts";
import { terminalFor } from "./terminals.ts";

export const NONE: Effect = { sessions: 0, signIns: 0, people: 0, terminals: 0 };

export async function leaving(q: Queries, person: PersonId, now: number): Promise<Effect> {
  const devices = (await q.devices.allOf(person)).filter(({ removedAt }) => removedAt === null);
  const grants = await q.terminals.grantsOf({ person });
  const knowing = new Set<TerminalId>();
  for (const device of devices) for (const id of await placesKnowing(q, device)) knowing.add(id);
  const open = await q.rows.openOf({ person }, now);
  return { ...NONE, ...open, people: 1, devices: devices.length, grants: grants.length, forgets: knowing.size };
}

/** `kept`: PCs of the former division that they keep, and those that they get. */
export async function transferring(
  q: Queries,
  id: PersonId,
  kept: readonly TerminalId[],
  now: number,
): Promise<Effect> {
  const person = await q.people.byId(id);
  const ended = person ? (await grantsLeft(q, person)).filter(({ terminalId }) => !kept.includes(terminalId)) : [];
  let sessions = 0;
  for (const { terminalId: terminal } of ended)
    sessions += (await q.rows.openOf({ person: id, terminal }, now)).sessions;
  return { ...NONE, sessions, people: 1, grants: ended.length };
}

/** Of whoever it belongs to, as far as they are in reach. */
export async function losing(
  q: Queries,
  person: PersonId,
  code: KeyCode,
  { now, isReached }: { readonly now: number; readonly isReached: (other: DeviceOfSomebody) => Promise<boolean> },
): Promise<Effect> {
  const own = (await q.devices.allOf(person)).findLast((device) => device.code === code);
  const lost: DeviceRow[] = own ? [own] : [];
  for (const other of await q.devices.byCode(code))
    if (other.personId !== person && (await isReached(other))) lost.push(other);
  const effect = { sessions: 0, signIns: 0, devices: 0 };
  const knowing = new Set<TerminalId>();
  for (const device of lost) {
    const { sessions, signIns } = await q.rows.openOf({ device: device.id }, now);
    effect.sessions += sessions;
    effect.signIns += signIns;
    if (device.removedAt === null) effect.devices += 1;
    for (const id of await placesKnowing(q, device)) knowing.add(id);
  }
  return { ...NONE, ...effect, people: lost.length, forgets: knowing.size };
}
type DeviceOfSomebody = Awaited<ReturnType<Queries["devices"]["byCode"]>>[number];

/** An office PC that is nobody's any longer, or another one. */
export async function giving(q: Queries, terminal: TerminalId, now: number): Promise<Effect> {
  const [row] = await q.rows.terminals([terminal]);
  const { sessions } = await q.rows.openOf({ terminal }, now);
  return { ...NONE, sessions, people: Number(row?.people ?? 0), terminals: 1 };
}

export function foreseeLeaving(desk: Desk, who: Who): Promise<Effect> {
  return look(desk, async (q, ask) => leaving(q, (await personFor(q, ask, "people.leave", who)).id, desk.now()));
}

export function foreseeTransfer(desk: Desk, who: Who, { keep, add }: Omit<Transfer, "division">): Promise<Effect> {
  return look(desk, async (q, ask) => {
    const { id } = await personFor(q, ask, "people.transfer", who);
    return transferring(q, id, [...keep, ...add], desk.now());
  });
}

export function foreseeLostPhone(desk: Desk, who: Who): Promise<Effect> {
  return look(desk, async (q, ask) => {
    const { id } = await personFor(q, ask, "otp.lost", who);
    return { ...NONE, ...(await q.rows.openOf({ person: id }, desk.now())), people: 1 };
  });
}

export function foreseeLostDevice(desk: Desk, code: KeyCode, who: Who): Promise<Effect> {
  return look(desk, async (q, ask) => {
    const { id } = await personFor(q, ask, "device.lost", who);
    const isReached = async (other: DeviceOfSomebody) => ask.may("device.lost", await placeOf(q, other));
    return losing(q, id, code, { now: desk.now(), isReached });
  });
}

export function foreseeReplacement(desk: Desk, terminal: TerminalId): Promise<Effect> {
  return look(desk, async (q, ask) => {
    const { id } = await terminalFor(q, ask, "terminal.replace", terminal);
    return giving(q, id, desk.now());
  });
}

export function foreseeSettling(desk: Desk, terminal: TerminalId): Promise<Effect> {
  return look(desk, async (q, ask) => {
    const { id } = await terminalFor(q, ask, "terminal.settle", terminal);
    if ((await q.terminals.twinsAmong([id])).length === 0)
      throw new DeskError("terminal-not-set-aside", { terminal: id });
    return giving(q, id, desk.now());
  });
}

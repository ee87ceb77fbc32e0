/** What office PCs have to be told of locks (hub/lock-orders.ts): whom each of them is to keep out, by what it knows itself. */
import type { KeyCode, Login, TerminalId } from "../protocol/ids.ts";
import { MAX_LOCK_KEPT_MS, MAX_LOCK_LOGINS } from "../protocol/limits.ts";
import type { LockedOut } from "../protocol/signal.ts";
import type { LockMessage } from "../records.ts";
import { slices } from "../slices.ts";
import type { LockInForce } from "../store/queries/locks.ts";
import type { Queries } from "../store/queries.ts";
import type { TerminalRow } from "../store/rows/tables.ts";

type Standing = Pick<TerminalRow, "id" | "organisationId" | "divisionId">;

export async function lockOrders(
  q: Queries,
  ids: readonly TerminalId[],
  now: number,
): Promise<Map<TerminalId, LockMessage[]>> {
  const messages = new Map<TerminalId, LockMessage[]>();
  const [inForce, lifted] = [await q.locks.inForce(now), await q.locks.lifted(now)];
  if (inForce.length + lifted.length === 0) return messages;
  const terminals = await q.terminals.standings(ids);
  const say = (terminal: TerminalId, message: LockMessage) => {
    const before = messages.get(terminal);
    if (before) before.push(message);
    else messages.set(terminal, [message]);
  };
  for (const lock of inForce) {
    const until = Math.min(lock.until ?? Number.POSITIVE_INFINITY, now + MAX_LOCK_KEPT_MS);
    const { hash, reason } = lock;
    for (const [terminal, of] of await concerned(q, lock, terminals))
      say(terminal, { type: "lock", order: { lock: lock.id, of, until, hash, reason } });
  }
  // within its organisations whom it concerned then may have moved since: whoever does not keep it does nothing
  for (const { id: lock, liftCode: code, organisations } of lifted)
    for (const { id, organisationId } of terminals)
      if (organisations.has(organisationId)) say(id, { type: "lock-lifted", lock, code });
  return messages;
}

/**
 * A person and a device are kept out by every office PC of their organisation: on whose own lists they stand, the server does not
 * decide. Of a division its own office PCs keep everybody out, and the others those of its people who may use them.
 */
async function concerned(
  q: Queries,
  lock: LockInForce,
  terminals: readonly Standing[],
): Promise<Array<[TerminalId, LockedOut]>> {
  const inOrganisation = terminals.filter(({ organisationId }) => organisationId === lock.organisationId);
  const to = (some: readonly Standing[], of: LockedOut): Array<[TerminalId, LockedOut]> =>
    some.map(({ id }) => [id, of]);
  switch (lock.kind) {
    case "person":
      return to(inOrganisation, { kind: "people", logins: await loginsOf(q, lock) });
    case "session":
      return to(
        terminals.filter(({ id }) => id === lock.terminalId),
        { kind: "people", logins: await loginsOf(q, lock) },
      );
    case "device":
      return to(inOrganisation, { kind: "device", code: lock.deviceCode as KeyCode });
    case "terminal":
      return to(
        terminals.filter(({ id }) => id === lock.terminalId),
        { kind: "everybody" },
      );
    case "organisation":
      return to(
        terminals.filter(({ organisationId }) => lock.organisations.has(organisationId)),
        { kind: "everybody" },
      );
    case "division":
      return ofDivision(q, lock, inOrganisation);
  }
}

async function ofDivision(
  q: Queries,
  { divisions }: LockInForce,
  terminals: readonly Standing[],
): Promise<Array<[TerminalId, LockedOut]>> {
  const isInside = ({ divisionId }: Standing) => divisionId !== null && divisions.has(divisionId);
  const inside = terminals.filter(isInside).map(({ id }): [TerminalId, LockedOut] => [id, { kind: "everybody" }]);
  const outside = terminals.filter((one) => !isInside(one)).map(({ id }) => id);
  const granted = outside.length === 0 ? [] : await q.locks.grantedIn([...divisions], outside);
  const users = Map.groupBy(granted, ({ terminalId }) => terminalId);
  for (const [terminal, people] of users)
    for (const some of slices(
      people.map(({ login }) => login),
      MAX_LOCK_LOGINS,
    ))
      inside.push([terminal, { kind: "people", logins: [...some] }]);
  return inside;
}

async function loginsOf(q: Queries, { personId }: LockInForce): Promise<Login[]> {
  const person = personId === null ? undefined : await q.people.byId(personId);
  return person ? [person.login] : [];
}

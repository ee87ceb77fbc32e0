/** What every action of an administrator needs, whether it comes from the command line or from a page. */
import { appendAudit } from "../audit/chain.ts";
import type { Actor, AuditEventName } from "../audit/events.ts";
import type { Passwords } from "../auth/password.ts";
import type { Login, OrganisationId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { PersonRow } from "../store/rows/tables.ts";
import type { Sealer } from "../store/sealer.ts";
import type { Store } from "../store/store.ts";

export interface Desk {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly passwords: Passwords;
  /** Who sits at it. */
  readonly actor: Actor;
  /** Epoch ms. */
  readonly now: () => number;
}

/** What an administrator asked for cannot be done; the message says why and what to do instead. */
export class DeskError extends Error {
  override readonly name = "DeskError";
}

/** One action: what it changes and the record of it, in one write. `act` returns what the record is to say. */
export async function perform<T>(
  desk: Desk,
  event: AuditEventName,
  act: (q: Queries, at: number) => Promise<{ organisation: OrganisationId | null; about: AboutAction; result: T }>,
): Promise<T> {
  const at = desk.now();
  return desk.store.write(async (q) => {
    const { organisation, about, result } = await act(q, at);
    await appendAudit(q, { event, at, actor: desk.actor, organisation, about });
    return result;
  });
}

type AboutAction = Readonly<Record<string, string | number | null>>;

export async function personNamed(q: Queries, login: Login): Promise<PersonRow> {
  const [person, ...others] = await q.people.allByLogin(login);
  if (others.length > 0) throw new DeskError(`several organisations have somebody with the login ${login}`);
  if (!person) throw new DeskError(`there is nobody with the login ${login}; "person list" shows everybody`);
  return person;
}

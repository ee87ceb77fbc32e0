import { appendAudit } from "../audit/chain.ts";
import type { SessionId } from "../protocol/ids.ts";
import type { SessionRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, look, perform } from "./desk.ts";
import { Places, placeOf } from "./places.ts";

export interface ListedSession extends SessionRow {
  readonly terminalName: string;
  /** The login, with the organisation's code where the server has several. */
  readonly whose: string;
}

/** Newest first, of the last ones on the server those in reach. A session stands where its office PC does. */
export function sessions(desk: Desk, limit: number): Promise<ListedSession[]> {
  return look(desk, async (q, ask) => {
    ask.mustSomewhere("session.read");
    const places = await Places.read(q);
    return (await q.sessions.list(limit))
      .filter((row) => ask.may("session.read", places.of(row)))
      .map((row) => ({ ...row, whose: places.who(row) }));
  });
}

/** A running server tells both ends within two seconds. */
export function endSession(desk: Desk, id: SessionId): Promise<void> {
  return perform(desk, "session.end-ordered", async (q, ask, at) => {
    const session = await q.sessions.byId(id);
    const terminal = session && (await q.terminals.byId(session.terminalId));
    const place = terminal && (await placeOf(q, terminal));
    if (!session || !place || !(ask.may("session.read", place) || ask.may("session.end", place))) {
      ask.mustSomewhere("session.read");
      throw new DeskError(`there is no session ${id}; "session list" shows them`);
    }
    ask.must("session.end", place);
    if (!(await q.sessions.end(id, at, "administrator"))) throw new DeskError("this session is over already");
    const organisation = session.organisationId;
    const about = { session: id, terminal: session.terminalId, login: session.login };
    await appendAudit(q, {
      event: "session.ended",
      at,
      actor: "server",
      organisation,
      about: { ...about, reason: "administrator" },
    });
    return { organisation, about, result: undefined };
  });
}

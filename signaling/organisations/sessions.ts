import { appendAudit } from "../audit/chain.ts";
import type { SessionId } from "../protocol/ids.ts";
import type { SessionRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform } from "./desk.ts";

/** Newest first. */
export function sessions(desk: Desk, limit: number): Promise<Array<SessionRow & { terminalName: string }>> {
  return desk.store.read((q) => q.sessions.list(limit));
}

/** A running server tells both ends within two seconds. */
export function endSession(desk: Desk, id: SessionId): Promise<void> {
  return perform(desk, "session.end-ordered", async (q, at) => {
    const session = await q.sessions.byId(id);
    if (!session) throw new DeskError(`there is no session ${id}; "session list" shows them`);
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

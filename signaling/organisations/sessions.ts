import { appendAudit } from "../audit/chain.ts";
import type { SessionId } from "../protocol/ids.ts";
import type { SessionFilter } from "../store/queries/sessions.ts";
import type { SessionRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform } from "./desk.ts";
import type { Listing } from "./listing.ts";

/** Newest first. */
export const sessions: Listing<SessionRow & { terminalName: string }, SessionId, SessionFilter> = {
  page: (q, filter, page) => q.sessions.page(filter, page),
  count: (q, filter) => q.sessions.count(filter),
  afterOf: ({ id }) => id,
  problem: async (q, id) => ((await q.sessions.byId(id)) ? undefined : `there is no session ${id}`),
};

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

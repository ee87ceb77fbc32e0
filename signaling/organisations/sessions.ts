import { appendAudit } from "../audit/chain.ts";
import type { Place } from "../auth/principal.ts";
import type { EndReason } from "../protocol/errors.ts";
import type { SessionId } from "../protocol/ids.ts";
import type { Whose } from "../store/queries/lists.ts";
import type { SessionFilter, SessionListed } from "../store/queries/sessions.ts";
import type { Queries } from "../store/queries.ts";
import type { SessionRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform } from "./desk.ts";
import type { Listing } from "./listing.ts";
import { placeOf, withWhose } from "./places.ts";
import { approversOf } from "./request-state.ts";

/** Newest first. A session stands where its office PC does. */
export const sessions: Listing<SessionListed & { readonly whose: Whose }, SessionId, SessionFilter> = {
  action: "session.read",
  page: async (q, filter, page) => withWhose(q, await q.sessions.page(filter, page)),
  count: (q, filter) => q.sessions.count(filter),
  afterOf: ({ id }) => id,
  async problem(q, ask, id) {
    const place = await placeOfSession(q, await q.sessions.byId(id));
    return place && ask.may("session.read", place) ? undefined : new DeskError("session-unknown", { session: id });
  },
};

/** A running server tells both ends within two seconds. */
export function endSession(desk: Desk, id: SessionId): Promise<void> {
  return perform(desk, "session.end-ordered", async (q, ask, at) => {
    const session = await q.sessions.byId(id);
    const place = await placeOfSession(q, session);
    if (!session || !place || !(ask.may("session.read", place) || ask.may("session.end", place))) {
      ask.mustSomewhere("session.read");
      throw new DeskError("session-unknown", { session: id });
    }
    ask.must("session.end", place);
    if (!(await endRecorded(q, session, at, "administrator"))) throw new DeskError("session-over", {});
    return { organisation: session.organisationId, about: await aboutSession(q, session, at), result: undefined };
  });
}

type Named = Pick<SessionRow, "id" | "organisationId" | "terminalId" | "personId" | "login" | "requestedAt">;

/** As the audit names it: which one, whose, and what was approved for it. */
export async function aboutSession(q: Queries, session: Named, at: number) {
  const { id, terminalId, login } = session;
  return { session: id, terminal: terminalId, login, ...(await restingOn(q, session, at)) };
}

/** Why it may be, where somebody had to approve that: which requests, for what (用務), and who approved. */
export async function restingOn(
  q: Queries,
  session: Pick<Named, "personId" | "terminalId" | "requestedAt">,
  at: number,
): Promise<Record<string, string>> {
  const rows = await q.requests.behind(session, at);
  if (rows.length === 0) return {};
  const approvers = rows.flatMap((row) => approversOf(row));
  return {
    request: rows.map(({ id }) => id).join(", "),
    purpose: rows.map(({ purpose }) => purpose).join(" / "),
    approvedBy: [...new Set(approvers)].join(", "),
  };
}

/** Ends it and says so in the audit, whoever asked for it. False: it was over. */
export async function endRecorded(q: Queries, session: Named, at: number, reason: EndReason): Promise<boolean> {
  if (!(await q.sessions.end(session.id, at, reason))) return false;
  const about = { ...(await aboutSession(q, session, at)), reason };
  const organisation = session.organisationId;
  await appendAudit(q, { event: "session.ended", at, actor: "server", organisation, about });
  return true;
}

export async function placeOfSession(q: Queries, session: SessionRow | undefined): Promise<Place | undefined> {
  const terminal = session && (await q.terminals.byId(session.terminalId));
  return terminal && placeOf(q, terminal);
}

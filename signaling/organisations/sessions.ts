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
    return { organisation: session.organisationId, about: aboutSession(session), result: undefined };
  });
}

type Named = Pick<SessionRow, "id" | "organisationId" | "terminalId" | "login">;

/** As the audit names it. */
export const aboutSession = ({ id, terminalId, login }: Named) => ({ session: id, terminal: terminalId, login });

/** Ends it and says so in the audit, whoever asked for it. False: it was over. */
export async function endRecorded(q: Queries, session: Named, at: number, reason: EndReason): Promise<boolean> {
  if (!(await q.sessions.end(session.id, at, reason))) return false;
  const about = { ...aboutSession(session), reason };
  const organisation = session.organisationId;
  await appendAudit(q, { event: "session.ended", at, actor: "server", organisation, about });
  return true;
}

export async function placeOfSession(q: Queries, session: SessionRow | undefined): Promise<Place | undefined> {
  const terminal = session && (await q.terminals.byId(session.terminalId));
  return terminal && placeOf(q, terminal);
}

/** The second of two persons: what the first one asked for is done now, if it still can be. */
import { appendAudit } from "../audit/chain.ts";
import { TWO_PERSONS } from "../auth/permissions.ts";
import type { Login } from "../protocol/ids.ts";
import { wishOf } from "./confirmations.ts";
import { type Desk, DeskError, NotAllowed, perform } from "./desk.ts";
import { type Approved, letIn } from "./devices.ts";
import { renewSeed } from "./people.ts";
import { placeOf } from "./places.ts";

export type Confirmed =
  | ({ readonly action: "device.approve" } & Approved)
  | { readonly action: "otp.reset"; readonly login: Login; readonly otpauth: string };

export function confirm(desk: Desk, id: string): Promise<Confirmed> {
  return perform<Confirmed>(desk, "confirmation.given", async (q, ask, at) => {
    const { who } = desk.principal;
    const row = await q.confirmations.waiting(id, at);
    const wish = row && wishOf(row);
    const person = wish && (await q.people.byId(wish.person));
    const place = person && (await placeOf(q, person));
    if (!row || !wish || !person || !place || !ask.may("confirmation.read", place)) {
      ask.mustSomewhere("confirmation.read");
      throw new DeskError("confirmation-unknown", { confirmation: id });
    }
    ask.must(TWO_PERSONS[wish.action], place);
    if (row.askedBy === who) throw new NotAllowed("own-wish", {});
    if (!(await q.confirmations.confirm(id, who, at))) throw new DeskError("confirmation-done", {});
    const { organisationId: organisation, login } = person;
    const by = { confirmation: id, askedBy: row.askedBy };
    const record = { at, actor: who, organisation } as const;
    const about = { confirmation: id, action: wish.action, askedBy: row.askedBy, login };
    if (wish.action === "device.approve") {
      const approved = await letIn(q, wish, `${row.askedBy}, ${who}`, at);
      await appendAudit(q, { ...record, event: "device.added", about: { ...approved, ...by } });
      return { organisation, about, result: { action: wish.action, ...approved } };
    }
    const otpauth = await renewSeed(desk, q, person, at);
    await appendAudit(q, { ...record, event: "person.otp-reset", about: { login, ...by } });
    return { organisation, about, result: { action: wish.action, login, otpauth } };
  });
}

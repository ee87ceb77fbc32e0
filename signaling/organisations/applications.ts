/**
 * Applications for IDs of office PCs: a prefecture applies for itself and for those below it, they wait in the order in which they
 * came, and the operator approves some of them together (a wave) or refuses one.
 */
import { setImmediate } from "node:timers/promises";
import { appendAudits } from "../audit/chain.ts";
import { dutiesFor } from "../auth/permissions.ts";
import { ROOT } from "../auth/principal.ts";
import type { WaveApply } from "../protocol/console-waves.ts";
import type { ApplicationId, OrganisationId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Application } from "../store/queries/waves.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, perform } from "./desk.ts";
import { eventOn } from "./events.ts";
import { Places, placeOf } from "./places.ts";

/** Returns its place in the queue. */
export function applyForIds(desk: Desk, { event, because, lines }: WaveApply): Promise<ApplicationId> {
  return perform(desk, "application.made", async (q, ask, at) => {
    ask.mustSomewhere("application.make");
    const rows = await applied(q, ask, lines);
    const on = event === undefined ? undefined : await eventOn(q, event, at);
    const { id: organisationId } = await applicant(q, ask, rows);
    const eventId = event ?? null;
    const id = await q.waves.apply({ organisationId, eventId, because, appliedAt: at, appliedBy: desk.principal.who });
    for (const some of slices(lines)) {
      await q.waves.insertAllotments(
        some.map(({ organisation, count }) => ({ applicationId: id, organisationId: organisation, eventId, count })),
      );
      await setImmediate();
    }
    const about = { number: id, name: on?.name ?? null, terminals: sumOf(lines), organisations: lines.length, because };
    return { organisation: organisationId, about, result: id };
  });
}

/** For whom, each once and where one may. */
async function applied(q: Queries, ask: Asking, lines: WaveApply["lines"]): Promise<OrganisationRow[]> {
  const ids = lines.map(({ organisation }) => organisation);
  const rows: OrganisationRow[] = [];
  for (const some of slices(ids, 500)) rows.push(...(await q.organisations.byIds(some)));
  const places = await Places.around(
    q,
    rows.map(({ id }) => ({ organisationId: id })),
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id, i) => {
    const row = known.get(id);
    if (!row || !ask.may("application.make", places.of({ organisationId: id })))
      throw new DeskError("organisation-unknown", { organisation: id });
    if (ids.indexOf(id) !== i) throw new DeskError("application-twice", { name: row.name });
    return row;
  });
}

/** The one by whose duty it is made; an operator without an organisation of its own applies in the name of the first that it is for. */
async function applicant(q: Queries, ask: Asking, rows: readonly OrganisationRow[]): Promise<{ id: OrganisationId }> {
  const [duty] = dutiesFor(ask.principal, "application.make");
  const [own] = duty?.at.organisations ?? [];
  const [first] = rows;
  const id = own ?? (await q.organisations.operator())?.id ?? first?.id;
  if (id === undefined) throw new Error("an application for nobody");
  return { id };
}

export function withdrawApplication(desk: Desk, id: ApplicationId): Promise<void> {
  return perform(desk, "application.withdrawn", async (q, ask, at) => {
    const { organisationId } = await waiting(q, ask, "application.withdraw", id);
    await decide(desk, q, id, { state: "withdrawn", wave: null, word: null }, at);
    return { organisation: organisationId, about: { number: id }, result: undefined };
  });
}

export function refuseApplication(desk: Desk, id: ApplicationId, word: string): Promise<void> {
  return perform(desk, "application.refused", async (q, ask, at) => {
    const { organisationId } = await waiting(q, ask, "application.decide", id);
    await decide(desk, q, id, { state: "refused", wave: null, word }, at);
    return { organisation: organisationId, about: { number: id, because: word }, result: undefined };
  });
}

export interface Wave {
  readonly wave: number;
  readonly terminals: number;
  readonly organisations: number;
}

/** All of them, or none. Each organisation is told in its own records. */
export function approveWave(desk: Desk, ids: readonly ApplicationId[]): Promise<Wave> {
  return perform(desk, "wave.approved", async (q, ask, at) => {
    ask.must("application.decide", ROOT);
    const wave = await q.waves.nextWave();
    const organisations = new Set<OrganisationId>();
    let terminals = 0;
    for (const id of new Set(ids)) {
      const { eventId } = await waiting(q, ask, "application.decide", id);
      const event = eventId === null ? undefined : await eventOn(q, eventId, at);
      await decide(desk, q, id, { state: "approved", wave, word: null }, at);
      for (const some of slices(await q.waves.allotmentsOf([id]))) {
        await appendAudits(
          q,
          some.map(({ organisationId: organisation, count }) => {
            const about = {
              number: id,
              wave,
              name: event?.name ?? null,
              until: event?.endsAt ?? null,
              terminals: count,
            };
            return { event: "allotment.given", at, actor: desk.principal.who, organisation, about };
          }),
        );
        for (const { organisationId, count } of some) {
          organisations.add(organisationId);
          terminals += count;
        }
        await setImmediate();
      }
    }
    const result = { wave, terminals, organisations: organisations.size };
    return { organisation: null, about: { ...result, applications: [...new Set(ids)].join(", ") }, result };
  });
}

async function waiting(
  q: Queries,
  ask: Asking,
  action: "application.withdraw" | "application.decide",
  id: ApplicationId,
): Promise<Application> {
  const application = await q.waves.application(id);
  const place = application && (await placeOf(q, application));
  if (!application || !place || !ask.may("application.read", place)) {
    ask.mustSomewhere("application.read");
    throw new DeskError("application-unknown", { application: id });
  }
  ask.must(action, action === "application.decide" ? ROOT : place);
  if (application.state !== "waiting") throw new DeskError("application-decided", { application: id });
  return application;
}

async function decide(
  { principal }: Desk,
  q: Queries,
  id: ApplicationId,
  what: Pick<Application, "state" | "wave" | "word">,
  at: number,
): Promise<void> {
  if (!(await q.waves.decide(id, { ...what, decidedAt: at, decidedBy: principal.who })))
    throw new DeskError("application-decided", { application: id });
}

const sumOf = (lines: readonly { readonly count: number }[]): number =>
  lines.reduce((sum, { count }) => sum + count, 0);

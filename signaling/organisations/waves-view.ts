/** What somebody may see of declared events, the queue, and what was given. */
import { allows } from "../auth/permissions.ts";
import { ROOT } from "../auth/principal.ts";
import type { WavesView } from "../protocol/console-waves.ts";
import type { EventId, OrganisationId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import { EVERYTHING } from "../store/queries/lists.ts";
import type { Application, Event } from "../store/queries/waves.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import { leftOf } from "./allotments.ts";
import { type Asking, type Desk, look } from "./desk.ts";
import { untilText } from "./events.ts";
import { Places } from "./places.ts";
import { organisationsFor, reachOf } from "./reach.ts";

const MAX_EVENTS = 50;
const MAX_DECIDED = 20;
/** Of Japan's municipalities and prefectures each with two kinds. */
const MAX_ALLOTMENTS = 4_000;
const MAX_ORGANISATIONS = 2_000;

type Ref = WavesView["applyFor"][number];

export function wavesView(desk: Desk): Promise<WavesView> {
  return look(desk, async (q, ask) => {
    ask.mustSomewhere("event.read");
    const now = desk.now();
    const events = await eventsSeen(q, ask, now);
    const known = new Map<EventId, Event>();
    for (const event of await q.waves.events(Number.MAX_SAFE_INTEGER)) known.set(event.id, event);
    const refOf = (id: EventId | null) => {
      const event = id === null ? undefined : known.get(id);
      return event && { event: { id: event.id, name: event.name, basis: event.basis, until: untilText(event.endsAt) } };
    };
    return {
      at: now,
      mayApply: ask.principal.duties.some(({ role }) => role === "operator" || role === "prefecture"),
      mayDecide: ask.may("application.decide", ROOT),
      events,
      applications: await applicationsSeen(q, ask, refOf),
      allotments: await allotmentsSeen(q, ask, now, refOf),
      applyFor: await forWhom(q, ask),
    };
  });
}

type RefOf = (id: EventId | null) => { event: NonNullable<WavesView["applications"][number]["event"]> } | undefined;

/** Those that are on for everybody; those that are over for who decides, who may extend one again. */
async function eventsSeen(q: Queries, ask: Asking, now: number): Promise<WavesView["events"]> {
  const isOperator = ask.may("event.end", ROOT);
  const found: WavesView["events"] = [];
  for (const { id, name, basis, endsAt } of await q.waves.events(MAX_EVENTS)) {
    const isOver = endsAt <= now;
    if (isOver && !isOperator) continue;
    const { given, terminals, organisations } = isOperator
      ? await q.waves.under(id)
      : { given: 0, terminals: 0, organisations: 0 };
    found.push({ id, name, basis, until: untilText(endsAt), isOver, given, terminals, organisations });
  }
  return found;
}

async function applicationsSeen(q: Queries, ask: Asking, refOf: RefOf): Promise<WavesView["applications"]> {
  const reach = await reachOf(q, ask.principal, "application.read");
  const rows = await q.waves.queue(reach, MAX_DECIDED);
  const lines = await q.waves.allotmentsOf(rows.map(({ id }) => id));
  const refs = await refsOf(
    q,
    [...rows, ...lines].map(({ organisationId }) => organisationId),
  );
  const places = await Places.around(q, rows);
  const byApplication = Map.groupBy(lines, ({ applicationId }) => applicationId);
  const mayWithdraw = ({ state, organisationId }: Application): boolean =>
    state === "waiting" && allows(ask.principal, "application.withdraw", places.of({ organisationId }));
  return rows.flatMap((row) => {
    const organisation = refs.get(row.organisationId);
    if (!organisation) return [];
    const own = (byApplication.get(row.id) ?? []).flatMap(({ organisationId, count }) => {
      const ref = refs.get(organisationId);
      return ref ? [{ organisation: ref, count }] : [];
    });
    return {
      ...{ id: row.id, organisation, because: row.because, at: row.appliedAt, by: row.appliedBy, state: row.state },
      ...refOf(row.eventId),
      ...(row.wave !== null && { wave: row.wave }),
      ...(row.decidedAt !== null && { decidedAt: row.decidedAt }),
      ...(row.word !== null && { word: row.word }),
      count: own.reduce((sum, { count }) => sum + count, 0),
      lines: own,
      mayWithdraw: mayWithdraw(row),
    };
  });
}

async function allotmentsSeen(q: Queries, ask: Asking, now: number, refOf: RefOf): Promise<WavesView["allotments"]> {
  const reach = await reachOf(q, ask.principal, "allotment.read");
  const rows = await q.waves.inForceWithin(reach, now, MAX_ALLOTMENTS);
  const refs = await refsOf(
    q,
    rows.map(({ organisationId }) => organisationId),
  );
  return rows.flatMap((row) => {
    const organisation = refs.get(row.organisationId);
    if (!organisation) return [];
    const { id, count, used, eventId } = row;
    return { id, organisation, ...refOf(eventId), count, used, left: leftOf(row) };
  });
}

async function forWhom(q: Queries, ask: Asking): Promise<Ref[]> {
  const all = ask.may("application.make", ROOT)
    ? await q.organisations.page(EVERYTHING, { limit: MAX_ORGANISATIONS })
    : await organisationsFor(q, ask.principal, "application.make");
  return all.map(refOfOrganisation).sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function refsOf(q: Queries, ids: readonly OrganisationId[]): Promise<Map<OrganisationId, Ref>> {
  const refs = new Map<OrganisationId, Ref>();
  for (const some of slices([...new Set(ids)], 500))
    for (const row of await q.organisations.byIds(some)) refs.set(row.id, refOfOrganisation(row));
  return refs;
}

const refOfOrganisation = ({ id, code, name }: OrganisationRow): Ref => ({ id, code, name });

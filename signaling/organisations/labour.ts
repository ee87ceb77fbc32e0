/**
 * 労務管理: who worked when outside of regular hours (labour-days.ts), of those in reach. Looking at it is a record. A month of a city is
 * read a slice of people at a time: pictures pass through the same loop.
 */
import { setImmediate } from "node:timers/promises";
import type { PersonId } from "../protocol/ids.ts";
import type { Labour } from "../protocol/labour.ts";
import { slices } from "../slices.ts";
import type { Reach } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import { type Desk, look, perform } from "./desk.ts";
import { labourDays, monthFrom, monthOf } from "./labour-days.ts";
import { Places } from "./places.ts";

/** More than anybody reads: only who looks after many organisations comes to them. */
const MAX_PEOPLE = 10_000;
/** Some milliseconds of work. */
const AT_ONCE = 50;

type Listed = Labour["people"];

export async function labourOf(desk: Desk, month: string, isExport: boolean): Promise<Labour> {
  const at = desk.now();
  const span = monthFrom(month);
  const ids = await look(desk, async (q, ask) => {
    const reach = await ask.mustReach(q, "labour.read");
    const worked = await q.sessions.whoWorkedOutside(reach, span, MAX_PEOPLE);
    return [...new Set([...worked, ...(await q.requests.whoAskedOvertime(reach, span, MAX_PEOPLE))])];
  });
  const people: Listed = [];
  for (const slice of slices(ids.slice(0, MAX_PEOPLE), AT_ONCE)) {
    people.push(...(await desk.store.read((q) => listed(q, slice, span, at))));
    await setImmediate();
  }
  people.sort((one, other) => compare(keyOf(one), keyOf(other)));
  return perform(desk, isExport ? "labour.exported" : "labour.read", async (q, ask) => {
    await ask.mustReach(q, "labour.read");
    const organisation = desk.principal.home?.organisations[0] ?? null;
    const isCut = ids.length > MAX_PEOPLE && ({ isCut: true } as const);
    return { organisation, about: { month, people: people.length }, result: { month, at, people, ...isCut } };
  });
}

/** What these people worked outside of regular hours until now, ms; those who did not are not there. */
export async function workedThisMonth(
  q: Queries,
  people: readonly PersonId[],
  now: number,
): Promise<ReadonlyMap<PersonId, number>> {
  const sessions = await q.sessions.workedOutside(people, monthFrom(monthOf(now)));
  const sums = [...Map.groupBy(sessions, ({ personId }) => personId)].map(([person, own]) => {
    const days = labourDays(own, [], now);
    return [person, days.reduce((sum, { workedMs }) => sum + workedMs, 0)] as const;
  });
  return new Map(sums);
}

/** How many people in reach worked longer in this time than was approved; no more than so many are looked at. */
export async function countUnapproved(
  q: Queries,
  reach: Reach,
  span: ReturnType<typeof monthFrom>,
  now: number,
  limit: number,
): Promise<number> {
  let count = 0;
  for (const slice of slices(await q.sessions.whoWorkedOutside(reach, span, limit), AT_ONCE)) {
    const asked = Map.groupBy(await q.requests.overtimeOf(slice, span), ({ personId }) => personId);
    const worked = Map.groupBy(await q.sessions.workedOutside(slice, span), ({ personId }) => personId);
    for (const [person, own] of worked)
      if (labourDays(own, asked.get(person) ?? [], now).some(({ unapprovedMs }) => unapprovedMs > 0)) count += 1;
    await setImmediate();
  }
  return count;
}

async function listed(
  q: Queries,
  ids: readonly PersonId[],
  span: ReturnType<typeof monthFrom>,
  at: number,
): Promise<Listed> {
  const worked = Map.groupBy(await q.sessions.workedOutside(ids, span), ({ personId }) => personId);
  const asked = Map.groupBy(await q.requests.overtimeOf(ids, span), ({ personId }) => personId);
  const rows = await q.people.byIds(ids);
  const places = await Places.around(q, rows);
  return rows.flatMap((row): Listed => {
    const days = labourDays(worked.get(row.id) ?? [], asked.get(row.id) ?? [], at);
    const organisation = places.organisation(row.organisationId);
    if (days.length === 0 || !organisation) return [];
    const { id, login, name } = row;
    return [
      {
        person: { id, login, name },
        organisation: { id: organisation.id, code: organisation.code, name: organisation.name },
        division: places.path(row.divisionId),
        days,
      },
    ];
  });
}

const { compare } = new Intl.Collator("ja");
/** What is not there comes first: of an organisation as a whole. */
const keyOf = ({ organisation, division, person }: Listed[number]): string =>
  [organisation.code, division, person.login].join("\u0000");

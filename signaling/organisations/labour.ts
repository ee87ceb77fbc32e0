/** 労務管理: who worked when outside of regular hours (labour-days.ts), of those in reach. Looking at it is a record. */

import type { PersonId } from "../protocol/ids.ts";
import type { Labour } from "../protocol/labour.ts";
import type { Queries } from "../store/queries.ts";
import { type Desk, perform } from "./desk.ts";
import { labourDays, monthFrom } from "./labour-days.ts";
import { Places } from "./places.ts";

/** Sessions that are read at once: some 10 MB. A town of a thousand people has two or three thousand in a month. */
const MAX_SESSIONS = 50_000;
/** People looked up at once. */
const AT_ONCE = 500;

export function labourOf(desk: Desk, month: string, isExport: boolean): Promise<Labour> {
  return perform(desk, isExport ? "labour.exported" : "labour.read", async (q, ask, at) => {
    const reach = await ask.mustReach(q, "labour.read");
    const span = monthFrom(month);
    const sessions = await q.sessions.workedOutside({ reach }, span, MAX_SESSIONS);
    const requests = await q.requests.overtimeWithin(reach, span.from, span.to);
    const worked = Map.groupBy(sessions, ({ personId }) => personId);
    const asked = Map.groupBy(requests, ({ personId }) => personId);
    const ids = [...new Set([...worked.keys(), ...asked.keys()])];
    const people = await peopleOf(q, ids);
    const places = await Places.around(q, people);
    const found = people.flatMap((person): Labour["people"] => {
      const days = labourDays(worked.get(person.id) ?? [], asked.get(person.id) ?? [], at);
      const organisation = places.organisation(person.organisationId);
      if (days.length === 0 || !organisation) return [];
      const { id, login, name } = person;
      const { id: organisationId, code, name: organisationName } = organisation;
      return [
        {
          person: { id, login, name },
          organisation: { id: organisationId, code, name: organisationName },
          division: places.path(person.divisionId),
          days,
        },
      ];
    });
    found.sort((one, other) => keyOf(one).localeCompare(keyOf(other), "ja"));
    const isCut = sessions.length === MAX_SESSIONS && ({ isCut: true } as const);
    const own = desk.principal.home?.organisations[0] ?? null;
    return {
      organisation: own,
      about: { month, people: found.length },
      result: { month, at, people: found, ...isCut },
    };
  });
}

const keyOf = ({ organisation, division, person }: Labour["people"][number]): string =>
  [organisation.code, division, person.login].join("\u0000");

async function peopleOf(q: Queries, ids: readonly PersonId[]) {
  const rows = [];
  for (let i = 0; i < ids.length; i += AT_ONCE) rows.push(...(await q.people.byIds(ids.slice(i, i + AT_ONCE))));
  return rows;
}

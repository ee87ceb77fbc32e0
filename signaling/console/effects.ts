/** What an act would do, in numbers, before it is done. */
import { needsLetter } from "../organisations/letters.ts";
import type { Act, Effect } from "../protocol/console.ts";
import type { Queries } from "../store/queries.ts";
import type { Subject } from "./subjects.ts";

const NONE: Effect = { sessions: 0, signIns: 0, people: 0, terminals: 0 };

export async function effectOf(q: Queries, act: Act, subject: Subject, now: number): Promise<Effect> {
  switch (act.type) {
    case "people.disable":
    case "lock.person":
    case "people.sign-out":
    case "password.set":
    case "otp.reset":
      return { ...NONE, ...(await q.rows.openOf({ person: act.person }, now)), people: 1 };
    case "people.letters": {
      let people = 0;
      for (const id of act.people) {
        const person = await q.people.byId(id);
        if (person && (await needsLetter(q, person))) people += 1;
      }
      return { ...NONE, people };
    }
    case "device.remove":
    case "lock.device": {
      const device = (await q.devices.byCode(act.device)).find(({ personId }) => personId === act.person);
      return { ...NONE, ...(device && (await q.rows.openOf({ device: device.id }, now))), people: 1 };
    }
    case "terminal.disable":
    case "lock.terminal": {
      const [row] = await q.rows.terminals([act.terminal]);
      const { sessions } = await q.rows.openOf({ terminal: act.terminal }, now);
      return { ...NONE, sessions, people: Number(row?.people ?? 0), terminals: 1 };
    }
    case "grant.remove": {
      const { sessions } = await q.rows.openOf({ person: act.person, terminal: act.terminal }, now);
      return { ...NONE, sessions, people: 1, terminals: 1 };
    }
    case "session.end":
    case "lock.session":
      return {
        ...NONE,
        sessions: (await q.sessions.byId(act.session))?.endedAt === null ? 1 : 0,
        people: 1,
        terminals: 1,
      };
    case "lock.organisation":
    case "lock.division": {
      const division = act.type === "lock.division" ? await q.organisations.divisionById(act.division) : undefined;
      const organisationId = act.type === "lock.division" ? division?.organisationId : act.organisation;
      if (organisationId === undefined) return NONE;
      const kind = act.type === "lock.division" ? "division" : "organisation";
      return { ...NONE, ...(await q.locks.concerned({ kind, organisationId, divisionId: division?.id ?? null })) };
    }
    default:
      return { ...NONE, people: subject.person ? 1 : 0, terminals: subject.terminal ? 1 : 0 };
  }
}

/** What an act would do, in numbers, before it is done. */
import { allows } from "../auth/permissions.ts";
import { needsLetter } from "../organisations/letters.ts";
import { giving, leaving, losing, NONE, transferring } from "../organisations/life-cycle-effects.ts";
import { placeOf } from "../organisations/places.ts";
import type { Act, Effect } from "../protocol/console-acts.ts";
import type { Queries } from "../store/queries.ts";
import type { Question } from "./asking.ts";
import type { Subject } from "./subjects.ts";

type ActOf<T extends Act["type"]> = Extract<Act, { type: T }>;

type Asked = Pick<Question, "q" | "principal" | "now">;

// long: one case for each act
export async function effectOf(asked: Asked, act: Act, subject: Subject): Promise<Effect> {
  const { q, principal, now } = asked;
  switch (act.type) {
    case "people.disable":
    case "lock.person":
    case "people.sign-out":
    case "password.set":
    case "otp.reset":
    case "otp.lost":
      return { ...NONE, ...(await q.rows.openOf({ person: act.person }, now)), people: 1 };
    case "people.letters": {
      let people = 0;
      for (const id of act.people) {
        const person = await q.people.byId(id);
        if (person && (await needsLetter(q, person))) people += 1;
      }
      return { ...NONE, people };
    }
    case "people.leave":
      return leaving(q, act.person, now);
    case "people.transfer":
      return transferring(q, act.person, [...(act.keep ?? []), ...(act.add ?? [])], now);
    case "device.lost":
      return losing(q, act.person, act.device, {
        now,
        isReached: async (other) => allows(principal, "device.lost", await placeOf(q, other)),
      });
    case "device.remove":
    case "lock.device": {
      const device = (await q.devices.byCode(act.device)).find(({ personId }) => personId === act.person);
      return { ...NONE, ...(device && (await q.rows.openOf({ device: device.id }, now))), people: 1 };
    }
    case "terminal.replace":
    case "terminal.settle":
    case "terminal.disable":
    case "lock.terminal":
      return giving(q, act.terminal, now);
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
    case "division.move":
      return moving(q, act, now);
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

/** What goes along; sessions end where there is a lock on that below which it comes. */
async function moving(q: Queries, { division, parent }: ActOf<"division.move">, now: number): Promise<Effect> {
  const { people, terminals } = (await q.rows.divisionSums([division])).get(division) ?? NONE;
  const locks = parent === undefined ? [] : await q.locks.inForce(now);
  const isNew = locks.some(({ divisions }) => parent && divisions.has(parent) && !divisions.has(division));
  const row = isNew ? await q.organisations.divisionById(division) : undefined;
  const of = row && { kind: "division" as const, organisationId: row.organisationId, divisionId: division };
  const sessions = of ? (await q.locks.concerned(of)).sessions : 0;
  return { ...NONE, sessions, people, terminals, divisions: await q.organisations.countBelow(division) };
}

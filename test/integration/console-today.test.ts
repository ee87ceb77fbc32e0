/** What stands first at the console: counted once, and the same wherever it stands. */
import { randomUUID } from "node:crypto";
import { StatementSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Presence } from "../../signaling/console/asking.ts";
import { today } from "../../signaling/console/today.ts";
import { Sessions } from "../../signaling/hub/sessions.ts";
import { OrganisationId, SessionId } from "../../signaling/protocol/ids.ts";
import { makePerson, makeStore, makeTerminal, type TestStore } from "../support/store.ts";

/** Ten minutes of a day, by the server's clock on the wall. */
const MIDNIGHT = new Date(2027, 0, 15).getTime();
const now = MIDNIGHT + 10 * 60_000;

let place: TestStore;
let organisation: OrganisationId;
beforeEach(async () => {
  place = await makeStore({ now: () => now });
  const person = await makePerson(place);
  const terminal = await makeTerminal(place);
  organisation = OrganisationId.parse((await place.store.read((q) => q.people.byId(person.id)))?.organisationId);
  const session = (requestedAt: number, liveAt: number | null, endedAt: number | null) =>
    place.store.write((q) =>
      q.sessions.insert({
        ...{ id: SessionId.parse(randomUUID()), organisationId: organisation, terminalId: terminal },
        ...{ personId: person.id, login: person.login, personName: "佐藤", deviceKey: person.device.publicKey },
        ...{ signInId: null, requestedAt, liveAt, endedAt, reason: null, lock: null, lockAt: null },
      }),
    );
  await session(MIDNIGHT - 7_200_000, MIDNIGHT - 7_199_000, MIDNIGHT - 3_600_000);
  await session(MIDNIGHT - 1_000, MIDNIGHT + 1_000, MIDNIGHT + 60_000);
  await session(MIDNIGHT + 60_000, MIDNIGHT + 61_000, null);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await place.close();
});

const presence = { agents: new Map(), sessions: new Sessions() } as unknown as Presence;
const ask = () => {
  const duties = [{ role: "administrator" as const, at: { organisations: [organisation], divisions: [] } }];
  const principal = { who: "person:midori/it" as const, person: undefined, home: undefined, duties };
  return place.store.read((q) => today({ q, principal, presence, now }));
};

test("a session that was asked for before midnight and began after it is one of today", async () => {
  expect((await ask()).figures).toContainEqual({ kind: "sessions-today", list: "sessions", count: 2 });
});

test("the sessions of the day are read once, for all that is said of them", async () => {
  const asked: string[] = [];
  const all = StatementSync.prototype.all;
  vi.spyOn(StatementSync.prototype, "all").mockImplementation(function (this: StatementSync, ...parameters) {
    asked.push(this.sourceSQL);
    return all.apply(this, parameters as never);
  });
  const { connected } = await ask();
  expect(Math.max(...connected.map(({ count }) => count))).toBe(1);
  expect(asked.filter((sql) => sql.includes("s.live_at is not null"))).toHaveLength(1);
});

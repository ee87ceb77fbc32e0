/** The sample town of `npm start`: each list of the console, in each of its states, has something to see. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyAudit } from "../../signaling/audit/verify.ts";
import { operatorAs } from "../../signaling/auth/principal.ts";
import { listPage } from "../../signaling/console/lists.ts";
import { today } from "../../signaling/console/today.ts";
import { Sessions } from "../../signaling/hub/sessions.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { ITEMS, LISTS, ListQuery, STATES, Today } from "../../signaling/protocol/console.ts";
import { addAdministrator } from "../../signaling/quickstart/desk.ts";
import { fillTown } from "../../signaling/quickstart/town.ts";
import { PEOPLE, townLogins } from "../../signaling/quickstart/town-names.ts";
import { makePerson, makeStore, makeTerminal, type TestStore } from "../support/store.ts";

const at = 1_800_000_000_000;
let place: TestStore;
beforeEach(async () => {
  place = await makeStore({ now: () => at });
});
afterEach(() => place.close());

test("every list and every state that does not depend on who is here has somebody or something", async () => {
  const organisation = "見本市";
  await addOrganisation(place.desk, organisation);
  const person = await makePerson(place, { login: "hanako", organisation });
  const terminal = await makeTerminal(place, { organisation, grantedTo: [person.login] });
  await addAdministrator(place.desk, { login: "kanri", name: "管理 太郎", organisation });
  await fillTown(place.desk, { organisation, terminal, people: ["hanako", "kanri"] });
  const agents = new Map([[terminal, { since: at }]]);
  const presence = { agents, sessions: new Sessions(), lockOrders: { keepers: () => 1 } } as never;
  const question = <T>(work: (one: Parameters<typeof listPage>[0]) => Promise<T>): Promise<T> =>
    place.store.read((q) => work({ q, principal: operatorAs("administrator:test"), presence, now: at }));
  for (const list of LISTS) {
    const { rows, counts } = await question((one) => listPage(one, list, ListQuery.parse({})));
    for (const row of rows) ITEMS[list].parse(row);
    expect(rows.length, list).toBeGreaterThan(2);
    const missing = STATES[list].filter((state) => !["in-use", "open"].includes(state) && !counts[state]);
    expect(missing, list).toEqual([]);
  }
  expect(await question((one) => listPage(one, "people", ListQuery.parse({ q: "所属:市民" })))).toMatchObject({
    total: 13,
  });
  const { figures, connected } = Today.parse(await question(today));
  expect(figures.find(({ kind }) => kind === "devices-waiting")).toMatchObject({ count: 1 });
  expect(Math.max(...connected.map(({ count }) => count))).toBeGreaterThan(2);
  expect(townLogins().size).toBe(PEOPLE);
  expect(await verifyAudit(place.store)).toMatchObject({ ok: true });
});

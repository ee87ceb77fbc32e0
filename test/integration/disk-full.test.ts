/** What people, monitoring and the log are told when the store has no room, and that it works again by itself. SQLite's own SQLITE_FULL. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { createLog } from "../../signaling/log.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { openStore } from "../../signaling/store/open.ts";
import type { Store } from "../../signaling/store/store.ts";
import { type HttpServer, send, startHttpServer, trySignIn } from "../support/http-server.ts";
import { makePerson, makeSignIn, makeStore, type TestPerson, type TestStore } from "../support/store.ts";

let place: TestStore;
let tight: Store;
let server: HttpServer;
let person: TestPerson;
const troubles: string[] = [];
let clock = 1_800_000_000_000;

beforeEach(async () => {
  place = await makeStore();
  person = await makePerson(place);
  const onTrouble = (cause: unknown) => troubles.push(String(cause));
  tight = await openStore({ stateDir: place.stateDir, maxBytes: 1, onTrouble }); // what it has, and not a page more
  server = await startHttpServer({ ...place, store: tight }, { now: () => clock });
});
afterEach(async () => {
  await server.close();
  await tight.close();
  await place.close();
});

/** Other processes' work that takes so many rows, and gives them back. */
const filler = {
  add: () =>
    place.store.write((q) =>
      q.changes.insert(
        "another",
        Array.from({ length: 2_000 }, () => ({ kind: "session", subject: randomUUID() })),
      ),
    ),
  remove: () => place.store.write((q) => q.changes.keepNewest(0)),
};
const readyz = () => send(server.monitoringPort, "GET", "/readyz");
const problemsOf = ({ json }: { json: unknown }) => (json as { problems: string[] }).problems;
const attempt = () => trySignIn(server, { ...person, code: person.codeAt(clock) });

test("a sign-in is told that nothing can be kept, monitoring too, the log knows why; with room it works, and the code still counts", async () => {
  let answer = await refusedOnce();
  for (let i = 0; i < 200 && answer.status !== 503; i += 1) answer = await refusedOnce();
  expect(answer.json).toMatchObject({ code: "STORAGE_UNAVAILABLE", retryAfterS: 30 });
  expect(answer.headers["retry-after"]).toBe("30");
  expect(troubles).toEqual([expect.stringContaining("full")]);
  expect((await attempt()).json).toMatchObject({ code: "STORAGE_UNAVAILABLE" });
  const full = await readyz();
  expect(full.status).toBe(503);
  expect(problemsOf(full)).toContain("the disk is full");

  await filler.add();
  await filler.remove();
  expect(problemsOf(await readyz())).not.toContain("the disk is full");
  expect((await attempt()).status).toBe(200);
});

test("who works for longer than a sign-in lives unused is not taken for gone, and is on record once there is room", async () => {
  const log = createLog({ level: "silent" });
  const records = new StoreRecords({ store: tight, log, limits: DEFAULT_SIGN_IN_LIMITS, now: () => clock });
  const id = await makeSignIn(place, person, { at: clock });
  for (let i = 0, full = false; i < 200 && !full; i += 1) full = (await refusedOnce()).status === 503;
  const begun = clock;
  while (clock < begun + 2 * DEFAULT_SIGN_IN_LIMITS.idleMs) {
    clock += 10 * 60_000;
    await records.touch(id);
    expect(await records.signInsOver([id])).toEqual(new Map());
  }
  await filler.add();
  await filler.remove();
  await records.close();
  expect(await records.signInsOver([id])).toEqual(new Map());
  const [row] = await place.store.read((q) => q.signIns.standing([id]));
  expect(row?.lastUsedAt).toBe(clock);
});

/** An attempt that is refused for its code leaves a record, one of a few each minute, until there is no room for it. */
const refusedOnce = () => {
  clock += 60_000;
  return trySignIn(server, { ...person, login: `nobody-${randomUUID().slice(0, 8)}` as never, code: "000000" });
};

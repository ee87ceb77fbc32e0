/** IDs of office PCs in waves: applied for, given, taken, and over when their event is. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import type { BusEvent } from "../../signaling/bus/bus.ts";
import { openBus } from "../../signaling/bus/open.ts";
import { createLog } from "../../signaling/log.ts";
import { expiringIn } from "../../signaling/organisations/allotments.ts";
import {
  applyForIds,
  approveWave,
  refuseApplication,
  withdrawApplication,
} from "../../signaling/organisations/applications.ts";
import type { Desk } from "../../signaling/organisations/desk.ts";
import { EventEnds } from "../../signaling/organisations/event-ends.ts";
import { declareEvent, endEffect, endOfDay, setEventEnd } from "../../signaling/organisations/events.ts";
import { addGrant } from "../../signaling/organisations/grants.ts";
import { replaceTerminal } from "../../signaling/organisations/life-cycle.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import {
  allotTerminal,
  disableTerminal,
  enableTerminal,
  issueToken,
  newTerminalId,
} from "../../signaling/organisations/terminals.ts";
import { wavesView } from "../../signaling/organisations/waves-view.ts";
import type { EventId, Login, OrganisationId, TerminalId } from "../../signaling/protocol/ids.ts";
import { SessionId } from "../../signaling/protocol/ids.ts";
import { type Country, makeCountry } from "../support/console.ts";
import { makeDevice, makeStore, type TestStore } from "../support/store.ts";

const START = new Date(2027, 0, 5, 10).getTime();
const DAY_MS = 86_400_000;
let at: number;
let place: TestStore;
let desk: Desk;
let country: Country;
let midori: OrganisationId;
beforeEach(async () => {
  at = START;
  place = await makeStore({ now: () => at });
  desk = place.desk;
  country = await makeCountry(place);
  midori = country.organisations.midori;
});
afterEach(() => place.close());

const declare = (lastDay = "2027-02-07", name = "緊急事態宣言") =>
  declareEvent(desk, { name, basis: "emergency", lastDay });
/** So many for the town, given at once. */
async function give(count: number, event?: EventId): Promise<void> {
  const lines = [{ organisation: midori, count }];
  await approveWave(desk, [await applyForIds(desk, { event, because: "在宅勤務のため", lines })]);
}
const add = (rest: object = {}) => issueToken(desk, { organisation: "midori", name: "新しい PC", ...rest });
const enrolled = async (rest: object = {}): Promise<TerminalId> => {
  const { terminal } = await add(rest);
  const { publicKey } = await makeDevice();
  await place.store.write((q) => q.terminals.enrol(terminal, publicKey, at));
  return terminal;
};
const records = () =>
  new StoreRecords({
    store: place.store,
    limits: DEFAULT_SIGN_IN_LIMITS,
    log: createLog({ level: "silent" }),
    now: () => at,
  });
const code = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    ({ code }: { code: string }) => code,
  );
const given = async () =>
  (await wavesView(desk)).allotments.map(({ organisation, event, count, used, left }) => {
    return [organisation.code, event?.name, count, used, left];
  });
const events = async () => (await place.store.read((q) => q.audit.after(0, 10_000))).map(({ event }) => event);

describe("the queue", () => {
  test("is in the order of arrival; some are approved together as one wave, one is refused, one is withdrawn", async () => {
    const event = await declare();
    const apply = (organisation: OrganisationId, count: number) =>
      applyForIds(desk, { event, because: "在宅勤務のため", lines: [{ organisation, count }] });
    const { sakura, hi, ken } = country.organisations;
    const ids = [await apply(midori, 10), await apply(sakura, 20), await apply(hi, 30), await apply(ken, 5)];
    const [first, second, third, fourth] = ids as [never, never, never, never];
    expect((await wavesView(desk)).applications.map(({ id }) => id)).toEqual(ids);
    expect(await approveWave(desk, [first, third])).toEqual({ wave: 1, terminals: 40, organisations: 2 });
    await refuseApplication(desk, second, "数が多すぎます");
    await withdrawApplication(desk, fourth);
    expect(await code(approveWave(desk, [first]))).toBe("application-decided");
    expect(await code(withdrawApplication(desk, second))).toBe("application-decided");
    const { applications } = await wavesView(desk);
    expect(applications.map(({ id, state, wave, word }) => [id, state, wave, word])).toEqual([
      [fourth, "withdrawn", undefined, undefined],
      [third, "approved", 1, undefined],
      [second, "refused", undefined, "数が多すぎます"],
      [first, "approved", 1, undefined],
    ]);
    await give(1);
    expect((await wavesView(desk)).applications[0]?.wave).toBe(2);
    expect(await given()).toEqual([
      ["midori", undefined, 1, 0, 1],
      ["midori", "緊急事態宣言", 10, 0, 10],
      ["hi", "緊急事態宣言", 30, 0, 30],
    ]);
  });

  test("a wave with one that cannot be approved is not approved at all", async () => {
    const lines = [{ organisation: midori, count: 3 }];
    const good = await applyForIds(desk, { because: "通常", lines });
    const gone = await applyForIds(desk, { because: "通常", lines });
    await withdrawApplication(desk, gone);
    expect(await code(approveWave(desk, [good, gone]))).toBe("application-decided");
    expect(await given()).toEqual([]);
  });

  test("nobody applies twice for one in a file, nor for an event that is over", async () => {
    const event = await declare();
    const line = { organisation: midori, count: 3 };
    expect(await code(applyForIds(desk, { because: "通常", lines: [line, line] }))).toBe("application-twice");
    at = endOfDay("2027-02-07");
    expect(await code(applyForIds(desk, { event, because: "通常", lines: [line] }))).toBe("event-over");
    expect(await code(declare("2027-02-06"))).toBe("event-ends-before");
  });
});

describe("an ID", () => {
  test("is taken from what was given, regular ones first, and no more than that; a disabled one makes room", async () => {
    const event = await declare();
    await give(1);
    await give(2, event);
    const ids = [];
    for (let i = 0; i < 3; i += 1) ids.push((await add()).terminal);
    expect(await given()).toEqual([
      ["midori", undefined, 1, 1, 0],
      ["midori", "緊急事態宣言", 2, 2, 0],
    ]);
    expect(await code(add())).toBe("allotment-used-up");
    const [regular, temporary] = ids as [TerminalId, TerminalId];
    await disableTerminal(desk, temporary);
    const { terminal: last } = await add();
    expect(await code(enableTerminal(desk, temporary))).toBe("allotment-used-up");
    await disableTerminal(desk, last);
    await enableTerminal(desk, temporary);
    const next = await replaceTerminal(desk, temporary);
    expect((await given())[1]).toEqual(["midori", "緊急事態宣言", 2, 2, 0]);
    expect(await code(replaceTerminal(desk, regular))).toBe("done");
    expect(next.terminal).not.toBe(temporary);
  });

  test("is chosen from one event where that is said", async () => {
    const [short, long] = [await declare("2027-01-31", "短い"), await declare("2027-03-31", "長い")];
    await give(5, short);
    await give(5, long);
    await add();
    await add({ under: short });
    expect(await code(add({ under: "regular" }))).toBe("allotment-none");
    expect(await given()).toEqual([
      ["midori", "短い", 5, 1, 4],
      ["midori", "長い", 5, 1, 4],
    ]);
  });

  test("needs none where no waves are used, unless the server gives IDs in waves only", async () => {
    const other = { organisation: "sakura", name: "窓口" };
    expect(await code(issueToken(desk, other))).toBe("done");
    expect(await code(issueToken({ ...desk, needsAllotment: true }, other))).toBe("allotment-none");
  });

  test("goes to another event, or to those without an end, without being enrolled anew", async () => {
    const event = await declare();
    await give(1);
    await give(1, event);
    const id = await enrolled({ under: event });
    await allotTerminal(desk, id, "regular");
    expect((await given()).map(([, , , used]) => used)).toEqual([1, 0]);
    expect(await code(allotTerminal(desk, id, "regular"))).toBe("allotment-used-up");
    const own = records();
    at = endOfDay("2027-02-07");
    expect((await own.terminal(id))?.id).toBe(id);
    await own.close();
  });

  test("that was misheard is told from one that is not there", async () => {
    const id = newTerminalId();
    const heard = (id.slice(0, -1) + (id.endsWith("7") ? "8" : "7")) as TerminalId;
    expect(await code(disableTerminal(desk, id))).toBe("terminal-unknown");
    expect(await code(disableTerminal(desk, heard))).toBe("terminal-misheard");
  });
});

describe("the end of an event", () => {
  const LAST = "2027-02-07";
  let event: EventId;
  let temporary: TerminalId;
  let regular: TerminalId;
  let session: SessionId;
  const SATO = "midori/sato" as Login;
  const bus: { events: BusEvent[] } = { events: [] };
  async function ends(): Promise<void> {
    const own = await openBus({ onListenerError: () => {} });
    bus.events = [];
    own.subscribe((one) => bus.events.push(one));
    const log = createLog({ level: "silent" });
    const eventEnds = new EventEnds({ store: place.store, bus: own, log, now: () => at });
    await eventEnds.look();
    await eventEnds.close();
    await own.close();
  }
  beforeEach(async () => {
    event = await declare(LAST);
    await give(1);
    await give(5, event);
    regular = await enrolled({ under: "regular" });
    temporary = await enrolled({ under: event });
    for (const id of [regular, temporary]) await addGrant(desk, SATO, id, null);
    session = SessionId.parse(crypto.randomUUID());
    const { id: personId, device, login } = country.own.person;
    await place.store.write(async (q) => {
      await q.sessions.insert({
        ...{ id: session, organisationId: midori, terminalId: temporary, personId, login, personName: "佐藤" },
        ...{ deviceKey: device.publicKey, signInId: null, requestedAt: at, liveAt: at },
        ...{ endedAt: null, reason: null, lock: null, lockAt: null },
      });
    });
  });

  test("is at 24:00 of its last day, by the clock alone: its IDs are refused, its sessions due, and others go on", async () => {
    const own = records();
    at = endOfDay(LAST) - 1;
    expect([...(await own.terminalsBarred([temporary, regular]))]).toEqual([]);
    expect([...(await own.sessionsDue([session]))]).toEqual([]);
    at += 1;
    expect([...(await own.terminalsBarred([temporary, regular]))]).toEqual([[temporary, "terminal-expired"]]);
    expect(await own.terminal(temporary)).toBeUndefined();
    expect((await own.terminal(regular))?.id).toBe(regular);
    expect([...(await own.sessionsDue([session]))]).toEqual([[session, "terminal-expired"]]);
    const list = await own.terminalsOf(country.own.person.id);
    const until = Object.fromEntries(list.map(({ id, idUntil }) => [id, idUntil]));
    expect([until[temporary], until[regular]]).toEqual([endOfDay(LAST), undefined]);
    expect(await code(issueToken(desk, { terminal: temporary }))).toBe("terminal-expired");
    at += 31 * DAY_MS;
    expect((await own.terminalsOf(country.own.person.id)).map(({ id }) => id)).not.toContain(temporary);
    await own.close();
  });

  test("is told to who is connected before it is written down, once, with what goes back", async () => {
    await ends();
    expect(bus.events).toEqual([]);
    at = endOfDay(LAST);
    await ends();
    expect(bus.events).toEqual([{ type: "records-changed", changes: [{ kind: "event", subject: `${event}` }] }]);
    const written = (await place.store.read((q) => q.audit.after(0, 10_000))).filter(({ event: name }) =>
      ["event.ended", "allotment.ended"].includes(name),
    );
    expect(written.map(({ event: name, organisationId, about }) => [name, organisationId, JSON.parse(about)])).toEqual([
      ["allotment.ended", midori, { number: event, name: "緊急事態宣言", terminals: 1, returned: 4 }],
      ["event.ended", null, { number: event, name: "緊急事態宣言", terminals: 1, organisations: 1, returned: 4 }],
    ]);
    const records = (await events()).length;
    await ends();
    expect((await events()).length).toBe(records);
    expect(await given()).toEqual([["midori", undefined, 1, 1, 0]]);
  });

  test("is said in numbers before, needs a reason, and is at once where that is wished", async () => {
    const wish = { event, lastDay: "now" };
    expect(await endEffect(desk, wish)).toEqual({ given: 5, terminals: 1, organisations: 1, sessions: 1, endsAt: at });
    expect(await code(setEventEnd(desk, wish))).toBe("event-end-without-reason");
    await setEventEnd({ ...desk, reason: "宣言が解除されたため" }, wish);
    const own = records();
    expect([...(await own.sessionsDue([session]))]).toEqual([[session, "terminal-expired"]]);
    await own.close();
    expect(await code(setEventEnd({ ...desk, reason: "もう一度" }, wish))).toBe("event-ends-then");
    expect(await code(setEventEnd({ ...desk, reason: "昨日" }, { event, lastDay: "2027-01-04" }))).toBe(
      "event-ends-before",
    );
  });

  test("moves for all of its IDs, and one that is over comes back with those that were in use", async () => {
    const why = { ...desk, reason: "延長のため" };
    await setEventEnd(why, { event, lastDay: "2027-03-07" });
    const own = records();
    at = endOfDay("2027-03-07");
    await ends();
    expect((await own.terminalsBarred([temporary])).size).toBe(1);
    at += DAY_MS;
    await setEventEnd(why, { event, lastDay: "2027-03-31" });
    expect((await own.terminalsBarred([temporary])).size).toBe(0);
    // what had gone back is not there any longer
    expect(await given()).toContainEqual(["midori", "緊急事態宣言", 5, 1, 0]);
    at = endOfDay("2027-03-31");
    await ends();
    expect((await events()).filter((name) => name === "event.ended").length).toBe(2);
    await own.close();
  });

  test("is known 7 days and 1 day before, once each, by organisation", async () => {
    const days: string[] = [];
    for (at = START; at < endOfDay(LAST); at += DAY_MS)
      for (const before of [7, 1])
        for (const { organisationName, terminals } of await place.store.read((q) => expiringIn(q, before, at)))
          days.push(`${new Date(at).toDateString()} ${before} ${organisationName} ${terminals}`);
    expect(days).toEqual(["Sun Jan 31 2027 7 緑市 1", "Sat Feb 06 2027 1 緑市 1"]);
  });
});

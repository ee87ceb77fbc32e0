/** Terminal IDs in waves at the console's routes: who sees and does what, files, and a code for another end. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApplicationFile, EventEffect, WavesView } from "../../signaling/protocol/console-waves.ts";
import type { DutyRole } from "../../signaling/store/rows/tables.ts";
import { type Country, enterWith, makeCountry } from "../support/console.ts";
import { askConsole, type HttpServer, send, startHttpServer } from "../support/http-server.ts";
import { makeStore, type TestStore } from "../support/store.ts";

const START = new Date(2027, 0, 5, 10).getTime();
let at: number;
let place: TestStore;
let server: HttpServer;
let country: Country;
const people = {} as Record<DutyRole, Awaited<ReturnType<typeof enterWith>>>;
beforeEach(async () => {
  at = START;
  place = await makeStore({ now: () => at });
  country = await makeCountry(place);
  server = await startHttpServer(place, { now: () => at });
  for (const role of ["operator", "prefecture", "auditor"] as const)
    people[role] = await enterWith(server, place, role);
  people.administrator = await enterWith(server, place, "administrator", { organisation: "midori" });
});
afterEach(async () => {
  await server.close();
  await place.close();
});

const ask = (role: DutyRole, method: string, path: string, body?: object) =>
  askConsole(server, people[role].cookie, method, `/console/waves${path}`, body);
const view = async (role: DutyRole) => WavesView.parse((await ask(role, "GET", "")).json);
const done = async (role: DutyRole, path: string, body: object) =>
  WavesView.parse((await ask(role, "POST", path, body)).json);
const declare = { name: "緊急事態宣言", basis: "emergency", lastDay: "2027-01-10" };
/** Each with a code that was not used before. */
const fresh = (role: DutyRole): string => {
  at += 30_000;
  return people[role].person.codeAt(at);
};
const application = (...lines: readonly (readonly [keyof Country["organisations"], number])[]) => ({
  event: 1,
  because: "在宅勤務のため",
  lines: lines.map(([code, count]) => ({ organisation: country.organisations[code], count })),
});

test("a prefecture applies for itself and those below it, the operator approves, and the town sees what it got", async () => {
  expect((await done("operator", "/declare", declare)).events).toMatchObject([{ id: 1, until: "2027-01-10 24:00" }]);
  const asked = await done("prefecture", "/apply", application(["ken", 5], ["midori", 20], ["sakura", 30]));
  expect(asked.applications).toMatchObject([{ id: 1, count: 55, state: "waiting", mayWithdraw: true }]);
  expect(asked).toMatchObject({ mayApply: true, mayDecide: false });
  expect(asked.applyFor.map(({ code }) => code).sort()).toEqual(["ken", "midori", "sakura"]);
  expect(await view("administrator")).toMatchObject({
    mayApply: false,
    applications: [],
    allotments: [],
    applyFor: [],
  });
  await done("operator", "/approve", { applications: [1] });
  const { allotments } = await view("administrator");
  expect(allotments).toMatchObject([{ organisation: { code: "midori" }, count: 20, used: 0, left: 20 }]);
  // a division has none of its own
  expect((await view("auditor")).allotments).toEqual([]);
});

test("nobody does what is not theirs", async () => {
  await done("operator", "/declare", declare);
  const codes = async (role: DutyRole) => {
    const tries: readonly [string, object][] = [
      ["/declare", declare],
      ["/apply", application(["hi", 1])],
      ["/approve", { applications: [1] }],
      ["/refuse", { application: 1, word: "試し" }],
      ["/withdraw", { application: 1 }],
      ["/effect", { event: 1, lastDay: "now" }],
      ["/end", { event: 1, lastDay: "now", reason: "試し", code: "000000" }],
    ];
    const found: string[] = [];
    for (const [path, body] of tries) found.push(((await ask(role, "POST", path, body)).json as { code: string }).code);
    return found;
  };
  await done("operator", "/apply", application(["hi", 1]));
  const no = "FORBIDDEN";
  // of the others' organisations and applications nobody is told that there are any
  const unseen = "ACT_REFUSED";
  expect(await codes("prefecture")).toEqual([no, unseen, no, unseen, unseen, no, no]);
  expect(await codes("administrator")).toEqual([no, no, no, no, no, no, no]);
  expect(await codes("auditor")).toEqual([no, no, no, no, no, no, no]);
  expect((await view("operator")).applications).toMatchObject([{ id: 1, state: "waiting" }]);
});

test("another end is said in numbers, needs a fresh code, and is told to what runs", async () => {
  await done("operator", "/declare", declare);
  await done("operator", "/apply", application(["midori", 20], ["hi", 7]));
  await done("operator", "/approve", { applications: [1] });
  const wish = { event: 1, lastDay: "today" };
  const effect = EventEffect.parse((await ask("operator", "POST", "/effect", wish)).json);
  expect(effect).toEqual({ given: 27, terminals: 0, organisations: 2, sessions: 0, endsAt: effect.endsAt });
  expect(new Date(effect.endsAt).getTime()).toBe(new Date(2027, 0, 6).getTime());
  const end = { ...wish, reason: "解除されたため" };
  expect((await ask("operator", "POST", "/end", end)).json).toMatchObject({ code: "CODE_NEEDED" });
  const after = await done("operator", "/end", { ...end, code: fresh("operator") });
  expect(after.events).toMatchObject([{ until: "2027-01-05 24:00", isOver: false }]);
  expect(server.events).toContainEqual({ type: "records-changed", changes: [{ kind: "event", subject: "1" }] });
  const past = { event: 1, lastDay: "2027-01-04", reason: "試し", code: fresh("operator") };
  const refused = (await ask("operator", "POST", "/end", past)).json;
  expect(refused).toMatchObject({ code: "ACT_REFUSED", refusal: { why: "event-ends-before" } });
});

test("a file says for whom how many; what is wrong in a line is said, and nothing is kept", async () => {
  await done("operator", "/declare", declare);
  const read = async (text: string) => {
    const { cookie } = people.prefecture;
    const headers = { Origin: server.consoleOrigin, "Sec-Fetch-Site": "same-origin", Cookie: cookie };
    const file = { headers: { ...headers, "Content-Type": "text/csv" }, body: text };
    return ApplicationFile.parse((await send(server.consolePort, "POST", "/api/console/waves/read", file)).json);
  };
  const lines = [
    "団体コード,団体,台数,根拠",
    "midori,,２０,緊急事態措置",
    ',桜町,"1,000",',
    "hi,日村,3,",
    "ken,県,0,",
    "midori,,5,",
    "ken,,5,通常",
  ];
  const file = await read(lines.join("\n"));
  if (file.is === "unreadable") throw new Error(file.problem);
  expect(file.event).toBe(1);
  expect(file.lines.map(({ row, line, problem }) => [row, line?.organisation.code, line?.count, problem])).toEqual([
    [2, "midori", 20, undefined],
    [3, "sakura", 1000, undefined],
    [4, undefined, undefined, "no-organisation"],
    [6, undefined, undefined, "twice"],
    [7, undefined, undefined, "other-event"],
  ]);
  expect(await read("名前,台数\n緑市,5")).toEqual({ is: "unreadable", problem: "no-column" });
  expect(await read("団体,台数\n緑市,")).toEqual({ is: "unreadable", problem: "empty" });
  expect((await view("prefecture")).applications).toEqual([]);
});

/** The record of what happened at the console: who reads it stands in it, and it can be taken along as a file. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { giveDuty } from "../../signaling/organisations/duties.ts";
import { listAnswer } from "../../signaling/protocol/console.ts";
import type { Login } from "../../signaling/protocol/ids.ts";
import { enter, enterWith, makeCountry } from "../support/console.ts";
import { askConsole, type HttpServer, send, startHttpServer } from "../support/http-server.ts";
import { makeStore, type TestPerson, type TestStore } from "../support/store.ts";

const TOWN = { organisation: "midori" };
const BEGIN = new Date(2027, 0, 15, 9).getTime();
let at: number;
let place: TestStore;
let server: HttpServer;
let reader: TestPerson;
let cookie: string;
beforeEach(async () => {
  at = BEGIN;
  place = await makeStore({ now: () => at });
  await makeCountry(place);
  server = await startHttpServer(place, { now: () => at });
  ({ person: reader, cookie } = await enterWith(server, place, "auditor", TOWN));
});
afterEach(async () => {
  await server.close();
  await place.close();
});

/** Nobody was there in between. */
async function later(ms: number) {
  at += ms;
  cookie = await enter(server, place, reader);
}
const events = async (event: string) =>
  (await place.store.read((q) => q.audit.after(0, 100_000))).filter((row) => row.event === event);
const read = (query = "") => askConsole(server, cookie, "GET", `/console/lists/audit${query}`);
const exported = async (query: string) => {
  // as a link does: without the Origin that a script's request has
  const headers = { Cookie: cookie, "Sec-Fetch-Site": "same-origin" };
  return send(server.consolePort, "GET", `/api/console/audit/export${query}`, { headers });
};

test("who reads it stands in it: once for what is looked for, and again half an hour later", async () => {
  for (let times = 0; times < 3; times += 1) await read();
  await read("?q=sato");
  expect(await events("audit.read")).toMatchObject([
    { actor: expect.stringContaining(reader.login), about: '{"name":""}' },
    { about: '{"name":"sato"}' },
  ]);
  await later(31 * 60_000);
  await read();
  expect(await events("audit.read")).toHaveLength(3);
  await askConsole(server, cookie, "GET", "/console/lists/people");
  expect(await events("audit.read")).toHaveLength(3);
});

test("as a file it is all that one may read, and that it was taken stands in it", async () => {
  const listed = listAnswer("audit").parse((await read()).json);
  const json = await exported("?form=json");
  expect(json.headers["content-disposition"]).toContain(".json");
  const rows = JSON.parse(json.text) as { seq: number; organisation: string; event: string }[];
  // one more: that it was listed
  expect(rows).toHaveLength(listed.total + 1);
  expect(new Set(rows.map(({ organisation }) => organisation)).size).toBe(1);
  const csv = await exported("?form=csv");
  expect(csv.text.split("\r\n")).toHaveLength(rows.length + 1 + 2);
  expect(csv.text.startsWith("\uFEFFseq,organisation,chain,number,at,event,actor,about,hash,seal\r\n")).toBe(true);
  expect((await events("audit.exported")).map(({ about }) => JSON.parse(about).kind)).toEqual(["json", "csv"]);
});

test("of some days only", async () => {
  await later(86_400_000);
  await giveDuty(place.desk, `midori/${reader.login}` as Login, "manager", TOWN);
  const count = async (query: string) => JSON.parse((await exported(`?form=json${query}`)).text).length;
  const all = await count("");
  const first = await count("&to=2027-01-15");
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(all);
  expect(await count("&from=2027-01-17")).toBe(0);
  for (const wrong of ["", "?form=xml", "?form=csv&from=yesterday"]) expect((await exported(wrong)).status).toBe(400);
});

test("is not for who may not read it", async () => {
  ({ cookie } = await enterWith(server, place, "manager", TOWN));
  expect((await exported("?form=csv")).status).toBe(403);
  expect(await events("audit.exported")).toEqual([]);
});

/** The tree of divisions at the console: a level at a time, counted with all below, and moved with its effect in numbers. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { setLock } from "../../signaling/organisations/locks.ts";
import { movePerson } from "../../signaling/organisations/people.ts";
import { MAX_DEPTH } from "../../signaling/organisations/places.ts";
import { type ItemOf, listAnswer } from "../../signaling/protocol/console.ts";
import { Effect } from "../../signaling/protocol/console-acts.ts";
import type { Login } from "../../signaling/protocol/ids.ts";
import { type Country, enterWith, makeCountry } from "../support/console.ts";
import { askConsole, type HttpServer, startHttpServer } from "../support/http-server.ts";
import { makeStore, type TestStore } from "../support/store.ts";

const now = 1_800_000_000_000;
const WHOLE_TOWN = { organisation: "midori" };

let place: TestStore;
let server: HttpServer;
let country: Country;
let kanri: string;
beforeEach(async () => {
  place = await makeStore({ now: () => now });
  country = await makeCountry(place);
  server = await startHttpServer(place, { now: () => now });
  kanri = (await enterWith(server, place, "administrator", WHOLE_TOWN)).cookie;
});
afterEach(async () => {
  await server.close();
  await place.close();
});

const add = async (path: string) => {
  const names = path.split("/");
  const name = names.pop() ?? "";
  return (await addDivision(place.desk, name, { ...WHOLE_TOWN, division: names.join("/") || undefined })).id;
};
const list = async (query: string, cookie = kanri) => {
  const answer = await askConsole(server, cookie, "GET", `/console/lists/divisions${query}`);
  expect(answer.status, answer.text).toBe(200);
  return listAnswer("divisions").parse(answer.json) as { rows: ItemOf<"divisions">[]; total: number; next?: string };
};
const names = async (query: string, cookie = kanri) => (await list(query, cookie)).rows.map(({ name }) => name);
const post = (path: string, body: object, cookie = kanri) =>
  askConsole(server, cookie, "POST", `/console/${path}`, { reason: "機構改革", ...body });
const pathOf = async (name: string) => {
  const [row] = (await list(`?q=${encodeURIComponent(name)}`)).rows;
  return [...(row?.above ?? []), row].map((one) => one?.name).join("/");
};

describe("a level", () => {
  test("is what is right below, and counts what is below that", async () => {
    const jinji = await add("総務部/人事課");
    await add("総務部/人事課/給与係");
    await add("総務部/文書課");
    await movePerson(place.desk, "midori/sato" as Login, "給与係");
    expect(await names("?below=top")).toEqual(["税務課", "総務部"]);
    const [zeimu, soumu] = (await list("?below=top")).rows;
    expect(zeimu).toMatchObject({ divisions: 0, people: 1, terminals: 1, above: [] });
    expect(soumu).toMatchObject({ divisions: 2, people: 1, terminals: 1, own: { people: 0, terminals: 1 } });
    expect(await names(`?below=${country.divisions.soumu}`)).toEqual(["人事課", "文書課"]);
    const [kyuuyo] = (await list(`?below=${jinji}`)).rows;
    expect(kyuuyo).toMatchObject({ name: "給与係", people: 1, above: [{ name: "総務部" }, { id: jinji }] });
    expect((await list(`?below=${jinji}`)).total).toBe(1);
  });

  test("of a large one comes a page at a time, from the end too", async () => {
    for (let i = 0; i < 120; i += 1) await add(`総務部/${String(i).padStart(3, "0")} 係`);
    const below = `below=${country.divisions.soumu}`;
    const first = await list(`?${below}&limit=100`);
    expect([first.rows.length, first.total]).toEqual([100, 120]);
    const second = await list(`?${below}&limit=100&after=${first.next}`);
    expect(second.rows.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, i) => `${100 + i} 係`));
    expect((await names(`?${below}&sort=-name&limit=1`))[0]).toBe("119 係");
  });

  test("at the top of what is in reach is where one's own begins", async () => {
    await add("総務部/人事課");
    await add("総務部/人事課/給与係");
    const { cookie } = await enterWith(server, place, "administrator", { ...WHOLE_TOWN, division: "人事課" });
    const { rows } = await list("?below=top", cookie);
    expect(rows).toMatchObject([{ name: "人事課", divisions: 1, above: [{ name: "総務部" }] }]);
    expect(await names(`?below=${rows[0]?.id}`, cookie)).toEqual(["給与係"]);
    expect(await names(`?below=${country.divisions.zeimu}`, cookie)).toEqual([]);
  });

  test("is of divisions only", async () => {
    expect((await askConsole(server, kanri, "GET", "/console/lists/people?below=top")).status).toBe(400);
    expect((await askConsole(server, kanri, "GET", "/console/lists/divisions?below=x")).status).toBe(400);
  });

  test("what is searched for comes with the way to it, however deep", async () => {
    let path = "総務部";
    for (let depth = 2; depth < MAX_DEPTH; depth += 1) {
      path += `/段${depth}`;
      await add(path);
    }
    expect(await pathOf(`段${MAX_DEPTH - 1}`)).toBe(path);
    expect((await list("?below=top")).rows[1]).toMatchObject({ name: "総務部", divisions: 1 });
  });
});

describe("moving", () => {
  test("says what goes along, and takes it along", async () => {
    const jinji = await add("総務部/人事課");
    await add("総務部/人事課/給与係");
    await movePerson(place.desk, "midori/sato" as Login, "給与係");
    const move = { type: "division.move", division: jinji, parent: country.divisions.zeimu };
    expect(Effect.parse((await post("effect", move)).json)).toEqual({
      ...{ sessions: 0, signIns: 0, people: 1, terminals: 0, divisions: 2 },
    });
    expect((await post("acts", move)).status).toBe(200);
    expect(await pathOf("給与係")).toBe("税務課/人事課/給与係");
    const last = (await place.store.read((q) => q.audit.after(0, 100_000))).at(-1);
    expect(last?.event).toBe("division.moved");
    expect(JSON.parse(last?.about ?? "")).toMatchObject({ below: country.divisions.zeimu, reason: "機構改革" });
    expect((await post("acts", { type: "division.move", division: jinji })).status).toBe(200);
    expect(await pathOf("人事課")).toBe("人事課");
  });

  test("below itself, beside a namesake, or out of reach is refused", async () => {
    const jinji = await add("総務部/人事課");
    const kyuuyo = await add("総務部/人事課/給与係");
    await add("税務課/人事課");
    const moved = async (division: string, parent?: string) =>
      ((await post("acts", { type: "division.move", division, ...(parent && { parent }) })).json as { code: string })
        .code;
    expect(await moved(jinji, kyuuyo)).toBe("ACT_REFUSED");
    expect(await moved(jinji, country.divisions.zeimu)).toBe("ACT_REFUSED");
    const { cookie } = await enterWith(server, place, "administrator");
    const act = { type: "division.move", division: jinji };
    for (const to of [{ parent: country.divisions.zeimu }, {}])
      expect((await post("acts", { ...act, ...to }, cookie)).json).toMatchObject({ code: "NOT_FOUND" });
  });

  test("below what is locked says that its sessions end", async () => {
    await setLock({ ...place.desk, reason: "事故" }, { kind: "division", ...WHOLE_TOWN, division: "税務課" }, null);
    await place.store.write((q) =>
      q.sessions.insert({
        ...{ id: crypto.randomUUID() as never, organisationId: country.organisations.midori },
        ...{ terminalId: country.own.terminal, personId: country.own.person.id, login: country.own.person.login },
        ...{ personName: "佐藤", deviceKey: country.own.person.device.publicKey, signInId: null, requestedAt: now },
        ...{ liveAt: now, endedAt: null, reason: null, lock: null, lockAt: null },
      }),
    );
    const move = { type: "division.move", division: country.divisions.soumu };
    const effect = async (body: object) => Effect.parse((await post("effect", body)).json).sessions;
    expect(await effect({ ...move, parent: country.divisions.zeimu })).toBe(1);
    expect(await effect(move)).toBe(0);
  });
});

/** A text with the character NUL, which only one of the engines could keep: no fault of the server's, on either. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeCursor } from "../../signaling/console/cursor.ts";
import { enterWith, makeCountry } from "../support/console.ts";
import { askConsole, type HttpServer, startHttpServer, trySignIn } from "../support/http-server.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { makePerson, makeStore, type TestStore } from "../support/store.ts";

describe.each(["a file", "PostgreSQL"])("on %s", (engine) => {
  let postgres: TestPostgres | undefined;
  let place: TestStore;
  let server: HttpServer;
  let cookie: string;

  beforeAll(async () => {
    if (engine === "PostgreSQL") postgres = await startTestPostgres();
    const database = await postgres?.newDatabase();
    place = await makeStore(database && { database });
    await makeCountry(place);
    server = await startHttpServer(place);
    ({ cookie } = await enterWith(server, place, "operator"));
  });
  afterAll(async () => {
    await server?.close();
    await place?.close();
    await postgres?.close();
  });

  const ask = (path: string) => askConsole(server, cookie, "GET", `/console/${path}`);
  const placeIn = (key: string) =>
    encodeCursor("name", { key, id: "1", counted: { of: "all", at: 0, total: 1, counts: [] } });

  test.each([
    ["that is looked for", "lists/people?q=a%00b"],
    ["that a page ended with", `lists/people?sort=name&after=${placeIn("a\0b")}`],
  ])("%s is a bad request", async (_what, path) => {
    const answer = await ask(path);
    expect([answer.status, answer.json]).toMatchObject([400, { code: "BAD_REQUEST" }]);
  });

  test("that a page could have ended with is none", async () => {
    expect((await ask(`lists/people?sort=name&after=${placeIn("ab")}`)).status).toBe(200);
  });

  test("in an address is nobody's", async () => {
    expect((await ask("items/people/a%00b")).status).toBe(404);
  });

  test("in a body is a bad request", async () => {
    const person = await makePerson(place, { login: "sasaki", organisation: "緑市" });
    const code = person.codeAt(place.desk.now());
    const answer = await trySignIn(server, { ...person, organisation: "midori", code, password: "a\0b" });
    expect([answer.status, answer.json]).toMatchObject([400, { code: "BAD_REQUEST" }]);
  });
});

/** Documents by the command line and at the console: of one organisation what holds there, of the server what it listens to. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../signaling/cli/run.ts";
import { setPolicy } from "../../signaling/organisations/policies.ts";
import { type Block, DOCUMENTS, Document } from "../../signaling/protocol/console-documents.ts";
import { turnserverConf } from "../../turn-config/generate.ts";
import { type Country, enterWith, makeCountry } from "../support/console.ts";
import { askConsole, type HttpServer, startHttpServer } from "../support/http-server.ts";
import { makeStore, type TestStore } from "../support/store.ts";
import { SETTINGS } from "../support/told-settings.ts";

let place: TestStore;
let country: Country;
let server: HttpServer;

beforeAll(async () => {
  place = await makeStore();
  country = await makeCountry(place);
  const { midori } = country.organisations;
  const set = (level: "organisation" | "division" | "person", id: string, rules: object) =>
    setPolicy(place.desk, { place: { level, id }, rules, basedOn: 0, because: "試し" });
  await set("organisation", midori, { lockOn: "end", sessionHours: 6 });
  await set("division", country.divisions.soumu, { viewOnly: true });
  await set("person", country["other division"].person.id, { kbps: 300 });
  await set("person", country["other organisation"].person.id, { kbps: 300 });
  server = await startHttpServer(place);
});
afterAll(async () => {
  await server.close();
  await place.close();
});

const admin = async (...args: string[]) => {
  const printed: string[] = [];
  const complaints: string[] = [];
  const exitCode = await run(args, {
    environment: { ENGAWA_STATE_DIR: place.stateDir, ...SETTINGS },
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
    readInput: async () => "",
  });
  return { exitCode, text: printed.join("\n"), complaint: complaints.join("\n") };
};
const said = (blocks: readonly Block[]): string => JSON.stringify(blocks);

describe("the command line", () => {
  test.each(DOCUMENTS)("writes %s as a page, and with --json as data", async (name) => {
    const page = await admin("document", name, "--organisation", "midori");
    expect([page.exitCode, page.complaint]).toEqual([0, ""]);
    expect(page.text).toMatch(/^<!doctype html>[\s\S]*緑市[\s\S]*<\/html>$/);
    const data = await admin("document", name, "--organisation", "midori", "--json");
    expect(Document.parse(JSON.parse(data.text))).toMatchObject({ name, organisation: "緑市" });
  });

  test("says what holds in this organisation, and who there has rules of their own", async () => {
    const { text } = await admin("document", "rules", "--organisation", "midori", "--json");
    const words = said(Document.parse(JSON.parse(text)).blocks);
    for (const there of ["接続が終わるたびにロックする", "6 時間", "総務部", "職員が1人いる"])
      expect(words).toContain(there);
    const other = await admin("document", "rules", "--organisation", "hi", "--json");
    expect(other.text).not.toMatch(/総務部|6 時間|人いる/);
  });

  test("reads the relay's configuration, without its secrets", async () => {
    const secret = "s".repeat(40);
    const file = join(place.stateDir, "turnserver.conf");
    const options = { listenIps: ["10.0.0.6"], relayIp: "10.99.0.1", secret, realm: "engawa" };
    writeFileSync(file, turnserverConf(options), { mode: 0o600 });
    const { text } = await admin("document", "communications", "--relay", file);
    expect(text).toContain("10.99.0.1");
    expect(text).toContain("UDP 50000～59999");
    expect(text).not.toContain(secret);
    const none = await admin("document", "communications", "--relay", join(place.stateDir, "audit.key"));
    expect([none.exitCode, none.complaint]).toEqual([2, expect.stringContaining("no turnserver.conf")]);
  });

  test("names what of the server's settings is missing, and opens nothing", async () => {
    const complaints: string[] = [];
    const stateDir = join(place.stateDir, "none");
    const exitCode = await run(["document", "rules"], {
      environment: { ENGAWA_STATE_DIR: stateDir },
      print: () => {},
      complain: (text) => complaints.push(text),
      readInput: async () => "",
    });
    expect([exitCode, existsSync(stateDir)]).toEqual([1, false]);
    expect(complaints.join()).toContain("ENGAWA_OUTSIDE_ORIGINS is not set");
  });

  test("says which there are when it is asked for another", async () => {
    const { exitCode, complaint } = await admin("document", "manual");
    expect([exitCode, complaint]).toEqual([2, expect.stringContaining("communications")]);
  });
});

describe("the console", () => {
  test("gives who looks after an organisation its documents, and nothing that it was not asked for properly", async () => {
    const { cookie } = await enterWith(server, place, "auditor", { organisation: "midori" });
    const ask = (path: string) => askConsole(server, cookie, "GET", `/console/documents/${path}`);
    const before = (await place.store.read((q) => q.audit.last()))?.seq;
    for (const name of DOCUMENTS) {
      const { status, json } = await ask(`${name}?organisation=${country.organisations.midori}`);
      expect([status, Document.parse(json).organisation]).toEqual([200, "緑市"]);
    }
    expect((await ask("manual")).status).toBe(404);
    expect((await ask("rules?organisation=midori")).status).toBe(400);
    expect((await ask("rules?whole=1")).status).toBe(400);
    // the page offers them where they are given
    const places = (await askConsole(server, cookie, "GET", "/console/policy/places")).json as {
      places: { name: string; hasDocuments: boolean }[];
    };
    expect(places.places.filter(({ hasDocuments }) => hasDocuments).map(({ name }) => name)).toEqual(["緑市"]);
    // to be looked at is no act
    expect((await place.store.read((q) => q.audit.last()))?.seq).toBe(before);
  });

  test("offers none to who only confirms", async () => {
    const { cookie } = await enterWith(server, place, "manager", { organisation: "midori" });
    const { places } = (await askConsole(server, cookie, "GET", "/console/policy/places")).json as {
      places: { hasDocuments: boolean }[];
    };
    expect(places.map(({ hasDocuments }) => hasDocuments)).not.toContain(true);
    const { midori } = country.organisations;
    const { status } = await askConsole(server, cookie, "GET", `/console/documents/rules?organisation=${midori}`);
    expect(status).toBe(403);
  });
});

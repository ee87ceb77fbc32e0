/** A town at the console: divisions, people with duties, and who signs in there. */
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { giveDuty } from "../../signaling/organisations/duties.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { movePerson } from "../../signaling/organisations/people.ts";
import { moveTerminal } from "../../signaling/organisations/terminals.ts";
import {
  type DivisionId,
  type Login,
  OrganisationCode,
  type OrganisationId,
  type TerminalId,
} from "../../signaling/protocol/ids.ts";
import type { DutyRole } from "../../signaling/store/rows/tables.ts";
import { cookieOf, type HttpServer, trySignIn } from "./http-server.ts";
import { makePerson, makeTerminal, type TestPerson, type TestStore } from "./store.ts";

export interface Thing {
  readonly person: TestPerson;
  readonly terminal: TerminalId;
}

/** A state, a prefecture, two towns below it and a village beside; in the first town two divisions. In each of these places a person with an office PC. */
export interface Country {
  readonly own: Thing;
  readonly "other division": Thing;
  readonly "other organisation": Thing;
  readonly "other prefecture": Thing;
  readonly organisations: Readonly<Record<"kuni" | "ken" | "midori" | "sakura" | "hi", OrganisationId>>;
  readonly divisions: Readonly<Record<"soumu" | "zeimu", DivisionId>>;
}

export async function makeCountry(place: TestStore): Promise<Country> {
  const { desk } = place;
  const add = async (name: string, code: string, rest: object) =>
    (await addOrganisation(desk, name, { code: OrganisationCode.parse(code), ...rest })).id;
  const kuni = await add("国", "kuni", { kind: "operator" });
  const ken = await add("県", "ken", { kind: "prefecture", parent: "kuni" });
  const midori = await add("緑市", "midori", { parent: "ken" });
  const sakura = await add("桜町", "sakura", { parent: "ken" });
  const hi = await add("日村", "hi", { parent: "kuni" });
  const soumu = (await addDivision(desk, "総務部", { organisation: "midori" })).id;
  const zeimu = (await addDivision(desk, "税務課", { organisation: "midori" })).id;
  const thing = async (login: string, organisation: string, code: string, division?: string): Promise<Thing> => {
    const person = await makePerson(place, { login, organisation });
    const terminal = await makeTerminal(place, { name: `${login} の PC`, organisation });
    if (division !== undefined) {
      await movePerson(desk, `${code}/${login}` as Login, division);
      await moveTerminal(desk, terminal, division);
    }
    return { person, terminal };
  };
  return {
    own: await thing("sato", "緑市", "midori", "総務部"),
    "other division": await thing("suzuki", "緑市", "midori", "税務課"),
    "other organisation": await thing("takada", "桜町", "sakura"),
    "other prefecture": await thing("hara", "日村", "hi"),
    organisations: { kuni, ken, midori, sakura, hi },
    divisions: { soumu, zeimu },
  };
}

/** Where each duty is for. */
const WHERE: Record<DutyRole, object> = {
  operator: { organisation: "kuni" },
  prefecture: { organisation: "ken" },
  administrator: { organisation: "midori", division: "総務部" },
  manager: { organisation: "midori", division: "総務部" },
  auditor: { organisation: "midori", division: "総務部" },
};

/** Somebody of the first town with this duty, and their cookie at the console. `where`: not the usual one. */
export async function enterWith(
  server: HttpServer,
  place: TestStore,
  role: DutyRole,
  where: object = WHERE[role],
): Promise<{ person: TestPerson; cookie: string }> {
  const login = `${role}-${Math.random().toString(36).slice(2, 8)}`;
  const person = await makePerson(place, { login, organisation: "緑市" });
  await giveDuty(place.desk, `midori/${login}` as Login, role, where);
  return { person, cookie: await enter(server, place, person) };
}

export async function enter(server: HttpServer, place: TestStore, person: TestPerson): Promise<string> {
  const code = person.codeAt(place.desk.now());
  const answer = await trySignIn(server, { ...person, organisation: "midori", code, console: true });
  if (answer.status !== 200) throw new Error(`not let in: ${answer.text}`);
  return cookieOf(answer);
}

/** The table of who may do what, and where: every role, in every relation to what is acted on. */
import { describe, expect, test } from "vitest";
import {
  ACTIONS,
  type Action,
  allows,
  allowsSomewhere,
  mayGive,
  type Target,
} from "../../../signaling/auth/permissions.ts";
import { type Duty, operatorAs, type Place, type Principal, ROOT } from "../../../signaling/auth/principal.ts";
import { DivisionId, OrganisationId, PersonId } from "../../../signaling/protocol/ids.ts";

const organisation = () => OrganisationId.parse(crypto.randomUUID());
const division = () => DivisionId.parse(crypto.randomUUID());
const [operator, ken, otherKen, city, otherCity] = Array.from({ length: 5 }, organisation) as [
  OrganisationId,
  OrganisationId,
  OrganisationId,
  OrganisationId,
  OrganisationId,
];
const [bu, ka, otherBu] = [division(), division(), division()] as [DivisionId, DivisionId, DivisionId];
const ME = PersonId.parse(crypto.randomUUID());

const PLACES = {
  root: ROOT,
  operator: { organisations: [operator], divisions: [] },
  prefecture: { organisations: [ken, operator], divisions: [] },
  otherPrefecture: { organisations: [otherKen, operator], divisions: [] },
  city: { organisations: [city, ken, operator], divisions: [] },
  bu: { organisations: [city, ken, operator], divisions: [bu] },
  ka: { organisations: [city, ken, operator], divisions: [ka, bu] },
  otherBu: { organisations: [city, ken, operator], divisions: [otherBu] },
  otherCity: { organisations: [otherCity, otherKen, operator], divisions: [] },
} satisfies Record<string, Place>;
type Name = keyof typeof PLACES;
const NAMES = Object.keys(PLACES) as Name[];

const withDuty = (role: Duty["role"], at: Place): Principal => ({
  who: "person:city/me",
  person: ME,
  home: PLACES.city,
  duties: [{ role, at }],
});
const reach = (principal: Principal, action: Action) => NAMES.filter((name) => allows(principal, action, PLACES[name]));

describe("where", () => {
  const cases: Array<[Duty["role"], Name, Name[]]> = [
    ["operator", "root", NAMES],
    ["prefecture", "prefecture", ["prefecture", "city", "bu", "ka", "otherBu"]],
    ["administrator", "city", ["city", "bu", "ka", "otherBu"]],
    ["administrator", "bu", ["bu", "ka"]],
    ["administrator", "ka", ["ka"]],
    ["manager", "bu", ["bu", "ka"]],
    ["auditor", "city", ["city", "bu", "ka", "otherBu"]],
    ["administrator", "prefecture", ["prefecture"]],
    ["auditor", "operator", ["operator"]],
  ];
  test.each(cases)("%s at %s reaches %s", (role, at, reached) => {
    expect(reach(withDuty(role, PLACES[at]), "people.read")).toEqual(reached);
  });
});

describe("what", () => {
  const can = (role: Duty["role"]) =>
    ACTIONS.filter((action) => allows(withDuty(role, PLACES.city), action, PLACES.city));

  test("an auditor reads and changes nothing", () => {
    const may = can("auditor");
    expect(may).toContain("audit.export");
    expect(may.filter((action) => !/\.(read|export)$/.test(action))).toEqual([]);
  });

  test("a manager confirms and reads, and neither approves alone nor reads the record", () => {
    expect(can("manager").filter((action) => !action.endsWith(".read"))).toEqual([
      "otp.confirm",
      "device.confirm",
      "request.decide",
    ]);
    expect(can("manager")).not.toContain("audit.read");
  });

  test("an administrator does all of an organisation's work, and makes no organisations", () => {
    expect(can("administrator")).toEqual(expect.arrayContaining(["people.add", "device.approve", "duty.give"]));
    expect(can("administrator")).not.toContain("organisation.add");
  });

  test("whoever may open the store may do everything but what is somebody's own", () => {
    const may = ACTIONS.filter((action) => allows(operatorAs("administrator:root"), action, ROOT));
    expect(ACTIONS.filter((action) => !may.includes(action))).toEqual([
      "request.ask",
      "sign-in.read",
      "sign-in.end",
      "password.change",
      "device.give-up",
      "session.open",
      "session.signal",
      "terminal.wake",
    ]);
  });

  test("nobody may do what stands in no table", () => {
    for (const action of ["anything", "constructor"])
      expect(allows(operatorAs("server"), action as Action, ROOT)).toBe(false);
  });
});

describe("staff", () => {
  const me: Principal = { who: "person:me", person: ME, home: { organisations: [city], divisions: [] }, duties: [] };
  const own: Target = { ...PLACES.ka, person: ME };

  test("may do what is theirs, and nothing of anybody else's", () => {
    const may = ACTIONS.filter((action) => allows(me, action, own));
    expect(may).toEqual([
      "session.end",
      "request.ask",
      "sign-in.read",
      "sign-in.end",
      "password.change",
      "device.give-up",
      "session.open",
      "session.signal",
      "terminal.wake",
    ]);
    const others: Target = { ...PLACES.ka, person: PersonId.parse(crypto.randomUUID()) };
    for (const target of [others, PLACES.ka, PLACES.city, ROOT])
      expect(ACTIONS.filter((action) => allows(me, action, target))).toEqual([]);
  });

  test("not even what is said to be theirs in another organisation", () => {
    expect(ACTIONS.filter((action) => allows(me, action, { ...PLACES.otherCity, person: ME }))).toEqual([]);
  });

  test("with no duty they may look at nothing of the office", () => {
    expect(ACTIONS.filter((action) => action.endsWith(".read") && allowsSomewhere(me, action))).toEqual([
      "sign-in.read",
    ]);
  });

  test("a person with a duty opens no office PC by it", () => {
    const administrator = withDuty("administrator", PLACES.city);
    expect(allows(administrator, "session.open", PLACES.city)).toBe(false);
    expect(allows(administrator, "session.open", { ...PLACES.city, person: ME })).toBe(true); // as staff, with a grant of their own
  });
});

describe("giving duties", () => {
  const gives = (giver: Principal) => {
    const roles = ["operator", "prefecture", "administrator", "manager", "auditor"] as const;
    return roles.flatMap((role) => {
      const names = role === "operator" ? (["root"] as const) : NAMES.filter((name) => name !== "root");
      return names.filter((at) => mayGive(giver, { role, at: PLACES[at] })).map((at) => `${role} ${at}`);
    });
  };

  test("nobody gives one that is wider than their own", () => {
    expect(gives(withDuty("administrator", PLACES.bu))).toEqual([
      "administrator bu",
      "administrator ka",
      "manager bu",
      "manager ka",
      "auditor bu",
      "auditor ka",
    ]);
    expect(gives(withDuty("auditor", PLACES.city))).toEqual([]);
    expect(gives(withDuty("manager", PLACES.city))).toEqual([]);
    const prefecture = gives(withDuty("prefecture", PLACES.prefecture));
    expect(prefecture).toEqual(expect.arrayContaining(["prefecture prefecture", "administrator city", "auditor ka"]));
    expect(prefecture.filter((one) => /operator|other(Prefecture|City)/.test(one))).toEqual([]);
  });

  test("two narrow duties do not add up to a wide one", () => {
    const both: Principal = {
      ...withDuty("administrator", PLACES.bu),
      duties: [
        { role: "administrator", at: PLACES.bu },
        { role: "auditor", at: PLACES.city },
      ],
    };
    expect(mayGive(both, { role: "auditor", at: PLACES.city })).toBe(false);
    expect(mayGive(both, { role: "administrator", at: PLACES.city })).toBe(false);
  });

  test("the operator gives each", () => {
    expect(gives(operatorAs("administrator:root"))).toHaveLength(1 + 4 * (NAMES.length - 1));
  });
});

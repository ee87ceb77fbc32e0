/** From what is known and typed to an act of the contract. */
import { describe, expect, test } from "vitest";
import {
  actOf,
  fieldsOf,
  foreseen,
  offered,
  problemsOf,
  withValue,
} from "../../../signaling/console/page/acts/build.ts";
import { lineThrough } from "../../../signaling/console/page/today/line.ts";
import { DivisionId, OrganisationCode, OrganisationId } from "../../../signaling/protocol/ids.ts";

const PERSON = "7f9c24e8-3b1a-4b5e-9d2f-0a1b2c3d4e5f";
const PLACE = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";
const said = { reason: "退職のため" };

describe("an act", () => {
  test("about what is known asks for nothing but its reason", () => {
    expect(fieldsOf("people.disable", { person: PERSON })).toEqual([]);
    expect(actOf("people.disable", { person: PERSON, division: "x" }, {}, { ...said, code: "123456" })).toEqual({
      type: "people.disable",
      person: PERSON,
      reason: "退職のため",
      code: "123456",
    });
  });

  test("that adds somebody asks for them; full-width logins are meant as half-width", () => {
    expect(fieldsOf("people.add", {})).toEqual(["organisation", "division", "login", "name", "mail"]);
    const values = { organisation: PLACE, login: "ＴＡＮＡＫＡ", name: " 田中 一郎 " };
    expect(actOf("people.add", {}, values, said)).toEqual({
      type: "people.add",
      organisation: PLACE,
      login: "tanaka",
      name: "田中 一郎",
      reason: "退職のため",
    });
  });

  test("that sets a mail address takes one as it is typed, or none, and says what is wrong with it", () => {
    const known = { person: PERSON };
    const act = { type: "people.set-mail", person: PERSON, reason: "退職のため" };
    expect(actOf("people.set-mail", known, { mail: " sato＠city.example" }, said)).toEqual({
      ...{ ...act, mail: "sato@city.example" },
    });
    expect(actOf("people.set-mail", known, {}, said)).toEqual(act);
    expect(problemsOf("people.set-mail", known, { mail: "sato" })).toEqual({ mail: "badMail" });
  });

  test("that moves somebody asks whereto, and nowhere is the organisation itself", () => {
    expect(fieldsOf("people.move", { person: PERSON, division: PLACE })).toEqual(["division"]);
    expect(actOf("people.move", { person: PERSON, division: PLACE }, {}, said)).not.toHaveProperty("division");
  });

  test("says what is missing and what does not fit", () => {
    expect(problemsOf("people.add", {}, { login: "田中" })).toEqual({
      organisation: "missingField",
      login: "badLogin",
      name: "missingField",
    });
    expect(problemsOf("grant.add", { person: PERSON }, { terminal: "K7QM-2Z9P-X4TD" })).toEqual({});
    expect(actOf("people.disable", { person: "nobody" }, {}, said)).toBeUndefined();
  });

  test("may name several PCs, and leaves out the list of which there is none", () => {
    const values = { division: PLACE, add: "K7QM-2Z9P-X4TD 7K7Q-M2Z9-PX4T " };
    expect(fieldsOf("people.transfer", { person: PERSON })).toEqual(["division", "keep", "add"]);
    expect(actOf("people.transfer", { person: PERSON }, values, said)).toEqual({
      type: "people.transfer",
      person: PERSON,
      division: PLACE,
      add: ["K7QM-2Z9P-X4TD", "7K7Q-M2Z9-PX4T"],
      reason: "退職のため",
    });
    expect(problemsOf("people.transfer", { person: PERSON }, {})).toEqual({});
  });

  test("that replaces a PC may leave its name as it is, which one that adds a PC may not", () => {
    expect(problemsOf("terminal.replace", { terminal: "K7QM-2Z9P-X4TD" }, {})).toEqual({});
    expect(problemsOf("terminal.add", { organisation: PLACE }, {})).toEqual({ name: "missingField" });
  });

  test("with a last day lasts until its midnight", () => {
    const values = { until: "2026-12-31" };
    const act = actOf("grant.add", { person: PERSON, terminal: "K7QM-2Z9P-X4TD" }, values, said);
    expect(act).toMatchObject({ until: new Date(2027, 0, 1).getTime() });
  });
});

describe("what an act comes to", () => {
  const pc = [{ name: "総務-01", known: { terminal: "K7QM-2Z9P-X4TD" } }];
  const asked = (...known: Parameters<typeof foreseen>) => foreseen(...known)?.map(({ reason: _, ...act }) => act);

  test("is asked before anything is typed, and typing a name or an end asks nothing else", () => {
    for (const type of ["terminal.settle", "terminal.replace", "lock.terminal"] as const) {
      const first = asked(type, pc, {});
      expect(first, type).toMatchObject([{ type, terminal: "K7QM-2Z9P-X4TD" }]);
      expect(asked(type, pc, { name: "会", end: "2027-01-01T08:30" }), type).toEqual(first);
    }
  });

  test("is asked again with what decides it, and not before that is chosen", () => {
    const nobody = [{ name: "", known: {} }];
    expect(asked("lock.organisation", nobody, {})).toBeUndefined();
    expect(asked("lock.organisation", nobody, { organisation: PLACE })).toMatchObject([{ organisation: PLACE }]);
    const person = [{ name: "田中", known: { person: PERSON } }];
    expect(asked("people.transfer", person, { keep: "K7QM-2Z9P-X4TD" })).toMatchObject([{ keep: ["K7QM-2Z9P-X4TD"] }]);
  });

  test("is not asked where something is only added or moved", () => {
    expect(asked("people.add", [{ name: "", known: {} }], { organisation: PLACE })).toBeUndefined();
    expect(asked("people.move", [{ name: "田中", known: { person: PERSON } }], {})).toBeUndefined();
  });
});

describe("a division that is chosen", () => {
  const division = (id: string) => ({
    ...{ id: DivisionId.parse(id), name: "総務課", above: [], divisions: 0, people: 0, terminals: 0 },
    organisation: { id: OrganisationId.parse(PLACE), code: OrganisationCode.parse("mihon"), name: "見本市" },
    own: { people: 0, terminals: 0 },
  });
  const soumu = division(PERSON);
  const zeimu = division("9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d");

  test("stays to be seen when something else is searched for", () => {
    expect(offered([zeimu], PLACE, soumu)).toEqual([soumu, zeimu]);
    expect(offered([soumu, zeimu], PLACE, soumu)).toEqual([soumu, zeimu]);
    expect(offered([soumu], PERSON, undefined)).toEqual([]);
  });

  test("is none any more in another organisation", () => {
    const values = withValue({ organisation: PLACE, division: PERSON, name: "田中" }, "organisation", PERSON);
    expect(actOf("people.add", {}, { ...values, login: "tanaka" }, said)).not.toHaveProperty("division");
    expect(values.name).toBe("田中");
  });
});

describe("the line of a day", () => {
  const points = [0, 3, 7].map((count, i) => ({ at: i * 1_000, count }));

  test("goes from edge to edge, and its top is a round number above the most", () => {
    const line = lineThrough(points, { width: 100, height: 50 });
    expect(line).toMatchObject({ top: 10, most: { count: 7 }, points: "0.0,50.0 50.0,35.0 100.0,15.0" });
    expect(line?.area).toBe("0.0,50 0.0,50.0 50.0,35.0 100.0,15.0 100.0,50");
  });

  test.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 4],
    [12, 20],
    [2_000, 2_000],
  ])("up to %i it reaches to %i", (count, top) =>
    expect(lineThrough([{ at: 0, count }], { width: 1, height: 1 })?.top).toBe(top),
  );

  test("of nothing there is none", () => expect(lineThrough([], { width: 1, height: 1 })).toBeUndefined());
});

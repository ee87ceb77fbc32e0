import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { PersonId } from "../../../signaling/protocol/ids.ts";
import { refusal } from "../../../signaling/session-limits.ts";

const limits = { perPerson: 2, total: 5, negotiating: 3 };
const anna = PersonId.parse(randomUUID());
const others = (n: number, negotiating = false) =>
  Array.from({ length: n }, () => ({ person: PersonId.parse(randomUUID()), negotiating }));

test("lets a person in while there is room", () => {
  expect(refusal({ sessions: others(4) }, { person: anna, resuming: false }, limits)).toBeUndefined();
});

test("stops one person at their own limit, whoever else is there", () => {
  const own = [1, 2].map(() => ({ person: anna, negotiating: false }));
  expect(refusal({ sessions: own }, { person: anna, resuming: false }, limits)?.code).toBe("TOO_MANY_SESSIONS");
  const [somebody] = others(1);
  expect(refusal({ sessions: own }, { person: somebody?.person ?? anna, resuming: false }, limits)).toBeUndefined();
});

test("stops everybody when the server is full, except those who come back", () => {
  expect(refusal({ sessions: others(5) }, { person: anna, resuming: false }, limits)?.code).toBe("SERVER_BUSY");
  expect(refusal({ sessions: others(5) }, { person: anna, resuming: true }, limits)).toBeUndefined();
});

test("bounds the negotiations under way, for those who come back too, and says when to ask again", () => {
  const refused = refusal({ sessions: others(3, true) }, { person: anna, resuming: true }, limits);
  expect(refused?.code).toBe("SERVER_BUSY");
  expect(refused?.details).toEqual({ retryAfterS: 2 });
});

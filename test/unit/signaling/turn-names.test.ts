import { expect, test } from "vitest";
import { TurnNames } from "../../../signaling/edge/turn-names.ts";

const SESSION = "0b9c2f3e-2f64-4b3c-9a57-3d1f6c1f2a10";
const name = (attempt: number, role = "v", session = SESSION) => `1900000000:${session}.${role}.${attempt}.tag`;

test("clients are counted in all, by source and by name, and forgotten when they leave", () => {
  const names = new TurnNames<number>({ turnClients: 4, turnClientsPerSource: 3, turnClientsPerName: 2 });
  expect([1, 2, 3].map((client) => names.enter(client, name(1), "a"))).toEqual([
    undefined,
    undefined,
    "TURN clients (of one name)",
  ]);
  expect(names.enter(4, name(2), "a")).toBeUndefined();
  expect(names.enter(5, name(1, "a"), "a")).toBe("TURN clients (of one source)");
  expect(names.enter(6, name(1, "a"), "b")).toBeUndefined();
  expect(names.enter(7, name(2, "a"), "b")).toBe("TURN clients (in all)");
  for (const client of [1, 1, 3, 5, 7]) names.leave(client);
  expect(names.size).toBe(3);
  expect(names.enter(8, name(1), "a")).toBeUndefined();
});

test("of one end of a session the present attempt and the one before are kept", () => {
  const names = new TurnNames<number>({ turnClients: 100, turnClientsPerSource: 100, turnClientsPerName: 2 });
  for (const [client, username] of [name(1), name(2), name(3), name(1, "a")].entries())
    names.enter(client, username, "a");
  names.enter(9, name(1, "v", SESSION.replace("0b", "1b")), "a");
  expect(names.stale(name(3))).toEqual([0]);
  expect(names.stale(name(4))).toEqual([0, 1]);
  expect(names.stale("1900000000:stranger")).toEqual([]);
});

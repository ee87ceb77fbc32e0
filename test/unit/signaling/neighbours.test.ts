import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { OrganisationId } from "../../../signaling/protocol/ids.ts";
import type { ToAgent } from "../../../signaling/protocol/signal.ts";
import { WiredInterface } from "../../../signaling/protocol/wake.ts";
import { type Neighbour, Neighbours } from "../../../signaling/waking/neighbours.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

let records: MemoryRecords;
let neighbours: Neighbours;
let sent: Array<{ to: string; message: ToAgent }>;

beforeEach(() => {
  records = new MemoryRecords();
  neighbours = new Neighbours();
  sent = [];
});

const card = (last: string, address: string, prefix = 24) =>
  WiredInterface.parse({ mac: `00:11:22:33:44:${last}`, address, prefix });
const newNeighbour = (letter: string, organisation = records.organisation): Neighbour => {
  const terminal = { ...records.addTerminal([0, 1, 2].map(() => letter.repeat(4)).join("-")), organisation };
  const send = (message: ToAgent) => void sent.push({ to: letter, message });
  return { terminal, connection: { id: letter, remoteAddress: "", send, close: () => {} } };
};
const sleeper = (...interfaces: WiredInterface[]) => ({ ...records.addTerminal("ZZZZ-ZZZZ-ZZZZ"), interfaces });
const who = (from: ReturnType<typeof sleeper>) =>
  neighbours
    .errandsFor(from)
    .map(({ neighbour, mac, segment }) => `${neighbour.connection.id} ${mac.slice(-2)} ${segment}`);

describe("who is asked", () => {
  test("those on the same segment: same address, same prefix", () => {
    neighbours.place(newNeighbour("A"), [card("0a", "10.1.2.9")]);
    neighbours.place(newNeighbour("B"), [card("0b", "10.1.3.9")]);
    neighbours.place(newNeighbour("C"), [card("0c", "10.1.2.10", 23)]);
    neighbours.place(newNeighbour("D"), [card("0d", "10.9.9.9"), card("0e", "10.1.2.11")]);
    const one = sleeper(card("ff", "10.1.2.200"));
    expect(who(one).sort()).toEqual(["A ff 10.1.2.0/24", "D ff 10.1.2.0/24"]);
    expect(neighbours.canWake(one)).toBe(true);
    expect(neighbours.canWake(sleeper(card("ff", "10.7.7.7")))).toBe(false);
    expect(neighbours.canWake(sleeper())).toBe(false);
  });

  test("nobody of another organisation", () => {
    neighbours.place(newNeighbour("A", { id: OrganisationId.parse(randomUUID()), name: "隣町" }), [
      card("0a", "10.1.2.9"),
    ]);
    expect(who(sleeper(card("ff", "10.1.2.200")))).toEqual([]);
  });

  test("not the sleeper itself", () => {
    const self = sleeper(card("ff", "10.1.2.200"));
    neighbours.place({ ...newNeighbour("A"), terminal: self }, self.interfaces);
    expect(neighbours.canWake(self)).toBe(false);
  });

  test("three at most, those first who were asked longest ago", () => {
    for (const letter of ["A", "B", "C", "D", "E"]) neighbours.place(newNeighbour(letter), [card("01", "10.1.2.9")]);
    const one = sleeper(card("ff", "10.1.2.200"));
    const order: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const errands = neighbours.errandsFor(one);
      expect(errands).toHaveLength(3);
      const [first] = errands;
      if (first) expect(neighbours.ask(first)).toBe(true);
      order.push(first?.neighbour.connection.id ?? "");
    }
    expect(order.sort()).toEqual(["A", "B", "C", "D", "E"]);
  });

  test("for a sleeper with two cards, each card has its turn", () => {
    for (const letter of ["A", "B", "C"]) neighbours.place(newNeighbour(letter), [card("01", "10.1.2.9")]);
    neighbours.place(newNeighbour("D"), [card("02", "10.5.0.9", 16)]);
    const asked = who(sleeper(card("f1", "10.1.2.200"), card("f2", "10.5.7.7", 16)));
    expect(asked).toEqual(["A f1 10.1.2.0/24", "D f2 10.5.0.0/16", "B f1 10.1.2.0/24"]);
  });

  test("who has gone, or has another connection now, is not asked", () => {
    const first = newNeighbour("A");
    neighbours.place(first, [card("0a", "10.1.2.9")]);
    const [errand] = neighbours.errandsFor(sleeper(card("ff", "10.1.2.200")));
    const second = { ...first };
    neighbours.place(second, [card("0a", "10.1.2.9")]);
    expect(errand && neighbours.ask(errand)).toBe(false);
    expect(neighbours.remove(first)).toEqual([]);
    expect(neighbours.canWake(sleeper(card("ff", "10.1.2.200")))).toBe(true);
    expect(neighbours.remove(second)).toHaveLength(1);
    expect(sent).toEqual([]);
  });
});

test("tells when a segment got its first neighbour or lost its last", () => {
  const [a, b] = [newNeighbour("A"), newNeighbour("B")];
  expect(neighbours.place(a, [card("0a", "10.1.2.9")])).toHaveLength(1);
  expect(neighbours.place(a, [card("0a", "10.1.2.9")])).toEqual([]);
  expect(neighbours.place(b, [card("0b", "10.1.2.10")])).toEqual([]);
  expect(neighbours.place(b, [card("0b", "10.1.3.10")])).toHaveLength(1);
  expect(neighbours.remove(b)).toHaveLength(1);
  expect(neighbours.place(a, [])).toHaveLength(1);
  expect(neighbours.remove(a)).toEqual([]);
});

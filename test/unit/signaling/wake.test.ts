import { beforeEach, describe, expect, test } from "vitest";
import { createLog } from "../../../signaling/log.ts";
import type { RequestError } from "../../../signaling/protocol/errors.ts";
import type { ToAgent } from "../../../signaling/protocol/signal.ts";
import { WAKE_TIMEOUT_MS, WiredInterface } from "../../../signaling/protocol/wake.ts";
import type { SignedIn, Terminal } from "../../../signaling/records.ts";
import type { Neighbour } from "../../../signaling/waking/neighbours.ts";
import { Wakes } from "../../../signaling/waking/wakes.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

let records: MemoryRecords;
let wakes: Wakes;
let now: number;
let sleeper: Terminal;
let tanaka: SignedIn;
let changes: number;

const card = (last: string) =>
  WiredInterface.parse({ mac: `00:11:22:33:44:${last}`, address: `10.1.2.${Number.parseInt(last, 16)}`, prefix: 24 });
const id = (letter: string) => [0, 1, 2].map(() => letter.repeat(4)).join("-");

interface TestNeighbour extends Neighbour {
  readonly terminal: Terminal;
  readonly asked: ToAgent[];
}
async function arrive(letter: string, helps = true): Promise<TestNeighbour> {
  const asked: ToAgent[] = [];
  const send = (message: ToAgent) => void asked.push(message);
  const agent = {
    asked,
    terminal: records.addTerminal(id(letter)),
    connection: { id: letter, remoteAddress: "", send, close: () => {} },
  };
  wakes.arrived(agent.terminal.id);
  await wakes.interfaces(agent, [card("0a")], helps);
  return agent;
}
const view = () => wakes.view(sleeper, tanaka.person).wake;
const pass = (ms: number) => {
  now += ms;
  wakes.tick();
};
const steps = () => records.wakes.map(({ step }) => step);
const refusedWith = (code: string) => expect.objectContaining({ name: "RequestError", code }) as RequestError;

beforeEach(() => {
  records = new MemoryRecords();
  now = 1_000_000;
  changes = 0;
  wakes = new Wakes({
    records,
    log: createLog({ level: "silent" }),
    now: () => now,
    changed: () => {
      changes += 1;
    },
    segmentsChanged: (keys) => {
      if (keys.length > 0) changes += 1;
    },
  });
  sleeper = { ...records.addTerminal(id("Z")), interfaces: [card("c8")] };
  tanaka = records.signIn("tanaka", "laptop", [sleeper]);
});

test("a neighbour is asked for one packet, and the sleeper's return is the success", async () => {
  const a = await arrive("A");
  expect(view()).toEqual({ state: "possible" });
  await wakes.begin(sleeper, tanaka);
  expect(a.asked).toEqual([{ type: "wake", mac: card("c8").mac, segment: "10.1.2.0/24" }]);
  wakes.answered(a, card("c8").mac, "sent");
  pass(12_000);
  expect(view()).toEqual({ state: "waking", elapsedMs: 12_000, mine: true });
  const other = records.signIn("suzuki", "pc", [sleeper]);
  expect(wakes.view(sleeper, other.person).wake).toMatchObject({ state: "waking", mine: false });
  wakes.arrived(sleeper.id);
  expect(view()).toEqual({ state: "possible" });
  expect(records.wakes).toMatchObject([
    { step: "requested", login: "tanaka", terminal: sleeper.id, helpers: [] },
    { step: "woken", login: "tanaka", helpers: [`${id("A")}: sent`] },
  ]);
});

describe("the next neighbour is asked", () => {
  let agents: TestNeighbour[];
  const asked = () => agents.map((agent) => agent.asked.length).join("");
  beforeEach(async () => {
    agents = [await arrive("A"), await arrive("B"), await arrive("C"), await arrive("D")];
    await wakes.begin(sleeper, tanaka);
    expect(asked()).toBe("1000");
  });

  test("when the first refuses, says nothing, or goes", () => {
    const [a, b] = agents as [TestNeighbour, TestNeighbour];
    wakes.answered(a, card("c8").mac, "never");
    expect(asked()).toBe("1100");
    wakes.left(b);
    expect(asked()).toBe("1110");
    pass(5_000);
    expect(asked()).toBe("1110"); // three at most
    expect(view()).toEqual({ state: "failed", why: "not-sent", again: true });
    expect(records.wakes.at(-1)).toMatchObject({
      step: "not-sent",
      helpers: [`${id("A")}: never`, `${id("B")}: left`, `${id("C")}: silent`],
    });
  });

  test("when a packet had no effect for twenty seconds, and three minutes are the end", () => {
    for (const [i, agent] of agents.slice(0, 3).entries()) {
      wakes.answered(agent, card("c8").mac, "sent");
      pass(19_999);
      expect(asked()).toBe("1".repeat(i + 1).padEnd(4, "0"));
      pass(1);
    }
    expect(asked()).toBe("1110");
    pass(WAKE_TIMEOUT_MS - 60_001);
    expect(view()).toMatchObject({ state: "waking" });
    pass(1);
    expect(view()).toEqual({ state: "failed", why: "no-answer", again: true });
    expect(steps()).toEqual(["requested", "no-answer"]);
    pass(15 * 60_000);
    expect(view()).toEqual({ state: "possible" });
  });

  test("not after the person stopped waiting; nobody else can stop it", () => {
    wakes.cancel(sleeper.id, records.signIn("suzuki", "pc", []).person);
    expect(view()).toMatchObject({ state: "waking" });
    wakes.cancel(sleeper.id, tanaka.person);
    pass(WAKE_TIMEOUT_MS);
    expect(asked()).toBe("1000");
    expect(steps()).toEqual(["requested", "cancelled"]);
  });

  test("not for an answer about another card, or one that comes too late", () => {
    const [a] = agents as [TestNeighbour];
    wakes.answered(a, card("01").mac, "never");
    expect(asked()).toBe("1000");
    pass(5_000);
    expect(asked()).toBe("1100");
    wakes.answered(a, card("c8").mac, "never");
    expect(asked()).toBe("1100");
  });
});

describe("it is not begun", () => {
  test("without a neighbour that would do it", async () => {
    await arrive("A", false);
    expect(view()).toBeUndefined();
    await expect(wakes.begin(sleeper, tanaka)).rejects.toEqual(refusedWith("WAKE_IMPOSSIBLE"));
    expect(records.wakes).toEqual([]);
  });

  test("twice at once: the second request joins the first", async () => {
    const a = await arrive("A");
    await Promise.all([1, 2, 3].map(() => wakes.begin(sleeper, tanaka)));
    expect(a.asked).toHaveLength(1);
    expect(steps()).toEqual(["requested"]);
  });

  test("again within thirty seconds", async () => {
    const a = await arrive("A");
    await wakes.begin(sleeper, tanaka);
    wakes.cancel(sleeper.id, tanaka.person);
    pass(29_500);
    await expect(wakes.begin(sleeper, tanaka)).rejects.toMatchObject({
      code: "TOO_MANY_ATTEMPTS",
      details: { retryAfterS: 1 },
    });
    pass(500);
    await wakes.begin(sleeper, tanaka);
    expect(a.asked).toHaveLength(2);
  });

  test("for a fourth PC of one person; somebody else may", async () => {
    await arrive("A");
    const others = ["V", "W", "X", "Y"].map((letter) => ({
      ...records.addTerminal(id(letter)),
      interfaces: [card("c8")],
    }));
    for (const one of others.slice(0, 3)) await wakes.begin(one, tanaka);
    await expect(wakes.begin(others[3] as Terminal, tanaka)).rejects.toEqual(refusedWith("TOO_MANY_ATTEMPTS"));
    await wakes.begin(others[3] as Terminal, records.signIn("suzuki", "pc", []));
  });

  test("when the record cannot be written; the next request is a new one", async () => {
    const a = await arrive("A");
    const write = records.terminalWake;
    records.terminalWake = async () => {
      throw new Error("disk full");
    };
    await expect(wakes.begin(sleeper, tanaka)).rejects.toThrow("disk full");
    expect(a.asked).toEqual([]);
    records.terminalWake = write;
    await wakes.begin(sleeper, tanaka);
    expect(a.asked).toHaveLength(1);
  });
});

test("pages are told when waking becomes possible, begins, ends", async () => {
  const a = await arrive("A");
  expect(changes).toBe(1);
  await arrive("B");
  expect(changes).toBe(1);
  await wakes.begin(sleeper, tanaka);
  expect(changes).toBe(2);
  wakes.answered(a, card("c8").mac, "sent");
  pass(WAKE_TIMEOUT_MS);
  expect(changes).toBe(3);
});

test("the cards are written only when they are others than before", async () => {
  let written = 0;
  const write = records.terminalInterfaces.bind(records);
  records.terminalInterfaces = async (...what) => {
    written += 1;
    await write(...what);
  };
  const agent = await arrive("A");
  await wakes.interfaces(agent, [card("0a")], true);
  expect(written).toBe(1);
  await wakes.interfaces(agent, [], true);
  await wakes.interfaces(agent, [card("0a")], true);
  expect(written).toBe(3);
  const terminal = records.terminals.get(agent.terminal.id) as Terminal;
  await wakes.interfaces({ ...agent, terminal }, [card("0a")], true);
  expect(written).toBe(3);
});

test("a PC that tells other cards all the time makes no work for the disk, and is heard again later", async () => {
  let writes = 0;
  records.terminalInterfaces = async () => {
    writes += 1;
  };
  const agent = await arrive("A");
  const tellAll = async () => {
    for (let i = 0; i < 1_000; i += 1) await wakes.interfaces(agent, [card(i % 2 ? "0b" : "0c")], true);
  };
  await tellAll();
  expect(writes).toBeLessThanOrEqual(20);
  const before = writes;
  pass(60_000);
  await tellAll();
  expect(writes).toBe(before + 1);
});

/** What every bus promises (signaling/bus/bus.ts). */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Bus, type BusEvent, publishChanges } from "../../signaling/bus/bus.ts";
import type { Letter } from "../../signaling/bus/letters.ts";
import { openBus } from "../../signaling/bus/open.ts";
import type { DatabaseServer } from "../../signaling/postgres/settings.ts";
import { NodeId, SessionId, Signature } from "../../signaling/protocol/ids.ts";
import { MAX_CHANGES } from "../../signaling/store/rows/changes.ts";

import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

busContract("local", (onListenerError) => openBus({ onListenerError }));

let postgres: TestPostgres;
let database: DatabaseServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.newDatabase();
});
afterAll(() => postgres.close());
busContract("postgres", (onListenerError) => openBus({ onListenerError, database }));

test("postgres: says that it has missed something, and goes on, when its connections were broken", async () => {
  const bus = await openBus({ onListenerError: () => {}, database });
  try {
    const heard: string[] = [];
    bus.subscribe(({ type }) => heard.push(type));
    await postgres.query(
      { ...database },
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'engawa bus%'",
    );
    await until("it hears again", () => heard.includes("gap") && heard.includes("records-changed"));
    await bus.publish({ type: "sign-in-ended", signIn: "a", reason: "signed-out" });
    await until("it hears what is new", () => heard.includes("sign-in-ended"));
  } finally {
    await bus.close();
  }
});

function busContract(name: string, open: (onListenerError: (error: unknown) => void) => Promise<Bus>): void {
  describe(`bus: ${name}`, () => {
    const opened: Bus[] = [];
    const openOne = async (onListenerError: (error: unknown) => void = () => {}) => {
      const bus = await open(onListenerError);
      opened.push(bus);
      return bus;
    };
    const ended = (signIn: string): BusEvent => ({ type: "sign-in-ended", signIn, reason: "signed-out" });
    /** Fulfilled with the first `count` events. */
    const collect = (bus: Bus, count: number) =>
      new Promise<BusEvent[]>((resolve) => {
        const seen: BusEvent[] = [];
        bus.subscribe((event) => {
          seen.push(event);
          if (seen.length === count) resolve(seen);
        });
      });

    afterEach(async () => {
      for (const bus of opened.splice(0)) await bus.close();
    });

    test("delivers to every subscriber, in the order of publishing", async () => {
      const bus = await openOne();
      const events = Array.from({ length: 200 }, (_, i) => ended(String(i)));
      const both = [collect(bus, 200), collect(bus, 200)];
      for (const event of events) void bus.publish(event);
      expect(await Promise.all(both)).toEqual([events, events]);
    });

    test("carries whose rights changed, however many they are, none twice and none lost", async () => {
      const bus = await openOne();
      const changes = Array.from({ length: MAX_CHANGES }, (_, i) => ({ kind: "person", subject: `${i}` }) as const);
      const heard = new Promise<unknown[]>((resolve) => {
        const subjects: unknown[] = [];
        bus.subscribe((event) => {
          if (event.type !== "records-changed") return;
          if (event.changes) subjects.push(...event.changes);
          else resolve(subjects);
        });
      });
      await publishChanges(bus, changes);
      await publishChanges(bus, "everything");
      expect(await heard).toEqual(changes);
    });

    test("hands over a copy", async () => {
      const bus = await openOne();
      const seen = collect(bus, 1);
      const event = ended("a");
      await bus.publish(event);
      const [received] = await seen;
      expect(received).toEqual(event);
      expect(received).not.toBe(event);
    });

    test("a listener that throws disturbs no other", async () => {
      const problems: unknown[] = [];
      const bus = await openOne((error) => problems.push(error));
      bus.subscribe(() => {
        throw new Error("mine");
      });
      const seen = collect(bus, 2);
      await bus.publish(ended("a"));
      await bus.publish(ended("b"));
      expect(await seen).toHaveLength(2);
      expect(problems).toHaveLength(2);
    });

    test("calls no listener after its subscription has ended", async () => {
      const bus = await openOne();
      const mine: BusEvent[] = [];
      const end = bus.subscribe((event) => mine.push(event));
      const first = collect(bus, 1);
      await bus.publish(ended("a"));
      await first;
      end();
      const second = collect(bus, 1);
      await bus.publish(ended("b"));
      await second;
      expect(mine).toHaveLength(1);
    });

    test("calls no listener after it was closed, and closes twice", async () => {
      const bus = await openOne();
      const mine: BusEvent[] = [];
      bus.subscribe((event) => mine.push(event));
      const publishing = bus.publish(ended("a"));
      await Promise.all([bus.close(), bus.close(), publishing]);
      await bus.publish(ended("b"));
      await new Promise((resolve) => setImmediate(resolve));
      expect(mine).toEqual([]);
    });

    test("brings letters to the node they are for, in order, however large", async () => {
      const bus = await openOne();
      const [node, other] = [NodeId.parse(randomUUID()), NodeId.parse(randomUUID())];
      const mine: Letter[] = [];
      const others: Letter[] = [];
      bus.receive(node, (letter) => mine.push(letter));
      bus.receive(other, (letter) => others.push(letter));
      const hello = (page: string): Letter => ({ kind: "page-gone", from: other, page });
      // letters to one that does not hear yet are lost
      await until("it receives", async () => {
        await bus.send(node, hello("hello"));
        await bus.send(other, hello("hello"));
        return mine.length > 0 && others.length > 0;
      });
      const letters = Array.from(
        { length: 20 },
        (_, i): Letter => ({
          kind: "to-page",
          page: `${i}`,
          message: {
            type: "offer",
            session: SessionId.parse(randomUUID()),
            attempt: 1,
            sdp: `${i} "${"縁側".repeat(i % 3 === 0 ? 4_000 : 3)}"`,
            signature: Signature.parse("A".repeat(86)),
          },
        }),
      );
      for (const letter of letters) await bus.send(node, letter);
      const sent = () => mine.filter(({ kind }) => kind === "to-page");
      await until("all have come", () => sent().length === letters.length);
      expect(sent()).toEqual(letters);
      expect(others.every(({ kind }) => kind === "page-gone")).toBe(true);
    });

    test("receives no letter after it has stopped", async () => {
      const bus = await openOne();
      const node = NodeId.parse(randomUUID());
      const [mine, later]: [Letter[], Letter[]] = [[], []];
      const stop = bus.receive(node, (letter) => mine.push(letter));
      stop();
      bus.receive(node, (letter) => later.push(letter));
      const letter: Letter = { kind: "page-gone", from: node, page: "a" };
      await until("the later one receives", async () => {
        await bus.send(node, letter);
        return later.length > 0;
      });
      expect(mine).toEqual([]);
    });

    test("refuses what is no event", async () => {
      const bus = await openOne();
      await expect(bus.publish({ type: "sign-in-ended" } as never)).rejects.toThrow();
      await expect(bus.publish({ ...ended("a"), more: 1 } as never)).rejects.toThrow();
      await expect(bus.publish(ended("x".repeat(100)))).rejects.toThrow();
    });
  });
}

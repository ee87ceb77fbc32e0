/** What every bus promises (signaling/bus/bus.ts). */
import { afterEach, describe, expect, test } from "vitest";
import { type Bus, type BusEvent, publishChanges } from "../../signaling/bus/bus.ts";
import { openBus } from "../../signaling/bus/open.ts";
import { MAX_CHANGES } from "../../signaling/store/rows/changes.ts";

busContract("local", (onListenerError) => openBus({ onListenerError }));

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

    test("refuses what is no event", async () => {
      const bus = await openOne();
      await expect(bus.publish({ type: "sign-in-ended" } as never)).rejects.toThrow();
      await expect(bus.publish({ ...ended("a"), more: 1 } as never)).rejects.toThrow();
      await expect(bus.publish(ended("x".repeat(100)))).rejects.toThrow();
    });
  });
}

/** When sign-ins were used and terminals seen, while the store has no room. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLog } from "../../../signaling/log.ts";
import { Sightings } from "../../../signaling/organisations/sightings.ts";
import { RequestError } from "../../../signaling/protocol/errors.ts";
import { TerminalId } from "../../../signaling/protocol/ids.ts";
import type { Queries } from "../../../signaling/store/queries.ts";

const MINUTE = 60_000;
const terminal = TerminalId.parse("K7QM-2Z9P-X4TD");
const lines: string[] = [];
const log = createLog({ level: "debug", destination: { write: (line) => lines.push(line) } });
let hasRoom: boolean;
let written: (readonly [unknown, number])[];
let touched: () => Promise<void>;
let sightings: Sightings;

/** The two questions that are asked of a store. */
const queries = {
  signIns: {
    touch: (ids: readonly string[], at: number) => {
      written.push([ids, at]);
      return touched();
    },
  },
  terminals: { seen: async (id: TerminalId, at: number) => void written.push([id, at]) },
} as unknown as Queries;

beforeEach(() => {
  vi.useFakeTimers();
  lines.length = 0;
  hasRoom = true;
  written = [];
  touched = () => Promise.resolve();
  const write = async <T>(work: (q: Queries) => Promise<T>) => {
    if (!hasRoom) throw new RequestError("STORAGE_UNAVAILABLE", "the disk is full");
    return work(queries);
  };
  sightings = new Sightings({ store: { write }, log });
});
afterEach(() => vi.useRealTimers());

test("are written together within a second, once", async () => {
  for (const at of [1, 2, 3]) {
    sightings.seen(terminal, at);
    sightings.used("a", at);
    sightings.used("b", at);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written).toEqual([
    [["a", "b"], 3],
    [terminal, 3],
  ]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(written).toHaveLength(2);
});

test("wait for room, each with its own time, and count until then", async () => {
  hasRoom = false;
  sightings.used("early", MINUTE);
  sightings.seen(terminal, MINUTE);
  await vi.advanceTimersByTimeAsync(10_000);
  sightings.used("late", 40 * MINUTE);
  expect([sightings.lastUse("early"), sightings.lastUse("late")]).toEqual([MINUTE, 40 * MINUTE]);
  hasRoom = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual([
    [["early"], MINUTE],
    [["late"], 40 * MINUTE],
    [terminal, MINUTE],
  ]);
  expect(sightings.lastUse("early")).toBeUndefined();
  expect(lines).toEqual([]);
});

test("that come while others are written are written after them, and none twice", async () => {
  const gate = Promise.withResolvers<void>();
  touched = () => gate.promise;
  sightings.used("a", 1);
  await vi.advanceTimersByTimeAsync(1_000);
  sightings.used("a", 2);
  sightings.used("b", 2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(written).toHaveLength(1);
  gate.resolve();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(written).toEqual([
    [["a"], 1],
    [["a", "b"], 2],
  ]);
});

test("of one that cannot be written hinder no other", async () => {
  touched = () => Promise.reject(new Error("a bug"));
  sightings.used("a", 1);
  sightings.seen(terminal, 1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual([
    [["a"], 1],
    [terminal, 1],
  ]);
  expect(lines).toHaveLength(1);
});

test("that find no room at the end are said to be lost", async () => {
  hasRoom = false;
  sightings.seen(terminal, 1);
  await sightings.close();
  expect(lines.join("")).toContain("not written");
});

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLog } from "../../agent/log.ts";
import { coverWords } from "../../agent/protection/cover-words.ts";
import { type Demand, PcLock } from "../../agent/protection/pc-lock.ts";
import { Login, SessionId } from "../../signaling/protocol/ids.ts";

let works: boolean;
let tries: number;
let told: { locked: boolean; at: number }[];
let log: string[];
let pcLock: PcLock;
const tanaka = Login.parse("tanaka");
const demand: Demand = { session: SessionId.parse(randomUUID()), login: tanaka, cause: "interrupted" };

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  [works, tries, told, log] = [true, 0, [], []];
  pcLock = new PcLock({
    lock: async () => {
      tries += 1;
      return works;
    },
    log: openLog("info", { write: (line) => log.push(line) }),
    tell: (_demand, locked, at) => told.push({ locked, at }),
    clock: Date.now,
  });
});
afterEach(() => vi.useRealTimers());

test("a lock that holds is told with its time, and owes nothing", async () => {
  await pcLock.demand(demand);
  expect(told).toEqual([{ locked: true, at: 1_000_000 }]);
  expect(pcLock.owedBy).toBeUndefined();
});

test("a desktop process that is just dead is asked again, without alarm", async () => {
  works = false;
  await pcLock.demand(demand);
  expect(pcLock.owedBy).toBe(tanaka);
  works = true;
  await vi.advanceTimersByTimeAsync(500);
  expect(told).toEqual([{ locked: true, at: 1_000_500 }]);
  expect(log.join("")).not.toContain("NOT locked");
});

test("a lock that keeps failing is said loudly once, tried for ever, and told when it holds at last", async () => {
  works = false;
  await pcLock.demand(demand);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(told).toEqual([{ locked: false, at: 1_002_000 }]);
  expect(log.join("").match(/NOT locked/g)).toHaveLength(1);
  expect(tries).toBeGreaterThan(50);
  works = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told.map(({ locked }) => locked)).toEqual([false, true]);
  const before = tries;
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(tries).toBe(before);
});

test("who left it unlocked takes it up again: it is not locked under their hands", async () => {
  works = false;
  await pcLock.demand(demand);
  pcLock.takenUp(Login.parse("suzuki"));
  expect(pcLock.owedBy).toBe(tanaka);
  pcLock.takenUp(tanaka);
  works = true;
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([tries, told, pcLock.owedBy]).toEqual([1, [], undefined]);
});

test("a person who is back before the first try is not locked out", async () => {
  const tried = pcLock.demand(demand);
  pcLock.takenUp(tanaka);
  await tried;
  expect(tries).toBe(0);
});

test("an agent that ends waits for its try, and says when the PC stands open", async () => {
  works = false;
  void pcLock.demand(demand);
  await pcLock.close();
  expect(told).toEqual([{ locked: false, at: 1_000_000 }]);
  expect(log.join("")).toContain("the agent ends and the PC is NOT locked");
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(tries).toBe(1);
});

test("the cover names the organisation, the person and the time, each on one line", () => {
  const since = new Date(2026, 10, 22, 9, 5).getTime();
  const facts = { organisation: "見本市", text: "電源を\n切らないでください", person: "田中 太郎", since };
  expect(coverWords(facts).split("\n")).toEqual([
    "遠隔で利用中です",
    "電源を 切らないでください",
    "見本市 田中 太郎さん（9:05から）",
  ]);
  expect(coverWords({ ...facts, text: "" }).split("\n")).toHaveLength(2);
});

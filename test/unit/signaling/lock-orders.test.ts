/** Whom the hub tells of locks, and what it learns of who keeps them. */
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { agentHandlers } from "../../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../../signaling/hub/hub.ts";
import { LiftCode, LiftHash, LockId } from "../../../signaling/protocol/ids.ts";
import type { LockMessage, Terminal } from "../../../signaling/records.ts";
import { connectOffice, connectPage, liveSession, makeHub, request } from "../../support/hub-stage.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const LOCK = LockId.parse("K7QM-2Z9P");
const LIFTED = LockId.parse("AAAA-AAAA");
const set: LockMessage = {
  type: "lock",
  order: { lock: LOCK, of: { kind: "everybody" }, until: 5, hash: LiftHash.parse("A".repeat(43)), reason: "r" },
};
const lifted: LockMessage = {
  type: "lock-lifted",
  lock: LIFTED,
  code: LiftCode.parse("AAAAA-AAAAA-AAAAA-AAAAA"),
};

let records: MemoryRecords;
let hub: Hub;
let pc: Terminal;
let clock: number;
beforeEach(() => {
  clock = 1_800_000_000_000;
  records = new MemoryRecords();
  pc = records.addTerminal("AAAA-AAAA-AAAA");
  hub = makeHub({ records, now: () => clock });
});
afterEach(() => hub.close());

/** Until what waits has been told: a turn for each step of the look. */
const settled = async () => {
  for (let i = 0; i < 5; i += 1) await setImmediate();
};
const told = ({ connection }: ReturnType<typeof connectOffice>) =>
  connection.sent.filter(({ type }) => type === "lock" || type === "lock-lifted");

test("an office PC that was away is told when it connects, after its welcome", async () => {
  records.orders = [set, lifted];
  const office = connectOffice(hub, pc);
  await settled();
  expect(office.connection.sent.map(({ type }) => type)).toEqual(["welcome", "lock", "lock-lifted"]);
});

test("those that are connected are told when a lock is set or lifted, and once a day", async () => {
  const office = connectOffice(hub, pc);
  await settled();
  expect(told(office)).toEqual([]);
  records.orders = [set];
  await hub.recheck([{ kind: "lock", subject: LOCK }]);
  await settled();
  expect(told(office)).toEqual([set]);
  await hub.recheck([{ kind: "person", subject: "somebody" }]);
  clock += 24 * 3_600_000;
  hub.lockOrders.tick(clock);
  await settled();
  expect(told(office)).toHaveLength(1);
  clock += 1;
  hub.lockOrders.tick(clock);
  await settled();
  expect(told(office)).toHaveLength(2);
});

test("who keeps it is counted while they are connected, and not of what was never told", async () => {
  records.orders = [set];
  const { agent } = connectOffice(hub, pc);
  await settled();
  expect(hub.lockOrders.keepers(LOCK)).toBe(0);
  await agentHandlers["lock-kept"](hub, agent, { type: "lock-kept", lock: LOCK });
  await agentHandlers["lock-kept"](hub, agent, { type: "lock-kept", lock: LIFTED });
  expect([LOCK, LIFTED].map((lock) => hub.lockOrders.keepers(lock))).toEqual([1, 0]);
  hub.removeAgent(agent);
  expect(hub.lockOrders.keepers(LOCK)).toBe(0);
});

test("a session that a lock is on ends for both, and there is no other", async () => {
  const signedIn = records.signIn("tanaka", "laptop", [pc]);
  const { connection, office, session, viewer } = await liveSession(hub, signedIn, pc);
  records.locked.add(signedIn.login);
  await hub.recheck([{ kind: "lock", subject: LOCK }]);
  expect(connection.last("session-end")).toEqual({ type: "session-end", session, reason: "locked-out" });
  expect(office.last("session-end")).toEqual({ type: "session-end", session, reason: "locked-out" });
  await expect(request(hub, viewer, pc)).rejects.toMatchObject({ code: "LOCKED_OUT" });
  const other = connectPage(hub, records.signIn("sato", "desk", [pc]));
  await request(hub, other.viewer, pc);
});

test("an office PC that cannot be told now is told with the next change; the others are not held up", async () => {
  const office = connectOffice(hub, pc);
  await settled();
  const { lockOrders } = records;
  records.lockOrders = () => Promise.reject(new Error("the store is away"));
  await hub.recheck([{ kind: "lock", subject: LOCK }]);
  await settled();
  records.lockOrders = lockOrders;
  records.orders = [set];
  await hub.recheck([{ kind: "lock", subject: LOCK }]);
  await settled();
  expect(told(office)).toEqual([set]);
});

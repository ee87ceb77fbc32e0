/** Two office PCs with one key: found when both are alive at once, and not when one line breaks again and again. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Hub } from "../../../signaling/hub/hub.ts";
import { CLOSE } from "../../../signaling/protocol/errors.ts";
import type { Terminal } from "../../../signaling/records.ts";
import { connectOffice, liveSession, makeHub } from "../../support/hub-stage.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const MINUTE_MS = 60_000;
let now: number;
let records: MemoryRecords;
let hub: Hub;
let pc: Terminal;
beforeEach(() => {
  now = 1_800_000_000_000;
  records = new MemoryRecords();
  pc = records.addTerminal("AAAA-AAAA-AAAA");
  hub = makeHub({ records, now: () => now });
});
afterEach(() => hub.close());

const closedOf = async (office: ReturnType<typeof connectOffice>, code: number) =>
  vi.waitFor(() => expect(office.connection.closed).toBe(code));
/** Comes, and still answers when the next one has come. */
const living = () => {
  const office = connectOffice(hub, pc);
  office.connection.isAlive = true;
  return office;
};

test("two that push each other out are set aside, the second time; a session there ends, and nobody is let in", async () => {
  const { office, session } = await liveSession(hub, records.signIn("tanaka", "laptop", [pc]), pc);
  office.isAlive = true;
  const clone = living();
  await vi.waitFor(() => expect(office.closed).toBe(CLOSE.replaced));
  expect(records.twins).toEqual([]);
  const back = living();
  await closedOf(clone, CLOSE.replaced);
  await closedOf(back, CLOSE.forbidden);
  expect(records.twins).toMatchObject([{ terminal: pc.id, addresses: ["127.0.0.1", "127.0.0.1"] }]);
  expect(hub.agents.size).toBe(0);
  expect(hub.sessions.get(session)).toBeUndefined();
  expect(await records.terminal(pc.id)).toBeUndefined();
});

test("a line that breaks again and again is no second PC: the old connection answers no more", async () => {
  let before = connectOffice(hub, pc);
  for (let i = 0; i < 20; i += 1) {
    const next = connectOffice(hub, pc);
    await closedOf(before, CLOSE.replaced);
    before = next;
  }
  expect(records.twins).toEqual([]);
  expect(hub.agents.get(pc.id)).toBe(before.agent);
});

test("once is not enough, and neither is once more a quarter of an hour later", async () => {
  for (let i = 0; i < 3; i += 1) {
    const first = living();
    connectOffice(hub, pc);
    await closedOf(first, CLOSE.replaced);
    now += 15 * MINUTE_MS;
  }
  expect(records.twins).toEqual([]);
});

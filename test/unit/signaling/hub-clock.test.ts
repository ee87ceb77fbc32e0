/** The time of day of the server jumps, as when a wrong NTP server is put right: whoever waits goes on waiting as long as before. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { agentHandlers } from "../../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../../signaling/hub/hub.ts";
import { NEGOTIATE_TIMEOUT_MS, RESUME_GRACE_MS } from "../../../signaling/protocol/limits.ts";
import type { SignedIn, Terminal } from "../../../signaling/records.ts";
import { connectOffice, connectPage, liveSession, makeHub, request } from "../../support/hub-stage.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const JUMP_MS = 10 * 60_000;
const TICK_MS = 1_000;

let records: MemoryRecords;
let hub: Hub;
let pc: Terminal;
let person: SignedIn;
let jumped = 0;

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ["setTimeout", "setInterval", "Date", "performance"] });
  jumped = 0;
  records = new MemoryRecords();
  pc = records.addTerminal("K7QM-2Z9P-X4TD");
  person = records.signIn("tanaka", "laptop", [pc]);
  hub = makeHub({ records, now: () => Date.now() + jumped, monotonic: () => performance.now() });
  await hub.start();
});
afterEach(async () => {
  await hub.close();
  vi.useRealTimers();
});

const jump = async (ms: number) => {
  jumped += ms;
  await vi.advanceTimersByTimeAsync(2 * TICK_MS);
};
const kindOf = () => hub.sessionOn(pc.id)?.state.kind;

test("who builds a connection is not given up, and is after its own time", async () => {
  connectOffice(hub, pc);
  await request(hub, connectPage(hub, person).viewer, pc);
  await jump(JUMP_MS);
  expect(kindOf()).toBe("requested");
  await vi.advanceTimersByTimeAsync(NEGOTIATE_TIMEOUT_MS);
  expect(kindOf()).toBeUndefined();
});

test("whose path broke has the whole grace to come back, and no more when the clock goes back", async () => {
  const { agent, session } = await liveSession(hub, person, pc);
  await agentHandlers["session-interrupted"](hub, agent, { type: "session-interrupted", session, attempt: 1 });
  await jump(JUMP_MS);
  expect(kindOf()).toBe("interrupted");
  await jump(-2 * JUMP_MS);
  await vi.advanceTimersByTimeAsync(RESUME_GRACE_MS);
  expect(kindOf()).toBeUndefined();
});

test("a picture whose office PC is away for a moment goes on", async () => {
  const { agent, session } = await liveSession(hub, person, pc);
  hub.removeAgent(agent);
  await jump(JUMP_MS);
  const back = connectOffice(hub, pc);
  const running = [{ session, attempt: 1, live: true }];
  await agentHandlers.sessions(hub, back.agent, { type: "sessions", running });
  expect(kindOf()).toBe("live");
});

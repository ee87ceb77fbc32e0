/**
 * A working day through everything of the hub that lives as long as the server: afterwards only what is there is kept. Time is
 * simulated, a day takes a second.
 */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { IceServers } from "../../../signaling/edge/ice-servers.ts";
import { agentHandlers, viewerHandlers } from "../../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../../signaling/hub/hub.ts";
import { createLog } from "../../../signaling/log.ts";
import { RelayChecks } from "../../../signaling/organisations/relay-checks.ts";
import { Nonce, TerminalId } from "../../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, relayCheckText, sign } from "../../../signaling/protocol/signed.ts";
import type { Terminal } from "../../../signaling/records.ts";
import { connectOffice, connectPage, goLive, makeHub, request } from "../../support/hub-stage.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const OFFICE_PCS = 60;
const ROUNDS = 24;
const HOUR_MS = 3_600_000;

let records: MemoryRecords;
let hub: Hub;

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ["setTimeout", "setInterval", "Date", "performance"] });
  records = new MemoryRecords();
  hub = makeHub({ records, now: Date.now });
  await hub.start();
});
afterEach(async () => {
  await hub.close();
  vi.useRealTimers();
});

const card = (i: number) =>
  ({ mac: `00:11:22:33:44:${`${i % 90}`.padStart(2, "0")}`, address: `10.1.${i}.7`, prefix: 24 }) as never;
const refused = (asked: Promise<void>) => asked.catch(() => {});

/** One PC's hour: it comes, somebody works with it, the line breaks, it goes, somebody wakes it; others are refused. */
async function hour(pc: Terminal, i: number): Promise<void> {
  const { agent } = connectOffice(hub, pc);
  await agentHandlers.interfaces(hub, agent, { type: "interfaces", interfaces: [card(i)], wakesOthers: true });
  const signedIn = records.signIn(`person${i}`, "laptop", [pc]);
  const page = connectPage(hub, signedIn, `${i}`.padStart(22, "A") as never);
  const stranger = connectPage(hub, records.signIn(`other${i}`, "tablet", []));
  await refused(request(hub, stranger.viewer, pc));
  await request(hub, page.viewer, pc);
  const { session } = page.connection.last("session-opened");
  const ends = { viewer: page.viewer, agent };
  await goLive(hub, ends, session);
  await agentHandlers.protection(hub, agent, { type: "protection", session, event: "locked", at: 1, reason: "ended" });
  await agentHandlers["session-interrupted"](hub, agent, { type: "session-interrupted", session, attempt: 1 });
  await request(hub, page.viewer, pc, { resume: session });
  if (i % 2)
    await viewerHandlers["session-end"](hub, page.viewer, { type: "session-end", session, reason: "viewer-left" });
  hub.removeAgent(agent);
  await refused(viewerHandlers.wake(hub, page.viewer, { type: "wake", terminal: pc.id }));
  for (const { viewer } of [page, stranger]) hub.removeViewer(viewer);
  records.signIns.clear();
  records.grants.clear();
}

test("after a working day the hub keeps nothing of it", async () => {
  const pcs = Array.from({ length: OFFICE_PCS }, (_, i) => {
    const terminal = records.addTerminal(`0000-0000-${`${i}`.padStart(4, "0")}`);
    records.terminals.set(terminal.id, { ...terminal, interfaces: [card(i)] });
    return { ...terminal, interfaces: [card(i)] };
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(pcs.map((pc, i) => hour(pc, i)));
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    await hub.recheck();
    expect(hub.size).toBe(0);
  }
});

test("relay checks are remembered no longer than they could be repeated", async () => {
  const pair = await generateKeyPair(true);
  const terminal = { ...records.addTerminal("AAAA-AAAA-AAAA"), publicKey: await exportPublicKey(pair.publicKey) };
  records.terminals.set(terminal.id, terminal);
  const iceServers = new IceServers({ secret: "s".repeat(32) });
  const checks = new RelayChecks({
    records,
    iceServers,
    urls: ["turn:127.0.0.1:3478"],
    log: createLog({ level: "silent" }),
    now: Date.now,
  });
  let most = 0;
  for (let i = 0; i < 500; i += 1) {
    const nonce = Nonce.parse(`${i}`.padStart(22, "A"));
    const asked = { terminal: TerminalId.parse(terminal.id), nonce, at: Date.now() };
    await checks.issue({ ...asked, signature: await sign(pair.privateKey, relayCheckText(asked)) });
    most = Math.max(most, checks.size);
    await vi.advanceTimersByTimeAsync(125_000);
  }
  expect(most).toBe(2); // the request, and the name
});

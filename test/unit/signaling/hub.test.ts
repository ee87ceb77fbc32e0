import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Connection } from "../../../signaling/connection.ts";
import { IceServers } from "../../../signaling/edge/ice-servers.ts";
import { agentHandlers, viewerHandlers } from "../../../signaling/hub/handlers/table.ts";
import { type Agent, Hub, type Viewer } from "../../../signaling/hub/hub.ts";
import { createLog } from "../../../signaling/log.ts";
import type { EndReason, RequestError } from "../../../signaling/protocol/errors.ts";
import { Nonce, type SessionId, Signature } from "../../../signaling/protocol/ids.ts";
import { RESUME_GRACE_MS, TURN_CREDENTIAL_TTL_MS } from "../../../signaling/protocol/limits.ts";
import type { ToAgent, ToViewer } from "../../../signaling/protocol/signal.ts";
import type { SignedIn, Terminal } from "../../../signaling/records.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const SIGNATURE = Signature.parse("A".repeat(86));
const RELAY = "a=candidate:1 1 udp 1 127.77.0.1 50000 typ relay raddr 0.0.0.0 rport 0";
const HOST = "a=candidate:2 1 udp 1 192.168.1.5 50000 typ host";

class TestConnection<Out extends { type: string }> implements Connection<Out> {
  readonly id = "test";
  readonly remoteAddress = "127.0.0.1";
  readonly sent: Out[] = [];
  closed: number | undefined;
  send(message: Out) {
    this.sent.push(message);
  }
  close(code: number) {
    this.closed ??= code;
  }
  last<T extends Out["type"]>(type: T): Extract<Out, { type: T }> {
    const found = this.sent.findLast((message) => message.type === type);
    if (!found) throw new Error(`no ${type} among ${this.sent.map((message) => message.type)}`);
    return found as Extract<Out, { type: T }>;
  }
}

let records: MemoryRecords;
let hub: Hub;
let pc1: Terminal;
let pc2: Terminal;

const newHub = () =>
  new Hub({
    records,
    iceServers: new IceServers({ secret: "s".repeat(32), ttlMs: TURN_CREDENTIAL_TTL_MS, now: Date.now }),
    agentTurnUrls: ["turn:127.0.0.1:3478?transport=udp"],
    log: createLog({ level: "silent" }),
    now: Date.now,
    monotonic: Date.now,
    nonce: () => Nonce.parse("A".repeat(22)),
  });

const connectViewer = (signedIn: SignedIn) => {
  const connection = new TestConnection<ToViewer>();
  const viewer: Viewer = { connection, signedIn, turnUrls: ["turns:example.jp:443?transport=tcp"], shown: new Set() };
  hub.addViewer(viewer);
  return { viewer, connection };
};
const connectAgent = (terminal: Terminal) => {
  const connection = new TestConnection<ToAgent>();
  const agent: Agent = { connection, terminal, since: Date.now() };
  hub.addAgent(agent);
  return { agent, connection };
};
type Ends = { viewer: Viewer; agent: Agent };

const request = (viewer: Viewer, terminal: Terminal, more: { takeOver?: boolean; resume?: SessionId } = {}) =>
  viewerHandlers["session-request"](hub, viewer, {
    type: "session-request",
    terminal: terminal.id,
    takeOver: false,
    codecs: ["av1-444"],
    ...more,
  });
const goLive = async ({ viewer, agent }: Ends, session: SessionId, attempt = 1) => {
  await agentHandlers.offer(hub, agent, { type: "offer", session, attempt, sdp: "v=0", signature: SIGNATURE });
  await viewerHandlers.answer(hub, viewer, { type: "answer", session, attempt, sdp: "v=0", signature: SIGNATURE });
  await agentHandlers["session-live"](hub, agent, { type: "session-live", session, attempt });
};
const refusedWith = (code: string) => expect.objectContaining({ name: "RequestError", code }) as RequestError;

beforeEach(() => {
  vi.useFakeTimers();
  records = new MemoryRecords();
  pc1 = records.addTerminal("AAAA-AAAA-AAAA");
  pc2 = records.addTerminal("BBBB-BBBB-BBBB");
  hub = newHub();
});
afterEach(async () => {
  await hub.close();
  vi.useRealTimers();
});

async function liveSession() {
  await hub.start();
  const { viewer, connection } = connectViewer(records.signIn("tanaka", "laptop", [pc1, pc2]));
  const { agent, connection: office } = connectAgent(pc1);
  await request(viewer, pc1);
  const { session } = connection.last("session-opened");
  await goLive({ viewer, agent }, session);
  return { viewer, connection, agent, office, session };
}

describe("opening a session", () => {
  test("tells both ends the same session, attempt and nonce, and each its own relay credentials", async () => {
    const { connection, office } = await liveSession();
    const opened = connection.last("session-opened");
    const open = office.last("session-open");
    expect(open).toMatchObject({ session: opened.session, attempt: 1, nonce: opened.nonce, codecs: ["av1-444"] });
    expect(opened.agentKey).toBe(pc1.publicKey);
    expect(open.iceServers[0]?.username).not.toBe(opened.iceServers[0]?.username);
    expect(records.live).toEqual([opened.session]);
  });

  test("passes on relay candidates only, in both directions", async () => {
    const { viewer, connection, agent, office, session } = await liveSession();
    const sdp = ["v=0", HOST, RELAY, ""].join("\r\n");
    await agentHandlers.offer(hub, agent, { type: "offer", session, attempt: 1, sdp, signature: SIGNATURE });
    expect(connection.last("offer").sdp).toBe(["v=0", RELAY, ""].join("\r\n"));
    for (const line of [HOST, RELAY])
      await viewerHandlers.candidate(hub, viewer, {
        type: "candidate",
        session,
        attempt: 1,
        candidate: { candidate: line.slice(2) },
      });
    const passed = office.sent.filter((message) => message.type === "candidate");
    expect(passed.map(({ candidate }) => candidate.candidate)).toEqual([RELAY.slice(2)]);
  });

  test("is refused for a terminal without a grant, an agent that is away, a sign-in that has ended", async () => {
    const tanaka = records.signIn("tanaka", "laptop", [pc1]);
    const { viewer } = connectViewer(tanaka);
    await expect(request(viewer, pc2)).rejects.toEqual(refusedWith("TERMINAL_UNKNOWN"));
    await expect(request(viewer, pc1)).rejects.toEqual(refusedWith("TERMINAL_OFFLINE"));
    connectAgent(pc1);
    records.signIns.delete(tanaka.signInId);
    await expect(request(viewer, pc1)).rejects.toEqual(refusedWith("NOT_SIGNED_IN"));
  });

  test("again and again is refused with a time to wait: each attempt gives names for the relay", async () => {
    await hub.start();
    connectAgent(pc1);
    connectAgent(pc2);
    const { viewer } = connectViewer(records.signIn("tanaka", "laptop", [pc1, pc2]));
    const other = connectViewer(records.signIn("sato", "laptop", [pc1, pc2]));
    for (let attempt = 0; attempt < 40; attempt += 1) await request(viewer, pc1);
    const tooMany = expect.objectContaining({ code: "TOO_MANY_ATTEMPTS", details: { retryAfterS: 5 } });
    await expect(request(viewer, pc1)).rejects.toEqual(tooMany);
    await expect(request(viewer, pc2)).rejects.toEqual(tooMany);
    expect(hub.sessionOn(pc1.id)).toBeDefined(); // what was refused has ended nothing
    for (let asked = 0; asked < 100; asked += 1)
      await expect(request(other.viewer, pc1)).rejects.toEqual(refusedWith("TERMINAL_BUSY"));
    await request(other.viewer, pc2);
    await vi.advanceTimersByTimeAsync(3_000);
    await request(viewer, pc1);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(hub.attemptBudget.size).toBe(0);
  });

  test("that two people ask for at the same moment is given to one", async () => {
    connectAgent(pc1);
    const viewers = ["tanaka", "suzuki"].map((login) => connectViewer(records.signIn(login, login, [pc1])).viewer);
    const results = await Promise.allSettled(viewers.map((viewer) => request(viewer, pc1)));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("leaves no trace when the record cannot be written", async () => {
    connectAgent(pc1);
    const { viewer, connection } = connectViewer(records.signIn("tanaka", "laptop", [pc1]));
    vi.spyOn(records, "sessionRequested").mockRejectedValue(new Error("disk full"));
    await expect(request(viewer, pc1)).rejects.toThrow("disk full");
    expect(hub.sessions.size).toBe(0);
    expect(connection.sent.some(({ type }) => type === "session-opened")).toBe(false);
  });

  test("that is over before it stands on record has its end on record behind its beginning", async () => {
    connectAgent(pc1);
    const { viewer } = connectViewer(records.signIn("tanaka", "laptop", [pc1]));
    const write = records.sessionRequested.bind(records);
    const isWritten = Promise.withResolvers<void>();
    vi.spyOn(records, "sessionRequested").mockImplementation(async (session) => {
      await isWritten.promise;
      await write(session);
    });
    const asked = request(viewer, pc1);
    await vi.waitUntil(() => hub.sessionOn(pc1.id));
    const session = hub.sessionOn(pc1.id);
    if (session) hub.end(session, "signed-out");
    expect(records.ended).toEqual([]);
    isWritten.resolve();
    await asked;
    expect(records.ended).toEqual([{ id: session?.record.id, reason: "signed-out" }]);
    expect(records.open.size).toBe(0);
  });
});

describe("an end that is being written", () => {
  type Out = { readonly sent: readonly { readonly type: string }[] };
  const areTold = (...all: Out[]) => all.map(({ sent }) => sent.some(({ type }) => type === "session-end"));

  async function ending(reason: EndReason) {
    const stage = await liveSession();
    const isKept = Promise.withResolvers<void>();
    vi.spyOn(records, "sessionEnded").mockReturnValue(isKept.promise);
    const present = hub.sessions.get(stage.session);
    if (present) hub.end(present, reason);
    return { ...stage, isKept };
  }

  test.each(["viewer-left", "grant-removed", "silence"] as const)(
    "is told to both ends once it is kept: %s",
    async (reason) => {
      const { agent, connection, office, session, isKept } = await ending(reason);
      await agentHandlers.sessions(hub, agent, { type: "sessions", running: [{ session, attempt: 1, live: true }] });
      expect(areTold(connection, office)).toEqual([false, false]);
      isKept.resolve();
      await vi.waitUntil(() => areTold(connection, office).every(Boolean));
      expect(office.last("session-end")).toEqual({ type: "session-end", session, reason });
    },
  );

  test("is told all the same where the store does not answer, once", async () => {
    const { connection, office, isKept } = await ending("grant-removed");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(areTold(connection, office)).toEqual([true, true]);
    isKept.resolve();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(office.sent.filter(({ type }) => type === "session-end")).toHaveLength(1);
  });

  test("is acknowledged to whoever wished it, and to another page of that browser, no earlier", async () => {
    const { viewer, connection, session, isKept } = await ending("viewer-left");
    const again = connectViewer(viewer.signedIn);
    const end = { type: "session-end", session, reason: "viewer-left" } as const;
    const heard = viewerHandlers["session-end"](hub, again.viewer, end);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(areTold(connection, again.connection)).toEqual([false, false]);
    isKept.resolve();
    await heard;
    expect(areTold(again.connection)).toEqual([true]);
  });

  test("is told at once to those whose connections are closed for it", async () => {
    const { viewer, connection, office } = await liveSession();
    vi.spyOn(records, "sessionEnded").mockReturnValue(new Promise(() => {}));
    hub.signInEnded(viewer.signedIn.signInId, "device-removed");
    expect(areTold(connection, office)).toEqual([true, true]);
  });
});

describe("one controller per terminal", () => {
  test("another person is refused and told who and since when", async () => {
    const { session } = await liveSession();
    const { viewer } = connectViewer(records.signIn("suzuki", "tablet", [pc1]));
    await expect(request(viewer, pc1, { takeOver: true })).rejects.toMatchObject({
      code: "TERMINAL_BUSY",
      details: { name: "tanakaさん", since: expect.any(Number) },
    });
    expect(hub.sessions.has(session)).toBe(true);
  });

  test("the same person elsewhere must confirm; then both ends of the old session are told", async () => {
    const { connection, office, session } = await liveSession();
    const other = connectViewer(records.signIn("tanaka", "desktop", [pc1]));
    await expect(request(other.viewer, pc1)).rejects.toEqual(refusedWith("TERMINAL_YOURS_ELSEWHERE"));
    await request(other.viewer, pc1, { takeOver: true });
    const end = { type: "session-end", session, reason: "taken-over" };
    expect(connection.last("session-end")).toEqual(end);
    expect(office.last("session-end")).toEqual(end);
    expect(other.connection.last("session-opened").session).not.toBe(session);
  });

  test("a page that was loaded anew gets its terminal back without asking", async () => {
    const { viewer, session } = await liveSession();
    hub.removeViewer(viewer);
    const again = connectViewer(viewer.signedIn);
    await request(again.viewer, pc1);
    expect(again.connection.last("session-opened").session).not.toBe(session);
    expect(records.ended).toContainEqual({ id: session, reason: "viewer-left" });
  });

  test("a page that was away when its session ended hears why; nobody else does", async () => {
    const { viewer, session } = await liveSession();
    const gone = hub.sessions.get(session);
    if (gone) hub.end(gone, "idle");
    const why = (details: object) => expect.objectContaining({ code: "SESSION_UNKNOWN", details });
    await expect(request(viewer, pc1, { resume: session })).rejects.toEqual(why({ reason: "idle" }));
    const other = connectViewer(records.signIn("suzuki", "tablet", [pc1]));
    await expect(request(other.viewer, pc1, { resume: session })).rejects.toEqual(why({}));
  });

  test("nobody can speak for a session of another", async () => {
    const { session } = await liveSession();
    const { viewer } = connectViewer(records.signIn("suzuki", "tablet", [pc1, pc2]));
    const { agent } = connectAgent(pc2);
    const wrong = refusedWith("SESSION_UNKNOWN");
    await expect(goLive({ viewer, agent }, session)).rejects.toEqual(wrong);
    await expect(
      viewerHandlers["session-end"](hub, viewer, { type: "session-end", session, reason: "viewer-left" }),
    ).rejects.toEqual(wrong);
    await expect(request(viewer, pc2, { resume: session })).rejects.toEqual(wrong);
    expect(hub.sessions.has(session)).toBe(true);
  });
});

describe("a broken path", () => {
  test("is rebuilt as the next attempt, with a new nonce and new credentials", async () => {
    const { viewer, connection, agent, office, session } = await liveSession();
    const first = office.last("session-open");
    await agentHandlers["session-interrupted"](hub, agent, { type: "session-interrupted", session, attempt: 1 });
    await request(viewer, pc1, { resume: session });
    const second = office.last("session-open");
    expect(second).toMatchObject({ session, attempt: 2 });
    expect(second.iceServers[0]?.username).not.toBe(first.iceServers[0]?.username);
    await goLive({ viewer, agent }, session, 2);
    expect(connection.last("terminals").terminals[0]).toMatchObject({ state: "in-use" });
    expect(hub.sessions.get(session)?.state).toEqual({ kind: "live", attempt: 2 });
  });

  test("that nobody comes back to ends after the grace", async () => {
    const { agent, office, session } = await liveSession();
    await agentHandlers["session-interrupted"](hub, agent, { type: "session-interrupted", session, attempt: 1 });
    await vi.advanceTimersByTimeAsync(RESUME_GRACE_MS + 1_000);
    expect(office.last("session-end")).toMatchObject({ session, reason: "resume-expired" });
  });

  test("two hundred times in a row stays one session", async () => {
    const { viewer, connection, agent, session } = await liveSession();
    const names = new Set<string | undefined>();
    for (let attempt = 2; attempt <= 201; attempt += 1) {
      await vi.advanceTimersByTimeAsync(3_000); // oftener is refused
      await request(viewer, pc1, { resume: session });
      names.add(connection.last("session-opened").iceServers[0]?.username);
      await goLive({ viewer, agent }, session, attempt);
    }
    expect(names.size).toBe(200);
    expect(hub.sessions.size).toBe(1);
  });
});

describe("a lost connection to signaling", () => {
  test("of the viewer ends nothing, and the same device speaks for its session again", async () => {
    const { viewer, session } = await liveSession();
    hub.removeViewer(viewer);
    expect(hub.sessions.get(session)?.state.kind).toBe("live");
    const again = connectViewer(viewer.signedIn);
    await viewerHandlers["session-end"](hub, again.viewer, { type: "session-end", session, reason: "viewer-left" });
    expect(records.ended).toEqual([{ id: session, reason: "viewer-left" }]);
  });

  test("of the agent ends nothing while it comes back and says that the session runs", async () => {
    const { agent, session } = await liveSession();
    hub.removeAgent(agent);
    expect(hub.sessions.get(session)?.state.kind).toBe("unconfirmed");
    const back = connectAgent(pc1);
    const running = [{ session, attempt: 1, live: true }];
    await agentHandlers.sessions(hub, back.agent, { type: "sessions", running });
    expect(hub.sessions.get(session)?.state).toEqual({ kind: "live", attempt: 1 });
  });

  test("of the agent: who asks while its report is on its way keeps the session", async () => {
    const { viewer, connection } = connectViewer(records.signIn("tanaka", "laptop", [pc1]));
    const { agent } = connectAgent(pc1);
    await request(viewer, pc1);
    await agentHandlers.sessions(hub, agent, { type: "sessions", running: [] });
    const { session } = connection.last("session-opened");
    expect(hub.sessions.get(session)?.state.kind).toBe("requested");
    await goLive({ viewer, agent }, session);
    await agentHandlers.sessions(hub, agent, { type: "sessions", running: [] });
    expect(records.ended).toEqual([{ id: session, reason: "agent-left" }]);
  });

  test("after a restart of this server, sessions no agent confirms are ended, and unknown ones are ended at the agent", async () => {
    const { session, agent } = await liveSession();
    await hub.close();
    expect(agent.connection).toMatchObject({ closed: 4503 });
    hub = newHub();
    await hub.start();
    const stranger = "6f2c1b1e-1111-4111-8111-111111111111" as SessionId;
    const back = connectAgent(pc1);
    const running = [{ session: stranger, attempt: 1, live: true }];
    await agentHandlers.sessions(hub, back.agent, { type: "sessions", running });
    expect(back.connection.sent).toContainEqual({ type: "session-end", session: stranger, reason: "unconfirmed" });
    expect(records.ended).toEqual([{ id: session, reason: "agent-left" }]);
  });

  test("what is another node's by now we say nothing of, neither to its office PC nor to its page", async () => {
    const session = "6f2c1b1e-1111-4111-8111-111111111111" as SessionId;
    records.elsewhere.add(session);
    const { agent, connection } = connectAgent(pc1);
    await agentHandlers.sessions(hub, agent, { type: "sessions", running: [{ session, attempt: 1, live: true }] });
    expect(connection.sent.filter(({ type }) => type === "session-end")).toEqual([]);
    const page = connectViewer(records.signIn("tanaka", "laptop", [pc1]));
    const end = { type: "session-end", session, reason: "viewer-left" } as const;
    const told = viewerHandlers["session-end"](hub, page.viewer, end);
    await expect(told).rejects.toMatchObject({ code: "SERVER_BUSY", details: { retryAfterS: 1 } });
  });

  test("the edges know a session from before its names are told until it has ended, also across a restart", async () => {
    const { connection, session } = await liveSession();
    const { username = "" } = connection.last("session-opened").iceServers[0] ?? {};
    expect(hub.relayPeers.knows(username)).toBe(true);
    await hub.close();
    hub = newHub();
    await hub.start();
    expect(hub.relayPeers.knows(username)).toBe(true);
    const back = connectAgent(pc1);
    await agentHandlers.sessions(hub, back.agent, { type: "sessions", running: [] });
    expect(records.ended).toEqual([{ id: session, reason: "agent-left" }]);
    expect(hub.relayPeers.size).toBe(0);
  });

  test("a session that ends while its row is written, or whose row cannot be, is left at no edge", async () => {
    await hub.start();
    const { viewer } = connectViewer(records.signIn("tanaka", "laptop", [pc1, pc2]));
    connectAgent(pc1);
    connectAgent(pc2);
    const written = Promise.withResolvers<void>();
    records.sessionRequested = () => written.promise;
    const asked = request(viewer, pc1);
    await vi.waitUntil(() => hub.sessionOn(pc1.id));
    expect(hub.relayPeers.size).toBe(1);
    const open = hub.sessionOn(pc1.id);
    if (open) hub.end(open, "administrator");
    written.resolve();
    await asked;
    records.sessionRequested = () => Promise.reject(new Error("disk"));
    await expect(request(viewer, pc2)).rejects.toThrow("disk");
    expect(hub.relayPeers.size).toBe(0);
  });

  test("a session that ended while this server was away keeps the reason that the agent tells before its list", async () => {
    const { session } = await liveSession();
    await hub.close();
    hub = newHub();
    await hub.start();
    const back = connectAgent(pc1);
    await agentHandlers["session-end"](hub, back.agent, {
      type: "session-end",
      session,
      reason: "negotiation-timeout",
    });
    await agentHandlers.sessions(hub, back.agent, { type: "sessions", running: [] });
    expect(records.ended).toEqual([{ id: session, reason: "negotiation-timeout" }]);
  });

  test("a session that the office PC says has ended, to a server that did not know it, ends for that reason, and others as before", async () => {
    const { session } = await liveSession();
    await hub.close();
    hub = newHub();
    await hub.start();
    const back = connectAgent(pc1);
    const stranger = "6f2c1b1e-1111-4111-8111-111111111111" as SessionId;
    const ended = [
      { session: stranger, reason: "idle" as const },
      { session, reason: "viewer-left" as const },
    ];
    await agentHandlers.sessions(hub, back.agent, { type: "sessions", running: [], ended });
    expect(records.ended).toEqual([{ id: session, reason: "viewer-left" }]);
  });

  test("what runs runs, though an office PC says that it has ended, too", async () => {
    const { agent, session } = await liveSession();
    const [running, ended] = [[{ session, attempt: 1, live: true }], [{ session, reason: "idle" as const }]];
    await agentHandlers.sessions(hub, agent, { type: "sessions", running, ended });
    expect(hub.sessions.get(session)?.state.kind).toBe("live");
  });

  test("a second connection of one terminal replaces the first", () => {
    const first = connectAgent(pc1);
    const second = connectAgent(pc1);
    expect(first.connection.closed).toBe(4409);
    hub.removeAgent(first.agent);
    expect(hub.agents.get(pc1.id)).toBe(second.agent);
  });
});

describe("rights that end", () => {
  test("sign-out ends the session and closes the page's socket", async () => {
    const { viewer, connection, office, session } = await liveSession();
    hub.signInEnded(viewer.signedIn.signInId, "signed-out");
    expect(office.last("session-end")).toMatchObject({ session, reason: "signed-out" });
    expect(connection.closed).toBe(4401);
  });

  test.each([
    ["a removed sign-in", () => records.signIns.clear(), "administrator"],
    ["a removed grant", () => records.grants.clear(), "grant-removed"],
    ["a disabled terminal", () => records.terminals.delete(pc1.id), "terminal-disabled"],
    ["a session an administrator ended", () => records.open.clear(), "administrator"],
  ])("%s ends the session at the next look", async (_, remove, reason) => {
    const { office, session } = await liveSession();
    remove();
    await hub.recheck();
    expect(office.last("session-end")).toMatchObject({ session, reason });
  });

  test("a live session counts as use where the office PC says that somebody works, and only then", async () => {
    const { viewer, agent, session } = await liveSession();
    records.touched.length = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(records.touched).toEqual([]);
    await agentHandlers["session-active"](hub, agent, { type: "session-active", session });
    expect(records.touched).toEqual([viewer.signedIn.signInId]);
    const other = connectAgent(pc2).agent;
    const lying = agentHandlers["session-active"](hub, other, { type: "session-active", session });
    await expect(lying).rejects.toEqual(refusedWith("SESSION_UNKNOWN"));
  });
});

test("the list of terminals says who holds one, and follows what happens", async () => {
  await hub.start();
  const tanaka = connectViewer(records.signIn("tanaka", "laptop", [pc1]));
  const suzuki = connectViewer(records.signIn("suzuki", "tablet", [pc1]));
  const state = async () => {
    await vi.advanceTimersByTimeAsync(0);
    return suzuki.connection.last("terminals").terminals[0];
  };
  expect(await state()).toMatchObject({ state: "offline" });
  const { agent } = connectAgent(pc1);
  expect(await state()).toMatchObject({ state: "online" });
  await request(tanaka.viewer, pc1);
  expect(await state()).toMatchObject({ state: "in-use", holder: { name: "tanakaさん", mine: false, here: false } });
  expect(tanaka.connection.last("terminals").terminals[0]).toMatchObject({ holder: { mine: true, here: true } });
  hub.removeAgent(agent);
  hub.signInEnded(tanaka.viewer.signedIn.signInId, "signed-out");
  expect(await state()).toMatchObject({ state: "offline" });
});

describe("what an office PC says of its protection", () => {
  const report = (agent: Agent, session: SessionId, event: "locked" | "lock-failed" | "covered") =>
    agentHandlers.protection(hub, agent, { type: "protection", session, event, at: 5, reason: "ended" });

  test("is recorded for a session that is over, and its person is told that the PC stands unlocked", async () => {
    const { viewer, connection, agent, session } = await liveSession();
    await viewerHandlers["session-end"](hub, viewer, { type: "session-end", session, reason: "viewer-left" });
    const { connection: stranger } = connectViewer(records.signIn("suzuki", "tablet", [pc1]));
    const { connection: elsewhere } = connectViewer(records.signIn("tanaka", "another device", [pc1]));
    await report(agent, session, "lock-failed");
    expect(records.protections).toMatchObject([{ session, event: "lock-failed", happenedAt: 5, reason: "ended" }]);
    expect(connection.last("lock")).toEqual({ type: "lock", session, locked: false });
    for (const other of [stranger, elsewhere]) expect(other.sent.some(({ type }) => type === "lock")).toBe(false);
    await report(agent, session, "locked");
    expect(connection.last("lock").locked).toBe(true);
  });

  test("of the cover is only recorded: the page hears it from the office PC itself", async () => {
    const { connection, agent, session } = await liveSession();
    await report(agent, session, "covered");
    expect(records.protections).toHaveLength(1);
    expect(connection.sent.some(({ type }) => type === "lock")).toBe(false);
  });

  test("is refused about another PC's session", async () => {
    const { session } = await liveSession();
    const { agent: other } = connectAgent(pc2);
    await expect(report(other, session, "locked")).rejects.toEqual(refusedWith("SESSION_UNKNOWN"));
    expect(records.protections).toEqual([]);
  });
});

/** Several nodes on one store: a page on one, its office PC on another; one that dies, and one that sleeps and wakes. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { agentHandlers } from "../../signaling/hub/handlers/table.ts";
import { addGrant } from "../../signaling/organisations/grants.ts";
import { endSession } from "../../signaling/organisations/sessions.ts";
import { CLOSE, RequestError } from "../../signaling/protocol/errors.ts";
import { type PageId, type SessionId, Signature } from "../../signaling/protocol/ids.ts";
import { MacAddress } from "../../signaling/protocol/wake.ts";
import type { SignedIn, Terminal } from "../../signaling/records.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { type NodeStage, openNode, openOffice, openPage, openStage, type TestNode } from "../support/node-stage.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { makePerson, makeSignIn, makeStore, makeTerminal, type TestPerson, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

const SDP = { sdp: "v=0", signature: Signature.parse("A".repeat(86)) };
const ASK = { type: "session-request" as const, takeOver: false, codecs: ["av1-444" as const] };

describe.each(["a file", "PostgreSQL"])("on %s", (engine) => {
  let postgres: TestPostgres | undefined;
  let place: TestStore;
  let stage: NodeStage;
  let opened: TestNode[];
  let person: TestPerson;
  let signedIn: SignedIn;
  let terminal: Terminal;

  beforeAll(async () => {
    if (engine === "PostgreSQL") postgres = await startTestPostgres();
  });
  afterAll(() => postgres?.close());
  beforeEach(async () => {
    const now = 1_800_000_000_000;
    const database = await postgres?.newDatabase();
    place = await makeStore({ now: () => stage?.clock.now ?? now, ...(database && { database }) });
    stage = openStage(place.store, now);
    opened = [];
    person = await makePerson(place);
    const id = await makeTerminal(place, { grantedTo: [person.login] });
    const [node] = [await open()];
    terminal = (await node.records.terminal(id)) as Terminal;
    signedIn = (await node.records.signedIn(await makeSignIn(place, person, { at: now }))) as SignedIn;
  });
  afterEach(async () => {
    for (const node of opened) await node.close();
    await stage.bus.close();
    await place.close();
  });

  async function open(): Promise<TestNode> {
    const node = await openNode(stage);
    opened.push(node);
    return node;
  }

  /** One that can be cut off from the store. */
  async function openCut(error = new Error("cut")) {
    let isCut = false;
    const through = <T>(work: () => Promise<T>): Promise<T> => (isCut ? Promise.reject(error) : work());
    const back = await openNode({
      ...stage,
      store: Object.create(stage.store, {
        read: { value: (work: never) => through(() => stage.store.read(work)) },
        write: { value: (work: never) => through(() => stage.store.write(work)) },
      }),
    });
    opened.push(back);
    const cut = (yes: boolean) => {
      isCut = yes;
    };
    return { back, cut };
  }

  /** A session that was opened on a node that is cut off from the store now. */
  async function openedAndCut(error?: Error) {
    const [front] = opened as [TestNode];
    const { back, cut } = await openCut(error);
    const office = await openOffice(back, terminal);
    const page = openPage(back, signedIn);
    await page.say({ ...ASK, terminal: terminal.id });
    const { session } = page.connection.last("session-opened");
    await beat([front, back], 2);
    cut(true);
    return { front, back, cut, office, page, session };
  }

  /** All beat, but those that are dead or asleep. */
  async function beat(nodes: readonly TestNode[], seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i += 1) {
      stage.clock.monotonic += 1_000;
      stage.clock.now += 1_000;
      for (const { nodes: own } of nodes) await own.tick();
    }
  }

  const rowOf = (id: SessionId) => place.store.read((q) => q.nodes.session(id));
  const eventsOf = async (name: string) => {
    const rows = await place.store.read((q) => q.audit.page({ reach: EVERYTHING.reach }, { limit: 100 }));
    return rows.filter(({ event }) => event === name);
  };

  /** The page on one node, the office PC on the other, a live session between them. */
  async function apart(pageId?: PageId) {
    const [front] = opened as [TestNode];
    const back = await open();
    const office = await openOffice(back, terminal);
    const page = openPage(front, signedIn, pageId);
    await page.say({ ...ASK, terminal: terminal.id });
    await until("the session opens", () => page.connection.all("session-opened").length > 0);
    const { session } = page.connection.last("session-opened");
    await agentHandlers.offer(back.hub, office.agent, { type: "offer", session, attempt: 1, ...SDP });
    await until("the offer arrives", () => page.connection.all("offer").length > 0);
    await page.say({ type: "answer", session, attempt: 1, ...SDP });
    await until("the answer arrives", () => office.connection.all("answer").length > 0);
    await agentHandlers["session-live"](back.hub, office.agent, { type: "session-live", session, attempt: 1 });
    await until("it is live", async () => (await rowOf(session))?.liveAt !== null);
    return { front, back, office, page, session };
  }

  describe("a page on another node than its office PC", () => {
    test("sees it in its list, opens a session, and ends it", async () => {
      const { front, back, office, page, session } = await apart();
      expect(front.hub.sessions.size).toBe(0);
      expect((await rowOf(session))?.nodeId).toBe(back.nodes.id);
      await until("the list shows it in use", () =>
        page.connection.all("terminals").some(({ terminals }) => terminals[0]?.holder?.mine === true),
      );
      await page.say({ type: "session-end", session, reason: "viewer-left" });
      await until("the page hears of the end", () => page.connection.all("session-end").length > 0);
      expect(office.connection.last("session-end")).toMatchObject({ session, reason: "viewer-left" });
      await until("the list shows it as free", () => {
        const [shown] = page.connection.all("terminals").at(-1)?.terminals ?? [];
        return shown?.state === "online";
      });
    });

    test("is refused by the node of the office PC as by its own", async () => {
      const { front } = await apart();
      const other = await makePerson(place, { login: "suzuki" });
      await addGrant(place.desk, other.login, terminal.id, null);
      const id = await makeSignIn(place, other, { at: stage.clock.now });
      const page = openPage(front, (await front.records.signedIn(id)) as SignedIn);
      await page.say({ ...ASK, terminal: terminal.id });
      await until("it is refused", () => page.connection.all("error").length > 0);
      expect(page.connection.last("error")).toMatchObject({ code: "TERMINAL_BUSY", about: "session-request" });
    });

    test("may reach its end of the relay by the edges of either node", async () => {
      const { front, back, session } = await apart();
      const name = `1:${session}.v.1.tag`;
      expect(front.relayPeers.knows(name)).toBe(true);
      back.relayPeers.learn(session, 1, "agent", "candidate:1 1 udp 1 192.0.2.1 50000 typ relay");
      await until("the other edge knows", () => front.relayPeers.mayReach(name, "192.0.2.1", 50_000));
    });

    test("hears of an end that an administrator ordered", async () => {
      const { back, page, session } = await apart();
      await endSession(place.desk, session);
      await back.hub.recheck([{ kind: "session", subject: session }]);
      await until("the page hears of it", () => page.connection.all("session-end").length > 0);
      expect(page.connection.last("session-end")).toMatchObject({ session, reason: "administrator" });
    });

    test("comes back on the other node, and resumes there", async () => {
      const { back, front, office, page, session } = await apart();
      front.hub.removeViewer(page.viewer);
      await until("its going is known", () => back.hub.sessions.get(session)?.viewer === undefined);
      const again = openPage(back, signedIn);
      await again.say({ ...ASK, terminal: terminal.id, resume: session });
      expect(again.connection.last("session-opened")).toMatchObject({ session, attempt: 2 });
      expect(office.connection.all("session-open")).toHaveLength(2);
    });
  });

  describe("an office PC that connects to another node", () => {
    test("takes its session along; page and record notice nothing", async () => {
      const { front, back, office, page, session } = await apart();
      const again = await openOffice(front, terminal);
      await agentHandlers.sessions(front.hub, again.agent, {
        type: "sessions",
        running: [{ session, attempt: 1, live: true }],
      });
      await until("the former node lets go", () => office.connection.closed !== undefined);
      expect(back.hub.sessions.size).toBe(0);
      expect(front.hub.sessions.get(session)).toMatchObject({ state: { kind: "live" }, viewer: page.viewer });
      expect((await rowOf(session))?.nodeId).toBe(front.nodes.id);
      await page.say({ type: "session-end", session, reason: "viewer-left" });
      await until("its end is kept, and told", () => again.connection.all("session-end").length > 0);
      expect(again.connection.last("session-end")).toMatchObject({ session });
      expect((await rowOf(session))?.endedAt).not.toBeNull();
      expect(await eventsOf("session.ended")).toHaveLength(1);
    });
  });

  describe("a node that dies", () => {
    test("leaves its sessions to another: the office PC confirms, the page goes on", async () => {
      const { front, back, page, session } = await apart();
      back.kill();
      const again = await openOffice(front, terminal);
      await agentHandlers.sessions(front.hub, again.agent, {
        type: "sessions",
        running: [{ session, attempt: 1, live: true }],
      });
      expect(front.hub.sessions.get(session)?.state.kind).toBe("live");
      await until("its page is known", () => front.hub.sessions.get(session)?.viewer === page.viewer);
      await page.say({ type: "session-end", session, reason: "viewer-left" });
      await until("its end is kept", async () => (await rowOf(session))?.endedAt !== null);
    });

    test("is found out within seconds, and a session whose office PC comes nowhere ends as after a restart", async () => {
      const { front, back, page, session } = await apart();
      back.kill();
      await beat([front], 8);
      expect(front.hub.sessions.get(session)?.state.kind).toBe("unconfirmed");
      expect((await rowOf(session))?.nodeId).toBe(front.nodes.id);
      stage.clock.now += 91_000;
      front.hub.lifecycle.tick(stage.clock.now);
      await until("its end is kept", async () => (await rowOf(session))?.reason === "unconfirmed");
      await until("the page hears of it", () => page.connection.all("session-end").length > 0);
    });

    test("lets who waited for its answer ask again", async () => {
      const { front, back } = await apart();
      const other = await makePerson(place, { login: "suzuki" });
      const page = openPage(
        front,
        (await front.records.signedIn(await makeSignIn(place, other, { at: stage.clock.now }))) as SignedIn,
      );
      back.kill();
      await page.say({ ...ASK, terminal: terminal.id });
      await beat([front], 8);
      expect(page.connection.last("error")).toMatchObject({ code: "SERVER_BUSY", about: "session-request" });
    });

    test("is not thought dead by one that slept itself", async () => {
      const { front, back } = await apart();
      await beat([front, back], 2);
      stage.clock.monotonic += 60_000;
      await front.nodes.tick();
      expect(await place.store.read((q) => q.nodes.all())).toHaveLength(2);
    });
  });

  describe("a node that slept for a minute", () => {
    test("writes nothing of what is another's by now, lets everybody go, and begins anew", async () => {
      const { front, back, office, session } = await apart();
      const before = back.nodes.id;
      // it sleeps: its office PC has gone to the other node, whose session it is now
      await beat([front], 8);
      const again = await openOffice(front, terminal);
      await agentHandlers.sessions(front.hub, again.agent, {
        type: "sessions",
        running: [{ session, attempt: 1, live: true }],
      });
      // it wakes, and before it hears anything it believes that the session is over
      await back.records.sessionEnded(session, stage.clock.now, "unconfirmed");
      expect((await rowOf(session))?.endedAt).toBeNull();
      await back.nodes.tick();
      await until("it has begun anew", () => back.nodes.id !== undefined && back.nodes.id !== before);
      expect(office.connection.closed).toBeDefined();
      expect([back.hub.sessions.size, back.hub.agents.size]).toEqual([0, 0]);
      expect(front.hub.sessions.get(session)?.state.kind).toBe("live");
      expect(await eventsOf("session.ended")).toEqual([]);
    });

    test("keeps an end that its page asked for, and that both ends were told, though the session is another's by now", async () => {
      const { front, back, office, session } = await apart();
      await beat([front], 8);
      expect((await rowOf(session))?.nodeId).toBe(front.nodes.id);
      // what its page had said waits for it when it wakes
      const present = back.hub.sessions.get(session);
      if (present) back.hub.end(present, "viewer-left");
      await until("its end is kept", async () => (await rowOf(session))?.reason === "viewer-left");
      await until("the office PC is told", () => office.connection.sent.some(({ type }) => type === "session-end"));
      expect(office.connection.last("session-end")).toMatchObject({ session, reason: "viewer-left" });
      await front.hub.recheck([{ kind: "session", subject: session }]);
      expect(front.hub.sessions.size).toBe(0);
      expect(await eventsOf("session.ended")).toHaveLength(1);
    });

    test("has no word on a session that it has let go of, though its office PC's report has waited there", async () => {
      const { front, back, office, session } = await apart();
      await beat([front], 8);
      expect((await rowOf(session))?.nodeId).toBe(front.nodes.id);
      const present = back.hub.sessions.get(session);
      if (present) back.hub.lifecycle.release(present); // it has heard so much
      const running = [{ session, attempt: 1, live: true }];
      await agentHandlers.sessions(back.hub, office.agent, { type: "sessions", running });
      expect(office.connection.all("session-end")).toEqual([]);
      expect((await rowOf(session))?.endedAt).toBeNull();
      expect([await back.records.isElsewhere(session), await front.records.isElsewhere(session)]).toEqual([
        true,
        false,
      ]);
      await front.records.sessionEnded(session, stage.clock.now, "viewer-left");
      expect(await back.records.isElsewhere(session)).toBe(false);
    });

    test("opens no session on an office PC that it had", async () => {
      const [front] = opened as [TestNode];
      const back = await open();
      await openOffice(back, terminal);
      const page = openPage(back, signedIn);
      await beat([front], 8);
      await expect(page.say({ ...ASK, terminal: terminal.id })).rejects.toMatchObject({ code: "TERMINAL_OFFLINE" });
      expect(await eventsOf("session.requested")).toEqual([]);
    });

    test("lets in no office PC before it has begun anew", async () => {
      const [front] = opened as [TestNode];
      const back = await open();
      const before = back.nodes.id;
      await beat([front], 8);
      await expect(openOffice(back, terminal)).rejects.toMatchObject({ code: "SERVER_BUSY" });
      await until("it has begun anew", () => back.nodes.id !== undefined && back.nodes.id !== before);
      await openOffice(back, terminal);
    });
  });

  describe("a node that does not reach the store", () => {
    test("lets everybody go to the others, and comes again when it does", async () => {
      const [front] = opened as [TestNode];
      const { back, cut } = await openCut();
      const office = await openOffice(back, terminal);
      await beat([front, back], 2);
      cut(true);
      await beat([front, back], 3);
      expect(office.connection.closed).toBeUndefined();
      await beat([front, back], 5);
      expect(office.connection.closed).toBe(CLOSE.restarting);
      expect(await place.store.read((q) => q.nodes.all())).toHaveLength(1);
      cut(false);
      await beat([front, back], 2);
      expect(await place.store.read((q) => q.nodes.all())).toHaveLength(2);
      await openOffice(back, terminal);
    });

    test("and told an end has it on record by the office PC's word to the next", async () => {
      const { front, back, office, page, session } = await openedAndCut();
      await page.say({ type: "session-end", session, reason: "viewer-left" });
      await until("the office PC is told", () => office.connection.all("session-end").length > 0);
      const ended = [office.connection.last("session-end")].map(({ reason }) => ({ session, reason }));
      await beat([front, back], 8);
      const again = await openOffice(front, terminal);
      await agentHandlers.sessions(front.hub, again.agent, { type: "sessions", running: [], ended });
      await until("it is on record", async () => (await rowOf(session))?.endedAt !== null);
      expect((await rowOf(session))?.reason).toBe("viewer-left");
      expect(await eventsOf("session.ended")).toHaveLength(1);
    });
  });

  test("a node that cannot keep an end now tells nobody that it was heard: another node is told it, and has it on record", async () => {
    const { front, back, cut, office, page, session } = await openedAndCut(
      new RequestError("STORAGE_UNAVAILABLE", "cut"),
    );
    const end = { type: "session-end", session, reason: "viewer-left" } as const;
    await page.say(end);
    await beat([front, back], 8);
    expect(page.connection.all("session-end")).toEqual([]);
    expect(office.connection.all("session-end")).toEqual([]);
    const again = openPage(front, signedIn);
    await openOffice(front, terminal);
    await again.say(end);
    await until("it is heard", () => again.connection.all("session-end").length > 0);
    expect(await rowOf(session)).toMatchObject({ reason: "viewer-left", endedAt: expect.any(Number) });
    cut(false);
    await beat([front, back], 2);
    await until("both have it", async () => (await eventsOf("session.ended")).length > 0);
    expect(await eventsOf("session.ended")).toHaveLength(1);
  });

  test("a node that has just begun knows the sessions that are open, so that its edges keep their pictures", async () => {
    const { session } = await apart();
    const third = await open();
    expect(third.relayPeers.knows(`1:${session}.v.1.tag`)).toBe(true);
  });

  describe("a node that goes in an orderly way", () => {
    test("ends no session", async () => {
      const { front, back, session } = await apart();
      await back.hub.close();
      const again = await openOffice(front, terminal);
      await agentHandlers.sessions(front.hub, again.agent, {
        type: "sessions",
        running: [{ session, attempt: 1, live: true }],
      });
      expect(front.hub.sessions.get(session)?.state.kind).toBe("live");
    });
  });

  test("a person's sessions are counted on all nodes together", async () => {
    const [front] = opened as [TestNode];
    const back = await open();
    const page = openPage(front, signedIn);
    for (const [i, node] of [front, back, front, back].entries()) {
      const id = await makeTerminal(place, { name: `PC ${i}`, grantedTo: [person.login] });
      await openOffice(node, (await node.records.terminal(id)) as Terminal);
      await page.say({ ...ASK, terminal: id }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "TOO_MANY_SESSIONS" });
      });
    }
    await until("the last is refused", () => page.connection.all("error").length > 0);
    expect(page.connection.last("error")).toMatchObject({ code: "TOO_MANY_SESSIONS" });
    expect(page.connection.all("session-opened")).toHaveLength(3);
  });

  describe("what is common to all nodes", () => {
    test("attempts to sign in: there are no more tries at two than at one", async () => {
      const [front] = opened as [TestNode];
      const back = await open();
      const attempt = { lane: "proven", deviceId: "device", failures: 0 } as const;
      for (let i = 0; i < 5; i += 1) await front.throttle.admit(attempt);
      await until("the other node has heard", () =>
        back.throttle.admit({ ...attempt }).then(
          ({ withdrawn }) => withdrawn().then(() => false),
          () => true,
        ),
      );
      await expect(back.throttle.admit(attempt)).rejects.toMatchObject({ code: "TOO_MANY_ATTEMPTS" });
    });

    test("what is good once is good at one of them", async () => {
      const [front] = opened as [TestNode];
      const back = await open();
      const used = await Promise.all([front, back, front, back].map(({ nodes }) => nodes.useOnce("it", 60_000)));
      expect(used.filter(Boolean)).toHaveLength(1);
      stage.clock.now += 61_000;
      expect(await back.nodes.useOnce("it", 60_000)).toBe(true);
    });

    test("what is done for all is done by one, and by another when that one is dead", async () => {
      const [front] = opened as [TestNode];
      const back = await open();
      const holders = () => Promise.all([front, back].map(({ nodes }) => nodes.offices.holds("clocks")));
      expect(await holders()).toEqual([true, false]);
      front.kill();
      await beat([back], 8);
      expect(await holders()).toEqual([false, true]);
    });

    test("a sleeping office PC is woken by a neighbour at another node, and by one only", async () => {
      const [front] = opened as [TestNode];
      const back = await open();
      const card = (mac: string, address: string) => ({ mac: MacAddress.parse(mac), address, prefix: 24 });
      const helper = await makeTerminal(place, { name: "隣" });
      const office = await openOffice(back, (await back.records.terminal(helper)) as Terminal);
      await back.records.terminalInterfaces(terminal.id, [card("02:00:00:00:00:01", "10.0.0.1")]);
      const page = openPage(front, signedIn);
      await agentHandlers.interfaces(back.hub, office.agent, {
        type: "interfaces",
        interfaces: [card("02:00:00:00:00:02", "10.0.0.2")],
        wakesOthers: true,
      });
      await until("the list says that it can be woken", () =>
        page.connection.all("terminals").some(({ terminals }) => terminals[0]?.wake?.state === "possible"),
      );
      await page.say({ type: "wake", terminal: terminal.id });
      await until("the neighbour is asked", () => office.connection.all("wake").length === 1);
      await until("the list says that it wakes", () =>
        page.connection.all("terminals").some(({ terminals }) => terminals[0]?.wake?.state === "waking"),
      );
      await page.say({ type: "wake", terminal: terminal.id });
      await openOffice(front, terminal);
      await until("it is on record as woken", async () => (await eventsOf("terminal.wake-ended")).length > 0);
      expect(office.connection.all("wake")).toHaveLength(1);
      expect(await eventsOf("terminal.wake-requested")).toHaveLength(1);
    });
  });
});

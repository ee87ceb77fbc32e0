/** Rights that end while a session runs: after a restart, during a look, among many, and whatever else fails. */
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { agentHandlers } from "../../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../../signaling/hub/hub.ts";
import type { TerminalId } from "../../../signaling/protocol/ids.ts";
import { MAX_LIST_TERMINALS } from "../../../signaling/protocol/limits.ts";
import type { Terminal } from "../../../signaling/records.ts";
import { connectOffice, connectPage, liveSession, makeHub, request } from "../../support/hub-stage.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

let records: MemoryRecords;
let hub: Hub;
let pc1: Terminal;
let pc2: Terminal;

beforeEach(() => {
  records = new MemoryRecords();
  pc1 = records.addTerminal("AAAA-AAAA-AAAA");
  pc2 = records.addTerminal("BBBB-BBBB-BBBB");
  hub = makeHub({ records });
});
afterEach(() => hub.close());

const everybody = "everything" as const;
const sentTo = (terminal: Terminal) => ({ kind: "terminal", subject: terminal.id }) as const;

describe("after a restart of this server, a session whose page never came back", () => {
  const restarted = async () => {
    const { viewer, session } = await liveSession(hub, records.signIn("tanaka", "laptop", [pc1]), pc1);
    await hub.close();
    hub = makeHub({ records });
    await hub.start();
    const { agent, connection: office } = connectOffice(hub, pc1);
    const running = [{ session, attempt: 1, live: true }];
    await agentHandlers.sessions(hub, agent, { type: "sessions", running });
    expect(hub.sessions.get(session)?.state.kind).toBe("live");
    return { signInId: viewer.signedIn.signInId, office, session };
  };

  test("ends with a sign-out", async () => {
    const { signInId, office, session } = await restarted();
    hub.signInEnded(signInId, "signed-out");
    expect(office.last("session-end")).toMatchObject({ session, reason: "signed-out" });
  });

  test("ends when the sign-in is over", async () => {
    const { signInId, office, session } = await restarted();
    records.signIns.delete(signInId);
    await hub.recheck(everybody);
    expect(office.last("session-end")).toMatchObject({ session });
  });

  test("hangs on the sign-in with which its page came back last", async () => {
    const first = records.signIn("tanaka", "laptop", [pc1]);
    const { viewer, session } = await liveSession(hub, first, pc1);
    hub.removeViewer(viewer);
    const second = { ...records.signIn("tanaka", "laptop", [pc1]), person: first.person };
    connectPage(hub, second);
    await vi.waitFor(() => expect(records.open.get(session)?.signInId).toBe(second.signInId));
  });
});

describe("a look at rights", () => {
  test("asks about those who are concerned and about nobody else", async () => {
    await liveSession(hub, records.signIn("tanaka", "laptop", [pc1]), pc1);
    connectOffice(hub, pc2);
    connectPage(hub, records.signIn("suzuki", "tablet", [pc2]));
    const terminals = vi.spyOn(records, "terminalsBarred");
    const signIns = vi.spyOn(records, "signInsOver");
    const sessions = vi.spyOn(records, "sessionsDue");
    await hub.recheck([sentTo(pc2)]);
    expect(terminals.mock.calls).toEqual([[[pc2.id]]]);
    expect(signIns).not.toHaveBeenCalled();
    expect(sessions).not.toHaveBeenCalled();
  });

  test("about an office PC that is enrolled puts it into the lists of those who may use it, and into no other", async () => {
    const reader = connectPage(hub, records.signIn("tanaka", "laptop", [pc1]));
    const other = connectPage(hub, records.signIn("suzuki", "tablet", [pc2]));
    const shown = () => reader.connection.all("terminals").at(-1)?.terminals.length;
    await vi.waitFor(() => expect(shown()).toBe(1));
    await vi.waitFor(() => expect(other.connection.all("terminals")).toHaveLength(1));
    const pc3 = records.addTerminal("CCCC-CCCC-CCCC");
    records.grants.add(`${reader.viewer.signedIn.person} ${pc3.id}`);
    await hub.recheck([sentTo(pc3)]);
    await vi.waitFor(() => expect(shown()).toBe(2));
    expect(other.connection.all("terminals")).toHaveLength(1);
  });

  test("sees what changes while it looks", async () => {
    const { office, session } = await liveSession(hub, records.signIn("tanaka", "laptop", [pc1]), pc1);
    const asked = records.sessionsDue.bind(records);
    let again: Promise<void> | undefined;
    vi.spyOn(records, "sessionsDue").mockImplementation(async (ids) => {
      const answer = await asked(ids);
      if (!again) {
        records.grants.clear(); // between the answer and the end of the look
        again = hub.recheck(everybody);
      }
      return answer;
    });
    await hub.recheck(everybody);
    await again;
    expect(office.last("session-end")).toMatchObject({ session, reason: "grant-removed" });
  });

  test("at one that cannot be asked about leaves the others their look", async () => {
    const broken = connectOffice(hub, pc2);
    const { office } = await liveSession(hub, records.signIn("tanaka", "laptop", [pc1]), pc1);
    const barred = records.terminalsBarred.bind(records);
    vi.spyOn(records, "terminalsBarred").mockImplementation(async (ids: readonly TerminalId[]) => {
      if (ids.includes(pc2.id)) throw new Error("a row that does not parse");
      return barred(ids);
    });
    vi.spyOn(records, "signInsOver").mockRejectedValue(new Error("busy"));
    records.terminals.delete(pc1.id);
    await hub.recheck(everybody);
    expect(office.closed).toBe(4403);
    expect(broken.connection.closed).toBeUndefined();
  });

  test("at ten thousand office PCs lets others have their turn in between", async () => {
    const longest = Math.ceil(10_000 / 100);
    for (let i = 0; i < 10_000; i += 1)
      connectOffice(hub, { ...pc1, id: `${i}`.padStart(12, "0").replace(/(....)(?!$)/g, "$1-") as TerminalId });
    let turns = 0;
    let largest = 0;
    let isOver = false;
    vi.spyOn(records, "terminalsBarred").mockImplementation(async (ids) => {
      largest = Math.max(largest, ids.length);
      return new Map();
    });
    const looked = hub.recheck(everybody).then(() => {
      isOver = true;
    });
    while (!isOver) {
      await setImmediate();
      turns += 1;
    }
    await looked;
    expect(largest).toBeLessThanOrEqual(100);
    expect(turns).toBeGreaterThanOrEqual(longest);
  });
});

test("a list that cannot be read is no record that cannot be written", async () => {
  const said: string[] = [];
  const log = { error: (_: object, text: string) => said.push(text), info() {}, child: () => log } as never;
  hub = makeHub({ records, log });
  vi.spyOn(records, "terminalsOf").mockRejectedValue(new Error("busy"));
  connectPage(hub, records.signIn("tanaka", "laptop", [pc1]));
  await vi.waitFor(() => expect(said).toEqual(["cannot read the list of terminals"]));
});

test("a neighbour that comes changes the lists of those who see a sleeper on its segment, not of the whole organisation", async () => {
  const card = { mac: "00:11:22:33:44:55", address: "10.1.2.7", prefix: 24 } as never;
  records.terminals.set(pc1.id, { ...pc1, interfaces: [card] });
  const sees = connectPage(hub, records.signIn("tanaka", "laptop", [pc1]));
  const other = connectPage(hub, records.signIn("suzuki", "tablet", [pc2]));
  const lists = ({ connection }: typeof sees) => connection.all("terminals");
  await vi.waitFor(() => expect(lists(other)).toHaveLength(1));
  const { agent } = connectOffice(hub, records.addTerminal("CCCC-CCCC-CCCC"));
  await agentHandlers.interfaces(hub, agent, { type: "interfaces", interfaces: [card], wakesOthers: true });
  await vi.waitFor(() => expect(lists(sees).at(-1)?.terminals[0]?.wake).toEqual({ state: "possible" }));
  expect(lists(other)).toHaveLength(1);
});

test("policy that lets nobody wake, and then somebody again, changes the lists that are open", async () => {
  const card = { mac: "00:11:22:33:44:55", address: "10.1.2.7", prefix: 24 } as never;
  records.terminals.set(pc1.id, { ...pc1, interfaces: [card] });
  const { agent } = connectOffice(hub, pc2);
  await agentHandlers.interfaces(hub, agent, { type: "interfaces", interfaces: [card], wakesOthers: true });
  const { viewer, connection } = connectPage(hub, records.signIn("tanaka", "laptop", [pc1]));
  const wake = () => connection.all("terminals").at(-1)?.terminals[0]?.wake;
  await vi.waitFor(() => expect(wake()).toEqual({ state: "possible" }));
  for (const [rule, shown] of [
    [false, undefined],
    [true, { state: "possible" }],
  ] as const) {
    records.rules.set(viewer.signedIn.person, { wake: rule });
    await hub.recheck([{ kind: "policy", subject: "organisation midori" }]);
    await vi.waitFor(() => expect(wake()).toEqual(shown));
  }
});

test("many changes at once are one list", async () => {
  const { connection } = connectPage(hub, records.signIn("tanaka", "laptop", [pc1]));
  await vi.waitFor(() => expect(connection.all("terminals")).toHaveLength(1));
  for (let i = 0; i < 50; i += 1) hub.terminalChanged(pc1.id);
  await vi.waitFor(() => expect(connection.all("terminals").length).toBeGreaterThan(1));
  expect(connection.all("terminals").length).toBeLessThanOrEqual(3);
});

test("a list that is longer than one that is sent says how many are missing", async () => {
  const all = Array.from({ length: MAX_LIST_TERMINALS + 7 }, (_, i) =>
    records.addTerminal(`${i}`.padStart(12, "0").replace(/(....)(?!$)/g, "$1-")),
  );
  const { connection } = connectPage(hub, records.signIn("tanaka", "laptop", all));
  const parts = () => connection.all("terminals");
  await vi.waitFor(() => expect(parts().at(-1)?.part).toMatchObject({ number: parts().length, of: parts().length }));
  expect(parts().flatMap(({ terminals }) => terminals)).toHaveLength(MAX_LIST_TERMINALS);
  expect(parts().map(({ more }) => more)).toEqual([
    ...parts()
      .slice(1)
      .map(() => undefined),
    7,
  ]);
  const short = connectPage(hub, records.signIn("suzuki", "tablet", [pc2]));
  await vi.waitFor(() => expect(short.connection.last("terminals").more).toBeUndefined());
});

describe("a page that comes back before its former connection is known to be dead", () => {
  const page = "P".repeat(22) as never;

  test("speaks for its session at once, and the former connection is closed as replaced", async () => {
    const { viewer, connection, session } = await liveSession(
      hub,
      records.signIn("tanaka", "laptop", [pc1]),
      pc1,
      page,
    );
    const back = connectPage(hub, viewer.signedIn, page);
    expect(connection.closed).toBe(4409);
    expect(hub.sessions.get(session)?.viewer).toBe(back.viewer);
    hub.removeViewer(viewer); // its close event comes late
    expect(hub.sessions.get(session)?.viewer).toBe(back.viewer);
    expect(hub.viewers.size).toBe(1);
  });

  test("is another tab of the same sign-in when it names itself otherwise, and replaces nothing", async () => {
    const { viewer, connection, session } = await liveSession(
      hub,
      records.signIn("tanaka", "laptop", [pc1]),
      pc1,
      page,
    );
    connectPage(hub, viewer.signedIn, "Q".repeat(22) as never);
    expect(connection.closed).toBeUndefined();
    expect(hub.sessions.get(session)?.viewer).toBe(viewer);
  });

  test("of another sign-in replaces nothing, whatever it calls itself", async () => {
    const { connection } = await liveSession(hub, records.signIn("tanaka", "laptop", [pc1]), pc1, page);
    connectPage(hub, records.signIn("suzuki", "tablet", [pc1]), page);
    expect(connection.closed).toBeUndefined();
  });
});

test("a viewer that comes back before the office PC has said what runs gets its session as soon as it does", async () => {
  const { viewer, connection, agent, session } = await liveSession(hub, records.signIn("tanaka", "laptop", [pc1]), pc1);
  hub.removeAgent(agent);
  const back = connectOffice(hub, pc1);
  await request(hub, viewer, pc1, { resume: session });
  expect(connection.all("session-opened")).toHaveLength(1);
  const running = [{ session, attempt: 1, live: true }];
  await agentHandlers.sessions(hub, back.agent, { type: "sessions", running });
  expect(connection.last("session-opened")).toMatchObject({ session, attempt: 2 });
  expect(back.connection.last("session-open")).toMatchObject({ session, attempt: 2 });
});

test("an office PC fills no audit: beyond its budget its reports are refused, whatever it does to its connection", async () => {
  const { agent, session } = await liveSession(hub, records.signIn("tanaka", "laptop", [pc1]), pc1);
  const report = (from = agent) =>
    agentHandlers.protection(hub, from, { type: "protection", session, event: "locked", at: 1, reason: "ended" });
  let refused: unknown;
  for (let i = 0; i < 1_000 && !refused; i += 1)
    await report().catch((error: unknown) => {
      refused = error;
    });
  expect(refused).toMatchObject({ code: "TOO_MANY_ATTEMPTS" });
  const written = records.protections.length;
  const { agent: again } = connectOffice(hub, pc1);
  await expect(report(again)).rejects.toMatchObject({ code: "TOO_MANY_ATTEMPTS" });
  expect(records.protections).toHaveLength(written);
});

/** What office PCs and pages are told of policy by the hub, and when; what it refuses and ends by itself. */
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { agentHandlers, viewerHandlers } from "../../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../../signaling/hub/hub.ts";
import { agentPolicyOf } from "../../../signaling/organisations/policy-resolve.ts";
import type { PersonId } from "../../../signaling/protocol/ids.ts";
import { MAX_AGENT_POLICIES, type PolicyRules, type WeekHours } from "../../../signaling/protocol/policy.ts";
import type { SignedIn, Terminal } from "../../../signaling/records.ts";
import { connectOffice, connectPage, liveSession, makeHub, request } from "../../support/hub-stage.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const VIEW_ONLY: PolicyRules = { viewOnly: true };
const SLOW: PolicyRules = { kbps: 60 };
const HOUR_MS = 3_600_000;
const everyDay = (from: number, to: number): WeekHours => Array(7).fill({ from: from * 60, to: to * 60 });
const POLICY_CHANGED = [{ kind: "policy", subject: "server" }] as const;

let records: MemoryRecords;
let hub: Hub;
let pc: Terminal;
let tanaka: SignedIn;
let clock: number;
let digests: MockInstance<SubtleCrypto["digest"]>;
beforeEach(() => {
  digests = vi.spyOn(crypto.subtle, "digest");
  clock = new Date(2026, 10, 30, 12).getTime();
  records = new MemoryRecords();
  records.now = () => clock;
  pc = records.addTerminal("AAAA-AAAA-AAAA");
  tanaka = records.signIn("tanaka", "laptop", [pc]);
  hub = makeHub({ records, now: () => clock });
});
afterEach(async () => {
  await hub.close();
  digests.mockRestore();
});

const set = (rules: PolicyRules, person: PersonId = tanaka.person) => records.rules.set(person, rules);
/** A turn for each step of the looks, and the digests of which names are made (policy.ts), which come from other threads. */
const settled = async () => {
  const { results } = digests.mock;
  for (let seen = -1; seen !== results.length; ) {
    seen = results.length;
    await Promise.all(results.map(({ value }) => value));
    for (let i = 0; i < 10; i += 1) await setImmediate();
  }
};
const changed = async () => {
  await hub.recheck(POLICY_CHANGED);
  await settled();
};
type Office = ReturnType<typeof connectOffice>;
const types = ({ connection }: Pick<Office, "connection">) => connection.sent.map(({ type }) => type);

describe("the sets of rules", () => {
  test("are told to an office PC when it comes, after its welcome: those of all who may use it, each once", async () => {
    const sato = records.signIn("sato", "desk", [pc]);
    const mori = records.signIn("mori", "home", [pc]);
    set(VIEW_ONLY);
    set(SLOW, sato.person);
    set({ viewOnly: true, hours: everyDay(8, 17) }, mori.person);
    const office = connectOffice(hub, pc);
    await settled();
    expect(types(office)).toEqual(["welcome", "policies"]);
    const { policies } = office.connection.last("policies");
    expect(policies).toHaveLength(2);
    expect(policies).toEqual(expect.arrayContaining([await agentPolicyOf(VIEW_ONLY), await agentPolicyOf(SLOW)]));
  });

  test("are none where nothing of it is for office PCs", async () => {
    set({ hours: everyDay(8, 17), signInHours: 4 });
    const office = connectOffice(hub, pc);
    await settled();
    expect(types(office)).toEqual(["welcome"]);
    expect(hub.policies.has(pc.id)).toBe(true);
  });

  test("are told anew when they change, only what it was not told on this connection", async () => {
    set(VIEW_ONLY);
    const office = connectOffice(hub, pc);
    await settled();
    await changed();
    expect(office.connection.all("policies")).toHaveLength(1);
    set(SLOW);
    await changed();
    set(VIEW_ONLY);
    await changed();
    expect(office.connection.all("policies").map(({ policies }) => policies[0]?.rules)).toEqual([VIEW_ONLY, SLOW]);
    const again = connectOffice(hub, pc);
    await settled();
    expect(again.connection.last("policies").policies.map(({ rules }) => rules)).toEqual([VIEW_ONLY]);
  });

  test("of people who may use it since are told within ten minutes", async () => {
    const office = connectOffice(hub, pc);
    await settled();
    const sato = records.signIn("sato", "desk", [pc]);
    set(SLOW, sato.person);
    hub.policies.tick(clock + 10 * 60_000);
    await settled();
    expect(types(office)).not.toContain("policies");
    hub.policies.tick(clock + 10 * 60_000 + 1);
    await settled();
    expect(office.connection.last("policies").policies[0]?.rules).toEqual(SLOW);
  });

  test("are counted as kept when it says so, and not while another one is on its way", async () => {
    set(VIEW_ONLY);
    const { agent } = connectOffice(hub, pc);
    await settled();
    const [{ id: one }, { id: two }] = [await agentPolicyOf(VIEW_ONLY), await agentPolicyOf(SLOW)];
    const kept = (id: typeof one) => agentHandlers["policies-kept"](hub, agent, { type: "policies-kept", ids: [id] });
    expect([...hub.policies.online]).toEqual([pc.id]);
    expect(hub.policies.has(pc.id)).toBe(false);
    await kept(two); // which it was never told
    expect(hub.policies.has(pc.id)).toBe(false);
    await kept(one);
    expect(hub.policies.has(pc.id)).toBe(true);
    set(SLOW);
    await changed();
    expect(hub.policies.has(pc.id)).toBe(false);
    await kept(two);
    expect(hub.policies.has(pc.id)).toBe(true);
    hub.removeAgent(agent);
    expect(hub.policies.has(pc.id)).toBe(false);
  });

  test("that it let go, having been told many since, are told again", async () => {
    set(VIEW_ONLY);
    const office = connectOffice(hub, pc);
    await settled();
    for (let kbps = 30; kbps < 30 + MAX_AGENT_POLICIES; kbps += 1) {
      set({ kbps });
      await changed();
    }
    set(VIEW_ONLY);
    await changed();
    const told = office.connection.all("policies").flatMap(({ policies }) => policies.map(({ rules }) => rules));
    expect(told.filter((rules) => rules?.viewOnly)).toHaveLength(2);
  });

  test("that it does not have although it was told are told anew when it refuses a session for want of them", async () => {
    set(VIEW_ONLY);
    const { agent, office, session, connection } = await liveSession(hub, tanaka, pc);
    await settled();
    expect(office.all("policies")).toHaveLength(1);
    const end = { type: "session-end", session, reason: "policy-unknown" } as const;
    await agentHandlers["session-end"](hub, agent, end);
    await settled();
    expect(connection.last("session-end").reason).toBe("policy-unknown");
    expect(office.all("policies").map(({ policies }) => policies[0]?.rules)).toEqual([VIEW_ONLY, VIEW_ONLY]);
  });

  test("that cannot be looked up now are told with the next change", async () => {
    const office = connectOffice(hub, pc);
    await settled();
    const { policiesOf } = records;
    records.policiesOf = () => Promise.reject(new Error("the store is away"));
    set(VIEW_ONLY);
    await changed();
    expect(hub.policies.has(pc.id)).toBe(false);
    records.policiesOf = policiesOf;
    await changed();
    expect(office.connection.last("policies").policies[0]?.rules).toEqual(VIEW_ONLY);
  });
});

describe("a session", () => {
  test("without rules names none, and the page is told nothing of them", async () => {
    const { connection, office } = await liveSession(hub, tanaka, pc);
    expect(office.last("session-open")).not.toHaveProperty("policy");
    expect(connection.last("session-opened")).not.toHaveProperty("viewOnly");
  });

  test("names a set that was told before it on the same connection, with its end; the page hears that it may only look", async () => {
    const office = connectOffice(hub, pc);
    await settled();
    set({ ...VIEW_ONLY, hours: everyDay(8, 17), sessionHours: 9 });
    const page = connectPage(hub, tanaka);
    await request(hub, page.viewer, pc);
    expect(types(office)).toEqual(["welcome", "policies", "session-open"]);
    const { id } = await agentPolicyOf(VIEW_ONLY);
    const policy = { id, endsInMs: 5 * HOUR_MS, endsBy: "hours" };
    expect(office.connection.last("session-open").policy).toEqual(policy);
    expect(page.connection.last("session-opened").viewOnly).toBe(true);
  });

  test("that comes back ends when its length is over, counted from its beginning", async () => {
    set({ sessionHours: 3 });
    const { viewer, office, session } = await liveSession(hub, tanaka, pc);
    clock += HOUR_MS;
    await request(hub, viewer, pc, { resume: session });
    expect(office.last("session-open").policy).toMatchObject({ endsInMs: 2 * HOUR_MS, endsBy: "session-hours" });
  });

  test("hears when another set holds for it, which is told first; and nothing when none does", async () => {
    const { office, session } = await liveSession(hub, tanaka, pc);
    const before = office.sent.length;
    await changed();
    expect(office.sent).toHaveLength(before);
    set(VIEW_ONLY);
    await changed();
    expect(office.sent.slice(before).map(({ type }) => type)).toEqual(["policies", "session-policy"]);
    const { id } = await agentPolicyOf(VIEW_ONLY);
    expect(office.last("session-policy")).toEqual({ type: "session-policy", session, policy: { id } });
    await changed();
    expect(office.all("session-policy")).toHaveLength(1);
    set({});
    await changed();
    expect(office.last("policies").policies.map(({ rules }) => rules)).toEqual([{}]);
    expect(office.last("session-policy").policy).toEqual({ id: (await agentPolicyOf({})).id });
  });

  test("hears of another end, and again when its office PC has been away", async () => {
    set({ sessionHours: 3 });
    const { agent, office, session } = await liveSession(hub, tanaka, pc);
    set({ sessionHours: 2 });
    await changed();
    expect(office.last("session-policy").policy).toMatchObject({ endsInMs: 2 * HOUR_MS });
    hub.removeAgent(agent);
    const back = connectOffice(hub, pc);
    await changed();
    expect(back.connection.all("session-policy")).toEqual([]);
    await agentHandlers["sessions"](hub, back.agent, {
      type: "sessions",
      running: [{ session, attempt: 1, live: true }],
    } as never);
    await changed();
    expect(back.connection.last("session-policy").policy).toMatchObject({ endsInMs: 2 * HOUR_MS });
  });

  test("that this server took up after a restart is told what holds now, whatever was told before", async () => {
    const { session } = await liveSession(hub, tanaka, pc);
    await hub.close();
    hub = makeHub({ records, now: () => clock });
    await hub.start();
    const office = connectOffice(hub, pc);
    await agentHandlers["sessions"](hub, office.agent, {
      type: "sessions",
      running: [{ session, attempt: 1, live: true }],
    } as never);
    await changed();
    expect(office.connection.last("session-policy")).toMatchObject({ session });
  });

  test.each([
    ["hours-over", { hours: everyDay(8, 17) }, 5 * HOUR_MS],
    ["session-too-long", { sessionHours: 1 }, HOUR_MS],
    ["place-not-allowed", { from: ["庁内"] }, 0],
  ] as const)("ends for both ends with %s, when its office PC does not end it", async (reason, rules, laterMs) => {
    const { connection, office, session } = await liveSession(hub, tanaka, pc);
    set(rules as PolicyRules);
    if (laterMs > 0) {
      clock += laterMs - 1;
      await changed();
      expect(connection.all("session-end")).toEqual([]);
      clock += 1;
    }
    await changed();
    expect(connection.last("session-end")).toEqual({ type: "session-end", session, reason });
    expect(office.last("session-end")).toEqual({ type: "session-end", session, reason });
  });

  test.each(["hours-over", "session-too-long"] as const)(
    "that its office PC ends with %s has ended so",
    async (reason) => {
      const { agent, session, connection } = await liveSession(hub, tanaka, pc);
      await agentHandlers["session-end"](hub, agent, { type: "session-end", session, reason });
      await settled();
      expect(connection.last("session-end").reason).toBe(reason);
    },
  );

  test("whose page is away is not said to be in another place", async () => {
    const { viewer, office } = await liveSession(hub, tanaka, pc);
    hub.removeViewer(viewer);
    set({ from: ["庁内"] });
    await changed();
    expect(office.all("session-end")).toEqual([]);
  });
});

describe("is refused", () => {
  const asked = async (rules: PolicyRules) => {
    set(rules);
    connectOffice(hub, pc);
    return request(hub, connectPage(hub, tanaka).viewer, pc);
  };

  test("a session outside the hours, with when they begin", async () => {
    clock = new Date(2026, 10, 30, 18).getTime();
    const next = new Date(2026, 11, 1, 8).getTime();
    await expect(asked({ hours: everyDay(8, 17) })).rejects.toMatchObject({ code: "OUTSIDE_HOURS", details: { next } });
    await expect(asked({ hours: Array(7).fill(null) })).rejects.toMatchObject({ code: "OUTSIDE_HOURS", details: {} });
  });

  test("a session from a place that is not allowed", async () => {
    const places = [{ name: "庁内", networks: ["127.0.0.0/8"] }];
    await expect(asked({ places, from: ["elsewhere"] })).rejects.toMatchObject({ code: "PLACE_NOT_ALLOWED" });
    await asked({ places, from: ["庁内"] });
  });

  test("waking, where policy says so", async () => {
    const wake = (id = pc.id) =>
      viewerHandlers.wake(hub, connectPage(hub, tanaka).viewer, { type: "wake", terminal: id });
    set({ wake: false });
    await expect(wake()).rejects.toMatchObject({ code: "WAKE_IMPOSSIBLE", message: expect.stringContaining("policy") });
  });
});

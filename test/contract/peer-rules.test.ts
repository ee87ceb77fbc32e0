/** What the edge of either side may rely on about sessions, whether it runs in signaling's process or hears of them over the network. */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import { type PeerRules, RelayPeers, type Role } from "../../signaling/edge/relay-peers.ts";
import { type Side, sideOf } from "../../signaling/edge/side.ts";
import { joinControl, openControl, SECRET } from "../support/edge-control.ts";
import { makePki } from "../support/pki.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const pki = makePki({ names: ["127.0.0.1"] });
const ice = new IceServers({ secret: SECRET });
const nameOf = (session: string, role: Role, attempt = 1) => ice.issue({ session, role, attempt, urls: [] }).username;
const candidate = (port: number) => `a=candidate:1 1 udp 1 10.99.0.1 ${port} typ relay raddr 0.0.0.0 rport 0`;

type Sides = Readonly<Record<Side, PeerRules>>;
type Pem = { key: string; cert: string; ca: string };

async function joined(peers: RelayPeers, side: Side, tls?: Pem): Promise<PeerRules> {
  const control = await openControl(peers, { side, ...(tls && { tls }) });
  open.push(() => control.close());
  const rules = joinControl(control.port, { side, holdMs: 3_000, ...(tls && { ca: tls.ca }) });
  open.push(() => rules.close());
  await expect.poll(() => control.control.joined).toBe(1);
  return rules;
}
const remote = async (peers: RelayPeers, tls?: Pem): Promise<Sides> => ({
  outside: await joined(peers, "outside", tls),
  inside: await joined(peers, "inside", tls),
});

const ROLES = ["agent", "viewer"] as const;
const other = (role: Role): Role => (role === "agent" ? "viewer" : "agent");

describe.each([
  ["in signaling's process", async (peers: RelayPeers): Promise<Sides> => ({ outside: peers, inside: peers })],
  ["over the control connection", (peers: RelayPeers) => remote(peers)],
  ["over the control connection, within TLS", (peers: RelayPeers) => remote(peers, pki)],
])("the rules of the edges %s", (_, start) => {
  test("let each end reach what the other has told of in that attempt, and nothing else", async () => {
    const peers = new RelayPeers();
    const [session, later] = [randomUUID(), randomUUID()];
    peers.begin(session);
    peers.learn(session, 1, "agent", candidate(50_000));
    const sides = await start(peers);
    peers.learn(session, 1, "viewer", candidate(50_002));
    peers.learn(session, 2, "agent", candidate(50_004));
    peers.begin(later);
    peers.learn(later, 1, "agent", candidate(50_006));
    peers.learn(later, 1, "viewer", candidate(50_008));
    const ports = [50_000, 50_002, 50_004, 50_006, 50_008];
    const reach = (of: string, role: Role, attempt = 1) => {
      const name = nameOf(of, role, attempt);
      return ports.filter((port) => sides[sideOf(role)].mayReach(name, "10.99.0.1", port));
    };
    await expect.poll(() => ROLES.map((role) => reach(later, role))).toEqual([[50_008], [50_006]]);
    expect(reach(session, "viewer", 1)).toEqual([50_000]);
    expect(reach(session, "agent", 1)).toEqual([50_002]);
    expect(reach(session, "viewer", 2)).toEqual([50_004]);
    expect(reach(session, "agent", 2)).toEqual([]);
    for (const role of ROLES) {
      const rules = sides[sideOf(role)];
      expect(reach(randomUUID(), role)).toEqual([]);
      expect(rules.mayReach(nameOf(session, role), "10.99.0.1")).toBe(true);
      expect(rules.mayReach(nameOf(session, role), "10.99.0.2")).toBe(false);
    }
    // the attempt before the last one is forgotten
    peers.learn(session, 3, "agent", candidate(50_000));
    peers.learn(session, 3, "viewer", candidate(50_002));
    await expect.poll(() => ROLES.map((role) => reach(session, role, 3))).toEqual([[50_002], [50_000]]);
    for (const role of ROLES) expect(reach(session, role, 1)).toEqual([]);
  });

  describe.each(ROLES)("for the %s's end", (role) => {
    const begin = async (peers: RelayPeers): Promise<PeerRules> => (await start(peers))[sideOf(role)];

    test("admit the names of a session that has begun, and no other's, whenever it begins", async () => {
      const peers = new RelayPeers();
      const [before, after, never] = [randomUUID(), randomUUID(), randomUUID()];
      peers.begin(before);
      const rules = await begin(peers);
      peers.begin(after);
      const asked = [nameOf(before, role), nameOf(after, role, 7), nameOf(never, role), "nobody"];
      expect(await Promise.all(asked.map((name) => rules.admits(name)))).toEqual([true, true, false, false]);
    });

    test("take no address that is none, and are there for others after one was told", async () => {
      const peers = new RelayPeers();
      const [hostile, another] = [randomUUID(), randomUUID()];
      peers.begin(hostile);
      const rules = await begin(peers);
      for (const at of [
        "9999.1.1.1 5",
        "10.99.0.256 5",
        "10.99.0.1 65536",
        `10.99.0.1 ${"9".repeat(400)}`,
        "10.99.0.1 007",
      ])
        peers.learn(hostile, 1, other(role), `a=candidate:1 1 udp 1 ${at} typ relay`);
      peers.begin(another);
      expect(await rules.admits(nameOf(another, role))).toBe(true);
      const name = nameOf(hostile, role);
      expect(["9999.1.1.1", "10.99.0.256"].map((host) => rules.mayReach(name, host))).toEqual([false, false]);
      await expect.poll(() => rules.mayReach(name, "10.99.0.1", 7)).toBe(true);
    });

    test("say which session has ended, and know nothing of it from then on", async () => {
      const peers = new RelayPeers();
      const [gone, stays] = [randomUUID(), randomUUID()];
      for (const session of [gone, stays]) {
        peers.begin(session);
        peers.learn(session, 1, other(role), candidate(50_000));
      }
      const rules = await begin(peers);
      expect(await rules.admits(nameOf(gone, role))).toBe(true);
      const ended: string[] = [];
      rules.onEnded((id) => ended.push(id));
      const unheard = rules.onEnded(() => expect.unreachable());
      unheard();
      peers.end(gone);
      await expect.poll(() => ended).toEqual([gone]);
      expect(await rules.admits(nameOf(gone, role))).toBe(false);
      expect(rules.mayReach(nameOf(gone, role), "10.99.0.1", 50_000)).toBe(false);
      expect(rules.mayReach(nameOf(stays, role), "10.99.0.1", 50_000)).toBe(true);
    });
  });
});

/** What every edge may rely on about sessions, whether it runs in signaling's process or hears of them over the network. */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import { type PeerRules, RelayPeers } from "../../signaling/edge/relay-peers.ts";
import { joinControl, openControl, SECRET } from "../support/edge-control.ts";
import { makePki } from "../support/pki.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const pki = makePki({ names: ["127.0.0.1"] });
const ice = new IceServers({ secret: SECRET });
const nameOf = (session: string, role: "agent" | "viewer", attempt = 1) =>
  ice.issue({ session, role, attempt, urls: [] }).username;
const candidate = (port: number) => `a=candidate:1 1 udp 1 10.99.0.1 ${port} typ relay raddr 0.0.0.0 rport 0`;

async function remote(peers: RelayPeers, tls?: { key: string; cert: string; ca: string }): Promise<PeerRules> {
  const control = await openControl(peers, tls && { tls });
  open.push(() => control.close());
  const rules = joinControl(control.port, { holdMs: 3_000, ...(tls && { ca: tls.ca }) });
  open.push(() => rules.close());

  await expect.poll(() => control.control.joined).toBe(1);
  return rules;
}

describe.each([
  ["in signaling's process", async (peers: RelayPeers): Promise<PeerRules> => peers],
  ["over the control connection", (peers: RelayPeers) => remote(peers)],
  ["over the control connection, within TLS", (peers: RelayPeers) => remote(peers, pki)],
])("the rules of an edge %s", (_, start) => {
  test("admit the names of a session that has begun, and no other's, whenever it begins", async () => {
    const peers = new RelayPeers();
    const [before, after, never] = [randomUUID(), randomUUID(), randomUUID()];
    peers.begin(before);
    const rules = await start(peers);
    peers.begin(after);
    const asked = [nameOf(before, "viewer"), nameOf(after, "agent", 7), nameOf(never, "viewer"), "nobody"];
    expect(await Promise.all(asked.map((name) => rules.admits(name)))).toEqual([true, true, false, false]);
  });

  test("let each end reach what the other has told of in that attempt, and nothing else", async () => {
    const peers = new RelayPeers();
    const [session, other] = [randomUUID(), randomUUID()];
    peers.begin(session);
    peers.learn(session, 1, "agent", candidate(50_000));
    const rules = await start(peers);
    peers.learn(session, 1, "viewer", candidate(50_002));
    peers.learn(session, 2, "agent", candidate(50_004));
    peers.begin(other);
    peers.learn(other, 1, "agent", candidate(50_006));
    const ports = [50_000, 50_002, 50_004, 50_006];
    const reach = (name: string) => ports.filter((port) => rules.mayReach(name, "10.99.0.1", port));
    await expect.poll(() => reach(nameOf(other, "viewer"))).toEqual([50_006]);
    expect(reach(nameOf(session, "viewer", 1))).toEqual([50_000]);
    expect(reach(nameOf(session, "agent", 1))).toEqual([50_002]);
    expect(reach(nameOf(session, "viewer", 2))).toEqual([50_004]);
    expect(reach(nameOf(session, "agent", 2))).toEqual([]);
    expect(reach(nameOf(randomUUID(), "viewer"))).toEqual([]);
    expect(rules.mayReach(nameOf(session, "viewer"), "10.99.0.1")).toBe(true);
    expect(rules.mayReach(nameOf(session, "viewer"), "10.99.0.2")).toBe(false);
    // the attempt before the last one is forgotten
    peers.learn(session, 3, "agent", candidate(50_000));
    await expect.poll(() => reach(nameOf(session, "viewer", 3))).toEqual([50_000]);
    expect(reach(nameOf(session, "viewer", 1))).toEqual([]);
  });

  test("take no address that is none, and are there for others after one was told", async () => {
    const peers = new RelayPeers();
    const [hostile, other] = [randomUUID(), randomUUID()];
    peers.begin(hostile);
    const rules = await start(peers);
    for (const at of [
      "9999.1.1.1 5",
      "10.99.0.256 5",
      "10.99.0.1 65536",
      `10.99.0.1 ${"9".repeat(400)}`,
      "10.99.0.1 007",
    ])
      peers.learn(hostile, 1, "agent", `a=candidate:1 1 udp 1 ${at} typ relay`);
    peers.begin(other);
    expect(await rules.admits(nameOf(other, "viewer"))).toBe(true);
    const name = nameOf(hostile, "viewer");
    expect(["9999.1.1.1", "10.99.0.256"].map((host) => rules.mayReach(name, host))).toEqual([false, false]);
    await expect.poll(() => rules.mayReach(name, "10.99.0.1", 7)).toBe(true);
  });

  test("say which session has ended, and know nothing of it from then on", async () => {
    const peers = new RelayPeers();
    const [gone, stays] = [randomUUID(), randomUUID()];
    for (const session of [gone, stays]) {
      peers.begin(session);
      peers.learn(session, 1, "agent", candidate(50_000));
    }
    const rules = await start(peers);
    expect(await rules.admits(nameOf(gone, "viewer"))).toBe(true);
    const ended: string[] = [];
    rules.onEnded((id) => ended.push(id));
    const unheard = rules.onEnded(() => expect.unreachable());
    unheard();
    peers.end(gone);
    await expect.poll(() => ended).toEqual([gone]);
    expect(await rules.admits(nameOf(gone, "viewer"))).toBe(false);
    expect(rules.mayReach(nameOf(gone, "viewer"), "10.99.0.1", 50_000)).toBe(false);
    expect(rules.mayReach(nameOf(stays, "viewer"), "10.99.0.1", 50_000)).toBe(true);
  });
});

/** The edge in front of a real coturn. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RelayPeers } from "../../signaling/edge/relay-peers.ts";
import { newSecret } from "../../turn-config/generate.ts";
import { makeUser, openProbe, type Probe, relayedAddress } from "../../turn-config/probe.ts";
import { type Coturn, startCoturn } from "../support/coturn.ts";
import { type EdgeUnderTest, startEdge } from "../support/edge.ts";
import { joinControl, openControl } from "../support/edge-control.ts";
import { makePki } from "../support/pki.ts";

const pki = makePki({ names: ["127.0.0.1"] });
let coturn: Coturn;
let secure: EdgeUnderTest;
let plain: EdgeUnderTest;

beforeAll(async () => {
  coturn = await startCoturn();
  secure = await startEdge(coturn, { tls: pki });
  plain = await startEdge(coturn);
});
afterAll(async () => {
  await secure?.edge.close();
  await plain?.edge.close();
  await coturn?.stop();
});

const viaTls = () => openProbe({ host: secure.host, port: secure.port, transport: "tls", ca: pki.ca });
const viaTcp = () => openProbe({ host: plain.host, port: plain.port, transport: "tcp" });
const received = (probe: Probe) => new Promise<Buffer>((resolve) => (probe.onData = resolve));

/** Both allocate, permit each other, and say something to each other's relayed address. */
async function exchange(a: Probe, b: Probe): Promise<void> {
  const users = [secure.user(), plain.user()] as const;
  const at = [await a.allocate(users[0]), await b.allocate(users[1])].map((answer) => {
    const address = relayedAddress(answer);
    if (address === undefined) throw new Error(`no allocation: ${answer.code}`);
    return address;
  });
  const [atA, atB] = at as [{ host: string; port: number }, { host: string; port: number }];
  expect(atA.host).toBe(coturn.relayIp);
  expect((await a.bind(users[0], 0x4001, atB)).kind).toBe("success");
  expect((await b.permit(users[1], atA)).kind).toBe("success");
  const [toA, toB] = [received(a), received(b)];
  a.sendOn(0x4001, Buffer.from("odd")); // three bytes: padded over TCP, not over UDP
  expect((await toB).toString()).toBe("odd");
  b.sendTo(atA, Buffer.from("answer"));
  expect((await toA).toString()).toBe("answer");
  for (const [probe, user] of [
    [a, users[0]],
    [b, users[1]],
  ] as const)
    expect((await probe.release(user)).kind).toBe("success");
}

describe("edge and coturn", () => {
  test("carry data from relay to relay, over TLS 1.3 and over plain TCP", async () => {
    const [a, b] = [await viaTls(), await viaTcp()];
    await exchange(a, b);
    await a.close();
    await b.close();
  });

  test("speak TLS 1.3 and refuse TLS 1.2", async () => {
    const at = { host: secure.host, port: secure.port, ca: pki.ca };
    const good = connectTls(at);
    await once(good, "secureConnect");
    expect(good.getProtocol()).toBe("TLSv1.3");
    good.destroy();
    const old = connectTls({ ...at, maxVersion: "TLSv1.2" });
    const [error] = await once(old, "error");
    expect(error.code).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  });

  test("close on a user name that signaling did not make, though the relay would take it", async () => {
    const foreign = makeUser(coturn.secret, "not-from-signaling", 60);
    const direct = await openProbe(coturn);
    expect((await direct.allocate(foreign)).kind).toBe("success");
    await direct.release(foreign);
    await direct.close();
    const before = secure.edge.stats();
    const probe = await viaTls();
    await expect(probe.allocate(foreign)).rejects.toThrow("connection closed");
    expect(secure.edge.stats().toRelay - before.toRelay).toBe(1); // the question for a challenge
    await probe.close();
  });

  test("let a third party send to nobody, and end a session's connections with it", async () => {
    const peers = new RelayPeers();
    const under = await startEdge(coturn, { peers });
    const via = () => openProbe({ host: under.host, port: under.port, transport: "tcp" });
    const [agent, viewer, thief] = [await openProbe(coturn), await via(), await via()];
    const session = randomUUID();
    const named = (of: string, role: "agent" | "viewer") => {
      const { username, credential } = under.ice.issue({ session: of, role, attempt: 1, urls: ["turn:x"] });
      return { username, password: credential };
    };
    const asAgent = named(session, "agent");
    const asViewer = named(session, "viewer");
    const another = randomUUID();
    for (const each of [session, another]) peers.begin(each);
    const at = relayedAddress(await agent.allocate(asAgent));
    const viewerAt = relayedAddress(await viewer.allocate(asViewer));
    const thiefAt = relayedAddress(await thief.allocate(named(another, "viewer")));
    if (!at || !viewerAt || !thiefAt) throw new Error("no allocation");
    expect((await agent.permit(asAgent, viewerAt)).kind).toBe("success");
    peers.learn(session, 1, "agent", `a=candidate:1 1 udp 1 ${at.host} ${at.port} typ relay raddr 0.0.0.0 rport 0`);
    const before = under.edge.stats();
    thief.sendTo(at, Buffer.from("end it")); // the agent's permission is for the address that all share
    await expect.poll(() => under.edge.stats().dropped).toBe(before.dropped + 1);
    expect((await viewer.permit(asViewer, at)).kind).toBe("success");
    const heard = received(agent);
    viewer.sendTo(at, Buffer.from("hello"));
    expect((await heard).toString()).toBe("hello");
    peers.end(session);
    await expect.poll(() => under.edge.stats().turnClients).toBe(1);
    // its name is good for a minute, and would hold an allocation for ever
    const late = await via();
    await expect(late.allocate(asViewer)).rejects.toThrow("connection closed");
    expect(under.edge.stats().withoutSession).toBe(1);
    for (const probe of [agent, viewer, thief, late]) await probe.close();
    await under.edge.close();
  });

  test("let a client wait whose session is told of after it has come, and read on where it stopped", async () => {
    const nobody = await openControl(new RelayPeers());
    await nobody.close();
    const remote = joinControl(nobody.port, { holdMs: 60_000 });
    const under = await startEdge(coturn, { peers: remote, limits: { allocateMs: 60_000 } });
    const session = randomUUID();
    const { username, credential } = under.ice.issue({ session, role: "viewer", attempt: 1, urls: ["turn:x"] });
    const user = { username, password: credential };
    const [early, gone] = await Promise.all(
      [1, 2].map(() => openProbe({ host: under.host, port: under.port, transport: "tcp", timeoutMs: 30_000 })),
    );
    if (!early || !gone) throw new Error("no probe");
    const asked = early.allocate(user);
    const left = expect(gone.allocate(user)).rejects.toThrow();
    await expect.poll(() => under.edge.stats().toRelay).toBe(2); // both have been asked for a name
    await gone.close();
    await left;
    const peers = new RelayPeers();
    peers.begin(session);
    const control = await openControl(peers, { port: nobody.port });
    const at = relayedAddress(await asked);
    if (!at) throw new Error("no allocation");
    expect((await early.permit(user, at)).kind).toBe("success");
    await early.close();
    await expect.poll(() => under.edge.stats()).toMatchObject({ turnClients: 0, connections: 0, withoutSession: 0 });
    await under.edge.close();
    remote.close();
    await control.close();
  });

  test("let 200 attempts of sessions in a row allocate, against the generated quotas", async () => {
    const agents: Probe[] = [];
    for (let round = 0; round < 200; round += 1) {
      // neither end gives its allocation back, and the agent's port is not used again
      const [agent, viewer] = [await openProbe(coturn), await viaTcp()];
      agents.push(agent);
      const issued = plain.ice.issue({ session: randomUUID(), role: "agent", attempt: round, urls: ["turn:x"] });
      const answers = [
        await agent.allocate({ username: issued.username, password: issued.credential }),
        await viewer.allocate(plain.user()),
      ];
      expect(
        answers.map(({ code }) => code),
        `round ${round}`,
      ).toEqual([0, 0]);
      await viewer.close();
    }
    await Promise.all(agents.map((agent) => agent.close()));
  });

  test("find another port when the relay still keeps an allocation under the one the kernel gave", async () => {
    // as many forgotten allocations as it takes until one of those ports is given again: a narrow range makes it likely
    const other = await startCoturn({ totalQuota: 2000 });
    const under = await startEdge(other);
    let mismatches = 0;
    for (let round = 0; mismatches === 0; round += 1) {
      expect(round, "no port came back").toBeLessThan(1500);
      const probe = await openProbe({ host: under.host, port: under.port, transport: "tcp" });
      expect((await probe.allocate(under.user())).code, `round ${round}`).toBe(0);
      await probe.close();
      mismatches = under.edge.stats().portChanges;
    }
    await under.edge.close();
    await other.stop();
  });

  test("end the client's connection when the relay is gone, and serve again when it is back", async () => {
    const other = await startCoturn({ secret: newSecret() });
    const under = await startEdge(other);
    const via = () => openProbe({ host: under.host, port: under.port, transport: "tcp" });
    const probe = await via();
    const user = under.user();
    expect((await probe.allocate(user)).kind).toBe("success");
    await other.kill();
    await expect(probe.permit(user, { host: other.relayIp, port: 9 })).rejects.toThrow();
    expect(under.edge.stats().relayUnreachable).toBe(1);
    await other.restart();
    const again = await via();
    expect((await again.allocate(under.user())).kind).toBe("success");
    await again.close();
    await under.edge.close();
    await other.stop();
  });
});

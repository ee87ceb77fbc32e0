/** The edge's own behaviour, seen from both sides: real sockets, and a spy where the relay would be. */
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { DEFAULT_CAPACITY, outsideLimits } from "../../signaling/edge/capacity.ts";
import { writeProxyHeader } from "../../signaling/edge/proxy-protocol.ts";
import { ATTRIBUTE, METHOD } from "../../signaling/protocol/stun.ts";
import { channelData, peerAddress, request, sendIndication } from "../../turn-config/stun.ts";
import { type EdgeUnderTest, quiet, startEdge } from "../support/edge.ts";
import { makePki } from "../support/pki.ts";
import { seeded } from "../support/random.ts";
import { openSpy, type Spy } from "../support/relay-spy.ts";

const pki = makePki({ names: ["127.0.0.1"] });
const udp = [ATTRIBUTE.requestedTransport, Buffer.from([17, 0, 0, 0])] as const;
const UPGRADE = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(options: Parameters<typeof startEdge>[1] = {}): Promise<EdgeUnderTest & { spy: Spy }> {
  const spy = await openSpy();
  const under = await startEdge(spy, options);
  open.push(
    () => spy.close(),
    () => under.edge.close(),
  );
  return { ...under, spy };
}

async function dial({ host, port }: { host: string; port: number }, localAddress?: string): Promise<Socket> {
  const socket = connect({ host, port, ...(localAddress && { localAddress }) });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}
/** The other end of a connection notices a moment later. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
const gone = (socket: Socket) =>
  socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.resume().once("close", resolve));

function allocate(under: EdgeUnderTest): Buffer {
  return request(METHOD.allocate, [udp], { ...under.user(), realm: "realm", nonce: "nonce" }).bytes;
}
/** A client whose allocation has been granted (by the spy). */
async function client(under: EdgeUnderTest, localAddress?: string): Promise<Socket> {
  const socket = await dial(under, localAddress);
  const granted = once(socket, "data");
  socket.write(allocate(under));
  await granted;
  return socket;
}

describe("TURN through the edge", () => {
  test("nothing but the question for a challenge reaches the relay under a name that was not issued", async () => {
    const under = await start();
    const socket = await dial(under);
    const { bytes } = request(METHOD.allocate, [udp]);
    socket.write(bytes);
    const stranger = { username: "1900000000:stranger", password: "x", realm: "realm", nonce: "nonce" };
    socket.write(channelData(0x4000, Buffer.from("data")));
    socket.write(sendIndication({ host: "10.0.0.1", port: 9 }, Buffer.from("data")));
    socket.write(request(METHOD.allocate, [udp], stranger).bytes);
    await gone(socket);
    await under.spy.reached(1);
    expect(under.spy.seen.map((seen) => seen.toString("hex"))).toEqual([bytes.toString("hex")]);
    expect(under.edge.stats()).toMatchObject({ closedByGate: 1, dropped: 2, toRelay: 1 });
  });

  test("methods that no client needs do not reach the relay", async () => {
    const under = await start();
    const socket = await client(under);
    const as = { ...under.user(), realm: "realm", nonce: "nonce" };
    for (const method of [METHOD.binding, 0x000a, 0x000b, 0x000c, 0x0002]) {
      socket.write(request(method, [peerAddress({ host: "10.0.0.1", port: 9 })], as).bytes);
    }
    const last = channelData(0x4000, Buffer.from("last"));
    socket.write(last);
    await under.spy.reached(2);
    expect(under.spy.seen.map((seen) => seen.length > 60 || seen.equals(last))).toEqual([true, true]);
    expect(under.edge.stats()).toMatchObject({ dropped: 5, toRelay: 2 });
    socket.destroy();
  });

  test("media is dropped for a client that does not read, its memory is bounded, and it recovers", async () => {
    const limits = { shedBytes: 64 * 1024, hardBytes: 128 * 1024 };
    const under = await start({ limits });
    const socket = await client(under);
    socket.pause();
    const media = channelData(0x4000, Buffer.alloc(1200, 1));
    // the kernel's buffers of both ends fill first; then the edge's own
    for (let sent = 0; under.edge.stats().shed < 2000; sent += 1) {
      expect(sent).toBeLessThan(60_000);
      await under.spy.send(media);
      if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const before = under.edge.stats();
    expect(before.closedSlow).toBe(0);
    let read = 0;
    const last = channelData(0x4001, Buffer.from("last"));
    const arrived = new Promise<void>((resolve) => {
      socket.on("data", (chunk: Buffer) => {
        read += chunk.length;
        if (chunk.includes(last)) resolve();
        else if (read >= before.toClientBytes - 64 * 1024) void under.spy.send(last);
      });
    });
    socket.resume();
    await arrived;
    socket.destroy();
  });

  test("a client that asks on and on without reading the answers is closed", async () => {
    const under = await start({ limits: { shedBytes: 16 * 1024, hardBytes: 32 * 1024 } });
    const socket = await client(under);
    socket.pause();
    const answer = Buffer.concat([
      Buffer.from("0104", "hex"),
      Buffer.from([4, 0]),
      Buffer.from("2112a442", "hex"),
      Buffer.alloc(12 + 1024),
    ]);
    for (let sent = 0; under.edge.stats().closedSlow === 0; sent += 1) {
      expect(sent).toBeLessThan(60_000);
      await under.spy.send(answer);
      if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await gone(socket);
  });

  test("a client without an allocation, and one that falls silent, are closed", async () => {
    const under = await start({ limits: { allocateMs: 60 } });
    const asking = await dial(under);
    asking.write(request(METHOD.allocate, [udp]).bytes);
    await gone(asking);
    await until(() => under.edge.stats().turnClients === 0);
    expect(under.edge.stats().notAllocated).toBe(1);
    const other = await start({ limits: { turnIdleMs: 60 } });
    await gone(await client(other));
    await until(() => other.edge.stats().turnClients === 0);
    expect(other.edge.stats().idle).toBe(1);
  });

  test("clients are limited in all and per source", async () => {
    const under = await start({ limits: { turnClients: 3, turnClientsPerSource: 2 } });
    const clients = [await client(under), await client(under)];
    const third = await dial(under);
    third.write(allocate(under));
    await gone(third);
    clients.push(await client(under, "127.0.0.2"));
    const fourth = await dial(under, "127.0.0.3");
    fourth.write(allocate(under));
    await gone(fourth);
    expect(under.edge.stats()).toMatchObject({ turnClients: 3, refusedTurn: 2 });
    clients[0]?.destroy();
    await until(() => under.edge.stats().turnClients < 3);
    clients.push(await client(under));
    for (const each of clients) each.destroy();
  });
});

type Reply = { status: number | undefined; body: { from: string; length: number } };

function post(under: EdgeUnderTest, body: Buffer, localAddress: string, secure: boolean): Promise<Reply> {
  const options = {
    host: under.host,
    port: under.port,
    method: "POST",
    localAddress,
    ca: pki.ca,
    agent: false,
  } as const;
  return new Promise((resolve, reject) => {
    const sent = (secure ? httpsRequest : httpRequest)(options, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("the web through the edge", () => {
  test.each([
    ["plain TCP", false],
    ["TLS 1.3", true],
  ])("gets whole requests with the client's own address, over %s", async (_, secure) => {
    const under = await start(secure ? { tls: pki } : {});
    for (const length of [0, 1, 100_000, 3_000_000]) {
      const { status, body } = await post(under, Buffer.alloc(length, "x"), "127.0.0.7", secure);
      expect([status, body]).toEqual([200, { from: "127.0.0.7", length }]);
    }
    expect(under.edge.stats()).toMatchObject({ web: 4, turn: 0 });
  });

  test("is upgraded to WebSocket with what was sent in the same packet", async () => {
    const under = await start();
    const socket = await dial(under);
    socket.write(`${UPGRADE}head`);
    let text = "";
    for await (const chunk of socket) {
      text += chunk;
      if (text.endsWith("head")) break;
    }
    expect(text).toMatch(/^HTTP\/1.1 101/);
  });

  test("offers HTTP/1.1 by ALPN", async () => {
    const under = await start({ tls: pki });
    const socket = connectTls({ host: under.host, port: under.port, ca: pki.ca, ALPNProtocols: ["h2", "http/1.1"] });
    await once(socket, "secureConnect");
    expect(socket.alpnProtocol).toBe("http/1.1");
    socket.destroy();
  });

  test("does not wait for ever for headers that come one by one", async () => {
    const web = createServer({ headersTimeout: 80, connectionsCheckingInterval: 20 }, (_, response) => response.end());
    const under = await start({ web });
    const socket = await dial(under);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1.1 408/);
    web.close();
  });
});

describe("the edge behind a load balancer", () => {
  const CLIENT = { address: "203.0.113.7", port: 5_555 };
  const header = writeProxyHeader(CLIENT, { address: "192.0.2.5", port: 443 });
  const ASK = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const bodyFrom = async (socket: Socket): Promise<{ from: string }> => {
    let text = "";
    for await (const chunk of socket) text += chunk;
    return JSON.parse(text.split("\r\n\r\n")[1] ?? "");
  };

  test("knows the client by what the balancer says first, in the clear and over TLS", async () => {
    const plain = await start({ balancers: ["127.0.0.9"] });
    const one = await dial(plain, "127.0.0.9");
    one.write(Buffer.concat([header, Buffer.from(ASK)]));
    expect((await bodyFrom(one)).from).toBe(CLIENT.address);
    const secure = await start({ balancers: ["127.0.0.8", "127.0.0.9"], tls: pki });
    const beneath = await dial(secure, "127.0.0.9");
    beneath.write(header);
    const inner = connectTls({ socket: beneath, ca: pki.ca, host: "127.0.0.1" });
    inner.write(ASK);
    expect((await bodyFrom(inner)).from).toBe(CLIENT.address);
  });

  test("counts connections by the client's address, not by the balancer's", async () => {
    const under = await start({ balancers: ["127.0.0.9"], limits: { unprovenPerSource: 1 } });
    const came = [];
    for (const address of ["203.0.113.7", "203.0.113.8", "203.0.113.8"]) {
      const socket = await dial(under, "127.0.0.9");
      socket.write(writeProxyHeader({ address, port: 1 }, { address: "192.0.2.5", port: 443 }));
      came.push(socket);
      await until(() => under.edge.stats().accepted === came.length);
    }
    await gone(came[1] as Socket);
    expect(came.map(({ destroyed }) => destroyed)).toEqual([false, true, false]);
  });

  test("believes nobody else, and takes nothing from the balancer without a header", async () => {
    const under = await start({ balancers: ["127.0.0.9"] });
    const stranger = await dial(under, "127.0.0.7");
    stranger.write(Buffer.concat([header, Buffer.from(ASK)]));
    await gone(stranger);
    const direct = await dial(under, "127.0.0.7");
    direct.write(ASK);
    expect((await bodyFrom(direct)).from).toBe("127.0.0.7");
    const bare = await dial(under, "127.0.0.9");
    bare.write(ASK);
    await gone(bare);
    expect(under.edge.stats().neither).toBe(2);
  });
});

describe("the edge", () => {
  test("closes who says nothing, before the TLS handshake and after it", async () => {
    const plain = await start({ limits: { firstByteMs: 60 } });
    await gone(await dial(plain));
    await until(() => plain.edge.stats().connections === 0);
    expect(plain.edge.stats()).toMatchObject({ halfOpen: 1 });
    const secure = await start({ tls: pki, limits: { handshakeMs: 60, firstByteMs: 60 } });
    await gone(await dial(secure));
    const silent = connectTls({ host: secure.host, port: secure.port, ca: pki.ca });
    silent.on("error", () => {});
    await gone(silent);
    expect(secure.edge.stats()).toMatchObject({ handshakeFailed: 1, halfOpen: 1 });
  });

  test("closes who speaks neither HTTP nor TURN", async () => {
    const under = await start();
    for (const noise of ["\x16\x03\x01", "get / http", "\xff"]) {
      const socket = await dial(under);
      socket.write(Buffer.from(noise, "latin1"));
      await gone(socket);
    }
    await until(() => under.edge.stats().connections === 0);
    expect(under.edge.stats()).toMatchObject({ neither: 3 });
  });

  test("closes who has waited longest without a proof, of the source that is full and then of all", async () => {
    const under = await start({ limits: { unproven: 3, unprovenPerSource: 2, unprovenPerPrefix: 2 } });
    const first = await dial(under);
    const second = await dial(under);
    const third = await dial(under);
    await gone(first);
    const fourth = await dial(under, "127.0.0.2");
    const fifth = await dial(under, "127.0.0.3");
    await gone(second);
    await until(() => under.edge.stats().connections === 3);
    expect([third.destroyed, fourth.destroyed, fifth.destroyed]).toEqual([false, false, false]);
    expect(under.edge.stats()).toMatchObject({ evictedSource: 1, evictedTotal: 1, evictedPrefix: 0 });
    for (const socket of [third, fourth, fifth]) socket.destroy();
  });

  test("leaves the proven alone: a cookie, an upgrade, a TURN name; over TLS as well", async () => {
    for (const tls of [undefined, pki]) {
      const under = await start({ limits: { unproven: 1 }, ...(tls && { tls }) });
      const enter = async () => {
        if (!tls) return dial(under);
        const socket = connectTls({ host: under.host, port: under.port, ca: pki.ca });
        socket.on("error", () => {}); // whoever is closed may read a reset
        await once(socket, "secureConnect");
        return socket;
      };
      const proofs = ["GET / HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n\r\n", UPGRADE, allocate(under)];
      const proven: Socket[] = [];
      for (const proof of proofs) {
        const socket = await enter();
        socket.write(proof);
        await once(socket, "data");
        proven.push(socket);
      }
      const stranger = await enter();
      await (await enter()).destroy();
      await gone(stranger);
      expect(under.edge.stats()).toMatchObject({ proven: 3, evictedTotal: 1 });
      expect(proven.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
      for (const socket of proven) socket.destroy();
      await until(() => under.edge.stats().proven === 0);
    }
  });

  test("eight sources that hold all they can keep nobody out, neither who signs in nor who comes back", async () => {
    const under = await start({ limits: outsideLimits({ ...DEFAULT_CAPACITY, sessions: 10 }) });
    const running = await client(under, "127.0.0.9");
    const page = await dial(under, "127.0.0.9");
    page.write(UPGRADE);
    await once(page, "data");
    const strangers: Socket[] = [];
    for (let source = 1; source <= 8; source += 1)
      for (let round = 0; round < 10; round += 1) {
        const some = await Promise.all(Array.from({ length: 32 }, () => dial(under, `127.0.1.${source}`)));
        for (const each of some) each.write("G"); // a request that never goes on
        strangers.push(...some);
      }
    await until(() => under.edge.stats().connections === 2 + 1024);
    const answer = await post(under, Buffer.from("sign-in"), "127.0.0.7", false);
    expect(answer).toEqual({ status: 200, body: { from: "127.0.0.7", length: 7 } });
    page.destroy();
    running.destroy();
    const back = await dial(under, "127.0.0.9");
    back.write(UPGRADE);
    expect(String((await once(back, "data"))[0])).toMatch(/ 101 /);
    const again = await client(under, "127.0.0.9");
    await until(() => under.edge.stats().proven === 2);
    expect([back.destroyed, again.destroyed]).toEqual([false, false]);
    for (const socket of [back, again, ...strangers]) socket.destroy();
  });

  test("fifty people behind one address load the page at the same moment, by six connections each", async () => {
    const under = await start({ limits: outsideLimits(DEFAULT_CAPACITY) });
    const loads = Array.from({ length: 300 }, () => post(under, Buffer.from("page"), "127.0.0.5", false));
    expect((await Promise.all(loads)).every(({ status }) => status === 200)).toBe(true);
    expect(under.edge.stats()).toMatchObject({ evictedSource: 0, evictedPrefix: 0, evictedTotal: 0 });
  });

  test("takes two connections under one TURN name, and none of an attempt long replaced", async () => {
    const under = await start();
    const session = crypto.randomUUID();
    const enter = async (attempt: number) => {
      const { username, credential } = under.ice.issue({ session, role: "viewer", attempt, urls: ["turn:x"] });
      const socket = await dial(under);
      socket.write(
        request(METHOD.allocate, [udp], { username, password: credential, realm: "realm", nonce: "nonce" }).bytes,
      );
      return socket;
    };
    const first = [await enter(1), await enter(1)];
    await Promise.all(first.map((socket) => once(socket, "data")));
    await gone(await enter(1));
    expect(under.edge.stats()).toMatchObject({ refusedTurn: 1 });
    const second = await enter(2);
    await once(second, "data");
    const third = await enter(3);
    await Promise.all(first.map(gone));
    await until(() => under.edge.stats().turnClients === 2);
    expect([second.destroyed, third.destroyed]).toEqual([false, false]);
    for (const socket of [second, third]) socket.destroy();
  });

  test("says that the relay's quota is used up", async () => {
    const warned: object[] = [];
    const under = await start({ log: { ...quiet, warn: (fields) => warned.push(fields) } });
    const socket = await client(under);
    const code = Buffer.from([0, 9, 0, 4, 0, 0, 4, 86]);
    await under.spy.send(Buffer.concat([Buffer.from("011300082112a442", "hex"), Buffer.alloc(12), code]));
    await once(socket, "data");
    expect(under.edge.stats()).toMatchObject({ relayQuota: 1 });
    expect(warned).toMatchObject([{ refused: { "allocations of the relay (486)": 1 } }]);
    socket.destroy();
  });

  test("frees everything when it closes, twice if asked twice", async () => {
    const count = () => process.getActiveResourcesInfo().filter((kind) => /TCP|UDP|TLS|Timeout/.test(kind)).length;
    const spy = await openSpy();
    const before = count();
    const under = await startEdge(spy, { tls: pki });
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connectTls({ host: under.host, port: under.port, ca: pki.ca });
      socket.on("error", () => {});
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, "secureConnect")));
    sockets.slice(0, 10).forEach((socket) => {
      socket.write(allocate(under));
    });
    await Promise.all(sockets.slice(0, 10).map((socket) => once(socket, "data")));
    expect(under.edge.stats()).toMatchObject({ connections: 20, turnClients: 10 });
    const ended = Promise.all(sockets.map(gone));
    await Promise.all([under.edge.close(), under.edge.close()]);
    await ended;
    expect(under.edge.stats()).toMatchObject({ turnClients: 0 });
    await until(() => under.edge.stats().connections === 0);
    await until(() => count() <= before);
    await spy.close();
  });

  test("outlives thousands of random and truncated frames on many connections", async () => {
    const under = await start({ limits: { turnClientsPerSource: 1000, connectionsPerSource: 1000 } });
    const random = seeded(20_261_122);
    const good = () => {
      const peer = peerAddress({ host: "10.0.0.1", port: random.below(65_536) });
      const methods = Object.values(METHOD);
      const method = methods[random.below(methods.length)] ?? METHOD.allocate;
      return request(method, [udp, peer], { ...under.user(), realm: "realm", nonce: "nonce" }).bytes;
    };
    const frames = [
      () => random.bytes(random.below(300)),
      () => good().subarray(0, random.below(120)),
      () => Buffer.concat([Buffer.from([0, random.below(8)]), random.bytes(random.below(80))]),
      () => channelData(0x4000 + random.below(0x1000), random.bytes(random.below(1500))),
      () => {
        const bytes = Buffer.from(good());
        for (let change = 0; change < 3; change += 1) bytes[random.below(bytes.length)] = random.below(256);
        return bytes;
      },
      good,
    ];
    const descriptors = () => process.getActiveResourcesInfo().filter((kind) => /TCP|UDP/.test(kind)).length;
    const before = descriptors();
    let sent = 0;
    for (let round = 0; round < 40; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 25 }, () => dial(under)));
      for (const socket of sockets) {
        // half of them are clients with an allocation, whom the gate trusts most
        if (random.below(2) === 0) socket.write(allocate(under));
        else socket.write(Buffer.from([0]));
        for (let frame = 0; frame < 6; frame += 1) {
          socket.write((frames[random.below(frames.length)] ?? good)());
          sent += 1;
        }
        if (random.below(3) === 0) socket.resetAndDestroy();
        else socket.end();
      }
      await Promise.all(sockets.map(gone));
    }
    expect(sent).toBe(6000);
    await until(() => under.edge.stats().connections + under.edge.stats().turnClients === 0);
    await until(() => descriptors() <= before);
    const survivor = await client(under);
    survivor.destroy();
  });
});

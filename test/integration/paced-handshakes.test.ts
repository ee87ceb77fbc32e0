/** TLS handshakes at the edge take their turn: real sockets, a real edge, few at once. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import type { EdgeLimits } from "../../signaling/edge/limits.ts";
import { type EdgeUnderTest, startEdge } from "../support/edge.ts";
import { makePki } from "../support/pki.ts";
import { openSpy } from "../support/relay-spy.ts";
import { until } from "../support/until.ts";

const pki = makePki({ names: ["127.0.0.1"] });
const LONG_MS = 600_000;
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(limits: Partial<EdgeLimits>): Promise<EdgeUnderTest> {
  const spy = await openSpy();
  const under = await startEdge(spy, { tls: pki, limits });
  open.push(
    () => spy.close(),
    () => under.edge.close(),
  );
  return under;
}

async function dial({ host, port }: EdgeUnderTest, localAddress = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ host, port, localAddress });
  socket.on("error", () => {});
  open.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** A TLS record (RFC 8446 §5.1) that says more follows, and nothing does. */
const BEGINNING_OF_A_HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]);

async function stall(under: EdgeUnderTest, localAddress?: string): Promise<Socket> {
  const socket = await dial(under, localAddress);
  socket.write(BEGINNING_OF_A_HELLO);
  return socket;
}

function secure({ host, port }: EdgeUnderTest): TLSSocket {
  const socket = connectTls({ host, port, ca: pki.cert, minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => {});
  open.push(() => socket.destroy());
  return socket;
}

test("everybody gets through two at a time", async () => {
  const under = await start({ handshakesAtOnce: 2, handshakeMs: LONG_MS });
  const sockets = Array.from({ length: 20 }, () => secure(under));
  await Promise.all(sockets.map((socket) => once(socket, "secureConnect")));
  expect(under.edge.stats()).toMatchObject({ connections: 20, handshakesWaiting: 0, handshakeFailed: 0 });
});

test("who begins and never ends keeps nobody out, however long he may stay", async () => {
  const under = await start({ handshakesAtOnce: 2, handshakeMs: LONG_MS });
  const stalled = await Promise.all(Array.from({ length: 6 }, () => stall(under)));
  await once(secure(under), "secureConnect");
  expect(stalled.every((socket) => !socket.destroyed)).toBe(true);
});

test("who says nothing has no place in the line, and is closed after his time", async () => {
  const under = await start({ handshakesAtOnce: 1, handshakeMs: 60 });
  const silent = await dial(under);
  await once(silent.resume(), "close");
  expect(under.edge.stats()).toMatchObject({ handshakeFailed: 1, handshakesWaiting: 0 });
});

test("the time for a handshake begins with its turn", async () => {
  const handshakeMs = 2_000;
  const under = await start({ handshakesAtOnce: 1, handshakeMs });
  // each takes the only place for a quarter of a second: who comes after ten waits in the line for longer than handshakeMs
  await Promise.all(Array.from({ length: 10 }, () => stall(under)));
  await until("all have come", () => under.edge.stats().accepted === 10);
  await once(secure(under), "secureConnect");
});

test("one that goes away leaves the line", async () => {
  const under = await start({ handshakesAtOnce: 0, handshakeMs: LONG_MS });
  const sockets = await Promise.all([stall(under), stall(under), stall(under)]);
  await until("all wait", () => under.edge.stats().handshakesWaiting === 3);
  sockets[0]?.end(); // in order, with what it has said still unread
  sockets[1]?.resetAndDestroy();
  await until("two have left", () => under.edge.stats().handshakesWaiting === 1);
  await until("and are gone", () => under.edge.stats().connections === 1);
});

test("the line is no longer than strangers may be many: the oldest gives way", async () => {
  const under = await start({ handshakesAtOnce: 0, handshakeMs: LONG_MS, unproven: 3, unprovenPerSource: 3 });
  const first = await stall(under);
  await until("it waits", () => under.edge.stats().handshakesWaiting === 1);
  const gone = once(first.resume(), "close");
  await Promise.all([stall(under), stall(under), stall(under)]);
  await gone;
  await until("three wait", () => under.edge.stats().handshakesWaiting === 3);
  expect(under.edge.stats().connections).toBe(3);
});

test("closing the edge closes those that wait", async () => {
  const under = await start({ handshakesAtOnce: 0, handshakeMs: LONG_MS });
  const socket = await stall(under);
  await until("it waits", () => under.edge.stats().handshakesWaiting === 1);
  const gone = once(socket.resume(), "close");
  await under.edge.close();
  await gone;
});

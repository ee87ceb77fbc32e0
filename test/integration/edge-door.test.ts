/** The way of an edge to signaling: TLS that is resumed while signaling is the same process, and trusted by its CA alone. */
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { Door } from "../../signaling/edge/dial.ts";
import { openProxied } from "../../signaling/edge/proxied-listener.ts";
import { writeLocalHeader } from "../../signaling/edge/proxy-protocol.ts";
import { quiet } from "../support/edge.ts";
import { makePki, type Pki } from "../support/pki.ts";

const own = makePki({ names: ["127.0.0.1"] });
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Answers each connection with whether it was resumed. */
async function startSignaling({ key, cert }: Pki, port = 0) {
  const web = new EventEmitter();
  web.on("connection", (socket: TLSSocket) => socket.end(socket.isSessionReused() ? "resumed" : "new"));
  const listen = { host: "127.0.0.1", port };
  const proxied = await openProxied({ listen, from: "127.0.0.1", tls: { key, cert }, web, log: quiet });
  open.push(() => proxied.close());
  return proxied;
}

function ask(door: Door): Promise<string> {
  return new Promise((resolve, reject) => {
    const ready = (inner: Socket) => {
      let text = "";
      inner.on("data", (chunk) => (text += chunk));
      inner.once("end", () => resolve(text));
      inner.write("GET ");
    };
    const beneath = door.dial(writeLocalHeader, { ready, failed: reject });
    open.push(() => beneath.destroy());
  });
}

test("resumes the TLS session of an earlier connection, and begins a new one with a new process", async () => {
  const first = await startSignaling(own);
  const { address } = first;
  const door = new Door({ to: address, tls: { ca: own.ca } });
  expect([await ask(door), await ask(door), await ask(door)]).toEqual(["new", "resumed", "resumed"]);
  await first.close();
  await startSignaling(own, address.port);
  expect([await ask(door), await ask(door)]).toEqual(["new", "resumed"]);
});

test("refuses a server of another CA, also after connections to the right one", async () => {
  const right = await startSignaling(own);
  const { address } = right;
  const door = new Door({ to: address, tls: { ca: own.ca } });
  expect([await ask(door), await ask(door)]).toEqual(["new", "resumed"]);
  await right.close();
  await startSignaling(makePki({ names: ["127.0.0.1", "another.test"] }), address.port);
  await expect(ask(door)).rejects.toThrow(/certificate|signature/);
});

test("goes by the name that it was told, where the certificate is not for the host", async () => {
  const { ca, ...named } = makePki({ names: ["signaling.test"] });
  const { address: to } = await startSignaling({ ca, ...named });
  expect(await ask(new Door({ to, tls: { ca, servername: "signaling.test" } }))).toBe("new");
  await expect(ask(new Door({ to, tls: { ca } }))).rejects.toThrow(/127\.0\.0\.1/);
  await expect(ask(new Door({ to, tls: { ca, servername: "another.test" } }))).rejects.toThrow(/another\.test/);
});

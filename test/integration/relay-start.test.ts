/** The first moments of a relay, and of a client on a port that somebody else had before. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startRelay } from "../../signaling/quickstart/coturn.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { newRelayIp } from "../../signaling/quickstart/product.ts";
import { readSecrets } from "../../turn-config/generate.ts";
import { makeUser, openProbe } from "../../turn-config/probe.ts";
import type { Address } from "../../turn-config/stun.ts";
import { startCoturn } from "../support/coturn.ts";

const CLIENTS = 8;
const RELAYS = 4;

/** The answers to so many clients who ask for an allocation at the same time. */
async function allocateTogether(at: Address, secret: string): Promise<string[]> {
  const probes = await Promise.all(Array.from({ length: CLIENTS }, () => openProbe(at)));
  const answers = await Promise.all(
    probes.map((probe, index) => probe.allocate(makeUser(secret, `client-${index}`, 60))),
  );
  await Promise.all(probes.map((probe) => probe.close()));
  return answers.map(({ kind, code }) => `${kind} ${code}`);
}
const all = Array.from({ length: CLIENTS }, () => "success 0");

test("a relay of npm start lets many in at once from its first moment", async () => {
  const folder = mkdtempSync(join(tmpdir(), "engawa-relays-"));
  const secretFile = join(folder, "secret");
  for (let count = 0; count < RELAYS; count += 1) {
    const listen = { host: "127.0.0.1", port: await freePort() };
    const relay = await startRelay({ listen, relayIp: newRelayIp(), realm: "engawa", secretFile, logs: folder });
    try {
      expect(await allocateTogether(listen, readSecrets(secretFile)[0] ?? "")).toEqual(all);
    } finally {
      await relay.close();
    }
  }
  rmSync(folder, { recursive: true });
});

test("so does a relay of these tests", async () => {
  for (let count = 0; count < RELAYS; count += 1) {
    const relay = await startCoturn();
    try {
      expect(await allocateTogether(relay, relay.secret)).toEqual(all);
    } finally {
      await relay.stop();
    }
  }
});

test("a client asks from another port when the relay knows its own from somebody else", async () => {
  // what coturn answers to an Allocate from the first port it hears of is 437, to one from another port a challenge
  const ports = new Set<number>();
  const relay = createSocket("udp4").bind(0, "127.0.0.1");
  await once(relay, "listening");
  relay.on("message", (request, from) => {
    ports.add(from.port);
    const [hundreds, rest] = ports.size === 1 ? [4, 37] : [4, 1];
    const code = Buffer.from([0, 0x09, 0, 4, 0, 0, hundreds, rest]);
    relay.send(Buffer.concat([Buffer.from([0x01, 0x13, 0, code.length]), request.subarray(4, 20), code]), from.port);
  });
  const probe = await openProbe({ host: "127.0.0.1", port: relay.address().port });
  expect((await probe.askChallenge()).code).toBe(401);
  expect(ports.size).toBe(2);
  await probe.close();
  relay.close();
});

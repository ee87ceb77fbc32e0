import { describe, expect, test } from "vitest";
import { IceServers } from "../../../signaling/edge/ice-servers.ts";
import { RelayPeers } from "../../../signaling/edge/relay-peers.ts";
import { createLog } from "../../../signaling/log.ts";
import { RelayChecks } from "../../../signaling/organisations/relay-checks.ts";
import type { RelayCheckRequest } from "../../../signaling/protocol/api.ts";
import { Nonce, TerminalId } from "../../../signaling/protocol/ids.ts";
import {
  agentText,
  exportPublicKey,
  generateKeyPair,
  relayCheckText,
  sign,
} from "../../../signaling/protocol/signed.ts";

const TERMINAL = TerminalId.parse("K7QM-2Z9P-X4TD");
const NOW = 1_800_000_000_000;

async function place() {
  const pair = await generateKeyPair(true);
  const publicKey = await exportPublicKey(pair.publicKey);
  let now = NOW;
  let nonces = 0;
  const iceServers = new IceServers({ secret: "secret", now: () => now });
  const relayPeers = new RelayPeers();
  const organisation = { id: "" as never, name: "" };
  const terminal = { id: TERMINAL, name: "PC", organisation, publicKey, lastSeenAt: undefined, interfaces: [] };
  const checks = new RelayChecks({
    records: { terminal: async (id) => (id === TERMINAL ? terminal : undefined) },
    iceServers,
    relayPeers,
    urls: ["turn:10.0.0.5:3478?transport=udp"],
    log: createLog({ level: "silent" }),
    now: () => now,
  });
  return {
    checks,
    iceServers,
    relayPeers,
    pass: (ms: number) => {
      now += ms;
    },
    request: async (o: { at?: number; terminal?: TerminalId; text?: string } = {}): Promise<RelayCheckRequest> => {
      nonces += 1;
      const nonce = Nonce.parse(String(nonces).padStart(22, "A"));
      const { at = now, terminal = TERMINAL } = o;
      const text = o.text ?? relayCheckText({ terminal, nonce, at });
      return { terminal, nonce, at, signature: await sign(pair.privateKey, text) };
    },
  };
}

describe("credentials for a relay check", () => {
  test("are for no session that exists, the same ones for ten minutes, and good for as long", async () => {
    const { checks, request, iceServers, relayPeers, pass } = await place();
    const first = await checks.issue(await request());
    expect(first.urls).toEqual(["turn:10.0.0.5:3478?transport=udp"]);
    expect(first.username).toMatch(new RegExp(`^${NOW / 1_000 + 660}:[0-9a-f-]{36}\\.a\\.1\\.`));
    pass(599_000);
    expect(await checks.issue(await request())).toEqual(first);
    pass(60_000);
    expect(iceServers.isIssued(first.username, "inside")).toBe(true);
    const second = await checks.issue(await request());
    expect(second.username).not.toBe(first.username);
    pass(2_000);
    expect(iceServers.isIssued(first.username, "inside")).toBe(false);
    expect([first, second].map(({ username }) => relayPeers.knows(username))).toEqual([false, true]);
    pass(600_000);
    await checks.issue(await request());
    expect(checks.size).toBe(2); // the request, and the name
    expect(relayPeers.size).toBe(1);
  });

  test("are given once for one request", async () => {
    const { checks, request, pass } = await place();
    const asked = await request({ at: NOW + 50_000 });
    await checks.issue(asked);
    await expect(checks.issue(asked)).rejects.toMatchObject({ code: "AGENT_REFUSED" });
    pass(100_000); // as long as its time is accepted, it is remembered
    await expect(checks.issue(asked)).rejects.toMatchObject({ code: "AGENT_REFUSED" });
  });

  test.each([
    ["is too old", { at: NOW - 61_000 }],
    ["is of the future", { at: NOW + 61_000 }],
    ["comes from an unknown terminal", { terminal: TerminalId.parse("K7QM-2Z9P-X4TE") }],
    [
      "was signed for another purpose",
      { text: agentText({ challenge: Nonce.parse("A".repeat(22)), terminal: TERMINAL }) },
    ],
  ])("are refused when the request %s", async (_why, o) => {
    const { checks, request } = await place();
    await expect(checks.issue(await request(o))).rejects.toMatchObject({ code: "AGENT_REFUSED" });
  });

  test("are given to one terminal twenty times a minute, and name it once", async () => {
    const { checks, request } = await place();
    const names = new Set<string>();
    for (let i = 0; i < 20; i++) names.add((await checks.issue(await request())).username);
    expect(names.size).toBe(1);
    await expect(checks.issue(await request())).rejects.toMatchObject({ code: "TOO_MANY_ATTEMPTS" });
  });
});

import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import { RelayPeers } from "../../signaling/edge/relay-peers.ts";

const ice = new IceServers({ secret: "s".repeat(32) });
const nameOf = (session: string, role: "agent" | "viewer", attempt = 1) =>
  ice.issue({ session, role, attempt, urls: [] }).username;
const line = (port: number) => `a=candidate:1 1 udp 1 10.99.0.1 ${port} typ relay raddr 0.0.0.0 rport 0`;

test("each end may reach what the other has told of, in that attempt of that session, and nothing else", () => {
  const peers = new RelayPeers();
  const [session, other] = [randomUUID(), randomUUID()];
  peers.learn(session, 1, "agent", `v=0\r\n${line(50_000)}\r\na=candidate:2 1 udp 1 10.0.0.9 9 typ host\r\n`);
  peers.learn(session, 1, "viewer", line(50_002));
  peers.learn(session, 1, "viewer", line(50_004).slice(2));
  peers.learn(other, 1, "agent", line(50_006));
  const ports = (name: string) =>
    [50_000, 50_002, 50_004, 50_006].filter((port) => peers.mayReach(name, "10.99.0.1", port));
  expect(ports(nameOf(session, "viewer"))).toEqual([50_000]);
  expect(ports(nameOf(session, "agent"))).toEqual([50_002, 50_004]);
  expect(ports(nameOf(other, "viewer"))).toEqual([50_006]);
  expect(ports(nameOf(session, "viewer", 2))).toEqual([]);
  expect(ports(nameOf(randomUUID(), "agent"))).toEqual([]);
  expect(peers.mayReach(nameOf(session, "viewer"), "10.0.0.9", 9)).toBe(false);
  expect(peers.mayReach(nameOf(session, "viewer"), "10.99.0.1")).toBe(true);
  expect(peers.mayReach(nameOf(session, "viewer"), "10.99.0.10")).toBe(false);
});

test("an end may name a few addresses only, and what has ended reaches nobody", () => {
  const peers = new RelayPeers();
  const session = randomUUID();
  const name = nameOf(session, "viewer");
  peers.learn(session, 1, "agent", Array.from({ length: 100 }, (_, at) => line(50_000 + at)).join("\r\n"));
  expect(
    Array.from({ length: 100 }, (_, at) => peers.mayReach(name, "10.99.0.1", 50_000 + at)).filter(Boolean),
  ).toHaveLength(4);
  const ended: string[] = [];
  peers.onEnded((id) => ended.push(id));
  peers.end(session);
  expect(peers.mayReach(name, "10.99.0.1", 50_000)).toBe(false);
  expect(ended).toEqual([session]);
});

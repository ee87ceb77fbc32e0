import { expect, test, vi } from "vitest";
import {
  DEFAULT_CAPACITY,
  insideLimits,
  outsideLimits,
  sessionLimits,
  unprovenAgents,
} from "../../../signaling/edge/capacity.ts";
import { Refusals } from "../../../signaling/edge/refusals.ts";
import { createMetrics } from "../../../signaling/metrics.ts";

test("a municipality of 5,000 PCs behind one address fits the defaults, and all of them may come back at once", () => {
  const { connections, proven, connectionsPerSource, unprovenPerSource } = insideLimits(DEFAULT_CAPACITY);
  expect(connectionsPerSource).toBe(proven);
  expect(unprovenPerSource).toBeGreaterThanOrEqual(DEFAULT_CAPACITY.agents);
  expect(connections).toBeGreaterThan(proven);
  expect(connectionsPerSource).toBeGreaterThanOrEqual(DEFAULT_CAPACITY.agents);
  expect(DEFAULT_CAPACITY.agents).toBeGreaterThanOrEqual(5_000);
  expect(unprovenAgents(DEFAULT_CAPACITY).unproven).toBeGreaterThanOrEqual(DEFAULT_CAPACITY.agents);
});

test.each([DEFAULT_CAPACITY, { agents: 1, sessions: 1 }, { agents: 20_000, sessions: 4_000 }])(
  "no limit of a listener is reached before the sessions that its limit lets in: %o",
  (capacity) => {
    const { total, negotiating } = sessionLimits(capacity);
    expect(total).toBe(capacity.sessions);
    expect(negotiating).toBeGreaterThanOrEqual(Math.min(64, total));
    for (const limits of [insideLimits(capacity), outsideLimits(capacity)]) {
      expect(limits.turnClients).toBeGreaterThanOrEqual(total);
      // a WebSocket and a relay connection each
      expect(limits.connections).toBeGreaterThan(2 * total);
      expect(limits.connectionsPerSource).toBeLessThanOrEqual(limits.connections);
    }
  },
);

test("refusals are said at once, then once a minute with what, whom and how often, and no longer than they last", () => {
  vi.useFakeTimers();
  try {
    const lines: object[] = [];
    const refusals = new Refusals("inside", { warn: (fields) => lines.push(fields) });
    for (let round = 0; round < 100; round += 1)
      refusals.note("connections", round % 4 === 0 ? "10.0.0.1" : "10.0.0.2");
    expect(lines).toEqual([{ listener: "inside", refused: { connections: 1 }, sources: { "10.0.0.1": 1 } }]);
    vi.advanceTimersByTime(60_000);
    expect(lines[1]).toEqual({
      listener: "inside",
      refused: { connections: 99 },
      sources: { "10.0.0.2": 75, "10.0.0.1": 24 },
    });
    vi.advanceTimersByTime(600_000);
    expect(lines).toHaveLength(2);
    refusals.close();
  } finally {
    vi.useRealTimers();
  }
});

test("every counter of every edge is a figure for Prometheus", async () => {
  const metrics = createMetrics();
  metrics.edge("outside", () => ({ connections: 3, refusedSource: 7 }));
  metrics.edge("inside", () => ({ connections: 4, refusedSource: 0 }));
  for (const text of [await metrics.text(), await metrics.text()]) {
    expect(text).toContain('engawa_edge_refused_source_total{listener="outside"} 7\n');
    expect(text).toContain('engawa_edge_connections{listener="inside"} 4\n');
  }
});

test("so is what an edge of its own will count that has not been heard yet, and how many have joined on each side", async () => {
  const metrics = createMetrics();
  let heard: Record<string, number> = { connections: 0 };
  metrics.edge("outside-proxied", () => heard);
  metrics.edge("inside-proxied", () => ({ connections: 4 }));
  metrics.edgesJoined("outside-proxied", () => 1);
  metrics.edgesJoined("inside-proxied", () => 0);
  heard = { connections: 3, refusedSource: 7 };
  const text = await metrics.text();
  expect(text).toContain('engawa_edge_refused_source_total{listener="outside-proxied"} 7\n');
  expect(text).toContain('engawa_edge_connections{listener="inside-proxied"} 4\n');
  expect(text).toContain('engawa_edges_joined{listener="outside-proxied"} 1\n');
  expect(text).toContain('engawa_edges_joined{listener="inside-proxied"} 0\n');
});

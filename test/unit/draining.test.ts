/** How a server ends for which another one stands in. */
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { Draining } from "../../signaling/draining.ts";

/** `seen`: at each wait how long it is, and how many are still connected. */
function stage(totalMs: number, connected: number) {
  const seen: { ms: number; connected: number; state: string }[] = [];
  const crowd = {
    connected,
    letGo: (count: number) => {
      crowd.connected -= count;
    },
  };
  const draining: Draining = new Draining({
    totalMs,
    log: { info: () => {} },
    pause: async (ms) => {
      seen.push({ ms, connected: crowd.connected, state: draining.isLettingGo ? "letting go" : "draining" });
    },
  });
  return { draining, crowd, seen };
}

describe("draining", () => {
  test("says so before anybody has to go, and lets nobody in once it lets go", async () => {
    const { draining, crowd, seen } = stage(10_000, 2_800);
    expect(draining.problem).toBeUndefined();
    await draining.run(crowd);
    expect(seen[0]).toEqual({ ms: 3_000, connected: 2_800, state: "draining" });
    expect(seen.slice(1).every(({ state }) => state === "letting go")).toBe(true);
    expect(draining.problem).toBe("draining");
  });

  test("lets go in equal slices over the time it has, all in the end", async () => {
    const { draining, crowd, seen } = stage(10_000, 2_800);
    await draining.run(crowd);
    const left = [2_800, ...seen.slice(1).map(({ connected }) => connected)];
    const slices = left.slice(1).map((now, at) => (left[at] ?? 0) - now);
    expect(slices).toEqual(Array.from({ length: 28 }, () => 100));
    expect(crowd.connected).toBe(0);
  });

  test("ends as soon as nobody is left", async () => {
    const { draining, crowd, seen } = stage(60_000, 0);
    await draining.run(crowd);
    expect(seen).toHaveLength(1);
  });

  test("without anybody who stands in it does not wait at all", async () => {
    const { draining, crowd, seen } = stage(0, 50);
    await draining.run(crowd);
    expect(seen).toEqual([]);
    expect(draining.problem).toBeUndefined();
  });

  test("is cut short by whoever will not wait", async () => {
    const crowd = { connected: 5, letGo: () => {} };
    const draining = new Draining({ totalMs: 60_000, log: { info: () => {} } });
    const over = draining.run(crowd);
    draining.hurry();
    await over;
    expect(crowd.connected).toBe(5);
  });

  test("answers are the last on their connections while it drains", async () => {
    const { draining, crowd } = stage(10_000, 0);
    const server = createServer((_request, response) => response.end());
    draining.watch(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const ask = async () => {
      const [answer] = (await once(get({ port: (server.address() as AddressInfo).port }), "response")) as [
        IncomingMessage,
      ];
      answer.resume();
      return answer.headers.connection;
    };
    expect(await ask()).toBe("keep-alive");
    await draining.run(crowd);
    expect(await ask()).toBe("close");
    server.closeAllConnections();
    server.close();
  });
});

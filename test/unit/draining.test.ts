/** How a server ends for which another one stands in. */
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { readiness } from "../../signaling/doors/routes/monitoring.ts";
import { Draining } from "../../signaling/draining.ts";
import { newTerminalId } from "../../signaling/organisations/terminals.ts";
import { connectOffice, connectPage, makeHub } from "../support/hub-stage.ts";
import { MemoryRecords } from "../support/memory-records.ts";

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

test("the hub lets go of pages and office PCs alike, so many at a time, and says that it is for another server", async () => {
  const records = new MemoryRecords();
  const hub = makeHub({ records });
  const pages = [1, 2].map(() => connectPage(hub, records.signIn("tanaka", "a browser", [])).connection);
  const offices = [1, 2, 3, 4].map(() => connectOffice(hub, records.addTerminal(newTerminalId())).connection);
  expect(hub.connected).toBe(6);
  hub.letGo(3);
  const closed = (all: readonly { closed: number | undefined }[]) => all.filter((one) => one.closed === 4503).length;
  expect([closed(pages), closed(offices)]).toEqual([1, 2]);
  // those whose lines are dead are still there, and are not counted again
  hub.letGo(3);
  expect([closed(pages), closed(offices)]).toEqual([2, 4]);
  await hub.close();
});

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

  test("a server is ready when nothing keeps it from its work, and says each thing that does", async () => {
    const { draining, crowd } = stage(10_000, 0);
    let isNode = false;
    const ready = readiness({
      page: new Map([["/", {}]]) as never,
      store: { problem: async () => "the disk is full" },
      others: [() => draining.problem, () => (isNode ? undefined : "not one of the nodes")],
    });
    expect(await ready()).toEqual(["the disk is full", "not one of the nodes"]);
    isNode = true;
    await draining.run(crowd);
    expect(await ready()).toEqual(["the disk is full", "draining"]);
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

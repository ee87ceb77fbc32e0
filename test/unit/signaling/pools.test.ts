import { describe, expect, test } from "vitest";
import { DEFAULT_CAPACITY, insideLimits, outsideLimits } from "../../../signaling/edge/capacity.ts";
import { type PoolLimits, Pools } from "../../../signaling/edge/pools.ts";
import { prefixOf, sourceOf } from "../../../signaling/source.ts";

const LIMITS: PoolLimits = {
  connections: 10,
  proven: 8,
  connectionsPerSource: 3,
  unproven: 6,
  unprovenPerSource: 2,
  unprovenPerPrefix: 4,
};

/** A pool of numbers: each newcomer is the next one. */
function pool(limits: Partial<PoolLimits> = {}) {
  const pools = new Pools<number>({ ...LIMITS, ...limits });
  let last = 0;
  return {
    pools,
    enter: (address: string) => {
      last += 1;
      return pools.enter(last, address);
    },
  };
}

test("a source is an IPv4 address or an IPv6 /64, a site the same or a /48", () => {
  expect([sourceOf("192.0.2.7"), prefixOf("192.0.2.7")]).toEqual(["192.0.2.7", "192.0.2.7"]);
  expect([sourceOf("::ffff:192.0.2.7"), prefixOf("::ffff:192.0.2.7")]).toEqual(["192.0.2.7", "192.0.2.7"]);
  expect([sourceOf("2001:db8:1:2::7"), prefixOf("2001:db8:1:2::7")]).toEqual(["2001:db8:1:2::/64", "2001:db8:1::/48"]);
  expect(prefixOf("2001:db8::1")).toBe("2001:db8:0::/48");
  expect(prefixOf("2001:db8:1:ff00:1:2:3:4%eth0")).toBe(prefixOf("2001:db8:1::"));
});

describe("the unproven", () => {
  test("the oldest of a full source gives way, then of a full site, then of all", () => {
    const { pools, enter } = pool();
    const site = (subnet: number) => `2001:db8:1:${subnet}::1`;
    expect([enter(site(1)), enter(site(1)), enter(site(1))]).toEqual([
      undefined,
      undefined,
      { connection: 1, share: "source" },
    ]);
    expect([enter(site(2)), enter(site(2)), enter(site(3))]).toEqual([
      undefined,
      undefined,
      { connection: 2, share: "prefix" },
    ]);
    expect([enter("192.0.2.1"), enter("192.0.2.2")]).toEqual([undefined, undefined]);
    expect(enter("192.0.2.3")).toEqual({ connection: 3, share: "all" });
    expect(pools.unproven).toBe(6);
  });

  test("256 networks of one home line hold one site's share and close nobody else's", () => {
    const limits = outsideLimits(DEFAULT_CAPACITY);
    const { pools, enter } = pool(limits);
    enter("192.0.2.1");
    for (let round = 0; round < 5_000; round += 1) {
      const evicted = enter(`2001:db8:1:${(round % 256).toString(16)}::1`);
      expect(evicted?.connection).not.toBe(1);
      expect(evicted?.share).not.toBe("all");
    }
    expect(pools.unproven).toBe(1 + limits.unprovenPerPrefix);
  });

  test("a newcomer outlasts as many more newcomers as there is room for", () => {
    const { enter } = pool({ unprovenPerSource: 6, unprovenPerPrefix: 6 });
    for (let stranger = 1; stranger <= 6; stranger += 1) enter("192.0.2.1");
    expect(enter("192.0.2.9")).toEqual({ connection: 1, share: "all" });
    const gone = Array.from({ length: 6 }, (_, at) => enter(`198.51.100.${at}`)?.connection);
    expect(gone).toEqual([2, 3, 4, 5, 6, 7]);
  });
});

describe("the proven", () => {
  test("are nobody's to close, and what they take is missing for the unproven", () => {
    const { pools, enter } = pool({ connectionsPerSource: 8, unprovenPerSource: 6, unprovenPerPrefix: 6 });
    for (let each = 1; each <= 8; each += 1) {
      enter("192.0.2.1");
      expect(pools.prove(each)).toBe(true);
    }
    const gone = Array.from({ length: 4 }, () => enter("192.0.2.1")?.connection);
    expect(gone).toEqual([undefined, undefined, 9, 10]);
    expect([pools.proven, pools.unproven]).toEqual([8, 2]);
  });

  test("beyond what one source, or all, may have they remain unproven", () => {
    const { pools, enter } = pool({ proven: 4, unprovenPerSource: 6, unprovenPerPrefix: 6 });
    const prove = (connection: number, address: string) => {
      enter(address);
      return pools.prove(connection);
    };
    expect([1, 2, 3, 4].map((each) => prove(each, "192.0.2.1"))).toEqual([true, true, true, "source"]);
    expect([5, 6].map((each) => prove(each, "192.0.2.2"))).toEqual([true, "all"]);
    expect(pools.prove(5)).toBe(true); // twice is once
    expect([pools.proven, pools.unproven]).toEqual([4, 2]);
    for (const each of [1, 2, 3, 4, 5, 6, 6]) pools.leave(each);
    expect([pools.proven, pools.unproven]).toEqual([0, 0]);
    expect(pools.prove(1)).toBe(true); // who has left is not counted
    expect(pools.proven).toBe(0);
  });
});

test("inside, one PC that opens connection after connection closes its own, and nobody's who is proven", () => {
  const limits = insideLimits({ agents: 20, sessions: 10 });
  const { pools, enter } = pool(limits);
  const office = Array.from({ length: 30 }, (_, at) => at + 1);
  for (const each of office) enter(`10.0.0.${each}`);
  for (const each of office.slice(0, 10)) expect(pools.prove(each)).toBe(true);
  const gone = Array.from({ length: 3 * limits.connections }, () => enter("10.0.1.1")?.connection);
  expect(gone.filter((connection) => connection !== undefined && connection <= 30)).toEqual([]);
  for (const each of office) expect(pools.prove(each)).toBe(true);
  expect(pools.proven).toBe(30);
});

test("inside, all office PCs of one address come back at the same moment and none gives way", () => {
  const { pools, enter } = pool(insideLimits(DEFAULT_CAPACITY));
  for (let each = 1; each <= DEFAULT_CAPACITY.agents; each += 1) expect(enter("10.0.0.1")).toBeUndefined();
  for (let each = 1; each <= DEFAULT_CAPACITY.agents; each += 1) expect(pools.prove(each)).toBe(true);
});

import { describe, expect, test } from "vitest";
import { broadcastOf, MacAddress, Segment, segmentOf, WiredInterface } from "../../../signaling/protocol/wake.ts";

describe("a segment", () => {
  test.each([
    ["10.1.2.7", 24, "10.1.2.0/24", "10.1.2.255"],
    ["10.1.2.7", 30, "10.1.2.4/30", "10.1.2.7"],
    ["172.16.200.9", 20, "172.16.192.0/20", "172.16.207.255"],
    ["192.168.1.130", 25, "192.168.1.128/25", "192.168.1.255"],
    ["255.255.255.9", 8, "255.0.0.0/8", "255.255.255.255"],
    ["10.255.0.1", 9, "10.128.0.0/9", "10.255.255.255"],
  ])("of %s/%i is %s, its broadcast address %s", (address, prefix, segment, broadcast) => {
    expect(segmentOf({ address, prefix })).toBe(segment);
    expect(broadcastOf(Segment.parse(segment))).toBe(broadcast);
  });

  test.each([
    "10.1.2.7/24",
    "10.1.2.0/31",
    "10.0.0.0/7",
    "0.0.0.0/0",
    "10.1.2.0",
    "10.1.2.0/24 ",
    "fd00::/64",
    "10.1.2.0/024",
  ])("%j is refused", (text) => expect(Segment.safeParse(text).success).toBe(false));
});

test.each(["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00-11-22-33-44-55", "00:11:22:33:44", "00:11:22:33:44:5G"])(
  "%s is no card's address",
  (mac) => expect(MacAddress.safeParse(mac).success).toBe(false),
);

test("an interface without a broadcast address is refused", () => {
  const card = { mac: "00:11:22:33:44:55", address: "10.1.2.7" };
  expect(WiredInterface.safeParse({ ...card, prefix: 24 }).success).toBe(true);
  for (const prefix of [0, 7, 31, 32, 24.5, Number.NaN])
    expect(WiredInterface.safeParse({ ...card, prefix }).success).toBe(false);
});

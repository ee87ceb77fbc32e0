import type { NetworkInterfaceInfo } from "node:os";
import { beforeEach, describe, expect, test } from "vitest";
import { presentInterfaces, wiredInterfaces } from "../../agent/server/interfaces.ts";
import { magicPacket, Waker } from "../../agent/server/waker.ts";
import { MAX_INTERFACES, MacAddress, Segment, WiredInterface } from "../../signaling/protocol/wake.ts";

const SLEEPER = MacAddress.parse("00:11:22:33:44:55");
const OWN = WiredInterface.parse({ mac: "00:11:22:aa:bb:cc", address: "10.1.2.7", prefix: 24 });
const HERE = Segment.parse("10.1.2.0/24");

test("the packet is six bytes FF and sixteen times the address, 102 bytes", () => {
  const packet = magicPacket(SLEEPER);
  expect(packet.toString("hex")).toBe(`ffffffffffff${"001122334455".repeat(16)}`);
  expect(packet).toHaveLength(102);
});

describe("waking a neighbour", () => {
  let sent: Array<{ from: WiredInterface; mac: MacAddress }>;
  let now: number;
  beforeEach(() => {
    sent = [];
    now = 0;
  });
  const waker = (more: Partial<ConstructorParameters<typeof Waker>[0]> = {}) =>
    new Waker({
      setting: "allow",
      interfaces: () => [OWN],
      send: async (from, mac) => void sent.push({ from, mac }),
      now: () => now,
      log: { info: () => {}, warn: () => {} },
      ...more,
    });
  const order = { type: "wake", mac: SLEEPER, segment: HERE } as const;
  const refused = (reason: string) => ({ type: "wake-refused", mac: SLEEPER, reason });

  test("sends one packet from the card that stands on the segment", async () => {
    const other = WiredInterface.parse({ ...OWN, address: "10.9.0.7" });
    expect(await waker({ interfaces: () => [other, OWN] }).wake(order)).toEqual({ type: "wake-sent", mac: SLEEPER });
    expect(sent).toEqual([{ from: OWN, mac: SLEEPER }]);
  });

  test("is refused where the setting says so, and the server is told beforehand", async () => {
    const never = waker({ setting: "never" });
    expect(await never.wake(order)).toEqual(refused("never"));
    expect(never.interfaces()).toEqual({ type: "interfaces", interfaces: [OWN], wakesOthers: false });
    expect(sent).toEqual([]);
  });

  test("is refused for a segment this PC is not on", async () => {
    for (const segment of ["10.1.3.0/24", "10.1.2.0/25", "10.1.0.0/16"])
      expect(await waker().wake({ ...order, segment: Segment.parse(segment) })).toEqual(refused("other-segment"));
    expect(sent).toEqual([]);
  });

  test("happens at most sixty times in any minute", async () => {
    const one = waker();
    for (let i = 0; i < 60; i += 1) expect(await one.wake(order)).toMatchObject({ type: "wake-sent" });
    expect(await one.wake(order)).toEqual(refused("too-many"));
    now = 59_999;
    expect(await one.wake(order)).toEqual(refused("too-many"));
    now = 60_000;
    expect(await one.wake(order)).toMatchObject({ type: "wake-sent" });
    expect(sent).toHaveLength(61);
  });

  test("that the system refuses is an answer, not a crash", async () => {
    const send = async () => {
      throw new Error("ENETUNREACH");
    };
    expect(await waker({ send }).wake(order)).toEqual(refused("not-sent"));
  });
});

describe("the cards a PC can be woken by", () => {
  const entry = (mac: string, cidr: string | null, more: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo =>
    ({
      address: cidr?.split("/")[0] ?? "10.0.0.1",
      netmask: "255.255.255.0",
      family: "IPv4",
      mac,
      internal: false,
      cidr,
      ...more,
    }) as NetworkInterfaceInfo;
  const CARD = "00:11:22:33:44:55";
  const kept = { mac: CARD, address: "10.1.2.7", prefix: 24 };

  test.each(["eth0", "enp3s0", "br0", "イーサネット", "Ethernet 2", "ローカル エリア接続", "Local Area Connection"])(
    "%s counts",
    (name) => {
      expect(wiredInterfaces({ [name]: [entry(CARD.toUpperCase(), "10.1.2.7/24")] })).toEqual([kept]);
    },
  );

  test("vEthernet counts when it carries the real card's address", () => {
    expect(wiredInterfaces({ "vEthernet (External)": [entry(CARD, "10.1.2.7/24")] })).toEqual([kept]);
  });

  test.each([
    "wlan0",
    "wlp2s0",
    "wwan0",
    "Wi-Fi",
    "ワイヤレス ネットワーク接続",
    "Bluetooth ネットワーク接続",
    "tun0",
    "docker0",
    "vmnet8",
  ])("%s does not", (name) => expect(wiredInterfaces({ [name]: [entry(CARD, "10.1.2.7/24")] })).toEqual([]));

  test.each([
    ["a loopback", entry("00:00:00:00:00:00", "127.0.0.1/8", { internal: true })],
    ["a card without an address of its own", entry("00:00:00:00:00:00", "10.1.2.7/24")],
    ["an address made up by software", entry("02:42:ac:11:00:02", "172.17.0.1/16")],
    ["a virtual card of Hyper-V", entry("00:15:5d:01:02:03", "172.20.0.1/20")],
    ["a virtual card of VMware's host", entry("00:50:56:c0:00:08", "192.168.56.1/24")],
    ["an address nobody gave", entry(CARD, "169.254.9.9/16")],
    ["an IPv6 address", entry(CARD, "fd00::2/64", { family: "IPv6" } as Partial<NetworkInterfaceInfo>)],
    ["a point-to-point address", entry(CARD, "10.1.2.7/32")],
    ["a mask that is none", entry(CARD, null)],
  ])("%s does not count", (_, given) => expect(wiredInterfaces({ eth0: [given] })).toEqual([]));

  test("are none where Windows cannot tell of them yet", () => {
    const ask = () => {
      throw new Error("A system error occurred: uv_interface_addresses returned -4094 (UNKNOWN)");
    };
    expect(presentInterfaces(ask)).toEqual({});
    expect(wiredInterfaces(presentInterfaces(() => ({ eth0: [entry(CARD, "10.1.2.7/24")] })))).toEqual([kept]);
  });

  test("are not more than the server takes", () => {
    const many = Array.from({ length: 12 }, (_, i) => entry(`00:11:22:33:44:${10 + i}`, `10.1.${i}.7/24`));
    expect(wiredInterfaces({ eth0: many })).toHaveLength(MAX_INTERFACES);
  });
});

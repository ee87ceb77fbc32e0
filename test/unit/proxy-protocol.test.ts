import { describe, expect, test } from "vitest";
import {
  isFrom,
  newConnectionId,
  PROXY_PREFIX_BYTES,
  parseProxyHeader,
  proxyBodyLength,
  writeProxyHeader,
} from "../../signaling/edge/proxy-protocol.ts";
import { seeded } from "../support/random.ts";

const split = (header: Buffer) =>
  [header.subarray(0, PROXY_PREFIX_BYTES), header.subarray(PROXY_PREFIX_BYTES)] as const;
const read = (header: Buffer) => parseProxyHeader(...split(header));

describe("PROXY protocol, version 2", () => {
  test("writes the bytes of the specification", () => {
    const header = writeProxyHeader({ address: "192.0.2.1", port: 50_000 }, { address: "192.0.2.9", port: 443 });
    expect(header.toString("hex")).toBe("0d0a0d0a000d0a515549540a" + "2111000c" + "c0000201c0000209" + "c35001bb");
  });

  test.each([
    ["192.0.2.1", "198.51.100.7", "192.0.2.1", "198.51.100.7"],
    ["2001:db8::1", "2001:db8:0:1::2", "2001:db8::1", "2001:db8:0:1::2"],
    ["::ffff:192.0.2.1", "::ffff:198.51.100.7", "192.0.2.1", "198.51.100.7"],
    ["192.0.2.1", "2001:db8::2", "192.0.2.1", "2001:db8::2"],
    ["fe80::1%eth0", "::1", "fe80::1", "::1"],
  ])("says and reads %s to %s", (from, to, readFrom, readTo) => {
    expect(read(writeProxyHeader({ address: from, port: 1 }, { address: to, port: 65_535 }))).toEqual({
      kind: "proxied",
      source: { address: readFrom, port: 1 },
      destination: { address: readTo, port: 65_535 },
    });
  });

  test("reads a proxy that speaks for itself, and skips extensions", () => {
    const header = writeProxyHeader({ address: "192.0.2.1", port: 1 }, { address: "192.0.2.2", port: 2 });
    const longer = Buffer.concat([header, Buffer.from("04000361 6263".replace(" ", ""), "hex")]);
    longer.writeUInt16BE(longer.length - PROXY_PREFIX_BYTES, 14);
    expect(read(longer)).toMatchObject({ kind: "proxied", source: { address: "192.0.2.1" } });
    const local = Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex");
    expect(read(local)).toEqual({ kind: "local" });
  });

  test("says by which id the edge knows the connection, after the addresses of either family, among other extensions", () => {
    const id = newConnectionId();
    for (const address of ["192.0.2.1", "2001:db8::1"]) {
      const header = writeProxyHeader({ address, port: 1 }, { address, port: 2 }, id);
      expect(read(header)).toMatchObject({ source: { address, port: 1 }, connection: id });
      // § 2.2.4: padding
      const before = Buffer.concat([header.subarray(0, -15), Buffer.from("0400026162", "hex"), header.subarray(-15)]);
      before.writeUInt16BE(before.length - PROXY_PREFIX_BYTES, 14);
      expect(read(before)).toMatchObject({ connection: id });
      for (const [at, value] of [
        [header.length - 13, 13], // longer than there is
        [header.length - 1, 0x20], // no letter of ours
      ] as const) {
        const odd = Buffer.from(header);
        odd[at] = value;
        expect(read(odd)).toMatchObject({ source: { address } });
        expect(read(odd)).not.toHaveProperty("connection");
      }
    }
  });

  test("refuses version 1, other families, short bodies, long ones and noise", () => {
    expect(proxyBodyLength(Buffer.from("PROXY TCP4 192.0"))).toBeUndefined();
    expect(read(Buffer.from("0d0a0d0a000d0a515549540a2131000c000000000000000000000000", "hex"))).toBeUndefined();
    expect(read(Buffer.from("0d0a0d0a000d0a515549540a2121000c000000000000000000000000", "hex"))).toBeUndefined();
    expect(proxyBodyLength(Buffer.from("0d0a0d0a000d0a515549540a2111ffff", "hex"))).toBeUndefined();
    const random = seeded(7);
    for (let round = 0; round < 500; round += 1) {
      const header = writeProxyHeader({ address: "192.0.2.1", port: 1 }, { address: "192.0.2.2", port: 2 });
      header[random.below(14)] = random.below(256);
      expect(() => read(header)).not.toThrow();
      expect(() => read(header.subarray(0, random.below(header.length)))).not.toThrow();
    }
  });

  test("knows the trusted address however it is written", () => {
    expect([isFrom("127.0.0.1", "::ffff:127.0.0.1"), isFrom("2001:DB8::1", "2001:db8:0::1")]).toEqual([true, true]);
    expect([isFrom("127.0.0.1", "127.0.0.2"), isFrom("127.0.0.1", undefined), isFrom("::1", "127.0.0.1")]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

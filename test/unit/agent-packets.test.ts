import { describe, expect, test } from "vitest";
import { av1Packets } from "../../agent/sending/av1-packets.ts";
import { vp9Packets } from "../../agent/sending/vp9-packets.ts";
import { temporalUnit } from "../support/desktop-twin.ts";

/** Puts the OBU elements of one picture together again, as a receiver does (AV1 RTP §4.4). */
function reassemble(packets: Buffer[]): Buffer[] {
  const obus: Buffer[] = [];
  for (const packet of packets) {
    let continues = ((packet[0] ?? 0) & 0x80) !== 0;
    for (let at = 1; at < packet.length; ) {
      const low = packet[at++] ?? 0;
      const length = low < 128 ? low : (low & 127) | ((packet[at++] ?? 0) << 7);
      const part = packet.subarray(at, at + length);
      const last = obus.at(-1);
      if (continues && last) obus[obus.length - 1] = Buffer.concat([last, part]);
      else obus.push(Buffer.from(part));
      continues = false;
      at += length;
    }
  }
  return obus;
}

describe("AV1 packets", () => {
  test("put the sequence header and the beginning of the frame into one packet", () => {
    const packets = av1Packets(temporalUnit(5_000, true), true);
    const obus = reassemble(packets.slice(0, 1));
    expect(obus.map((obu) => ((obu[0] ?? 0) >> 3) & 15)).toEqual([1, 6]);
  });

  test("leave out the temporal delimiter, carry no size fields, and lose nothing", () => {
    const obus = reassemble(av1Packets(temporalUnit(5_000, true), true));
    expect(obus.map((obu) => [((obu[0] ?? 0) >> 3) & 15, (obu[0] ?? 0) & 2, obu.length])).toEqual([
      [1, 0, 11],
      [6, 0, 5_001],
    ]);
  });

  test("mark a new sequence on the first packet of a keyframe only", () => {
    const marks = (packets: Buffer[]) => packets.map((packet) => ((packet[0] ?? 0) & 0x08) !== 0);
    const key = marks(av1Packets(temporalUnit(3_000, true), true));
    expect(key[0]).toBe(true);
    expect(key.slice(1).some(Boolean)).toBe(false);
    expect(marks(av1Packets(temporalUnit(3_000, false), false)).some(Boolean)).toBe(false);
  });

  test.each([1, 20, 1_130, 1_145, 1_146, 1_147, 1_148, 1_149, 1_150, 1_151, 2_296, 2_300, 160_000])(
    "keep to the limit and join into what was cut, at %i bytes",
    (bytes) => {
      const packets = av1Packets(temporalUnit(bytes, false), false);
      for (const packet of packets) expect(packet.length).toBeLessThanOrEqual(1_150);
      expect(packets.every((packet, i) => ((packet[0] ?? 0) >> 7 === 1) === i > 0)).toBe(true);
      expect(packets.every((packet, i) => (((packet[0] ?? 0) & 0x40) !== 0) === i < packets.length - 1)).toBe(true);
      expect(reassemble(packets).map(({ length }) => length)).toEqual([bytes + 1]);
    },
  );

  test("refuse a unit that is cut off", () => {
    expect(() => av1Packets(temporalUnit(500, false).subarray(0, 100), false)).toThrow("cut off");
  });
});

describe("VP9 packets", () => {
  test("mark beginning, end and whether the picture refers to others", () => {
    const packets = vp9Packets(Buffer.alloc(3_000), false);
    expect(packets.map((packet) => packet[0])).toEqual([0x48, 0x40, 0x44]);
    expect(vp9Packets(Buffer.alloc(10), true).map((packet) => packet[0])).toEqual([0x0c]);
  });
});

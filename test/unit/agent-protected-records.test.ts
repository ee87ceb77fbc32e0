import { describe, expect, test } from "vitest";
import { protectedRecords, records } from "../../agent/peer/protected-records.ts";

function record(type: number, epoch: number, body: Buffer): Buffer {
  const header = Buffer.from([type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1, 0, body.length]);
  return Buffer.concat([header, body]);
}

describe("the records of a datagram", () => {
  test("are told apart, and one that is cut off is none", () => {
    const two = Buffer.concat([record(22, 0, Buffer.from("ab")), record(23, 1, Buffer.from("c"))]);
    expect(records(two).map(({ type, epoch }) => [type, epoch])).toEqual([
      [22, 0],
      [23, 1],
    ]);
    expect(records(two.subarray(0, -1))).toHaveLength(1);
    expect(records(two.subarray(0, 7))).toEqual([]);
  });

  test("count after the proof only when they are protected, and an alert when it decrypts", () => {
    const types = [20, 21, 22, 23, 0x3f];
    const datagram = (epoch: number) => Buffer.concat(types.map((type) => record(type, epoch, Buffer.alloc(2))));
    const kept = (epoch: number, decrypts: boolean) =>
      protectedRecords(datagram(epoch), () => decrypts).map(([t]) => t);
    expect(kept(0, true)).toEqual([]);
    expect(kept(1, true)).toEqual([21, 22, 23]);
    expect(kept(1, false)).toEqual([22, 23]);
  });
});

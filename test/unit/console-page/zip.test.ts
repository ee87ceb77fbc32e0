/** Files with tokens, all in one archive: as its central directory says, read back with Node's own checksum. */
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { zip } from "../../../signaling/console/page/format/zip.ts";

function entriesOf(bytes: Uint8Array): Array<{ name: string; text: string }> {
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const count = view.getUint16(end + 10, true);
  expect(view.getUint16(end + 8, true)).toBe(count);
  let at = view.getUint32(end + 16, true);
  expect(at + view.getUint32(end + 12, true)).toBe(end);
  return Array.from({ length: count }, () => {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    expect([flags, method]).toEqual([0x0800, 0]); // names in UTF-8, stored as they are
    const [crc, size] = [view.getUint32(at + 16, true), view.getUint32(at + 24, true)];
    const [nameLength, local] = [view.getUint16(at + 28, true), view.getUint32(at + 42, true)];
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    expect(view.getUint32(local, true)).toBe(0x04034b50);
    expect(bytes.slice(local + 14, local + 28)).toEqual(bytes.slice(at + 16, at + 30));
    const begin = local + 30 + nameLength + view.getUint16(local + 28, true);
    const content = bytes.subarray(begin, begin + size);
    expect(crc32(content)).toBe(crc);
    at += 46 + nameLength;
    return { name, text: new TextDecoder().decode(content) };
  });
}

test("what goes in comes out, names of Japanese folders too", () => {
  const entries = [
    { name: "総務-01 K7QM-2Z9P-X4TD/engawa-token.txt", text: "engawa1.abc" },
    { name: "b/engawa-token.txt", text: "" },
    { name: "c/髙橋.txt", text: "縁側\n".repeat(1_000) },
  ];
  expect(entriesOf(zip(entries))).toEqual(entries);
  expect(entriesOf(zip([]))).toEqual([]);
});

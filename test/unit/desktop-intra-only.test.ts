/** Keyframes of a still-picture encoder (libaom 3.6, 72×40), made into frames within a stream. */
import { describe, expect, test } from "vitest";
import { BitReader } from "../../agent/picture/bits.ts";
import { intraOnly, oneUnit, sequenceHeaderOf } from "../../agent/picture/intra-only.ts";

const KEYFRAMES = {
  "444":
    "EgAKDCAAAAMsecAaQEBARDKcARQTAAKKKKJAAEDdLTWtmfAbYfU7tC3ADsZRnOPRhDnGwO3SuAcFjzs/GaOpXtE4AQ5tpLtx0Dc2o1FkKhg6yAs2g4TKz2vLzHC9ZBwY1FCfxdHfFTKX0ImpYQNUxmiCcxRzd96+vxynjUj+xWJp3HiSAKpIHnQQKgbh9K/oZ4Fs0UKzZPUcG54x8l+8OZe+Cc3UgLAi5+x4xv4zgA==",
  "420":
    "EgAKDQAAAAMsecAaICAgIIAynAEUEwACiiiiQABA3S01rZnwmfu8C6A2kHrsF9d74BHPLz63o4bqGUuc74DOh+NO+nblkGGhSuuImd8mYOhrqsVuCgGKACd6FLBMIpBzxeSTZoZtMXunKrufAqtzeUu83KPuK2srd5xV9ldN4PGpvNJlJWDPUk0geLDEInJnHZuQZbhE8jeqjg3aHS5DDz4vEcHLdHVOBofT0QZ0fKA=",
};
/** Behind delimiter and sequence header: the frame's header byte and its length in two. */
const frameAt = (unit: Uint8Array) => 2 + 2 + (unit[3] ?? 0) + 3;

describe.each(Object.entries(KEYFRAMES))("a keyframe of 4:%s made into a frame within the stream", (_chroma, text) => {
  const key = Buffer.from(text, "base64");
  const made = intraOnly(key, [1, 3]);

  test("is one intra-only frame behind a delimiter, its length told anew", () => {
    expect([...made.subarray(0, 3)]).toEqual([0x12, 0x00, 0x32]);
    const length = ((made[3] ?? 0) & 0x7f) | ((made[4] ?? 0) << 7);
    expect(5 + length).toBe(made.length);
  });

  test("says that it is never shown, depends on nothing, and renews the slots that were named", () => {
    const bits = new BitReader(made.subarray(5));
    expect(bits.read(3)).toBe(2); // show_existing_frame 0, INTRA_ONLY
    expect([bits.read(1), bits.read(1), bits.read(1)]).toEqual([0, 0, 1]); // show_frame, showable_frame, error_resilient_mode
    bits.read(4); // disable_cdf_update, allow_screen_content_tools, force_integer_mv, frame_size_override_flag
    expect(bits.read(8)).toBe(0b0000_1010);
  });

  test("is one unit with the frame that is shown: one delimiter, the frames as they were", () => {
    const shown = Uint8Array.of(0x12, 0x00, 0x1a, 0x01, 0x88);
    expect([...oneUnit(made, shown)]).toEqual([...made, ...shown.subarray(2)]);
    expect(() => oneUnit(made, shown.subarray(0, 4))).toThrow("cut off");
  });

  test("has the same samples", () => {
    const samples = key.subarray(frameAt(key) + 10);
    expect(Buffer.compare(made.subarray(made.length - samples.length), samples)).toBe(0);
  });

  test("can neither renew everything, nor be made of what is none, or is cut off", () => {
    expect(() => intraOnly(key, [0, 1, 2, 3, 4, 5, 6, 7])).toThrow("all slots");
    expect(() => intraOnly(made, [1])).toThrow("not a keyframe");
    expect(() => intraOnly(key.subarray(0, key.length - 1), [1])).toThrow("cut off");
    expect(() => intraOnly(key.subarray(0, frameAt(key)), [1])).toThrow("cut off");
  });

  test("knows its stream by the sequence header", () => {
    expect([...sequenceHeaderOf(key)]).toEqual([...key.subarray(4, 4 + (key[3] ?? 0))]);
    expect(sequenceHeaderOf(made).length).toBe(0);
  });
});

test("a stream with what cannot be carried over is refused", () => {
  const key = Buffer.from(KEYFRAMES["444"], "base64");
  const withBit = (at: number, bit: number) => {
    const other = Buffer.from(key);
    other[at] = (other[at] ?? 0) | bit;
    return other;
  };
  expect(() => intraOnly(withBit(4, 0x08), [1])).toThrow("a reduced header");
  expect(() => intraOnly(withBit(frameAt(key), 0x01), [1])).toThrow("frames of another size");
});

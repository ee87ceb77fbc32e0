import { describe, expect, test } from "vitest";
import type { EncodedPicture, Encoder } from "../../agent/picture/encoder.ts";
import { planesLayout, planesOver } from "../../agent/picture/planes.ts";
import { SELF_TEST_SIZE, selfTest } from "../../agent/screen/encoder/self-test.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";

const picture = (key: boolean, length: number, ...beginning: number[]): EncodedPicture => {
  const data = new Uint8Array(length);
  data.set(beginning);
  return { key, data, quality: 30 };
};

/** An encoder that gives these pictures, one after another. */
function twin(...pictures: EncodedPicture[]): Encoder & { closed: boolean } {
  const { width, height } = SELF_TEST_SIZE;
  const planes = planesOver(new Uint8Array(planesLayout("444", width, height).bytes), "444", width, height);
  return {
    planes,
    closed: false,
    async encode() {
      const next = pictures.shift();
      if (!next) throw new Error("no more pictures");
      return next;
    },
    async close() {
      this.closed = true;
    },
  };
}

const AV1_444 = [0x12, 0x00, 0x0a, 0x0b, 0x20] as const;
const small = picture(false, 40);

describe("an encoder's self-test", () => {
  test.each<[Codec, number[]]>([
    ["av1-444", [...AV1_444]],
    ["av1-420", [0x12, 0x00, 0x0a, 0x0b, 0x00]],
    ["vp9-444", [0xa2, 0x49, 0x83, 0x42]],
    ["vp9-420", [0x82, 0x49, 0x83, 0x42]],
  ])("passes what is a keyframe of %s and then a change", async (codec, beginning) => {
    const encoder = twin(picture(true, 3000, ...beginning), small);
    await selfTest(codec, encoder);
    expect(encoder.closed).toBe(true);
  });

  test.each<[string, EncodedPicture, EncodedPicture]>([
    ["another profile", picture(true, 3000, 0x12, 0x00, 0x0a, 0x0b, 0x00), small],
    ["nothing of AV1", picture(true, 3000), small],
    ["next to nothing", picture(true, 100, ...AV1_444), small],
    ["no keyframe", picture(false, 3000, ...AV1_444), small],
    ["two keyframes", picture(true, 3000, ...AV1_444), picture(true, 40)],
    ["a change larger than all", picture(true, 3000, ...AV1_444), picture(false, 3000)],
  ])("says no-codec of %s", async (_, first, second) => {
    const encoder = twin(first, second);
    await expect(selfTest("av1-444", encoder)).rejects.toMatchObject({ code: "no-codec" });
    expect(encoder.closed).toBe(true);
  });

  test("passes on what the encoder itself complains about", async () =>
    expect(selfTest("av1-444", twin())).rejects.toThrow("no more pictures"));
});

/**
 * Tries an encoder on a tiny picture before it is offered: a library that was damaged, replaced, or does not agree with this
 * processor is found here and not in the middle of a session. Takes some milliseconds.
 */
import type { Codec } from "../../../signaling/protocol/signal.ts";
import { DesktopFailure } from "../../desktop/problem.ts";
import { convert } from "../../picture/convert.ts";
import type { EncodedPicture, Encoder } from "../../picture/encoder.ts";

export const SELF_TEST_SIZE = { width: 64, height: 48 } as const;
const QUALITY = 30;
/** The picture is noise: it cannot be told in less. */
const LEAST_BYTES = 500;

/** How a keyframe of each codec begins: bytes and, where not all bits of one are meant, which. */
const BEGINNINGS: Readonly<Record<Codec, readonly { readonly byte: number; readonly mask?: number }[]>> = {
  // AV1 spec §5.3, §5.5: a temporal delimiter, then the header of a sequence: its length, its profile (three bits)
  "av1-444": [{ byte: 0x12 }, { byte: 0x00 }, { byte: 0x0a }, { byte: 0, mask: 0 }, { byte: 0x20, mask: 0xe0 }],
  "av1-420": [{ byte: 0x12 }, { byte: 0x00 }, { byte: 0x0a }, { byte: 0, mask: 0 }, { byte: 0x00, mask: 0xe0 }],
  // VP9 spec §6.2: frame marker, profile, a keyframe that is shown; then the sync code
  "vp9-444": [{ byte: 0xa2, mask: 0xfe }, { byte: 0x49 }, { byte: 0x83 }, { byte: 0x42 }],
  "vp9-420": [{ byte: 0x82, mask: 0xfe }, { byte: 0x49 }, { byte: 0x83 }, { byte: 0x42 }],
};

/** Closes the encoder. Throws DesktopFailure "no-codec" when what it makes cannot be right. */
export async function selfTest(codec: Codec, encoder: Encoder): Promise<void> {
  try {
    const { width, height } = SELF_TEST_SIZE;
    convert(noise(width * height), encoder.planes, 0, 0, width, height);
    const first = await encoder.encode({ quality: QUALITY, key: true });
    if (!isKeyframe(codec, first)) throw failed(codec, "a keyframe");
    convert(new Int32Array(width * height), encoder.planes, 0, 0, width, height);
    const second = await encoder.encode({ quality: QUALITY, key: false });
    if (second.key || second.data.length >= first.data.length) throw failed(codec, "a change");
  } finally {
    await encoder.close();
  }
}

const failed = (codec: Codec, what: string) =>
  new DesktopFailure("no-codec", `The encoder for ${codec} does not work on this PC: ${what} came out wrong.`);

function isKeyframe(codec: Codec, { key, data }: EncodedPicture): boolean {
  const begins = BEGINNINGS[codec].every(({ byte, mask = 0xff }, at) => ((data[at] ?? 0) & mask) === byte);
  return key && data.length >= LEAST_BYTES && begins;
}

function noise(length: number): Int32Array {
  let state = 1;
  return Int32Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state >>> 7;
  });
}

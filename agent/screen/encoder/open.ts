/** Chooses the encoder by codec, and loads only that one's library. */
import type { Codec } from "../../../signaling/protocol/signal.ts";
import { DesktopFailure } from "../../desktop/problem.ts";
import type { Encoder } from "../../picture/encoder.ts";
import { SELF_TEST_SIZE, selfTest } from "./self-test.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Codec → whether its encoder works here: asked once. */
const tests = new Map<Codec, Promise<void>>();

/** Throws DesktopFailure "no-library" or "no-codec". */
export async function openEncoder(codec: Codec, size: Size): Promise<Encoder> {
  // Debian vouches for its libraries; for the DLLs we do
  if (process.platform === "win32") await tested(codec);
  return open(codec, size);
}

function tested(codec: Codec): Promise<void> {
  const test = tests.get(codec) ?? open(codec, SELF_TEST_SIZE).then((encoder) => selfTest(codec, encoder));
  tests.set(codec, test);
  return test;
}

async function open(codec: Codec, size: Size): Promise<Encoder> {
  switch (codec) {
    case "av1-444":
    case "av1-420": {
      const { openAom } = await import("../../native/codecs/aom.ts");
      return openAom({ ...size, chroma: codec === "av1-444" ? "444" : "420" });
    }
    case "vp9-444":
    case "vp9-420": {
      const { openVpx } = await import("../../native/codecs/vpx.ts");
      return openVpx({ ...size, chroma: codec === "vp9-444" ? "444" : "420" });
    }
    default:
      throw new DesktopFailure("no-codec", `There is no encoder for ${codec satisfies never}.`);
  }
}

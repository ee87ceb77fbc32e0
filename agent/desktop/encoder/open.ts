/** Chooses the encoder by codec, and loads only that one's library. */
import type { Codec } from "../../../signaling/protocol/signal.ts";
import { DesktopFailure } from "../problem.ts";
import type { Encoder } from "./encoder.ts";

export async function openEncoder(codec: Codec, size: { width: number; height: number }): Promise<Encoder> {
  switch (codec) {
    case "av1-444":
    case "av1-420": {
      const { openAom } = await import("../native/aom.ts");
      return openAom({ ...size, chroma: codec === "av1-444" ? "444" : "420" });
    }
    case "vp9-444":
    case "vp9-420": {
      const { openVpx } = await import("../native/vpx.ts");
      return openVpx({ ...size, chroma: codec === "vp9-444" ? "444" : "420" });
    }
    default:
      throw new DesktopFailure("no-codec", `There is no encoder for ${codec satisfies never}.`);
  }
}

/** A video encoder: a port. One packet comes out for each picture that goes in. Adapters: aom (AV1), vpx (VP9). */

import type { EncodeRequest } from "../desktop/desktop.ts";
import type { Planes } from "./planes.ts";

/** `held`: block by block, 1 where nothing is to be made better (it moves). */
export interface PictureRequest extends EncodeRequest {
  readonly held?: Uint8Array | undefined;
}

export interface EncodedPicture {
  /** A temporal unit (AV1) or a frame (VP9). The caller's to keep. */
  readonly data: Uint8Array;
  readonly key: boolean;
  /** How good it is, as the quantizer that `encode` would have to be asked for: it may be better than was asked for. */
  readonly quality: number;
}

export interface Encoder {
  /** Which library it is and what that means, in words for the log; undefined: nothing was to be chosen. */
  readonly about?: string | undefined;
  /** What is encoded. Written by convert() only, and only while no encode() is under way. All samples are 0 at first. */
  readonly planes: Planes;
  /**
   * Encodes the planes as they are; what the viewer's decoder still holds may be told to it instead. `quality`: quantizer 0 (best) – 63. The first picture is a keyframe. One at a time.
   * Rejects when the encoder failed; it is to be closed then.
   */
  encode(request: PictureRequest): Promise<EncodedPicture>;
  /** Waits for a running encode(). Idempotent. The planes must not be touched afterwards. */
  close(): Promise<void>;
}

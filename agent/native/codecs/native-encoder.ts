/** One encoder of one library makes all pictures. */

import { Blocks } from "../../picture/blocks.ts";
import type { EncodedPicture, Encoder, PictureRequest } from "../../picture/encoder.ts";
import { KeptPictures } from "../../picture/kept-pictures.ts";
import type { Planes } from "../../picture/planes.ts";
import { CodecInstance, type CodecLibrary, type CodecOptions, openTogether, PlanesImage } from "./codec.ts";
import { Turns } from "./turns.ts";

export class NativeEncoder implements Encoder {
  readonly planes: Planes;
  readonly about: string | undefined;
  readonly #codec: CodecLibrary;
  readonly #instance: CodecInstance;
  readonly #image: PlanesImage;
  readonly #kept;
  readonly #blocks: Blocks;
  readonly #turns = new Turns();

  constructor(codec: CodecLibrary, options: CodecOptions) {
    this.#codec = codec;
    this.about = codec.about;
    const { instance, image } = openTogether((also) => ({
      instance: also(new CodecInstance(codec, options)),
      image: also(new PlanesImage(codec, options)),
    }));
    this.#instance = instance;
    this.#image = image;
    this.planes = this.#image.planes;
    this.#kept = new KeptPictures(this.planes);
    this.#blocks = new Blocks(this.planes);
  }

  encode(request: PictureRequest): Promise<EncodedPicture> {
    return this.#turns.take(() => this.#encode(request));
  }

  async #encode(request: PictureRequest): Promise<EncodedPicture> {
    const { quality } = request;
    const [kept, { slots }] = [this.#kept, this.#codec];
    const key = request.key || this.#instance.pictures === 0;
    const shown = slots && !key ? kept.find(quality) : undefined;
    if (slots && shown !== undefined) return { data: slots.show(shown), key: false, quality };
    if (slots) {
      const { newest, next } = kept;
      this.#instance.structureControl(slots.control, slots.references({ newest, next, still: kept.still(quality) }));
    }
    const active = key ? undefined : this.#blocks.active(quality, request.held);
    this.#instance.activate(active, this.planes);
    const picture = await this.#instance.encode(this.#image, { ...request, key });
    if (picture.key) kept.encodedKey();
    else if (slots) kept.encoded(quality);
    if (picture.key) this.#blocks.codedWhole(quality);
    else this.#blocks.coded(quality, active);
    return { ...picture, quality };
  }

  close(): Promise<void> {
    return this.#turns.close(() => {
      this.#instance.close();
      this.#image.close();
    });
  }
}

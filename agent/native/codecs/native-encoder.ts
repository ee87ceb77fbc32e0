/** One encoder of one library makes all pictures. */
import type { EncodeRequest } from "../../desktop/desktop.ts";
import type { EncodedPicture, Encoder } from "../../picture/encoder.ts";
import { KeptPictures } from "../../picture/kept-pictures.ts";
import type { Planes } from "../../picture/planes.ts";
import { CONTROL_CQ_LEVEL, CodecInstance, type CodecLibrary, type CodecOptions, PlanesImage } from "./codec.ts";

export class NativeEncoder implements Encoder {
  readonly planes: Planes;
  readonly about: string | undefined;
  readonly #codec: CodecLibrary;
  readonly #instance: CodecInstance;
  readonly #image: PlanesImage;
  readonly #kept;
  #quality = -1;
  #speed = -1;
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(codec: CodecLibrary, options: CodecOptions) {
    this.#codec = codec;
    this.about = codec.about;
    this.#instance = new CodecInstance(codec, options);
    this.#image = new PlanesImage(codec, options);
    this.planes = this.#image.planes;
    this.#kept = new KeptPictures(this.planes);
  }

  encode(request: EncodeRequest): Promise<EncodedPicture> {
    if (this.#closed) return Promise.reject(new Error("the encoder is closed"));
    const run = this.#encode(request);
    this.#running = run.catch(() => undefined);
    return run;
  }

  async #encode({ quality, key, quick = false }: EncodeRequest): Promise<EncodedPicture> {
    const [kept, { slots }] = [this.#kept, this.#codec];
    const isKey = key || this.#instance.pictures === 0;
    const shown = slots && !isKey ? kept.find(quality) : undefined;
    if (slots && shown !== undefined) return { data: slots.show(shown), key: false, quality };
    this.#prepare(quality, quick);
    if (quick) this.#hurry(true);
    if (slots) {
      const { newest, next } = kept;
      this.#instance.structureControl(slots.control, slots.references({ newest, next, still: kept.still(quality) }));
    }
    const picture = await this.#instance.encode(this.#image, isKey);
    if (picture.key) kept.encodedKey();
    else if (slots) kept.encoded(quality);
    if (quick) this.#hurry(false);
    return { ...picture, quality };
  }

  #prepare(quality: number, quick: boolean): void {
    if (quality !== this.#quality) this.#instance.control(CONTROL_CQ_LEVEL, quality);
    this.#quality = quality;
    const { speed } = this.#codec;
    const wanted = speed?.of(quality, quick) ?? this.#speed;
    if (speed && wanted !== this.#speed) this.#instance.control(speed.control, wanted);
    this.#speed = wanted;
  }

  #hurry(begin: boolean): void {
    const { controls, quickControls } = this.#codec;
    const usual = controls.filter(([control]) => quickControls.some(([quick]) => quick === control));
    for (const [control, value] of begin ? quickControls : usual) this.#instance.control(control, value);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#running;
    this.#instance.close();
    this.#image.free();
  }
}

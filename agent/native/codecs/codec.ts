/**
 * What libaom and libvpx have in common: both descend from one interface, their functions differ by prefix, and a few
 * structures by their fields. Encoding runs on a thread of libuv's pool (koffi's asynchronous calls).
 */
import koffi, { type LibraryHandle, type TypeObject } from "koffi";
import type { EncodeRequest } from "../../desktop/desktop.ts";
import { DesktopFailure } from "../../desktop/problem.ts";
import type { EncodedPicture, Encoder } from "../../picture/encoder.ts";
import { KeptPictures, type Slot } from "../../picture/kept-pictures.ts";
import { type Planes, planesLayout, planesOver } from "../../picture/planes.ts";
import type { Pointer } from "../library.ts";
import { allocate, copyOf, viewOf } from "../memory.ts";

/** One library: what its headers say. */
export interface CodecLibrary {
  readonly library: LibraryHandle;
  readonly prefix: "aom" | "vpx";
  /** The function that names the encoder. */
  readonly interfaceFunction: string;
  /** Versions of the binary interface whose structures are those below. */
  readonly abiVersions: readonly number[];
  /** Third argument of …_enc_config_default(). */
  readonly usage: number;
  /** Beginning of …_codec_enc_cfg_t. */
  readonly config: TypeObject;
  /** A field of the default configuration → its value: proves that `config` lies over it as it should. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly controls: readonly (readonly [control: number, value: number])[];
  /** Instead of those, for a quick keyframe. */
  readonly quickControls: readonly (readonly [control: number, value: number])[];
  /** The control that trades time for bytes, and its value for a picture of this quality; undefined: always the same. */
  readonly speed: { readonly control: number; of(quality: number, quick: boolean): number } | undefined;
  /** How the decoder's slots are used; undefined: the library moves through them as it likes. */
  readonly slots: CodecSlots | undefined;
  /** …_codec_encode() has a deadline (libvpx) or not (libaom). */
  readonly deadline: number | undefined;
  readonly imageFormats: { readonly "444": number; readonly "420": number };
  /** Offsets in …_image_t on 64-bit systems. */
  readonly image: { readonly planes: number; readonly strides: number; readonly bytes: number };
}

export interface CodecSlots {
  /** The control that says which slots the next picture refers to and which it renews; its array is copied. */
  readonly control: number;
  references(slots: { newest: Slot; next: Slot; still: Slot | undefined }): Int32Array;
  /** A whole picture that says: show this slot. */
  show(slot: Slot): Uint8Array;
}

export const CONFIG_BYTES = 4096;
export const CONTEXT_BYTES = 256;
const CONTROL_CQ_LEVEL = 25; // AOME_SET_CQ_LEVEL, VP8E_SET_CQ_LEVEL
const FORCE_KEYFRAME = 1; // AOM_EFLAG_FORCE_KF, VPX_EFLAG_FORCE_KF
const PACKET_IS_FRAME = 0; // …_CODEC_CX_FRAME_PKT
const FRAME_IS_KEY = 1; // …_FRAME_IS_KEY

/** Beginning of …_codec_cx_pkt_t with a frame in it. `long` is 8 bytes on Linux and 4 on Windows: koffi knows. */
export const PACKET = koffi.struct({
  kind: "int",
  frame: koffi.struct({ buf: "void *", sz: "size_t", pts: "int64_t", duration: "unsigned long", flags: "uint32_t" }),
});
interface Packet {
  readonly kind: number;
  readonly frame: { readonly buf: Pointer; readonly sz: number | bigint; readonly flags: number };
}

function bind({ library, prefix, interfaceFunction, deadline }: CodecLibrary) {
  const f = (signature: string) => library.func(signature.replaceAll("$", `${prefix}_codec`));
  const lastArgument = deadline === undefined ? "" : ", unsigned long deadline";
  return {
    interface: library.func(`void *${interfaceFunction}()`) as () => Pointer,
    version: f("const char *$_version_str()") as () => string,
    configDefault: f("int $_enc_config_default(void *interface, void *config, unsigned int usage)") as (
      ...args: [Pointer, Pointer, number]
    ) => number,
    init: f("int $_enc_init_ver(void *context, void *interface, void *config, long flags, int abi)") as (
      ...args: [Pointer, Pointer, Pointer, number, number]
    ) => number,
    control: f(`int $_control${prefix === "vpx" ? "_" : ""}(void *context, int control, ...)`) as (
      ...args: [Pointer, number, "int", number] | [Pointer, number, "void *", Pointer]
    ) => number,
    encode: f(
      `int $_encode(void *context, void *image, int64_t pts, unsigned long duration, long flags${lastArgument})`,
    ),
    packet: f("void *$_get_cx_data(void *context, void *iterator)") as (...args: [Pointer, Pointer]) => Pointer | null,
    errorDetail: f("const char *$_error_detail(void *context)") as (context: Pointer) => string | null,
    destroy: f("int $_destroy(void *context)") as (context: Pointer) => number,
    wrap: library.func(
      `void *${prefix}_img_wrap(void *image, int format, uint width, uint height, uint align, void *data)`,
    ) as (...args: [null, number, number, number, number, Pointer]) => Pointer | null,
    freeImage: library.func(`void ${prefix}_img_free(void *image)`) as (image: Pointer) => void,
  };
}
type Functions = ReturnType<typeof bind>;

export interface CodecOptions {
  readonly chroma: Planes["chroma"];
  readonly width: number;
  readonly height: number;
}

export class NativeEncoder implements Encoder {
  readonly planes: Planes;
  readonly #codec: CodecLibrary;
  readonly #f: Functions;
  readonly #context = allocate(CONTEXT_BYTES);
  readonly #config = allocate(CONFIG_BYTES);
  readonly #iterator = allocate(8);
  readonly #samples;
  readonly #image: Pointer;
  readonly #kept;
  #quality = -1;
  #speed = -1;
  #pictures = 0;
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(codec: CodecLibrary, options: CodecOptions) {
    this.#codec = codec;
    this.#f = bind(codec);
    this.#init(options);
    const { chroma, width, height } = options;
    this.#samples = allocate(planesLayout(chroma, width, height).bytes);
    this.planes = planesOver(this.#samples.bytes, chroma, width, height);
    this.#image = this.#wrap(options);
    this.#kept = new KeptPictures(this.planes);
  }

  /** An image over our planes. The libraries do not agree on the rows of an odd width, so ours are written into it. */
  #wrap({ chroma, width, height }: CodecOptions): Pointer {
    const { imageFormats, image: at } = this.#codec;
    const { pointer } = this.#samples;
    const image = this.#f.wrap(null, imageFormats[chroma], width, height, 1, pointer);
    if (!image) throw new DesktopFailure("no-codec", "The encoder takes no picture of this size.");
    const view = viewOf(image, at.bytes);
    if (view.getBigUint64(at.planes, true) !== pointer) throw this.#unusable("its pictures have another layout");
    const { uOffset, vOffset, lumaStride, chromaStride } = planesLayout(chroma, width, height);
    [0, uOffset, vOffset].forEach((offset, plane) => {
      view.setBigUint64(at.planes + 8 * plane, pointer + BigInt(offset), true);
      view.setInt32(at.strides + 4 * plane, plane === 0 ? lumaStride : chromaStride, true);
    });
    return image;
  }

  #init({ chroma, width, height }: CodecOptions): void {
    const { config, defaults, settings, controls, abiVersions, usage } = this.#codec;
    const encoder = this.#f.interface();
    if (this.#f.configDefault(encoder, this.#config.pointer, usage) !== 0) throw this.#unusable("no defaults");
    const values = koffi.decode(this.#config.pointer, config) as Record<string, unknown>;
    for (const [field, value] of Object.entries(defaults))
      if (JSON.stringify(values[field]) !== JSON.stringify(value)) throw this.#unusable(`unexpected ${field}`);
    const profile = chroma === "444" ? 1 : 0;
    Object.assign(values, settings, { g_w: width, g_h: height, g_profile: profile });
    koffi.encode(this.#config.pointer, config, values);
    const accepted = abiVersions.some(
      (abi) => this.#f.init(this.#context.pointer, encoder, this.#config.pointer, 0, abi) === 0,
    );
    if (!accepted) throw this.#unusable("its binary interface is another");
    for (const [control, value] of controls) this.#control(control, value);
  }

  #unusable(why: string): DesktopFailure {
    const { prefix } = this.#codec;
    return new DesktopFailure("no-codec", `lib${prefix} ${this.#f.version()} cannot be used: ${why}.`);
  }

  #control(control: number, value: number): void {
    const result = this.#f.control(this.#context.pointer, control, "int", value);
    if (result !== 0) throw this.#unusable(`control ${control} = ${value} gives ${result}`);
  }

  #arrayControl(control: number, values: Int32Array): void {
    const memory = allocate(values.byteLength);
    new Int32Array(memory.bytes.buffer).set(values);
    const result = this.#f.control(this.#context.pointer, control, "void *", memory.pointer);
    memory.free();
    if (result !== 0) throw this.#unusable(`control ${control} gives ${result}`);
  }

  encode(request: EncodeRequest): Promise<EncodedPicture> {
    if (this.#closed) return Promise.reject(new Error("the encoder is closed"));
    const run = this.#encode(request);
    this.#running = run.catch(() => undefined);
    return run;
  }

  async #encode({ quality, key, quick = false }: EncodeRequest): Promise<EncodedPicture> {
    const [kept, { slots }] = [this.#kept, this.#codec];
    const isKey = key || this.#pictures === 0;
    const shown = slots && !isKey ? kept.find(quality) : undefined;
    if (slots && shown !== undefined) return { data: slots.show(shown), key: false };
    this.#prepare(quality, quick);
    if (quick) this.#hurry(true);
    if (slots) {
      const { newest, next } = kept;
      this.#arrayControl(slots.control, slots.references({ newest, next, still: kept.still(quality) }));
    }
    const result = await this.#call(this.#pictures++, isKey ? FORCE_KEYFRAME : 0);
    if (result !== 0) {
      const detail = this.#f.errorDetail(this.#context.pointer) ?? `error ${result}`;
      throw new DesktopFailure("no-codec", `The encoder failed: ${detail}`);
    }
    const picture = this.#packet();
    if (picture.key) kept.encodedKey();
    else if (slots) kept.encoded(quality);
    if (quick) this.#hurry(false);
    return picture;
  }

  #prepare(quality: number, quick: boolean): void {
    if (quality !== this.#quality) this.#control(CONTROL_CQ_LEVEL, quality);
    this.#quality = quality;
    const { speed } = this.#codec;
    const wanted = speed?.of(quality, quick) ?? this.#speed;
    if (speed && wanted !== this.#speed) this.#control(speed.control, wanted);
    this.#speed = wanted;
  }

  #hurry(begin: boolean): void {
    const { controls, quickControls } = this.#codec;
    const usual = controls.filter(([control]) => quickControls.some(([quick]) => quick === control));
    for (const [control, value] of begin ? quickControls : usual) this.#control(control, value);
  }

  /** Time stamps only count: what the encoder would make of real ones is a rate, and rate is not its business. */
  #call(pts: number, flags: number): Promise<number> {
    const { deadline } = this.#codec;
    const last = deadline === undefined ? [] : [deadline];
    return new Promise((resolve, reject) =>
      this.#f.encode.async(
        this.#context.pointer,
        this.#image,
        pts,
        1,
        flags,
        ...last,
        (error: Error | null, result: number) => (error ? reject(error) : resolve(result)),
      ),
    );
  }

  #packet(): EncodedPicture {
    this.#iterator.bytes.fill(0);
    const parts: EncodedPicture[] = [];
    for (;;) {
      const packet = this.#f.packet(this.#context.pointer, this.#iterator.pointer);
      if (!packet) break;
      const { kind, frame } = koffi.decode(packet, PACKET) as Packet;
      if (kind !== PACKET_IS_FRAME) continue;
      parts.push({ data: copyOf(frame.buf, Number(frame.sz)), key: (frame.flags & FRAME_IS_KEY) !== 0 });
    }
    const [picture, ...more] = parts;
    if (!picture || more.length > 0) throw new DesktopFailure("no-codec", `${parts.length} packets for one picture`);
    return picture;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#running;
    this.#f.destroy(this.#context.pointer);
    this.#f.freeImage(this.#image);
    for (const memory of [this.#samples, this.#config, this.#context, this.#iterator]) memory.free();
  }
}

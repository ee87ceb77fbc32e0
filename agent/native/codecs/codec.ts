/**
 * What libaom and libvpx have in common: both descend from one interface, their functions differ by prefix, and a few
 * structures by their fields. Encoding runs on a thread of libuv's pool (koffi's asynchronous calls).
 */
import koffi, { type LibraryHandle, type TypeObject } from "koffi";
import type { EncodeRequest } from "../../desktop/desktop.ts";
import { DesktopFailure } from "../../desktop/problem.ts";
import type { ActiveBlocks } from "../../picture/blocks.ts";
import type { Slot } from "../../picture/kept-pictures.ts";
import { type Planes, planesLayout, planesOver } from "../../picture/planes.ts";
import type { Pointer } from "../library.ts";
import { allocate, copyOf, type NativeMemory, viewOf } from "../memory.ts";

/** One library: what its headers say. */
export interface CodecLibrary {
  readonly library: LibraryHandle;
  /** Which it is and why, in words for the log, where there was a choice. */
  readonly about?: string;
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
  /** The control that says which blocks stand as they are; undefined: that is not told. */
  readonly activeMap: number | undefined;
  /** …_codec_encode() has a deadline (libvpx) or not (libaom). */
  readonly deadline: number | undefined;
  readonly imageFormats: { readonly "444": number; readonly "420": number };
  /** Offsets in …_image_t on 64-bit systems. */
  readonly image: { readonly planes: number; readonly strides: number; readonly bytes: number };
}

export interface CodecSlots {
  /** The control that says which slots the next picture refers to and which it renews; its array is copied. */
  readonly control: number;
  /** `still`: renewed besides `next`. `sheet`: the sheet is referred to, in place of one of those that stood still. */
  references(slots: { newest: Slot; next: Slot; still: Slot | undefined; sheet?: boolean }): Uint8Array;
  /** The slot of what is never shown, and a picture that renews only that. */
  readonly sheet: number;
  renewSheet(newest: Slot): Uint8Array;
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

export function optional<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
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
    /** Undefined: a library that was built without it. */
    preview: optional(() => f("void *$_get_preview_frame(void *context)") as (context: Pointer) => Pointer | null),
  };
}
type Functions = ReturnType<typeof bind>;

const bound = new WeakMap<LibraryHandle, Functions>();
function functionsOf(codec: CodecLibrary): Functions {
  const functions = bound.get(codec.library) ?? bind(codec);
  bound.set(codec.library, functions);
  return functions;
}

export interface CodecOptions {
  readonly chroma: Planes["chroma"];
  readonly width: number;
  readonly height: number;
}

/** Planes that an encoder reads where they are. */
export class PlanesImage {
  readonly planes: Planes;
  readonly pointer: Pointer;
  readonly #samples: NativeMemory;
  readonly #free: (image: Pointer) => void;

  /** An image over our planes. The libraries do not agree on the rows of an odd width, so ours are written into it. */
  constructor(codec: CodecLibrary, { chroma, width, height }: CodecOptions) {
    const { wrap, freeImage } = functionsOf(codec);
    this.#free = freeImage;
    const layout = planesLayout(chroma, width, height);
    this.#samples = allocate(layout.bytes);
    this.planes = planesOver(this.#samples.bytes, chroma, width, height);
    const { imageFormats, image: at } = codec;
    const { pointer } = this.#samples;
    const image = wrap(null, imageFormats[chroma], width, height, 1, pointer);
    if (!image) {
      this.#samples.free();
      throw new DesktopFailure("no-codec", "The encoder takes no picture of this size.");
    }
    this.pointer = image;
    const view = viewOf(image, at.bytes);
    if (view.getBigUint64(at.planes, true) !== pointer) {
      this.close();
      throw unusable(codec, "its pictures have another layout");
    }
    const { uOffset, vOffset, lumaStride, chromaStride } = layout;
    [0, uOffset, vOffset].forEach((offset, plane) => {
      view.setBigUint64(at.planes + 8 * plane, pointer + BigInt(offset), true);
      view.setInt32(at.strides + 4 * plane, plane === 0 ? lumaStride : chromaStride, true);
    });
  }

  close(): void {
    this.#free(this.pointer);
    this.#samples.free();
  }
}

export function unusable(codec: CodecLibrary, why: string): DesktopFailure {
  return new DesktopFailure("no-codec", `lib${codec.prefix} ${functionsOf(codec).version()} cannot be used: ${why}.`);
}

/** Opens what belongs together: each part is handed to `also`. When one cannot be opened, those before it are closed. */
export function openTogether<T>(open: (also: <Part extends { close(): void }>(part: Part) => Part) => T): T {
  const parts: { close(): void }[] = [];
  try {
    return open((part) => {
      parts.unshift(part);
      return part;
    });
  } catch (error) {
    for (const part of parts) part.close();
    throw error;
  }
}

/** What the library makes of one picture. */
export interface Made {
  readonly data: Uint8Array;
  readonly key: boolean;
}

/** One encoder of a library, as the library has it. One call at a time. */
export class CodecInstance {
  readonly #codec: CodecLibrary;
  readonly #f: Functions;
  readonly #context = allocate(CONTEXT_BYTES);
  readonly #config = allocate(CONFIG_BYTES);
  readonly #iterator = allocate(8);
  #pictures = 0;
  #quality = -1;
  #speed = -1;
  #isPartial = false;

  constructor(codec: CodecLibrary, options: CodecOptions) {
    this.#codec = codec;
    this.#f = functionsOf(codec);
    try {
      this.#init(options);
    } catch (error) {
      this.close(); // the library closes what was not opened, too
      throw error;
    }
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
    for (const [control, value] of controls) this.control(control, value);
  }

  #unusable(why: string): DesktopFailure {
    return unusable(this.#codec, why);
  }

  get pictures(): number {
    return this.#pictures;
  }

  control(control: number, value: number): void {
    const result = this.#f.control(this.#context.pointer, control, "int", value);
    if (result !== 0) throw this.#unusable(`control ${control} = ${value} gives ${result}`);
  }

  /** One whose argument is a structure, which the library copies. */
  structureControl(control: number, structure: Uint8Array): void {
    const memory = allocate(structure.byteLength);
    memory.bytes.set(structure);
    const result = this.#f.control(this.#context.pointer, control, "void *", memory.pointer);
    memory.free();
    if (result !== 0) throw this.#unusable(`control ${control} gives ${result}`);
  }

  /** From the next picture on; undefined: all blocks. */
  activate(active: ActiveBlocks | undefined, { touchedBlocks, blockColumns }: Planes): void {
    const { activeMap } = this.#codec;
    if (activeMap === undefined || (!active && !this.#isPartial)) return;
    this.#isPartial = active !== undefined;
    // aom_active_map_t: the blocks, which are copied, rows, columns
    const blocks = active && allocate(active.byteLength);
    if (active) blocks?.bytes.set(active);
    const structure = new DataView(new ArrayBuffer(16));
    structure.setBigUint64(0, blocks?.pointer ?? 0n, true);
    structure.setUint32(8, touchedBlocks.length / blockColumns, true);
    structure.setUint32(12, blockColumns, true);
    this.structureControl(activeMap, new Uint8Array(structure.buffer));
    blocks?.free();
  }

  async encode(image: PlanesImage, { quality, key, quick = false }: EncodeRequest): Promise<Made> {
    this.#prepare(quality, quick);
    if (quick) this.#hurry(true);
    const result = await this.#call(image.pointer, this.#pictures++, key ? FORCE_KEYFRAME : 0);
    if (quick) this.#hurry(false);
    if (result !== 0) {
      const detail = this.#f.errorDetail(this.#context.pointer) ?? `error ${result}`;
      throw new DesktopFailure("no-codec", `The encoder failed: ${detail}`);
    }
    return this.#packet();
  }

  #prepare(quality: number, quick: boolean): void {
    if (quality !== this.#quality) this.control(CONTROL_CQ_LEVEL, quality);
    this.#quality = quality;
    const { speed } = this.#codec;
    const wanted = speed?.of(quality, quick) ?? this.#speed;
    if (speed && wanted !== this.#speed) this.control(speed.control, wanted);
    this.#speed = wanted;
  }

  #hurry(begin: boolean): void {
    const { controls, quickControls } = this.#codec;
    const usual = controls.filter(([control]) => quickControls.some(([quick]) => quick === control));
    for (const [control, value] of begin ? quickControls : usual) this.control(control, value);
  }

  /** Time stamps only count: what the encoder would make of real ones is a rate, and rate is not its business. */
  #call(image: Pointer, pts: number, flags: number): Promise<number> {
    const { deadline } = this.#codec;
    const last = deadline === undefined ? [] : [deadline];
    return new Promise((resolve, reject) =>
      this.#f.encode.async(
        this.#context.pointer,
        image,
        pts,
        1,
        flags,
        ...last,
        (error: Error | null, result: number) => (error ? reject(error) : resolve(result)),
      ),
    );
  }

  #packet(): Made {
    this.#iterator.bytes.fill(0);
    const parts: Made[] = [];
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

  /** The last picture as the decoder has it: an image of the library's, valid until the next one. libaom only. */
  reconstruction(): Uint8Array<ArrayBuffer> {
    const pointer = this.#f.preview?.(this.#context.pointer);
    if (!pointer) throw this.#unusable("it does not show what it made");
    return copyOf(pointer, this.#codec.image.bytes);
  }

  /** While no encode() is under way. */
  close(): void {
    this.#f.destroy(this.#context.pointer);
    for (const memory of [this.#config, this.#context, this.#iterator]) memory.free();
  }
}

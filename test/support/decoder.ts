/** Decodes AV1 and VP9 with the libraries' own decoders: proves that what we send is a picture, and which. */
import koffi from "koffi";
import { loadLibrary } from "../../agent/native/library.ts";

interface Library {
  readonly file: string;
  readonly prefix: "aom" | "vpx";
  readonly interfaceFunction: string;
  readonly abi: number;
  /** Offsets in …_image_t. */
  readonly image: { dw: number; dh: number; xShift: number; planes: number; strides: number; bytes: number };
}

const AOM: Library = {
  file: "libaom.so.3",
  prefix: "aom",
  interfaceFunction: "aom_codec_av1_dx",
  abi: 22,
  image: { dw: 40, dh: 44, xShift: 56, planes: 64, strides: 88, bytes: 168 },
};
const VPX: Library = {
  file: "libvpx.so.7",
  prefix: "vpx",
  interfaceFunction: "vpx_codec_vp9_dx",
  abi: 12,
  image: { dw: 24, dh: 28, xShift: 40, planes: 48, strides: 80, bytes: 136 },
};

export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly chroma: "444" | "420";
  /** Rows without gaps. */
  readonly planes: readonly [Uint8Array, Uint8Array, Uint8Array];
}

export class Decoder {
  readonly #library: Library;
  readonly #context = koffi.alloc("uint8_t", 256);
  readonly #f;

  constructor(codec: "av1" | "vp9") {
    const library = codec === "av1" ? AOM : VPX;
    this.#library = library;
    const lib = loadLibrary({ file: library.file, debianPackage: "" });
    const name = `${library.prefix}_codec`;
    const last = library.prefix === "vpx" ? "long deadline" : "void *user";
    this.#f = {
      interface: lib.func(`void *${library.interfaceFunction}()`),
      init: lib.func(`int ${name}_dec_init_ver(void *context, void *interface, void *config, long flags, int abi)`),
      decode: lib.func(
        `int ${name}_decode(void *context, const uint8_t *data, ${library.prefix === "aom" ? "size_t" : "uint"} size, void *user${library.prefix === "vpx" ? `, ${last}` : ""})`,
      ),
      frame: lib.func(`void *${name}_get_frame(void *context, _Inout_ uint8_t *iterator)`),
      destroy: lib.func(`int ${name}_destroy(void *context)`),
    };
    new Uint8Array(koffi.view(this.#context, 256)).fill(0);
    const result = this.#f.init(this.#context, this.#f.interface(), null, 0, library.abi);
    if (result !== 0) throw new Error(`decoder: ${result}`);
  }

  /** Throws unless exactly one picture comes out. */
  decode(data: Uint8Array): DecodedPicture {
    const extra = this.#library.prefix === "vpx" ? [0] : [];
    const result = this.#f.decode(this.#context, data, data.byteLength, null, ...extra);
    if (result !== 0) throw new Error(`not decodable: ${result}`);
    const iterator = new Uint8Array(8);
    const image = this.#f.frame(this.#context, iterator);
    if (!image) throw new Error("no picture");
    const picture = this.#read(new DataView(koffi.view(image, this.#library.image.bytes)));
    if (this.#f.frame(this.#context, iterator)) throw new Error("more than one picture");
    return picture;
  }

  #read(view: DataView): DecodedPicture {
    const at = this.#library.image;
    const [width, height] = [view.getUint32(at.dw, true), view.getUint32(at.dh, true)];
    const chroma = view.getUint32(at.xShift, true) === 0 ? "444" : "420";
    const plane = (index: number): Uint8Array => {
      const small = index > 0 && chroma === "420";
      const [w, h] = small ? [(width + 1) >> 1, (height + 1) >> 1] : [width, height];
      const stride = view.getInt32(at.strides + 4 * index, true);
      const source = new Uint8Array(koffi.view(view.getBigUint64(at.planes + 8 * index, true), stride * (h - 1) + w));
      const rows = new Uint8Array(w * h);
      for (let row = 0; row < h; row++) rows.set(source.subarray(row * stride, row * stride + w), row * w);
      return rows;
    };
    return { width, height, chroma, planes: [plane(0), plane(1), plane(2)] };
  }

  close(): void {
    this.#f.destroy(this.#context);
    koffi.free(this.#context);
  }
}

/** Peak signal-to-noise ratio of one plane in dB; Infinity when equal. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return 10 * Math.log10((255 * 255 * a.length) / sum);
}

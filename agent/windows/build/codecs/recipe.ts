/**
 * What the codec DLLs for Windows are made of, and what any of our codecs' libraries is (recipe-linux.ts has the other). Everything that decides what comes out stands here as data: it is the key under which
 * the result is kept.
 *
 * Encoders only, of 8 bits: what the agent calls, and nothing that would read data from outside. For every x86-64 processor;
 * the libraries ask at run time for what the one at hand can do more. Of usages libaom has both, real time and all intra, which still
 * pictures need (agent/native/codecs/two-encoders.ts).
 */

import { ABI_VERSIONS as AOM_ABI_VERSIONS } from "../../../native/codecs/aom.ts";
import { ABI_VERSIONS as VPX_ABI_VERSIONS } from "../../../native/codecs/vpx.ts";
import type { Need } from "./offers.ts";
import { type Patch, patchNamed } from "./patch.ts";

export interface CodecRecipe extends Need {
  /** The file that comes out. */
  readonly dll: string;
  /** The binary interface: a macro of a header, and its values that the agent's structures fit. */
  readonly abi: { readonly header: string; readonly macro: string; readonly accepted: readonly number[] };
  /** Made to the source where they fit it. */
  readonly patches: readonly Patch[];
  /** In a folder beside the one with the source, which is named `source`. */
  readonly configure: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly target: string;
  readonly archive: string;
  /** What agent/native/codecs/codec.ts calls. */
  readonly exports: readonly string[];
  /** Folder of the source with its public headers. */
  readonly headers: string;
  /** File of the source → file beside the DLLs. */
  readonly licences: Readonly<Record<string, string>>;
}

/** What is built for one system. */
export interface Target {
  /** Of the cache: where what was built for it is kept. */
  readonly folder: readonly string[];
  readonly compiler: string;
  /** Programs whose versions are part of what comes out. */
  readonly toolchain: readonly string[];
  readonly codecs: readonly CodecRecipe[];
  readonly link: readonly string[];
  /** Links the archive into a library that has `exports` and nothing else; run beside the archive. */
  exportsFile(exports: readonly string[]): { readonly name: string; readonly text: string };
  linkWith(o: { archive: string; exportsFile: string }): readonly string[];
  /** Of what the compiler puts into every program: a file of this machine → file beside the libraries. */
  readonly runtimeLicences: Readonly<Record<string, string>>;
  /** What the build calls → the Debian package that has it. */
  readonly tools: Readonly<Record<string, string>>;
}

const CROSS = "x86_64-w64-mingw32-";
/** Windows' own threads: the compiler's other variant would bring a library of its own for them. */
export const COMPILER = `${CROSS}gcc-win32`;
const COMPILER_CXX = `${CROSS}g++-win32`; // asked for by libaom's CMake, not used

/**
 * gcc for Windows cannot align the stack to the 32 bytes that AVX's aligned moves want, and the program would die in them
 * (gcc bug 54412): the assembler writes unaligned ones, as fast on aligned memory.
 */
const C_FLAGS = "-Wa,-muse-unaligned-vector-move -ffunction-sections -fdata-sections";

/** Only Windows' own DLLs are needed to load it; the same input gives the same bytes, without the time and the output's path. */
const LINK = [
  "-shared",
  "-static-libgcc",
  "-s",
  "-Wl,--gc-sections",
  "-Wl,--no-insert-timestamp",
  "-Wl,--disable-auto-image-base",
] as const;

export const codecFunctions = (prefix: "aom" | "vpx") => [
  ...["version_str", "enc_config_default", "enc_init_ver", "encode", "get_cx_data", "error_detail", "destroy"].map(
    (name) => `${prefix}_codec_${name}`,
  ),
  `${prefix}_img_wrap`,
  `${prefix}_img_free`,
];

export const AOM_FUNCTIONS = [
  ...["aom_codec_av1_cx", "aom_codec_control", "aom_codec_get_preview_frame"],
  ...codecFunctions("aom"),
];

/** Of libaom everywhere: an encoder of 8 bits, and nothing else of it. */
export const configureAom = ({ compiler, flags }: { compiler: string; flags: string }, ...own: readonly string[]) => [
  "cmake",
  ...["-G", "Unix Makefiles"],
  `-DCMAKE_C_COMPILER=${compiler}`,
  `-DCMAKE_C_FLAGS=${flags}`,
  "-DCMAKE_BUILD_TYPE=Release",
  ...own,
  "-DENABLE_NASM=1",
  "-DCONFIG_AV1_DECODER=0",
  "-DCONFIG_AV1_HIGHBITDEPTH=0",
  "-DCONFIG_DENOISE=0",
  "-DCONFIG_LIBYUV=0",
  "-DCONFIG_WEBM_IO=0",
  ...["TESTS", "EXAMPLES", "TOOLS", "DOCS"].map((part) => `-DENABLE_${part}=0`),
  "-DGIT_EXECUTABLE=/nonexistent", // the version is Debian's, not that of a repository around it
  "../source",
];

export const CODECS: readonly CodecRecipe[] = [
  {
    dll: "aom.dll",
    source: "aom",
    // 3.8 and later find where a page was scrolled from; 3.13 and later are a sixth faster, with 1.4 dB more (an office trace)
    wanted: "3.13",
    minimum: "3.6", // Debian 12's, which the agent uses on Linux
    abi: { header: "aom/aom_encoder.h", macro: "AOM_ENCODER_ABI_VERSION", accepted: AOM_ABI_VERSIONS },
    patches: [patchNamed("aom-pages.patch")],
    configure: configureAom(
      { compiler: COMPILER, flags: C_FLAGS },
      // what its own toolchain file says, which lies elsewhere in each of its versions
      "-DCMAKE_SYSTEM_NAME=Windows",
      "-DCMAKE_SYSTEM_PROCESSOR=x86_64",
      ...["AR", "RANLIB"].map((tool) => `-DCMAKE_${tool}=/usr/bin/${CROSS}${tool.toLowerCase()}`),
      `-DCMAKE_CXX_COMPILER=${COMPILER_CXX}`,
      // FindThreads is to find Windows' own
      "-DCMAKE_HAVE_PTHREAD_CREATE=0",
      "-DTHREADS_HAVE_PTHREAD_ARG=0",
    ),
    environment: {},
    target: "aom",
    archive: "libaom.a",
    exports: AOM_FUNCTIONS,
    headers: "aom",
    licences: {
      LICENSE: "libaom-LICENSE.txt",
      PATENTS: "libaom-PATENTS.txt",
      AUTHORS: "libaom-AUTHORS.txt",
      "debian/copyright": "libaom-copyright.txt",
    },
  },
  {
    dll: "vpx.dll",
    source: "libvpx",
    // Debian 12's, which the agent uses on Linux; it is for browsers without AV1
    wanted: "1.12",
    minimum: "1.12",
    abi: { header: "vpx/vpx_encoder.h", macro: "VPX_ENCODER_ABI_VERSION", accepted: VPX_ABI_VERSIONS },
    patches: [],
    configure: [
      "../source/configure",
      "--target=x86_64-win64-gcc",
      "--as=nasm",
      `--extra-cflags=${C_FLAGS}`,
      "--enable-realtime-only",
      "--enable-runtime-cpu-detect",
      "--disable-multithread", // vpx.ts asks for one thread
      ...["vp8", "vp9-decoder", "libyuv", "webm-io"].map((part) => `--disable-${part}`),
      ...["examples", "tools", "docs", "unit-tests"].map((part) => `--disable-${part}`),
    ],
    environment: { CC: COMPILER, CROSS },
    target: "libvpx.a",
    archive: "libvpx.a",
    exports: ["vpx_codec_vp9_cx", "vpx_codec_control_", ...codecFunctions("vpx")],
    headers: "vpx",
    licences: {
      LICENSE: "libvpx-LICENSE.txt",
      PATENTS: "libvpx-PATENTS.txt",
      AUTHORS: "libvpx-AUTHORS.txt",
      "debian/copyright": "libvpx-copyright.txt",
    },
  },
];

/** Of what the compiler puts into every program: a file of this machine → file beside the DLLs. */
const RUNTIME_LICENCES = {
  "/usr/share/doc/mingw-w64-x86-64-dev/copyright": "mingw-w64-copyright.txt",
  "/usr/share/doc/gcc-mingw-w64-x86-64-win32/copyright": "gcc-runtime-copyright.txt",
} as const;

/** What the build calls → the Debian package that has it. */
const TOOLS = {
  [COMPILER]: "gcc-mingw-w64-x86-64-win32",
  [COMPILER_CXX]: "g++-mingw-w64-x86-64-win32",
  [`${CROSS}ar`]: "binutils-mingw-w64-x86-64",
  nasm: "nasm",
  cmake: "cmake",
  make: "make",
  perl: "perl",
  "dpkg-source": "dpkg-dev",
  patch: "patch",
  "apt-get": "apt",
} as const;

export const WINDOWS: Target = {
  folder: ["windows", "codecs"],
  compiler: COMPILER,
  toolchain: [COMPILER, "nasm", `${CROSS}ld`],
  codecs: CODECS,
  link: LINK,
  exportsFile: (exports) => ({ name: "exports.def", text: `EXPORTS\n${exports.join("\n")}\n` }),
  linkWith: ({ archive, exportsFile }) => [exportsFile, archive],
  runtimeLicences: RUNTIME_LICENCES,
  tools: TOOLS,
};

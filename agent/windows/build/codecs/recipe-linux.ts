/**
 * A libaom for Linux newer than Debian 12's, by the way of the DLLs: the same source, the same care. Still pictures need a new one:
 * Debian's makes them too, but six times slower.
 */
import { AOM_FUNCTIONS, CODECS, type CodecRecipe, configureAom, type Target } from "./recipe.ts";

const COMPILER = "gcc";
const LIBRARY = "engawa-aom.so";

const [windowsAom] = CODECS;
if (!windowsAom) throw new Error("there is no recipe for libaom");
const { source, wanted, abi, patches, headers, licences } = windowsAom;

const AOM: CodecRecipe = {
  dll: LIBRARY,
  source,
  wanted,
  // an older one is no better than Debian's own
  minimum: wanted,
  abi,
  patches,
  configure: configureAom(
    { compiler: COMPILER, flags: "-ffunction-sections -fdata-sections" },
    "-DCMAKE_POSITION_INDEPENDENT_CODE=1",
  ),
  environment: {},
  target: "aom",
  archive: "libaom.a",
  exports: AOM_FUNCTIONS,
  headers,
  licences,
};

export const LINUX: Target = {
  folder: ["codecs"],
  compiler: COMPILER,
  toolchain: [COMPILER, "nasm", "ld"],
  codecs: [AOM],
  // its calls stay within it, though a process may have Debian's libaom too
  link: ["-shared", "-s", "-Wl,--gc-sections", "-Wl,-Bsymbolic", "-Wl,--build-id=none", "-Wl,-z,relro,-z,now"],
  exportsFile: (exports) => ({
    name: "exports.map",
    text: `{ global: ${exports.map((name) => `${name};`).join(" ")} local: *; };\n`,
  }),
  linkWith: ({ archive, exportsFile }) => [
    `-Wl,--version-script=${exportsFile}`,
    "-Wl,--whole-archive",
    archive,
    "-Wl,--no-whole-archive",
    ...["-lm", "-lpthread"],
  ],
  runtimeLicences: {},
  tools: {
    [COMPILER]: "gcc",
    "g++": "g++", // asked for by libaom's CMake, not used
    ar: "binutils",
    nasm: "nasm",
    cmake: "cmake",
    make: "make",
    perl: "perl",
    "dpkg-source": "dpkg-dev",
    patch: "patch",
    "apt-get": "apt",
  },
};

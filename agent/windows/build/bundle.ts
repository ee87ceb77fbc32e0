/** The agent's programs for Windows, bundled: a few files in one folder in place of the source tree and its packages. */
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Program or thread → its source. Code that two of them need is in files beside them. */
const PROGRAMS = {
  cli: source("../../cli/main.ts"),
  service: source("../main.ts"),
  desktop: source("../../screen/main.ts"),
  setup: source("../setup/setup.ts"),
  "pac-thread": source("../../network/pac-thread.ts"),
  "cover-thread": source("../../screen/cover/windows-thread.ts"),
  "notice-thread": source("../../screen/notice/windows-thread.ts"),
} as const;

/**
 * The WebRTC library and the packages that only it uses, in a file by its name: last-resort.ts tells its errors from ours.
 * (tslib is used by others too: it gets a file of its own.)
 */
const WEBRTC_PACKAGES =
  /[\\/]node_modules[\\/](werift|@(fidm|leichtgewicht|noble|peculiar|shinyoshiaki)[\\/][^\\/]+|asn1js|base64-js|buffer|debug|dns-packet|generate-function|ieee754|is-plain-object|is-property|isobject|mediabunny|ms|multicast-dns|pvtsutils|pvutils|reflect-metadata|thunky|tsyringe|tweetnacl)[\\/]/;
const WEBRTC = { includeDependenciesRecursively: false, groups: [{ name: "webrtc", test: WEBRTC_PACKAGES }] };

/** It brings its own binary, which it looks for beside itself. */
export const NOT_BUNDLED = ["koffi"] as const;

/** Returns the folders of the packages that went into the bundle. */
export async function bundleAgent(folder: string): Promise<string[]> {
  const result = await build({
    configFile: false,
    root: ROOT,
    logLevel: "warn",
    ssr: { noExternal: true, external: [...NOT_BUNDLED] },
    build: {
      ssr: true,
      target: "node22",
      outDir: folder,
      emptyOutDir: false,
      minify: true,
      reportCompressedSize: false,
      rolldownOptions: {
        input: PROGRAMS,
        // in one folder: launch.ts looks for desktop.js beside itself
        output: {
          format: "es",
          entryFileNames: "[name].js",
          chunkFileNames: "[name]-[hash].js",
          codeSplitting: WEBRTC,
        },
      },
    },
  });
  if (!("output" in result)) throw new Error("the bundler gave no single result");
  const modules = result.output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  return [...new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []))].sort();
}

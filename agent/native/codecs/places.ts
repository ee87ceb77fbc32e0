/** Where codecs' libraries that we build are kept, and what says that they are whole. */
import { homedir } from "node:os";
import { join } from "node:path";

/** Another folder with the libraries than the usual one: Linux, for an installed agent; Windows, for a source tree. */
export const FOLDER_VARIABLE = "ENGAWA_CODECS";
/** Of a folder with libraries: `files`, the SHA-256 of each. */
export const MANIFEST = "manifest.json";

/** Where this project keeps what it downloads and builds, for all its clones. */
export const cacheFolder = () => join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "engawa");

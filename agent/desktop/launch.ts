/** How the desktop process is started, whoever starts it: its file, Node's flags and its environment. */
import { fileURLToPath } from "node:url";

/** In the source tree main.ts; in a bundle, where everything is in one folder, desktop.js. */
export const DESKTOP_MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../screen/main.ts" : "desktop.js", import.meta.url),
);
/** Young-generation heap in MB: what we handle is in native memory, so the smallest is enough. */
export const NODE_FLAGS = ["--max-semi-space-size=1", "--max-old-space-size=128"];
/**
 * glibc (mallopt(3)): an arena for each of libuv's threads would keep what libaom once used; and left alone, glibc stops giving
 * large blocks back once some were freed: an encoder that is closed would keep 60 MB.
 */
const MALLOC = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "262144", MALLOC_TRIM_THRESHOLD_: "262144" };

/** It belongs to the session as whoever starts it does, so it inherits: DISPLAY, XAUTHORITY, the session bus. */
export function desktopEnvironment(inherited: NodeJS.ProcessEnv, cacheFolder: string | undefined): NodeJS.ProcessEnv {
  return { ...inherited, ...MALLOC, ...(cacheFolder ? { NODE_COMPILE_CACHE: cacheFolder } : {}) };
}

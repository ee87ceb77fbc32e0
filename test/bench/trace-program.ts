/** The programs of trace/. */
import { fileURLToPath } from "node:url";

/** Debian's own, which has python3-xlib. */
export const PYTHON = "/usr/bin/python3";

export const traceProgram = (name: string) => fileURLToPath(new URL(`trace/${name}`, import.meta.url));

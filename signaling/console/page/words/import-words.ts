/** The shape of what is said when people come from a file. */
import type { importJa } from "./import-ja.ts";

type Same<T> = { readonly [K in keyof T]: string };
export type ImportWords = { readonly [K in keyof typeof importJa]: Same<(typeof importJa)[K]> };
export type ImportKey = keyof ImportWords["text"];

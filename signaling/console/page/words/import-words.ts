/** The shape of what is said when something comes from a file. */
import type { ImportKind } from "../../../protocol/console-import.ts";
import type { importJa } from "./import-ja.ts";

type Same<T> = { readonly [K in keyof T]: string };
type Ja = typeof importJa;
/** What is said of one kind and not of the others. `unit`: fills itself into what is said of all. */
export type OwnKey = keyof Ja["kinds"]["people"];
export type ImportWords = { readonly [K in Exclude<keyof Ja, "kinds">]: Same<Ja[K]> } & {
  readonly kinds: Readonly<Record<ImportKind, Readonly<Record<OwnKey, string>>>>;
};
export type ImportKey = keyof ImportWords["text"];

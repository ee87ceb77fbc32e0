/** What IT gives the installer on its command line: `/NAME=value`, `/NAME="a value"` or `"/NAME=a value"`. */
import { SetupError } from "./installation.ts";

const NAMES = ["TOKEN", "SERVER", "PROXY", "CAFILE", "KEEPSTATE"] as const;
type PropertyName = (typeof NAMES)[number];
export type Properties = Readonly<Partial<Record<PropertyName, string>>>;

/** Throws SetupError for a name that is none: a mistyped /PROXY must not be an installation without one. */
export function readProperties(commandLine: string): Properties {
  const properties: Partial<Record<PropertyName, string>> = {};
  for (const [, quoted, plain] of commandLine.matchAll(/(?:^|\s)(?:"\/([^"]*)"|\/((?:"[^"]*"|[^\s"])*))/g)) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(quoted ?? plain ?? "") ?? [];
    if (name === undefined || value === undefined) continue; // NSIS's own: /S
    const known = NAMES.find((candidate) => candidate === name.toUpperCase());
    if (!known) throw new SetupError("settings", `/${name}= という指定はありません。使えるもの: ${NAMES.join(" ")}`);
    const text = value.replaceAll('"', "").trim();
    if (text !== "") properties[known] = text;
  }
  return properties;
}

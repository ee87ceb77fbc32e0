/** What IT gave the installer, as the package hands it on: `NAME=value`, one argument each; nothing after "=" where it was not given. */

import { MSI_PROPERTIES } from "../build/msi.ts";
import { SetupError } from "./installation.ts";

export type Properties = Readonly<Partial<Record<(typeof MSI_PROPERTIES)[number], string>>>;

/** Throws SetupError for what is none. */
export function readProperties(args: readonly string[]): Properties {
  const properties: Partial<Record<(typeof MSI_PROPERTIES)[number], string>> = {};
  for (const argument of args) {
    const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(argument) ?? [];
    const known = MSI_PROPERTIES.find((candidate) => candidate === name);
    // said without its value, which may be a token
    if (!known)
      throw new SetupError(
        "settings",
        `${name ?? "?"}= という指定はありません。使えるもの: ${MSI_PROPERTIES.join(" ")}`,
      );
    const text = value.trim();
    if (text !== "") properties[known] = text;
  }
  return properties;
}

/** What people read and type: random Crockford letters in groups. */
import { randomBytes } from "node:crypto";
import { CROCKFORD } from "../protocol/ids.ts";

/** Of 5 bits each, with hyphens between the groups. */
export function randomLetters(groups: number, size: number): string {
  const all = [...randomBytes(size * groups)].map((byte) => CROCKFORD[byte & 31]).join("");
  return Array.from({ length: groups }, (_, i) => all.slice(i * size, (i + 1) * size)).join("-");
}

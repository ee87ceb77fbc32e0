/**
 * What was shown of files and may be done: kept here and not in the page, so that what is done is what was shown. Few at once, and
 * not for long: a file can be read again.
 */
import { randomBytes } from "node:crypto";
import type { Shown } from "../organisations/imports/import.ts";
import type { ImportKind } from "../protocol/console-import.ts";
import type { PersonId } from "../protocol/ids.ts";

const KEPT_MS = 30 * 60_000;
/** Each some megabytes at most. The oldest gives way. */
const MAX_KEPT = 8;

interface Kept {
  readonly token: string;
  readonly kind: ImportKind;
  readonly shown: Shown;
  readonly until: number;
}

export class Previews {
  /** One of each person: with another file they have thought again. */
  readonly #kept = new Map<PersonId, Kept>();

  /** Returns what it is asked for by. */
  keep(person: PersonId, kind: ImportKind, shown: Shown, now: number): string {
    const token = randomBytes(16).toString("base64url");
    this.#kept.delete(person);
    for (const [whose, { until }] of this.#kept) if (until <= now) this.#kept.delete(whose);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= MAX_KEPT) this.#kept.delete(oldest);
    this.#kept.set(person, { token, kind, shown, until: now + KEPT_MS });
    return token;
  }

  get(person: PersonId, kind: ImportKind, token: string, now: number): Shown | undefined {
    const kept = this.#kept.get(person);
    return kept?.token === token && kept.kind === kind && now < kept.until ? kept.shown : undefined;
  }

  /** It was done. */
  forget(person: PersonId): void {
    this.#kept.delete(person);
  }
}

/**
 * The port to what is kept. Adapters differ in where it lies; the questions (queries.ts) are the same for all.
 *
 * Promised by every adapter (test/contract/store.test.ts):
 * - write(): all of the work or none of it, and as if writes came one after another, in whatever process they run: what the work
 *   read is still so when it is kept. Where others wrote meanwhile it may be done again from its beginning: it changes nothing but
 *   what it changes through its queries, and what it returns. Once the promise is fulfilled the data survives a power failure.
 * - By whomever and however it is written, the database itself keeps: a one-time code counts once (used_codes), a token opens one
 *   registration (enrolment_tokens), a login and a device are there once, an office PC has one open session (sessions), and each chain
 *   of the audit has each number once and is only added to.
 * - read(): each question sees finished writes only.
 * - onForeignChange(): another process wrote; told within two seconds, and whose rights it changed (changes.ts), or
 *   "everything" where that is not known; a write that said it changed nobody's is not told.
 * - Where nothing can be kept (a full disk, a database that is away), write() throws STORAGE_UNAVAILABLE with the cause, leaves nothing
 *   behind, and works again as soon as it can. Of a database whose line breaks at the very end it is not known which it was.
 */

import type { Queries } from "./queries.ts";
import type { Changes } from "./rows/changes.ts";

export interface Store {
  read<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** Inside, only the queries handed in may be used: waiting there for another read or write would wait for itself. */
  write<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** Returns what ends the watching. */
  onForeignChange(listener: (changes: Changes) => void): () => void;
  /** Why nothing can be kept at this moment; undefined when it can. Writes a few bytes unless it was done a moment ago. */
  problem(): Promise<string | undefined>;
  /** Waits for running work. May be called twice. */
  close(): Promise<void>;
}

/** The database was written by a newer version; this one must not touch it. */
export class StoreTooNew extends Error {
  override readonly name = "StoreTooNew";
}

/** The database was not made as this program needs it, or is not to be reached: whoever runs it has to see to that. */
export class StoreUnusable extends Error {
  override readonly name = "StoreUnusable";
}

/**
 * What the hub tells the records, nobody waits for. A failure is a bug or a full disk, and the latter is said by the store.
 */
import type { Log } from "../log.ts";
import { RequestError } from "../protocol/errors.ts";

export type BackgroundWrite = (written: Promise<void>) => void;

export const backgroundWrite =
  (log: Log): BackgroundWrite =>
  (written) => {
    written.catch((error: unknown) => {
      if (error instanceof RequestError && error.code === "STORAGE_UNAVAILABLE") return;
      log.error({ err: error }, "cannot write the record");
    });
  };

/** A log file of bounded size: when it is full it becomes NAME.1.log, and the one before that is gone. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Some weeks of a busy PC; two of them lie on the disk. */
export const MAX_LOG_BYTES = 5 << 20;

export interface LogFile {
  /** Whole lines with their line end. Written at once: the last ones before a crash are those that are wanted. */
  write(line: string): void;
  close(): void;
}

/** A full disk must not end the service: a line that cannot be written is lost. */
export function openLogFile(folder: string, name: string, maxBytes = MAX_LOG_BYTES): LogFile {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.log`);
  let file: number | undefined = openSync(path, "a");
  let size = fstatSync(file).size;

  const rotate = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
    renameSync(path, join(folder, `${name}.1.log`));
    file = openSync(path, "a");
    size = 0;
  };
  return {
    write(line) {
      try {
        const bytes = Buffer.from(line);
        if (size > 0 && size + bytes.length > maxBytes) rotate();
        file ??= openSync(path, "a");
        size += writeSync(file, bytes);
      } catch {
        // somebody has it open, or the disk is full: the next line is tried again
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

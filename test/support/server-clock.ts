/** The clock of a server of ours, set by a test as a careless hand would: libfaketime before its process, told by a file. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

export interface ServerClock {
  /** For its process. */
  readonly environment: Readonly<Record<string, string>>;
  /** From now on it is ahead by so much. The clock that only counts on (what timers go by) is left alone. */
  set(aheadS: number): void;
  close(): void;
}

export function openServerClock(): ServerClock {
  const folder = mkdtempSync(join(tmpdir(), "engawa-clock-"));
  const file = join(folder, "ahead");
  const set = (aheadS: number) => {
    writeFileSync(`${file}.new`, `+${aheadS}s\n`);
    renameSync(`${file}.new`, file); // read whole, whenever it is read
  };
  set(0);
  return {
    environment: {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    set,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A child's log on disk. Bounded: when it is full it becomes `….1` and a new one begins; it also keeps the last lines at hand. */
import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from "node:fs";

const MAX_BYTES = 8 * 1024 * 1024;
const LAST_LINES = 40;

export class LogFile {
  readonly path: string;
  #bytes: number;
  #last: string[] = [];

  constructor(path: string) {
    this.path = path;
    this.#bytes = existsSync(path) ? statSync(path).size : 0;
  }

  append(line: string): void {
    if (this.#bytes > MAX_BYTES) {
      renameSync(this.path, `${this.path}.1`);
      this.#bytes = 0;
    }
    appendFileSync(this.path, `${line}\n`, { mode: 0o600 });
    this.#bytes += Buffer.byteLength(line) + 1;
    this.#last.push(line);
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }

  lastLines(count = 12): string {
    return this.#last.slice(-count).join("\n");
  }

  text(): string {
    return [`${this.path}.1`, this.path].map((path) => (existsSync(path) ? readFileSync(path, "utf8") : "")).join("");
  }
}

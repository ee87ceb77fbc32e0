/** What the person who typed `npm start` reads and types. Japanese first, English below it; one line at the bottom is kept up to date. */
import { createInterface } from "node:readline";

export class Terminal {
  readonly #isLive = process.stdout.isTTY === true;
  #status: (() => string) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** The last line can be rewritten: output goes to a person, not to a file. */
  get isLive(): boolean {
    return this.#isLive;
  }

  say(japanese: string, english: string): void {
    this.lines([japanese, `  ${english}`]);
  }

  lines(lines: readonly string[]): void {
    this.#clear();
    process.stdout.write(`${lines.join("\n")}\n`);
    this.#draw();
  }

  /** Keeps one line at the bottom up to date. Only on a real terminal. */
  keepLine(line: () => string): void {
    if (!this.#isLive) return;
    this.#status = line;
    this.#timer = setInterval(() => this.#draw(), 1000);
    this.#draw();
  }

  /** Each newline typed. The end of input is none, and ends nothing. */
  onEnter(act: () => void): void {
    createInterface({ input: process.stdin }).on("line", act);
    process.stdin.on("error", () => {});
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
    this.#status = undefined;
    process.stdin.destroy();
  }

  #clear(): void {
    if (this.#status !== undefined) process.stdout.write("\r\u001b[K");
  }

  #draw(): void {
    if (this.#status !== undefined) process.stdout.write(`\r\u001b[K${this.#status()}`);
  }
}

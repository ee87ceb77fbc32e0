/** What is to be said at this PC, and the window that says it: opened for the first word, closed when there is none. */
import { toProblem } from "../../desktop/problem.ts";
import type { Notice, OpenNotice } from "./notice.ts";

export class Noticing {
  readonly #open: OpenNotice;
  readonly #failed: (words: string) => void;
  #words = "";
  #notice: Notice | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** Said once: without a window all else goes on. */
  #hasFailed = false;

  /** `failed`: once, why nothing can be said here. */
  constructor(open: OpenNotice, failed: (words: string) => void) {
    this.#open = open;
    this.#failed = failed;
  }

  /** None: "". */
  say(words: string): void {
    this.#words = words;
    this.#turn = this.#turn.then(() => this.#show());
  }

  /** Only the newest word counts. */
  async #show(): Promise<void> {
    try {
      if (this.#words === "") await this.#drop();
      else if (!this.#hasFailed) {
        this.#notice ??= await this.#open();
        this.#notice.say(this.#words);
      }
    } catch (error) {
      this.#hasFailed = true;
      this.#failed(`nothing can be said on this screen: ${toProblem(error).message}`);
      await this.#drop().catch(() => undefined);
    }
  }

  async #drop(): Promise<void> {
    const notice = this.#notice;
    this.#notice = undefined;
    await notice?.close();
  }

  close(): Promise<void> {
    this.say("");
    return this.#turn;
  }
}

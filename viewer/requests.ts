/**
 * What this person asked of their managers, as the server said it last: kept by the page whatever it shows, asked for again when the
 * server says that something changed. What shows it, and its words, are loaded when they are first wanted.
 */
import type { Failure, Result } from "../signaling/client/account.ts";
import type { RequestId } from "../signaling/protocol/ids.ts";
import type { OwnRequest, OwnRequests, RequestAsk } from "../signaling/protocol/requests.ts";
import { askRequest, ownRequests, withdrawRequest } from "./request-calls.ts";

export class Requests {
  readonly #changed: () => void;
  /** The sign-in is over. */
  readonly #lost: () => void;
  #value: OwnRequests | undefined;

  constructor(options: { readonly changed: () => void; readonly lost: () => void }) {
    this.#changed = options.changed;
    this.#lost = options.lost;
  }

  get value(): OwnRequests | undefined {
    return this.#value;
  }

  /** The one that was asked for last, of overtime; what is over is not it. */
  get overtime(): OwnRequest | undefined {
    return this.#value?.requests.find(({ kind, state }) => kind === "overtime" && state !== "ended");
  }

  /** Can overtime be asked for, with none waiting? */
  get mayExtend(): boolean {
    return this.#value?.overtime !== undefined && this.overtime?.state !== "waiting";
  }

  async load(): Promise<void> {
    this.#take(await ownRequests());
  }

  async ask(asked: RequestAsk): Promise<Failure | undefined> {
    return this.#take(await askRequest(asked));
  }

  async withdraw(id: RequestId): Promise<Failure | undefined> {
    return this.#take(await withdrawRequest(id));
  }

  /** Of somebody else, who sits here next, nothing is known. */
  forget(): void {
    this.#value = undefined;
  }

  #take(answer: Result<OwnRequests>): Failure | undefined {
    if (answer.ok) {
      this.#value = answer.value;
      this.#changed();
      return undefined;
    }
    if (answer.failure.code === "NOT_SIGNED_IN") this.#lost();
    return answer.failure;
  }
}

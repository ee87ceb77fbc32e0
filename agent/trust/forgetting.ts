/** Devices that were lost, or whose people have left: the server says so, and this PC strikes them off its own list. */
import type { AgentMessage, ToAgent } from "../../signaling/protocol/signal.ts";
import type { Log } from "../log.ts";
import type { Devices } from "./devices.ts";

type Wish = Extract<ToAgent, { type: "forget-devices" }>;

export interface ForgettingOptions {
  readonly devices: Pick<Devices, "forget">;
  readonly log: Log;
  readonly send: (message: AgentMessage) => void;
}

export class Forgetting {
  readonly #options: ForgettingOptions;
  /** One after another: each reads the list that the one before has written. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: ForgettingOptions) {
    this.#options = options;
  }

  /** What cannot be written down is not answered, and so is asked for again at the next connection. Never rejects. */
  forget(wish: Wish): Promise<void> {
    this.#last = this.#last.then(() => this.#forget(wish));
    return this.#last;
  }

  async #forget({ devices: wished }: Wish): Promise<void> {
    const { devices, log, send } = this.#options;
    const answers: Extract<AgentMessage, { type: "devices-forgotten" }>["devices"] = [];
    try {
      for (const { code, login } of wished) {
        const known = await devices.forget({ code, login });
        answers.push({ code, login, known });
        if (known)
          log.warn(
            { code, login },
            "struck off this PC's list, as the server says: it was lost, or its person has left",
          );
        else log.info({ code, login }, "the server asks to forget a device that is not on this PC's list");
      }
    } catch (error) {
      log.error({ err: error }, "a device could not be struck off this PC's list: run `agent devices remove`");
    }
    if (answers.length > 0) send({ type: "devices-forgotten", devices: answers });
  }
}

/**
 * How a server ends for which another one stands in: whoever sends it people hears of it first, then it lets go of them in
 * slices, so that the others are not stormed.
 *
 *   serving ──begin──▶ draining ──LEAD_MS──▶ letting go, a slice each SLICE_MS ──▶ over
 *                      /readyz says 503,      no WebSocket is let in,
 *                      who comes is served    those here are told to connect again
 *
 * A second wish to end cuts it short. Pictures do not come through here, but where the edges are within this process.
 */
import type { Server, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";

/** A balancer that asks each second and believes the second answer has sent its last by then, however slow the answers. */
const LEAD_MS = 3_000;
const SLICE_MS = 250;

export interface DrainingOptions {
  /** From the wish to the last slice; 0: nobody stands in for us, and to wait would only keep people from coming back. */
  readonly totalMs: number;
  readonly log: { info(fields: object, message: string): void };
  /** For tests. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** Who is to be let go. The Hub is one. */
export interface Crowd {
  /** WebSockets that are open. */
  readonly connected: number;
  /** Closes so many, and says that another server will have them. */
  letGo(count: number): void;
}

export class Draining {
  readonly #options: DrainingOptions;
  readonly #hurry = new AbortController();
  #state: "serving" | "draining" | "letting go" = "serving";

  constructor(options: DrainingOptions) {
    this.#options = options;
  }

  /** For /readyz. */
  get problem(): string | undefined {
    return this.#state === "serving" ? undefined : "draining";
  }

  /** Whoever comes now would have to go again at once. */
  get isLettingGo(): boolean {
    return this.#state === "letting go";
  }

  /** From now on each answer ends its connection while draining: the browser's next request finds its way anew. */
  watch(server: Server): void {
    server.prependListener("request", (_request: unknown, response: ServerResponse) => {
      if (this.#state !== "serving") response.setHeader("Connection", "close");
    });
  }

  /** Fulfilled when everybody was let go, or `hurry` was called. */
  async run(crowd: Crowd): Promise<void> {
    const { totalMs, log } = this.#options;
    if (totalMs === 0 || this.#state !== "serving") return;
    this.#state = "draining";
    log.info({ seconds: totalMs / 1_000, connected: crowd.connected }, "draining: others take over");
    if (!(await this.#wait(Math.min(LEAD_MS, totalMs)))) return;
    this.#state = "letting go";
    for (let left = Math.floor((totalMs - LEAD_MS) / SLICE_MS); left > 0 && crowd.connected > 0; left -= 1) {
      crowd.letGo(Math.ceil(crowd.connected / left));
      if (!(await this.#wait(SLICE_MS))) return;
    }
    log.info({ connected: crowd.connected }, "drained");
  }

  /** Somebody will not wait. */
  hurry(): void {
    this.#hurry.abort();
  }

  async #wait(ms: number): Promise<boolean> {
    const { signal } = this.#hurry;
    const { pause = (length) => setTimeout(length, undefined, { signal }) } = this.#options;
    await pause(ms).catch(() => {});
    return !signal.aborted;
  }
}

/** By which signal. Whoever sends a second one will not wait. */
export function toldToEnd(hurry: () => void): Promise<string> {
  return new Promise((resolve) => {
    let isTold = false;
    for (const signal of ["SIGTERM", "SIGINT"])
      process.on(signal, () => {
        if (isTold) hurry();
        isTold = true;
        resolve(signal);
      });
  });
}

/** Attempts to sign in are counted on all nodes: those of a moment are told together. */
import { type Bus, publishAs } from "../bus/bus.ts";
import { type Counted, MAX_NOTICE_STEPS } from "../bus/letters.ts";
import type { NodeId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";

const TOGETHER_MS = 50;
/** Told at once: somebody tries fast. */
const MANY = 50;

export interface FarCountsOptions {
  readonly bus: Pick<Bus, "publish">;
  readonly node: () => NodeId | undefined;
  readonly failed: (error: unknown) => void;
}

export class FarCounts {
  readonly #options: FarCountsOptions;
  #waiting: Counted[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FarCountsOptions) {
    this.#options = options;
  }

  tell(step: Counted): void {
    if (step.key.length > 300) return; // no login of ours, nor any address
    this.#waiting.push(step);
    if (this.#waiting.length >= MANY) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), TOGETHER_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { bus, node, failed } = this.#options;
    for (const steps of slices(this.#waiting.splice(0), MAX_NOTICE_STEPS))
      publishAs(bus, node(), { kind: "counted", steps: [...steps] }).catch(failed);
  }
}

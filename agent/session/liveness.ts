/**
 * Is the viewer still there? Anything authenticated that arrives counts: a heartbeat, input, RTCP. ICE would notice a dead
 * path after half a minute only, which is too late for a key that is held down.
 */
import { SILENCE_END_MS, SILENCE_RELEASE_MS } from "../../signaling/protocol/limits.ts";

export type Life = "heard" | "release" | "silent";

export class Liveness {
  #heardAt: number;

  constructor(now: number) {
    this.#heardAt = now;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** `release`: let go of what is held. `silent`: stop sending. */
  at(now: number, holdsSomething: boolean): Life {
    const silence = now - this.#heardAt;
    if (silence >= SILENCE_END_MS) return "silent";
    return holdsSomething && silence >= SILENCE_RELEASE_MS ? "release" : "heard";
  }
}

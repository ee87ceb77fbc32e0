/** How long one session may last by the clock: until nobody works in it any more, or its end has come. Through all its attempts. */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { SessionPolicy } from "../../signaling/protocol/policy.ts";
import type { IdleLimits } from "../settings/config.ts";
import { Ending } from "./ending.ts";
import { Idle } from "./idle.ts";
import type { LiveViewer } from "./live-viewer.ts";

export class Term {
  readonly #ending = new Ending();
  #limits: IdleLimits;
  /** From the first picture on. */
  #idle: Idle | undefined;

  constructor(limits: IdleLimits) {
    this.#limits = limits;
  }

  /** Other rules hold from now on. */
  follow(limits: IdleLimits, policy: SessionPolicy | undefined, now: number): void {
    this.#limits = limits;
    this.#idle?.follow(limits, now);
    this.#ending.follow(policy, now);
  }

  /** A picture is shown. */
  live(now: number): void {
    this.#idle ??= new Idle(this.#limits, now);
  }

  /** True: time to tell the server that somebody works here. */
  input(now: number): boolean {
    return this.#idle?.input(now) ?? false;
  }

  over(now: number): EndReason | undefined {
    return this.#ending.over(now) ?? (this.#idle?.endsIn(now) === 0 ? "idle" : undefined);
  }

  /** Whoever looks is warned of what comes. */
  warn(viewer: LiveViewer, now: number): void {
    const endsIn = this.#idle?.endsIn(now);
    if (endsIn !== undefined) viewer.idle(Math.ceil(endsIn / 1_000));
    viewer.ends(this.#ending.near(now));
  }
}

/** How long one session may last by the clock: until nobody works in it any more, or its end has come. Through all its attempts. */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { SessionPolicy } from "../../signaling/protocol/policy.ts";
import type { SessionRules } from "../settings/session-rules.ts";
import { Ending, type NearEnd } from "./ending.ts";
import { Idle } from "./idle.ts";
import type { LiveViewer } from "./live-viewer.ts";

export type TermRules = Pick<SessionRules, "idle" | "endNotices">;

export class Term {
  readonly #ending = new Ending();
  #limits: SessionRules["idle"];
  /** From the first picture on. */
  #idle: Idle | undefined;

  constructor({ idle, endNotices }: TermRules, policy: SessionPolicy | undefined, now: number) {
    this.#limits = idle;
    this.#ending.follow(policy, endNotices, now);
  }

  /** Other rules hold from now on. */
  follow({ idle, endNotices }: TermRules, policy: SessionPolicy | undefined, now: number): void {
    this.#limits = idle;
    this.#idle?.follow(idle, now);
    this.#ending.follow(policy, endNotices, now);
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

  /** The end by the clock, once there is something to tell. */
  near(now: number): NearEnd | undefined {
    return this.#ending.near(now);
  }

  /** Whoever looks is warned of what comes. */
  warn(viewer: LiveViewer, now: number): void {
    const endsIn = this.#idle?.endsIn(now);
    if (endsIn !== undefined) viewer.idle(Math.ceil(endsIn / 1_000));
    viewer.ends(this.near(now));
  }
}

/**
 * The rules of one session on this PC. Its own settings (config.json, the group policy) are the floor: what the server names makes
 * them stricter and never laxer, so that a server that was taken over opens nothing with it.
 */
import type { AgentRules, EndNotices } from "../../signaling/protocol/policy.ts";
import { COVER, LOCK_BEFORE, LOCK_ON } from "../../signaling/protocol/protection.ts";
import type { CoverMode } from "../desktop/commands.ts";
import { CONTRACT_KBPS } from "../sending/budget.ts";
import type { Config, IdleLimits, LockBefore, LockOn } from "./config.ts";

export interface SessionRules {
  readonly lockOn: LockOn;
  readonly lockBefore: LockBefore;
  readonly cover: CoverMode;
  readonly idle: IdleLimits;
  /** The picture is shown, and no input counts. */
  readonly viewOnly: boolean;
  /** Contract of the line, kbit/s as a mean. */
  readonly kbps: number;
  /** How the end of hours is announced; undefined: as for any end. */
  readonly endNotices: EndNotices | undefined;
  /** This PC is switched off when hours have ended the session: where its own settings allow it and the policy wants it. */
  readonly shutDown: boolean;
}

/** What holds where the server names nothing. What it alone decides is no setting of this PC's. */
export const ownRules = (config: Pick<Config, "lockOn" | "lockBefore" | "cover" | "idle">): SessionRules => ({
  lockOn: config.lockOn,
  lockBefore: config.lockBefore,
  cover: config.cover,
  idle: config.idle,
  viewOnly: false,
  kbps: CONTRACT_KBPS,
  endNotices: undefined,
  shutDown: false,
});

/** Rule by rule, whichever is stricter. `mayShutDown`: this PC's own settings let it be switched off; without that nothing does. */
export function stricter(own: SessionRules, policy: AgentRules, mayShutDown = false): SessionRules {
  const { idleMinutes = Number.POSITIVE_INFINITY, viewOnly = false, kbps = own.kbps } = policy;
  return {
    lockOn: later(LOCK_ON, own.lockOn, policy.lockOn),
    lockBefore: later(LOCK_BEFORE, own.lockBefore, policy.lockBefore),
    cover: later(COVER, own.cover, policy.cover),
    idle: { ...own.idle, endMs: Math.min(own.idle.endMs, idleMinutes * 60_000) },
    viewOnly: own.viewOnly || viewOnly,
    kbps,
    endNotices: policy.endNotices,
    shutDown: mayShutDown && policy.shutDown === "after-hours",
  };
}

/** Of words that stand laxest first. */
const later = <T>(words: readonly T[], own: T, named: T | undefined): T =>
  named !== undefined && words.indexOf(named) > words.indexOf(own) ? named : own;

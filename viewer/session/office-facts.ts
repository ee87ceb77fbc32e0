/** What the office PC tells of itself beside its picture, and what is known of it at a moment. Pure. */
import type { AgentControl, LockStates } from "../../signaling/protocol/channels.ts";
import { unreachable } from "../../signaling/protocol/errors.ts";

/** The office PC beside its picture, as its agent tells it. */
export type OfficeState = Told<"office">;
/** How the office PC's lock guards this session. */
export type Locking = Told<"locking">;

/** Used or not, the session ends then. `saidAt`: when the office PC spoke of it last; both epoch ms. */
export interface NearEnd {
  readonly at: number;
  readonly by: NonNullable<Told<"ending">["end"]>["by"];
  readonly saidAt: number;
}

export interface OfficeFacts {
  readonly desktop: "running" | "restarting";
  /** The office PC shows a lock screen or the like, which cannot be seen from here. */
  readonly secureDesktop: boolean;
  readonly office: OfficeState;
  /** Of the office's keyboard. An agent that tells them takes ours. */
  readonly locks: LockStates | undefined;
  /** Nobody has typed or moved for long: when the session ends, epoch ms. */
  readonly idleUntil: number | undefined;
  /** No input counts. Undefined until it has said so. */
  readonly viewOnly: boolean | undefined;
  /** The end that the clock gives the session. */
  readonly ending: NearEnd | undefined;
  readonly picture: "coarse" | "sharp";
  /** Whether those in the office see the screen. */
  readonly cover: "off" | "covered" | "impossible";
  /** Undefined until it has said so. */
  readonly locking: Locking | undefined;
}

/** A message that changes one of these facts. */
export type Fact = Extract<
  AgentControl,
  {
    type:
      | "picture"
      | "desktop"
      | "secure-desktop"
      | "office"
      | "locks"
      | "cover"
      | "locking"
      | "idle"
      | "rules"
      | "ending";
  }
>;

/** Before the office PC has said anything. */
export const UNTOLD: OfficeFacts = {
  desktop: "running",
  secureDesktop: false,
  office: { ime: "unknown", operated: false, refusesInput: false },
  locks: undefined,
  idleUntil: undefined,
  viewOnly: undefined,
  ending: undefined,
  picture: "sharp",
  cover: "off",
  locking: undefined,
};

/** What is still known when a new path has opened; the office PC tells the rest again. */
export const onNewPath = ({ picture, cover }: OfficeFacts): OfficeFacts => ({ ...UNTOLD, picture, cover });

export function told(facts: OfficeFacts, fact: Fact, now: number): OfficeFacts {
  switch (fact.type) {
    case "picture":
      return { ...facts, picture: fact.state };
    case "desktop":
      return { ...facts, desktop: fact.state };
    case "secure-desktop":
      return { ...facts, secureDesktop: fact.shown };
    case "office":
      return { ...facts, office: fact };
    case "locks":
      return { ...facts, locks: fact };
    case "cover":
      return { ...facts, cover: fact.state };
    case "locking":
      return { ...facts, locking: fact };
    case "idle":
      return { ...facts, idleUntil: fact.endsInS === null ? undefined : now + fact.endsInS * 1_000 };
    case "rules":
      return { ...facts, viewOnly: fact.viewOnly };
    case "ending":
      return { ...facts, ending: fact.end ? nearEnd(fact.end, now) : undefined };
    default:
      return unreachable(fact);
  }
}

const nearEnd = ({ inS, by }: NonNullable<Told<"ending">["end"]>, now: number): NearEnd => ({
  at: now + inS * 1_000,
  by,
  saidAt: now,
});

type Told<T extends AgentControl["type"]> = Readonly<Omit<Extract<AgentControl, { type: T }>, "type">>;

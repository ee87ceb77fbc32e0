/** What a session lets its page see, and what it asks of it. */
import type { AgentControl } from "../../signaling/protocol/channels.ts";
import type { Unheard } from "./ends.ts";
import type { OfficeFacts } from "./office-facts.ts";
import type { Quality } from "./quality.ts";
import type { Cause, Phase, SessionState } from "./session-shape.ts";
import type { Typing } from "./text-progress.ts";

/** All a page needs to draw the session. */
export interface SessionView extends OfficeFacts {
  readonly phase: Phase;
  /** The picture is shown, and no input counts. */
  readonly viewOnly: boolean;
  readonly step: SessionState["kind"];
  readonly attempt: number;
  /** No answer for a moment; nothing is lost yet. */
  readonly stalled: boolean;
  /** The server has no room yet; the page asks again by itself. */
  readonly waitsForTurn: boolean;
  /** When an interrupted session gives up, epoch ms. */
  readonly giveUpAt: number | undefined;
  readonly liveSince: number | undefined;
  readonly online: boolean;
  /** Text that the office has not typed to its end. */
  readonly typing: Typing | undefined;
  /** The office PC should have been locked after this session and is not. */
  readonly unlocked: boolean;
  /** The server has not heard yet that this page ended the session, or could not be told. */
  readonly unheard: Unheard | undefined;
  readonly quality: Quality;
  readonly cause: Cause | undefined;
}

/** What the agent says that concerns the screen. */
export type ScreenMessage = Extract<
  AgentControl,
  { type: "screen" | "pointer-shape" | "pointer-use" | "pointer-position" }
>;

export interface SessionHandlers {
  changed(view: SessionView): void;
  /** The peer is about to go: keep its last picture. */
  freeze(): void;
  /** A new peer's picture; the old one stays on screen until this one shows something. */
  stream(stream: MediaStream, attempt: number): void;
  /** Will come by stream() once it is verified. */
  expect(stream: MediaStream): void;
  screen(message: ScreenMessage): void;
  inputRefused(why: "too-many" | "not-allowed" | "bad-message"): void;
  /** The line broke while a text was being typed: the rest of it is lost. */
  textCut(): void;
}

/**
 * Waiting for one's turn: at nine o'clock the server sets up only so many sessions at once and refuses the rest with a
 * time to ask again (SERVER_BUSY with retryAfterS). Pure arithmetic.
 */
import { errorFacts } from "../../signaling/protocol/error-table.ts";
import type { ErrorCode } from "../../signaling/protocol/errors.ts";
import { CROCKFORD, type TerminalId } from "../../signaling/protocol/ids.ts";

/** How long a person is kept waiting by asking again. 2,000 people at 64 set-ups of 3 s each are through in 94 s; three times that. */
export const TURN_LIMIT_MS = 5 * 60_000;
/** Where the server names no time. */
const RETRY_AFTER_S = 5;
/** What it names is kept within these: no flood, and no wait in which a person hears nothing. */
const SHORTEST_S = 1;
const LONGEST_S = 60;
/** Up to this part of the wait is added, so that those who were refused together do not come back together. */
const JITTER = 0.5;

export interface Turn {
  /** Refusals so far. */
  readonly refused: number;
  /** Epoch ms: no more asking from then on. */
  readonly until: number;
}

/** When to ask again, epoch ms; undefined: not worth asking, or no longer. */
export function nextTurn(
  before: Turn | undefined,
  refusal: { code: ErrorCode; retryAfterS: unknown; terminal: TerminalId },
  now: number,
): { turn: Turn; retryAt: number } | undefined {
  if (errorFacts(refusal.code).later !== "asked-again") return undefined;
  const turn = { refused: (before?.refused ?? 0) + 1, until: before?.until ?? now + TURN_LIMIT_MS };
  const told = typeof refusal.retryAfterS === "number" ? refusal.retryAfterS : RETRY_AFTER_S;
  const seconds = Math.min(LONGEST_S, Math.max(SHORTEST_S, told));
  const retryAt = now + Math.round(seconds * 1000 * (1 + JITTER * spread(refusal.terminal, turn.refused)));
  return retryAt < turn.until ? { turn, retryAt } : undefined;
}

/** 0–1 out of two of the terminal ID's random letters, others each time. */
function spread(terminal: TerminalId, time: number): number {
  const letters = terminal.replaceAll("-", "");
  const at = (place: number): number => CROCKFORD.indexOf(letters[place % letters.length] ?? "0");
  return (at(2 * time) * CROCKFORD.length + at(2 * time + 1)) / (CROCKFORD.length ** 2 - 1);
}

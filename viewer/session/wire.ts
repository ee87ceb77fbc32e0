/** The two data channels as typed messages: numbers every one that goes out, parses every one that comes in. */

import type { z } from "zod";
import {
  AgentControl,
  type PointerButton,
  type ViewerControl,
  type ViewerPointer,
} from "../../signaling/protocol/channels.ts";
import type { PhysicalKey } from "../../signaling/protocol/keys.ts";
import { MAX_CHANNEL_MESSAGE_BYTES } from "../../signaling/protocol/limits.ts";
import { type Parsed, parseMessage } from "../../signaling/protocol/signal.ts";
import { Repeats } from "./repeats.ts";

type WithoutSeq<T> = T extends unknown ? Omit<T, "seq"> : never;
export type Input = WithoutSeq<ViewerControl>;
export type Button = z.infer<typeof PointerButton>;
export type Key = PhysicalKey;

/** Longest text in one message, in UTF-16 units (`text` of ViewerControl). */
const MAX_TEXT_UNITS = 256;

/** One peer's outgoing half; a new peer begins again at 1. */
export class Wire {
  readonly #control: (text: string) => boolean;
  readonly #pointer: (text: string) => boolean;
  readonly #repeats: Repeats;
  #controlSeq = 0;
  #pointerSeq = 0;

  constructor(channels: { control: (text: string) => boolean; pointer: (text: string) => boolean }) {
    this.#control = channels.control;
    this.#pointer = channels.pointer;
    this.#repeats = new Repeats(channels.pointer);
  }

  /** The other end says what it understands. */
  takes({ again }: { again: boolean }): void {
    this.#repeats.isWanted = again;
  }

  /** False when the path does not take it now. */
  send(input: Input): boolean {
    this.#controlSeq += 1;
    const message = { ...input, seq: this.#controlSeq } as ViewerControl;
    const text = JSON.stringify(message);
    const sent = this.#control(text);
    if (sent) this.#repeats.add(message, text.length, performance.now());
    return sent;
  }

  /** Nothing is repeated any more. */
  close(): void {
    this.#repeats.close();
  }

  move(x: number, y: number): boolean {
    this.#pointerSeq += 1;
    return this.#pointer(JSON.stringify({ type: "move", seq: this.#pointerSeq, x, y } satisfies ViewerPointer));
  }
}

/** Cuts a text into pieces that fit a message, never inside a surrogate pair. */
export function pieces(text: string): string[] {
  const all: string[] = [];
  let piece = "";
  for (const letter of text) {
    if (piece.length + letter.length > MAX_TEXT_UNITS) {
      all.push(piece);
      piece = "";
    }
    piece += letter;
  }
  return piece === "" ? all : [...all, piece];
}

export function readAgentControl(text: string): Parsed<AgentControl> {
  // UTF-8 is at most three bytes for one UTF-16 unit; a text this long is refused without measuring it.
  if (text.length > MAX_CHANNEL_MESSAGE_BYTES) return { ok: false, problem: "too long" };
  return parseMessage(AgentControl, text);
}

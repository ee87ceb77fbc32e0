/** One attempt of a session to reach its viewer: what belongs to it and to no other. */
import type { Candidate, Codec } from "../../signaling/protocol/signal.ts";
import type { Peer } from "../peer/peer.ts";
import type { FirstPicture } from "../sending/first-picture.ts";
import type { SessionOpen } from "../trust/admission.ts";
import type { LiveViewer } from "./live-viewer.ts";

/** Candidates of one attempt, whenever they come; a browser has a handful, and the library keeps each. */
export const MAX_CANDIDATES = 32;

export class Attempt {
  readonly number: number;
  readonly open: SessionOpen;
  peer: Peer | undefined;
  viewer: LiveViewer | undefined;
  /** Until it is live, or over. */
  first: FirstPicture | undefined;
  #answered = false;
  #channelIsOpen = false;
  #firstWord: string | undefined;
  #early: Candidate[] = [];
  #candidates = 0;

  constructor(open: SessionOpen) {
    this.open = open;
    this.number = open.attempt;
  }

  /** Whom the answer is for. A second one is not looked at, whatever becomes of the first: undefined. */
  takeAnswer(number: number): Peer | undefined {
    if (number !== this.number || !this.peer || this.#answered) return undefined;
    this.#answered = true;
    return this.peer;
  }

  /** Has the desktop get ready for what this viewer will see first, unless it works for somebody else. */
  beginPicture(
    begin: (wish: { codec: Codec; lineBps: number }) => FirstPicture | undefined,
    lineBps: number,
  ): FirstPicture | undefined {
    const [codec] = this.open.codecs;
    this.first ??= codec && begin({ codec, lineBps });
    return this.first;
  }

  /** Nobody will see it. */
  dropPicture(drop: (first: FirstPicture) => void): void {
    if (this.first) drop(this.first);
    this.first = undefined;
  }

  /** The control channel is open; it may be before anybody listens. */
  controlOpen(): void {
    if (this.viewer) this.viewer.controlOpen();
    else this.#channelIsOpen = true;
  }

  /** Of what is said before anybody listens only the first word counts: the viewer is there. */
  control(text: string): void {
    if (this.viewer) this.viewer.control(text);
    else this.#firstWord ??= text;
  }

  /** From now on somebody listens. */
  controlBy(viewer: LiveViewer): void {
    this.viewer = viewer;
    if (this.#channelIsOpen) viewer.controlOpen();
    if (this.#firstWord !== undefined) viewer.control(this.#firstWord);
  }

  /** The answer was accepted: the peer may have what came before it. */
  async useEarlyCandidates(): Promise<void> {
    for (const candidate of this.#early.splice(0)) await this.peer?.addCandidate(candidate);
  }

  async candidate(candidate: Candidate): Promise<void> {
    if (this.#candidates >= MAX_CANDIDATES) return;
    this.#candidates += 1;
    if (this.#answered && this.peer) await this.peer.addCandidate(candidate);
    else this.#early.push(candidate);
  }
}

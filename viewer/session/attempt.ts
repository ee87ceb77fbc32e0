/**
 * One attempt of a session, from the server's `session-opened` to an open path:
 *
 *   key pinned? ─▶ offer signed by it? ─▶ answer, signed by us ─▶ candidates ─▶ certificate as signed ─▶ open
 */
import type { Fingerprint, PublicKey } from "../../signaling/protocol/ids.ts";
import type { ToViewer, ViewerMessage } from "../../signaling/protocol/signal.ts";
import type { Device } from "../device.ts";
import { EarlyCandidates } from "./early-candidates.ts";
import { Peer } from "./peer.ts";
import type { Sample } from "./quality.ts";
import type { Cause, Opening } from "./session-shape.ts";
import { checkOffer, signAnswer } from "./trust.ts";
import { Wire } from "./wire.ts";

export interface AttemptHandlers {
  /** Must not go on: an unknown or a wrong office PC. Nothing of it was shown. */
  refused(cause: Cause): void;
  open(stream: MediaStream | undefined): void;
  stream(stream: MediaStream): void;
  expect(stream: MediaStream): void;
  message(text: string): void;
  lost(cause: string): void;
}

export interface AttemptOptions {
  readonly opening: Opening;
  readonly device: Device;
  readonly terminal: Parameters<Device["pinned"]>[0];
  readonly send: (message: ViewerMessage) => boolean;
  readonly handlers: AttemptHandlers;
}

type Offer = Extract<ToViewer, { type: "offer" }>;

export class Attempt {
  readonly opening: Opening;
  readonly wire: Wire;
  readonly #options: AttemptOptions;
  readonly #pinned: Promise<PublicKey | undefined>;
  #peer: Peer | undefined;
  #offered = false;
  #agentFingerprint: Fingerprint | undefined;
  readonly #candidates = new EarlyCandidates((candidate) => {
    if (!this.#closed) this.#options.send({ type: "candidate", ...this.#address(), candidate });
  });
  #closed = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.opening = options.opening;
    this.#pinned = options.device.pinned(options.terminal).catch(() => undefined);
    this.wire = new Wire({
      control: (text) => this.#peer?.sendControl(text) ?? false,
      pointer: (text) => this.#peer?.sendPointer(text) ?? false,
    });
    void this.#begin();
  }

  /** Only the first offer of an attempt counts. */
  async offer(offer: Offer): Promise<void> {
    if (this.#offered || offer.attempt !== this.opening.attempt) return;
    this.#offered = true;
    const pinned = await this.#pinned;
    if (this.#closed || !pinned) return;
    const verdict = await checkOffer(this.opening, pinned, offer);
    if (this.#closed) return;
    if (!verdict.ok) {
      this.#refuse({ kind: "reason", reason: verdict.reason });
      return;
    }
    this.#agentFingerprint = verdict.fingerprint;
    this.#peer?.accept(offer.sdp, verdict.fingerprint);
  }

  sample(): Promise<Sample | undefined> {
    return this.#peer?.sample() ?? Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.wire.close();
    await this.#peer?.close();
  }

  async #begin(): Promise<void> {
    const pinned = await this.#pinned;
    if (this.#closed) return;
    const { agentKey } = this.opening;
    if (!pinned) {
      this.#refuse({ kind: "unknown-terminal", agentKey });
      return;
    }
    if (pinned !== agentKey) {
      this.#refuse({ kind: "reason", reason: "agent-not-trusted" });
      return;
    }
    const { handlers } = this.#options;
    this.#peer = new Peer(this.opening.iceServers, {
      answer: (sdp) => void this.#answer(sdp),
      candidate: (candidate) => this.#candidates.add(candidate),
      open: (stream) => handlers.open(stream),
      stream: (stream) => handlers.stream(stream),
      expect: (stream) => handlers.expect(stream),
      message: (text) => handlers.message(text),
      untrusted: () => this.#refuse({ kind: "reason", reason: "fingerprint-mismatch" }),
      lost: (cause) => {
        if (!this.#closed) handlers.lost(cause);
      },
    });
  }

  async #answer(sdp: string): Promise<void> {
    const fingerprint = this.#agentFingerprint;
    if (!fingerprint) return;
    const { device, send } = this.#options;
    const signature = await signAnswer((text) => device.sign(text), this.opening, fingerprint, sdp);
    if (this.#closed) return;
    if (!signature) {
      this.#refuse({ kind: "reason", reason: "fingerprint-mismatch" });
      return;
    }
    send({ type: "answer", ...this.#address(), sdp, signature });
    this.#candidates.release();
  }

  #address(): Pick<Opening, "session" | "attempt"> {
    return { session: this.opening.session, attempt: this.opening.attempt };
  }

  #refuse(cause: Cause): void {
    void this.close();
    this.#options.handlers.refused(cause);
  }
}

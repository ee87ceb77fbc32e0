/** What this PC says of a session when it is over (protocol/receipt.ts). It counts what goes through the session's peers by standing between. */

import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { PolicyId } from "../../signaling/protocol/policy.ts";
import { RECEIPT_CHANNELS, type Receipt } from "../../signaling/protocol/receipt.ts";
import type { AgentMessage } from "../../signaling/protocol/signal.ts";
import { receiptText, sign } from "../../signaling/protocol/signed.ts";
import type { OpenPeer, Peer, VideoPacket } from "../peer/peer.ts";
import type { SessionOpen } from "../trust/admission.ts";
import type { Identity } from "../trust/identity.ts";

export class SessionReceipt {
  readonly #open: SessionOpen;
  readonly #clock: () => number;
  #from: number | undefined;
  #sent = 0;
  #received = 0;
  #policy: PolicyId | null;
  #viewOnly = false;

  /** `clock`: epoch ms. */
  constructor(open: SessionOpen, clock: () => number) {
    this.#open = open;
    this.#clock = clock;
    this.#policy = open.policy?.id ?? null;
  }

  /** Opens peers that are counted. */
  counting(openPeer: OpenPeer): OpenPeer {
    return async (options) => {
      const { control, pointer } = options.handlers;
      const handlers = {
        ...options.handlers,
        control: (text: string) => {
          this.#received += Buffer.byteLength(text);
          control(text);
        },
        pointer: (text: string) => {
          this.#received += Buffer.byteLength(text);
          pointer(text);
        },
      };
      return new CountedPeer(await openPeer({ ...options, handlers }), (bytes) => {
        this.#sent += bytes;
      });
    };
  }

  /** Somebody sees this PC now. */
  live(viewOnly: boolean): void {
    this.#from ??= this.#clock();
    this.#viewOnly = viewOnly;
  }

  follow(policy: PolicyId | undefined): void {
    this.#policy = policy ?? null;
  }

  /** Undefined: nobody has seen this PC in it. */
  async signed(
    identity: Identity,
    reason: EndReason,
  ): Promise<Extract<AgentMessage, { type: "session-receipt" }> | undefined> {
    if (this.#from === undefined) return undefined;
    const { session, person } = this.#open;
    const receipt: Receipt = {
      ...{ version: 1, session, terminal: identity.terminal, login: person.login, person: person.name },
      ...{ from: this.#from, to: Math.max(this.#from, this.#clock()), channels: [...RECEIPT_CHANNELS] },
      ...{
        viewOnly: this.#viewOnly,
        policy: this.#policy,
        sentBytes: this.#sent,
        receivedBytes: this.#received,
        reason,
      },
    };
    const text = JSON.stringify(receipt);
    return { type: "session-receipt", text, signature: await sign(identity.privateKey, receiptText(text)) };
  }
}

class CountedPeer implements Peer {
  readonly #peer: Peer;
  readonly #count: (bytes: number) => void;

  constructor(peer: Peer, count: (bytes: number) => void) {
    this.#peer = peer;
    this.#count = count;
  }

  get sdp() {
    return this.#peer.sdp;
  }
  get fingerprint() {
    return this.#peer.fingerprint;
  }
  get relayUrl() {
    return this.#peer.relayUrl;
  }
  get hasTransportFeedback() {
    return this.#peer.hasTransportFeedback;
  }
  accept(answer: Parameters<Peer["accept"]>[0]) {
    return this.#peer.accept(answer);
  }
  addCandidate(candidate: Parameters<Peer["addCandidate"]>[0]) {
    return this.#peer.addCandidate(candidate);
  }
  send(packet: VideoPacket, wide: number) {
    this.#count(packet.payload.length);
    this.#peer.send(packet, wide);
  }
  resend(packet: VideoPacket, wide: number) {
    const isSent = this.#peer.resend(packet, wide);
    if (isSent) this.#count(packet.payload.length);
    return isSent;
  }
  sendControl(text: string) {
    const isSent = this.#peer.sendControl(text);
    if (isSent) this.#count(Buffer.byteLength(text));
    return isSent;
  }
  close() {
    return this.#peer.close();
  }
}

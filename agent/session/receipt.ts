/** What this PC says of a session when it is over (protocol/receipt.ts). It counts what goes through the session's peers by standing between. */

import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { SessionId } from "../../signaling/protocol/ids.ts";
import type { PolicyId } from "../../signaling/protocol/policy.ts";
import { RECEIPT_CHANNELS, type Receipt } from "../../signaling/protocol/receipt.ts";
import type { AgentMessage } from "../../signaling/protocol/signal.ts";
import { receiptText, sign } from "../../signaling/protocol/signed.ts";
import type { Log } from "../log.ts";
import type { OpenPeer, Peer, VideoPacket } from "../peer/peer.ts";
import type { SessionOpen } from "../trust/admission.ts";
import type { Identity } from "../trust/identity.ts";
import type { SessionState } from "./session-state.ts";

export interface ReceiptsOptions {
  readonly identity: Identity;
  readonly log: Log;
  readonly send: (message: AgentMessage) => void;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** Of the sessions that this PC has. */
export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #begun = new Map<SessionId, SessionReceipt>();
  readonly #saying = new Set<Promise<unknown>>();

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  begin(open: SessionOpen): SessionReceipt {
    const receipt = new SessionReceipt(open, this.#options.clock);
    this.#begun.set(open.session, receipt);
    return receipt;
  }

  get(id: SessionId): SessionReceipt | undefined {
    return this.#begun.get(id);
  }

  /** It is over: what was in it is signed and told. */
  end({ id, state }: { readonly id: SessionId; readonly state: SessionState }): void {
    const receipt = this.#begun.get(id);
    this.#begun.delete(id);
    const { identity, send, log } = this.#options;
    if (!receipt || state.kind !== "ended") return;
    const saying = receipt.signed(identity, state.reason).then(
      (message) => message && send(message),
      (err: unknown) => log.error({ err, session: id }, "this session's receipt could not be signed"),
    );
    this.#saying.add(saying);
    void saying.finally(() => this.#saying.delete(saying));
  }

  /** Waits for those that are being signed. */
  async close(): Promise<void> {
    await Promise.all(this.#saying);
  }
}

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

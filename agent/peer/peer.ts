/** One WebRTC peer of one attempt, the agent's end: a port. Adapter: werift-peer.ts. */
import type { Fingerprint } from "../../signaling/protocol/ids.ts";
import type { Candidate, Codec } from "../../signaling/protocol/signal.ts";
import type { Network } from "../network/network.ts";
import type { TransportFeedback } from "../sending/congestion.ts";

export interface RelayUrl {
  readonly url: string;
  readonly username: string;
  readonly credential: string;
}

export interface PeerOptions {
  readonly relay: RelayUrl;
  readonly network: Network;
  /** The CA pinned at enrolment, PEM. */
  readonly ca: string | undefined;
  readonly codecs: readonly Codec[];
  /** Time for the relay to answer, ms. */
  readonly timeoutMs: number;
  readonly handlers: PeerHandlers;
}

export interface PeerHandlers {
  /** The certificate that arrived is the signed one and its key was proven. Only now may pictures flow and messages count. */
  connected(codec: Codec): void;
  /** The control channel can carry messages. */
  controlOpen(): void;
  control(text: string): void;
  pointer(text: string): void;
  /** Over for good; called at most once and never after close(). */
  lost(cause: PeerLoss): void;
  keyframeRequested(): void;
  packetsLost(sequences: readonly number[]): void;
  transportFeedback(feedback: TransportFeedback): void;
  /** Anything that proves the viewer is alive: authenticated RTCP arrived, or something in its DTLS. */
  heard(): void;
}

export type PeerLoss =
  | { kind: "path"; problem: string }
  | { kind: "fingerprint"; problem: string }
  | { kind: "answer"; problem: string };

export interface VideoPacket {
  readonly payload: Buffer;
  /** Last packet of its picture. */
  readonly marker: boolean;
  readonly timestamp: number;
  readonly sequence: number;
}

export interface Peer {
  readonly sdp: string;
  readonly fingerprint: Fingerprint;
  readonly relayUrl: string;
  /** `fingerprint`: the one the device signed. False when the two have no codec in common. Throws on an unusable answer. */
  accept(answer: { sdp: string; fingerprint: Fingerprint }): Promise<boolean>;
  /** Candidates that are not relayed are ignored. */
  addCandidate(candidate: Candidate): Promise<void>;
  /** `wide`: the transport-wide sequence number, 16 bits. */
  send(packet: VideoPacket, wide: number): void;
  /** Sends it again in the retransmission stream (RFC 4588). False when the viewer did not agree to one. */
  resend(packet: VideoPacket, wide: number): boolean;
  /** False when the channel is not open or too much is waiting. */
  sendControl(text: string): boolean;
  readonly hasTransportFeedback: boolean;
  close(): Promise<void>;
}

/** Resolves when the relay has given an address and the offer is complete. Rejects with words when it does not answer. */
export type OpenPeer = (options: PeerOptions) => Promise<Peer>;

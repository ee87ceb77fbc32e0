/**
 * One attempt's WebRTC peer, the only file that knows simple-peer: answers one offer, over the relay only.
 *
 * It is born locked. Until the certificate that really arrived (RFC 8827 §6.5) has been compared with the one that the
 * office PC signed, no frame leaves it, no message leaves it, and nothing can be sent through it.
 */
import SimplePeer from "simple-peer/simplepeer.min.js";
import { CONTROL_CHANNEL, POINTER_CHANNEL } from "../../signaling/protocol/channels.ts";
import type { IceServer } from "../../signaling/protocol/ice-server.ts";
import { Fingerprint } from "../../signaling/protocol/ids.ts";
import type { Candidate } from "../../signaling/protocol/signal.ts";
import { type CodecDescription, codecOf } from "./codecs.ts";
import { Gathering } from "./gathering.ts";
import type { Sample } from "./quality.ts";

/** Positions that wait in the browser are stale; beyond this nothing is added, bytes. */
const MAX_POINTER_BUFFERED_BYTES = 2_048;
/** Keys must not be lost, but a path that takes none of them for this long is dead anyway, bytes. */
const MAX_CONTROL_BUFFERED_BYTES = 256 * 1024;

export interface PeerHandlers {
  /** The local answer, before it is signed and sent. */
  answer(sdp: string): void;
  candidate(candidate: Candidate): void;
  /** Verified and open: from now on frames, messages and input flow. */
  open(stream: MediaStream | undefined): void;
  stream(stream: MediaStream): void;
  /** A stream is on its way; it must not be shown before it comes by open() or stream(). */
  expect(stream: MediaStream): void;
  message(text: string): void;
  /** The certificate is not the signed one. The peer is already closed. */
  untrusted(): void;
  /** The path is gone; `close` needs not be called. */
  lost(cause: string): void;
}

/** What this browser says it can decode. */
export function decodableHere(): readonly CodecDescription[] {
  return RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
}

export class Peer {
  readonly #handlers: PeerHandlers;
  readonly #peer: SimplePeer;
  readonly #pointer: RTCDataChannel | undefined;
  readonly #gathering = new Gathering(() => this.#lose("the browser looks for no way to the relay"));
  #signed: Fingerprint | undefined;
  #stream: MediaStream | undefined;
  #connected = false;
  #checking = false;
  #verified = false;
  #closed = false;

  constructor(iceServers: readonly IceServer[], handlers: PeerHandlers) {
    this.#handlers = handlers;
    const { label, ...control } = CONTROL_CHANNEL;
    this.#peer = new SimplePeer({
      initiator: false,
      objectMode: true,
      trickle: true,
      channelName: label,
      channelConfig: { ...control, negotiated: true },
      config: {
        iceServers: iceServers.map(({ urls, ...credentials }) => ({ urls: [...urls], ...credentials })),
        iceTransportPolicy: "relay",
        bundlePolicy: "max-bundle",
        // The relay is asked for while the office PC still prepares its offer.
        iceCandidatePoolSize: 1,
      },
    });
    const pc = this.#peer._pc;
    if (pc) {
      const { label: name, ...pointer } = POINTER_CHANNEL;
      this.#pointer = pc.createDataChannel(name, { ...pointer, negotiated: true });
      pc.addEventListener("track", (event) => this.#track(event));
    }
    this.#listen();
  }

  /** Takes the offer whose signature was verified over `signed`, its one fingerprint. */
  accept(sdp: string, signed: Fingerprint): void {
    if (this.#closed || this.#signed) return;
    this.#signed = signed;
    this.#peer.signal({ type: "offer", sdp });
  }

  /** False when it cannot be sent now: not verified, not open, or the path takes nothing any more. */
  sendControl(text: string): boolean {
    const pc = this.#peer._pc;
    if (!this.#verified || this.#closed || !pc) return false;
    try {
      this.#peer.send(text);
    } catch {
      return false;
    }
    const waiting = (this.#peer as unknown as { _channel: RTCDataChannel | null })._channel?.bufferedAmount ?? 0;
    if (waiting > MAX_CONTROL_BUFFERED_BYTES) this.#lose("control channel is full");
    return true;
  }

  sendPointer(text: string): boolean {
    const channel = this.#pointer;
    if (!this.#verified || this.#closed || channel?.readyState !== "open") return false;
    if (channel.bufferedAmount > MAX_POINTER_BUFFERED_BYTES) return false;
    channel.send(text);
    return true;
  }

  /** Figures of the moment; undefined when there are none. */
  async sample(): Promise<Sample | undefined> {
    const report = await this.#peer._pc?.getStats().catch(() => undefined);
    return report && !this.#closed ? sampleOf(report) : undefined;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#verified = false;
    this.#gathering.close();
    this.#peer.destroy();
  }

  #listen(): void {
    this.#peer.on("signal", (signal) => {
      if (this.#closed) return;
      if (signal.type === "answer") {
        this.#gathering.begun();
        this.#handlers.answer(signal.sdp ?? "");
      }
      // An empty candidate is the end of them (RFC 8838 §9); the office PC does not need it.
      else if (signal.type === "candidate" && signal.candidate.candidate) {
        this.#gathering.found();
        this.#handlers.candidate(plain(signal.candidate));
      }
      // `renegotiate` and `transceiverRequest` belong to no session of ours and are dropped.
    });
    this.#peer.on("connect", () => {
      this.#connected = true;
      void this.#unlock();
    });
    this.#peer.on("error", (error) => this.#lose(error.message));
    this.#peer.on("close", () => this.#lose("closed"));
    this.#peer._pc?.addEventListener("connectionstatechange", () => void this.#unlock());
  }

  #track({ receiver, track, streams }: RTCTrackEvent): void {
    if (track.kind !== "video" || this.#stream) return;
    receiver.jitterBufferTarget = 0;
    this.#stream = streams[0] ?? new MediaStream([track]);
    if (this.#verified) this.#handlers.stream(this.#stream);
    else this.#handlers.expect(this.#stream);
  }

  /** The lock opens once DTLS is through, the control channel is open, and the certificate is the signed one. */
  async #unlock(): Promise<void> {
    const pc = this.#peer._pc;
    if (!pc || this.#closed || this.#verified || this.#checking || !this.#connected) return;
    if (pc.connectionState !== "connected") return;
    this.#checking = true;
    const arrived = await arrivedFingerprint(pc).catch(() => undefined);
    this.#checking = false;
    if (this.#closed) return;
    if (!arrived || arrived !== this.#signed) {
      await this.close();
      this.#handlers.untrusted();
      return;
    }
    this.#verified = true;
    this.#handlers.open(this.#stream);
    // simple-peer is a Node stream: what came earlier has waited for this listener.
    this.#peer.on("data", (data) => {
      if (this.#closed) return;
      if (typeof data === "string") this.#handlers.message(data);
    });
  }

  #lose(cause: string): void {
    if (this.#closed) return;
    void this.close();
    this.#handlers.lost(cause);
  }
}

function plain({ candidate = "", sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidateInit): Candidate {
  return {
    candidate,
    ...(sdpMid === undefined ? {} : { sdpMid }),
    ...(sdpMLineIndex === undefined ? {} : { sdpMLineIndex }),
    ...(usernameFragment === undefined ? {} : { usernameFragment }),
  };
}

type Stats = Record<string, unknown> & { id: string; type: string };

/** SHA-256 of the DTLS certificate in use; undefined unless there is exactly one transport with exactly one. */
async function arrivedFingerprint(pc: RTCPeerConnection): Promise<Fingerprint | undefined> {
  const report = await pc.getStats();
  const transports = [...values(report)].filter((stats) => stats.type === "transport");
  const [transport] = transports;
  if (transports.length !== 1 || transport?.["dtlsState"] !== "connected") return undefined;
  const certificate = report.get(String(transport["remoteCertificateId"])) as Stats | undefined;
  if (certificate?.["fingerprintAlgorithm"] !== "sha-256") return undefined;
  const parsed = Fingerprint.safeParse(String(certificate["fingerprint"]).toLowerCase());
  return parsed.success ? parsed.data : undefined;
}

const values = (report: RTCStatsReport): Iterable<Stats> => report.values() as Iterable<Stats>;

function sampleOf(report: RTCStatsReport): Sample {
  const all = [...values(report)];
  const video = all.find((stats) => stats.type === "inbound-rtp" && stats["kind"] === "video");
  const transport = all.find((stats) => stats.type === "transport");
  const pair = report.get(String(transport?.["selectedCandidatePairId"])) as Stats | undefined;
  const local = report.get(String(pair?.["localCandidateId"])) as Stats | undefined;
  const codec = report.get(String(video?.["codecId"])) as (Stats & CodecDescription) | undefined;
  return {
    at: performance.now(),
    bytes: number(transport?.["bytesReceived"]),
    packets: number(video?.["packetsReceived"]),
    whole: number(video?.["framesReceived"]),
    frames: number(video?.["framesDecoded"]),
    freezes: number(video?.["freezeCount"]),
    lost: number(video?.["packetsLost"]),
    codec: codec && codecOf(codec),
    relay: typeof local?.["relayProtocol"] === "string" ? local["relayProtocol"] : undefined,
  };
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

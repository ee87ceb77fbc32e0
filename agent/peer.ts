/**
 * One WebRTC peer of one attempt: the agent's end. The only file that knows the WebRTC library (werift).
 *
 *   openPeer ──allocation made──▶ offer ──accept(answer)──▶ connecting ──certificate proven──▶ connected
 *                                                               └──▶ lost (path, fingerprint, …)   close() is final
 *
 * What the library does not do, or does wrongly, is done here: one TURN URL at a time; all candidates inside the offer; relayed
 * ones only; the certificate proven (see dtls-proof.ts) and no second handshake after it; RTP written to the transport directly, so that
 * its retransmission cache, its bandwidth estimate and its sender reports stay idle; the allocation given back on close.
 */
import type { TLSSocket } from "node:tls";
import {
  CipherContext,
  classes,
  GenericNack,
  HashAlgorithm,
  MediaStream,
  MediaStreamTrack,
  Message,
  methods,
  NamedCurveAlgorithm,
  PictureLossIndication,
  RTCCertificate,
  type RTCDataChannel,
  type RTCDtlsTransport,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RTCRtpTransceiver,
  type RtcpPacket,
  RtcpPayloadSpecificFeedback,
  RtcpTransportLayerFeedback,
  RtpHeader,
  SignatureAlgorithm,
  StunOverTurnProtocol,
  TransportWideCC,
  useSdesMid,
  useTransportWideCC,
} from "werift";
import { CONTROL_CHANNEL, POINTER_CHANNEL } from "../signaling/protocol/channels.ts";
import type { Fingerprint } from "../signaling/protocol/ids.ts";
import { MAX_CHANNEL_MESSAGE_BYTES } from "../signaling/protocol/limits.ts";
import type { Candidate, Codec } from "../signaling/protocol/signal.ts";
import { onlyFingerprint } from "../signaling/protocol/signed.ts";
import { fingerprintOf, HANDSHAKE, proveClient } from "./dtls-proof.ts";
import type { Network } from "./network/network.ts";
import { reachRelay } from "./relay-tls.ts";
import { answererIsDtlsClient, codecOf, isRelayCandidate, OFFERED, relayOnly } from "./sdp.ts";
import type { TransportFeedback } from "./sending/congestion.ts";

/** The extension that makes the viewer show a picture as soon as it is decoded; min = max = 0 (10 ms units, 12 bits each). */
const PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
const PLAYOUT_DELAY_NONE = Buffer.from([0, 0, 0]);
const TRANSPORT_WIDE_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const FULL_INTRA_REQUEST = 4;
/** By then a session that begins has its picture, and the processor is free. */
const SPARE_AFTER_MS = 5_000;
/** How long closing waits for the relay to confirm that the allocation is gone. */
const DEALLOCATE_TIMEOUT_MS = 1_000;

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
  /** Anything that proves the viewer is alive: authenticated RTCP arrived. */
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

/** Each peer has a certificate of its own, used once; the next one is made while nobody waits for it. */
export function peerOpener(): OpenPeer {
  let spare: Promise<RTCCertificate> | undefined;
  const prepare = () => {
    spare ??= ownCertificate();
    spare.catch(() => undefined); // whoever takes it is told
  };
  prepare();
  return async (options) => {
    const certificate = spare ?? ownCertificate();
    spare = undefined;
    setTimeout(prepare, SPARE_AFTER_MS).unref();
    return openPeer(options, await certificate);
  };
}

async function openPeer(options: PeerOptions, certificate: RTCCertificate): Promise<Peer> {
  const { relay, codecs } = options;
  if (!/^turns?:/.test(relay.url) || !relay.username || !relay.credential) {
    throw new Error("no relay was named"); // without one the library would ask a public STUN server
  }
  const began = performance.now();
  const { url, tls } = await reachRelay(options);
  const pc = new RTCPeerConnection({
    codecs: { audio: [], video: codecs.flatMap(codecParameters) },
    headerExtensions: { audio: [], video: headerExtensions() },
    iceServers: [{ urls: url, username: relay.username, credential: relay.credential }],
    iceTransportPolicy: "relay",
    iceUseIpv6: false,
    ...(tls && { turnTlsOptions: tls }),
    bundlePolicy: "max-bundle",
    certificates: [certificate],
    maxMessageSize: MAX_CHANNEL_MESSAGE_BYTES,
  });
  const peer = new WeriftPeer(pc, options);
  await peer.gather(Math.max(1, options.timeoutMs - (performance.now() - began)));
  return peer;
}

class WeriftPeer implements Peer {
  readonly relayUrl: string;
  sdp = "";
  fingerprint: Fingerprint = "" as Fingerprint;
  readonly #pc: RTCPeerConnection;
  readonly #handlers: PeerHandlers;
  readonly #transceiver: RTCRtpTransceiver;
  readonly #transport: RTCDtlsTransport;
  readonly #control: RTCDataChannel;
  #expected: Fingerprint | undefined;
  #video: NegotiatedVideo | undefined;
  #proven = false;
  #over = false;
  #closing: Promise<void> | undefined;
  #rtxSequence = Math.floor(Math.random() * 0x7fff);

  constructor(pc: RTCPeerConnection, options: PeerOptions) {
    this.#pc = pc;
    this.relayUrl = options.relay.url;
    this.#handlers = options.handlers;
    const track = new MediaStreamTrack({ kind: "video" });
    // simple-peer reports a track only when the SDP carries a stream id
    const stream = new MediaStream({ id: "screen", tracks: [track] });
    this.#transceiver = pc.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    this.#control = this.#channel(CONTROL_CHANNEL, (text) => options.handlers.control(text));
    this.#channel(POINTER_CHANNEL, (text) => options.handlers.pointer(text));
    this.#transport = this.#transceiver.dtlsTransport;
    // the library would parse feedback for its own sender, which sends nothing here
    this.#transceiver.sender.handleRtcpPacket = () => {};
    this.#watch();
  }

  async gather(timeoutMs: number): Promise<void> {
    const gathering = this.#pc.createOffer().then((offer) => this.#pc.setLocalDescription(offer));
    const settled = gathering.catch(() => undefined);
    const inTime = await Promise.race([settled.then(() => true), elapsed(timeoutMs).then(() => false)]);
    const sdp = this.#pc.localDescription?.sdp ?? "";
    const fingerprint = onlyFingerprint(sdp);
    if (!inTime || !fingerprint || !sdp.includes(" typ relay")) {
      // the library goes on trying: whatever it still gets is given back when it is done
      void settled.then(() => this.#release());
      await this.close();
      throw new Error(inTime ? "the relay refused" : `the relay did not answer within ${Math.round(timeoutMs)} ms`);
    }
    this.sdp = relayOnly(sdp);
    this.fingerprint = fingerprint;
    this.#tendStream();
  }

  async accept(answer: { sdp: string; fingerprint: Fingerprint }): Promise<boolean> {
    if (!answererIsDtlsClient(answer.sdp)) throw new Error("the answer does not make the viewer the DTLS client");
    this.#expected = answer.fingerprint;
    await this.#pc.setRemoteDescription({ type: "answer", sdp: relayOnly(answer.sdp) });
    this.#video = negotiatedVideo(this.#transceiver);
    return this.#video !== undefined;
  }

  async addCandidate(candidate: Candidate): Promise<void> {
    if (this.#over || !isRelayCandidate(candidate)) return;
    const { sdpMid, sdpMLineIndex } = candidate;
    await this.#pc.addIceCandidate({
      candidate: candidate.candidate,
      sdpMid: sdpMid ?? null,
      sdpMLineIndex: sdpMLineIndex ?? null,
    });
  }

  send(packet: VideoPacket, wide: number): void {
    const video = this.#video;
    if (!video || !this.#proven || this.#over) return;
    const header = rtpHeader(packet, wide, video);
    header.payloadType = video.payloadType;
    header.ssrc = this.#transceiver.sender.ssrc;
    header.sequenceNumber = packet.sequence;
    void this.#transport.sendRtp(packet.payload, header);
  }

  resend(packet: VideoPacket, wide: number): boolean {
    const video = this.#video;
    if (!video?.rtxPayloadType || !this.#proven || this.#over) return false;
    const header = rtpHeader(packet, wide, video);
    header.payloadType = video.rtxPayloadType;
    header.ssrc = this.#transceiver.sender.rtxSsrc;
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    header.sequenceNumber = this.#rtxSequence;
    const original = Buffer.alloc(2);
    original.writeUInt16BE(packet.sequence);
    void this.#transport.sendRtp(Buffer.concat([original, packet.payload]), header);
    return true;
  }

  sendControl(text: string): boolean {
    if (!this.#proven || this.#over || this.#control.readyState !== "open") return false;
    if (this.#control.bufferedAmount > 4 * MAX_CHANNEL_MESSAGE_BYTES) return false;
    this.#control.send(text);
    return true;
  }

  get hasTransportFeedback(): boolean {
    return this.#video?.wideId !== undefined;
  }

  close(): Promise<void> {
    this.#over = true;
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #release(): Promise<void> {
    await Promise.race([deallocate(this.#pc), elapsed(DEALLOCATE_TIMEOUT_MS)]);
    await this.#pc.close();
  }

  #channel(channel: typeof CONTROL_CHANNEL | typeof POINTER_CHANNEL, onText: (text: string) => void): RTCDataChannel {
    const { label, ...options } = channel;
    const opened = this.#pc.createDataChannel(label, { ...options, negotiated: true });
    opened.onMessage.subscribe((data) => {
      // what arrives before the proof was sent by nobody we know
      if (this.#proven && !this.#over && typeof data === "string" && data.length <= MAX_CHANNEL_MESSAGE_BYTES)
        onText(data);
    });
    opened.stateChanged.subscribe((state) => {
      if (this.#over || channel !== CONTROL_CHANNEL) return;
      if (state === "open" && this.#proven) this.#handlers.controlOpen();
      if (state === "closed") this.#lose({ kind: "path", problem: "the viewer closed the connection" });
    });
    return opened;
  }

  #watch(): void {
    this.#transport.onStateChange.subscribe((state) => {
      if (state === "connected") this.#prove();
      if (state === "failed") this.#lose(this.#whyHandshakeFailed());
      if (state === "closed") this.#lose({ kind: "path", problem: "the viewer closed the connection" });
    });
    this.#pc.connectionStateChange.subscribe((state) => {
      if (state === "failed") this.#lose({ kind: "path", problem: "no path through the relay" });
    });
    this.#transport.onRtcp.subscribe((packet) => {
      if (this.#proven && !this.#over) this.#feedback(packet);
    });
  }

  /** Runs within the event in which the transport became connected: nothing has been sent or handed on yet. */
  #prove(): void {
    const socket = this.#transport.dtls;
    const video = this.#video;
    if (this.#over || !socket || !this.#expected) return;
    const messages = socket.dtls.sortedHandshakeCache.map((message) => ({
      type: message.msg_type,
      body: message.fragment,
      whole: message.serialize(),
    }));
    const proof = proveClient(
      { messages, peerKey: socket.cipher.remoteKeyPair.publicKey ?? new Uint8Array() },
      this.#expected,
    );
    if (!proof.ok) this.#lose({ kind: "fingerprint", problem: proof.problem });
    if (!proof.ok || !video) return;
    // from here on only a repeated Finished may be answered; a new ClientHello, which anybody on the way can write, never
    const handle = socket.onHandleHandshakes;
    socket.onHandleHandshakes = (handshakes) =>
      handle(handshakes.filter((handshake) => handshake.msg_type === HANDSHAKE.finished));
    this.#proven = true;
    this.#handlers.connected(video.codec);
    if (this.#control.readyState === "open") this.#handlers.controlOpen();
  }

  #whyHandshakeFailed(): PeerLoss {
    const shown = this.#transport.dtls?.remoteCertificate;
    return shown && fingerprintOf(shown) !== this.#expected
      ? { kind: "fingerprint", problem: "the certificate is not the one whose fingerprint was signed" }
      : { kind: "path", problem: "the DTLS handshake failed" };
  }

  #lose(cause: PeerLoss): void {
    if (this.#over) return;
    void this.close();
    this.#handlers.lost(cause);
  }

  #feedback(packet: RtcpPacket): void {
    this.#handlers.heard();
    if (packet instanceof RtcpTransportLayerFeedback) {
      const { feedback } = packet;
      const mine = this.#transceiver.sender.ssrc;
      if (feedback instanceof GenericNack && feedback.mediaSourceSsrc === mine)
        this.#handlers.packetsLost(feedback.lost);
      if (feedback instanceof TransportWideCC) this.#handlers.transportFeedback(readFeedback(feedback));
    } else if (packet instanceof RtcpPayloadSpecificFeedback) {
      const kind = packet.feedback?.count;
      if (kind === PictureLossIndication.count || kind === FULL_INTRA_REQUEST) this.#handlers.keyframeRequested();
    }
  }

  /**
   * The library leaves Nagle's algorithm on, which holds small packets back for the other side's delayed ACK (40 ms). And it opens
   * a stream that ended again, which has no allocation.
   */
  #tendStream(): void {
    for (const protocol of turnProtocols(this.#pc)) {
      const { stream } = protocol.turn.transport as { stream?: { client: TLSSocket; closed: boolean } };
      stream?.client.setNoDelay(true);
      stream?.client.prependListener("end", () => {
        stream.closed = true;
      });
    }
  }
}

interface NegotiatedVideo {
  readonly codec: Codec;
  readonly payloadType: number;
  readonly rtxPayloadType: number | undefined;
  readonly wideId: number | undefined;
  readonly playoutDelayId: number | undefined;
}

function negotiatedVideo(transceiver: RTCRtpTransceiver): NegotiatedVideo | undefined {
  const { codecs, headerExtensions } = transceiver;
  for (const candidate of codecs) {
    const codec = codecOf({ name: candidate.name, fmtp: candidate.parameters ?? "" });
    if (!codec) continue;
    const rtx = codecs.find(
      (other) => other.name.toLowerCase() === "rtx" && other.parameters === `apt=${candidate.payloadType}`,
    );
    const idOf = (uri: string): number | undefined => headerExtensions.find((extension) => extension.uri === uri)?.id;
    return {
      codec,
      payloadType: candidate.payloadType,
      rtxPayloadType: rtx?.payloadType,
      wideId: idOf(TRANSPORT_WIDE_URI),
      playoutDelayId: idOf(PLAYOUT_DELAY_URI),
    };
  }
  return undefined;
}

function rtpHeader(packet: VideoPacket, wide: number, video: NegotiatedVideo): RtpHeader {
  const extensions = [];
  if (video.wideId) {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(wide);
    extensions.push({ id: video.wideId, payload });
  }
  if (video.playoutDelayId) extensions.push({ id: video.playoutDelayId, payload: PLAYOUT_DELAY_NONE });
  return new RtpHeader({
    version: 2,
    marker: packet.marker,
    timestamp: packet.timestamp,
    extension: extensions.length > 0,
    extensionProfile: 0xbede, // one-byte headers, RFC 8285 §4.2
    extensions,
  });
}

function codecParameters(codec: Codec): RTCRtpCodecParameters[] {
  const { mimeType, payloadType, fmtp } = OFFERED[codec];
  const rtcpFeedback = [
    { type: "nack" },
    { type: "nack", parameter: "pli" },
    { type: "ccm", parameter: "fir" },
    { type: "transport-cc" },
  ];
  return [
    new RTCRtpCodecParameters({ mimeType, clockRate: 90_000, payloadType, parameters: fmtp, rtcpFeedback }),
    new RTCRtpCodecParameters({
      mimeType: "video/rtx",
      clockRate: 90_000,
      payloadType: payloadType + 1,
      parameters: `apt=${payloadType}`,
    }),
  ];
}

const headerExtensions = (): RTCRtpHeaderExtensionParameters[] => [
  useSdesMid(),
  useTransportWideCC(),
  new RTCRtpHeaderExtensionParameters({ uri: PLAYOUT_DELAY_URI }),
];

async function ownCertificate(): Promise<RTCCertificate> {
  const algorithm = { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 };
  const { keyPem, certPem, signatureHash } = await CipherContext.createSelfSignedCertificateWithKey(
    algorithm,
    NamedCurveAlgorithm.secp256r1_23,
  );
  return new RTCCertificate(keyPem, certPem, signatureHash);
}

/** draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1, from the chunks as the library split them. */
function readFeedback(feedback: TransportWideCC): TransportFeedback {
  const packets: { wide: number; arrivedAtMs: number | undefined }[] = [];
  let wide = feedback.baseSequenceNumber;
  let arrivedAtMs = feedback.referenceTime * 64;
  let delta = 0;
  for (const chunk of feedback.packetChunks) {
    const symbols = "symbolList" in chunk ? chunk.symbolList : Array<number>(chunk.runLength).fill(chunk.packetStatus);
    for (const symbol of symbols) {
      if (packets.length >= feedback.packetStatusCount) break;
      const received = symbol === 1 || symbol === 2;
      if (received) arrivedAtMs += (feedback.recvDeltas[delta++]?.delta ?? 0) / 1_000;
      packets.push({ wide, arrivedAtMs: received ? arrivedAtMs : undefined });
      wide = (wide + 1) & 0xffff;
    }
  }
  return packets;
}

const turnProtocols = (pc: RTCPeerConnection): StunOverTurnProtocol[] =>
  pc.iceTransports.flatMap((transport) => {
    const { protocols } = transport.connection as unknown as { protocols: unknown[] };
    return protocols.filter((protocol) => protocol instanceof StunOverTurnProtocol);
  });

/** Refresh with lifetime 0 (RFC 8656 §7.1). The library leaves the allocation to run out, which takes ten minutes of quota. */
async function deallocate(pc: RTCPeerConnection): Promise<void> {
  await Promise.allSettled(
    turnProtocols(pc).map(({ turn }) => {
      const refresh = new Message(methods.REFRESH, classes.REQUEST);
      refresh.setAttribute("LIFETIME", 0);
      return turn.requestWithRetry(refresh, turn.server);
    }),
  );
}

const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

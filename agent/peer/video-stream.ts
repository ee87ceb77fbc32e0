/**
 * The one video stream to the viewer: what was agreed on for it, its RTP, and what the viewer's RTCP says of it. RTP is written to
 * the transport directly, so that the library's retransmission cache, bandwidth estimate and sender reports stay idle.
 */
import {
  GenericNack,
  PictureLossIndication,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RTCRtpTransceiver,
  type RtcpPacket,
  RtcpPayloadSpecificFeedback,
  RtcpTransportLayerFeedback,
  RtpHeader,
  TransportWideCC,
  useSdesMid,
  useTransportWideCC,
} from "werift";
import type { Codec } from "../../signaling/protocol/signal.ts";
import type { TransportFeedback } from "../sending/congestion.ts";
import type { PeerHandlers, VideoPacket } from "./peer.ts";
import { codecOf, OFFERED } from "./sdp.ts";

/** The extension that makes the viewer show a picture as soon as it is decoded; min = max = 0 (10 ms units, 12 bits each). */
const PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
const PLAYOUT_DELAY_NONE = Buffer.from([0, 0, 0]);
const TRANSPORT_WIDE_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const FULL_INTRA_REQUEST = 4;

type FeedbackHandlers = Pick<PeerHandlers, "keyframeRequested" | "packetsLost" | "transportFeedback">;

export class VideoStream {
  readonly #transceiver: RTCRtpTransceiver;
  #negotiated: NegotiatedVideo | undefined;
  #rtxSequence = Math.floor(Math.random() * 0x7fff);

  constructor(transceiver: RTCRtpTransceiver) {
    this.#transceiver = transceiver;
    // the library would parse feedback for its own sender, which sends nothing here
    transceiver.sender.handleRtcpPacket = () => {};
  }

  /** To be called when the answer was set. False when the two have no codec in common. */
  negotiated(): boolean {
    this.#negotiated = negotiatedVideo(this.#transceiver);
    return this.#negotiated !== undefined;
  }

  get codec(): Codec | undefined {
    return this.#negotiated?.codec;
  }

  get hasTransportFeedback(): boolean {
    return this.#negotiated?.wideId !== undefined;
  }

  /** Nothing happens before a codec was agreed on. */
  send(packet: VideoPacket, wide: number): void {
    const video = this.#negotiated;
    if (!video) return;
    const header = rtpHeader(packet, wide, video);
    header.payloadType = video.payloadType;
    header.ssrc = this.#transceiver.sender.ssrc;
    header.sequenceNumber = packet.sequence;
    this.#write(packet.payload, header);
  }

  /** In the retransmission stream (RFC 4588). False when the viewer did not agree to one. */
  resend(packet: VideoPacket, wide: number): boolean {
    const video = this.#negotiated;
    if (!video?.rtxPayloadType) return false;
    const header = rtpHeader(packet, wide, video);
    header.payloadType = video.rtxPayloadType;
    header.ssrc = this.#transceiver.sender.rtxSsrc;
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    header.sequenceNumber = this.#rtxSequence;
    const original = Buffer.alloc(2);
    original.writeUInt16BE(packet.sequence);
    this.#write(Buffer.concat([original, packet.payload]), header);
    return true;
  }

  /** A packet that cannot be sent is one that was lost; whether the path is dead is not found out here. */
  #write(payload: Buffer, header: RtpHeader): void {
    this.#transceiver.dtlsTransport.sendRtp(payload, header).catch(() => {});
  }

  /** Authenticated RTCP from the viewer. */
  feedback(packet: RtcpPacket, handlers: FeedbackHandlers): void {
    if (packet instanceof RtcpTransportLayerFeedback) {
      const { feedback } = packet;
      const mine = this.#transceiver.sender.ssrc;
      if (feedback instanceof GenericNack && feedback.mediaSourceSsrc === mine) {
        // the library counts beyond the border of 16 bits
        handlers.packetsLost(feedback.lost.map((sequence) => sequence & 0xffff));
      }
      if (feedback instanceof TransportWideCC) handlers.transportFeedback(readFeedback(feedback));
    } else if (packet instanceof RtcpPayloadSpecificFeedback) {
      const kind = packet.feedback?.count;
      if (kind === PictureLossIndication.count || kind === FULL_INTRA_REQUEST) handlers.keyframeRequested();
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

export function codecParameters(codec: Codec): RTCRtpCodecParameters[] {
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

export const headerExtensions = (): RTCRtpHeaderExtensionParameters[] => [
  useSdesMid(),
  useTransportWideCC(),
  new RTCRtpHeaderExtensionParameters({ uri: PLAYOUT_DELAY_URI }),
];

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

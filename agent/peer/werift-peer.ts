/**
 * The peer by the WebRTC library (werift), which no file outside this folder knows.
 *
 *   openPeer ──allocation made──▶ offer ──accept(answer)──▶ connecting ──certificate proven──▶ connected
 *                                                               └──▶ lost (path, fingerprint, …)   close() is final
 *
 * What the library does not do, or does wrongly, is done here: one TURN URL at a time, over IPv6 too (relay-socket.ts); all candidates inside the offer; relayed
 * ones only; nobody heard but the viewer (hear-viewer.ts), and after the proof in protected records only (protected-records.ts);
 * the handshake mended (handshake-flights.ts), the certificate proven (dtls-proof.ts) and no second handshake after it; RTP written to the transport directly
 * (video-stream.ts); the allocation tended and given back (allocation.ts); SCTP's mistakes in receiving (sctp-receiving.ts)
 * and sending (sctp-sending.ts) put right.
 */
import {
  CipherContext,
  HashAlgorithm,
  MediaStream,
  MediaStreamTrack,
  NamedCurveAlgorithm,
  RTCCertificate,
  type RTCDataChannel,
  type RTCDtlsTransport,
  RTCPeerConnection,
  SignatureAlgorithm,
} from "werift";
import { CONTROL_CHANNEL, POINTER_CHANNEL } from "../../signaling/protocol/channels.ts";
import type { Fingerprint } from "../../signaling/protocol/ids.ts";
import { MAX_CHANNEL_MESSAGE_BYTES } from "../../signaling/protocol/limits.ts";
import type { Candidate } from "../../signaling/protocol/signal.ts";
import { onlyFingerprint } from "../../signaling/protocol/signed.ts";
import { deallocate, permitRelay, tendStreams } from "./allocation.ts";
import { fingerprintOf, HANDSHAKE, proveClient } from "./dtls-proof.ts";
import { sendFlightsWhole, takeWholeMessages } from "./handshake-flights.ts";
import { hearOnlyViewer } from "./hear-viewer.ts";
import type { OpenPeer, Peer, PeerHandlers, PeerLoss, PeerOptions, VideoPacket } from "./peer.ts";
import { acceptProtectedOnly, numberOnwards } from "./protected-records.ts";
import { OVER_IPV6 } from "./relay-socket.ts";
import { reachRelay } from "./relay-tls.ts";
import { mendReceiving } from "./sctp-receiving.ts";
import { mendSending } from "./sctp-sending.ts";
import { answererIsDtlsClient, isRelayCandidate, relayOnly } from "./sdp.ts";
import { requireAead } from "./srtp-profile.ts";
import { codecParameters, headerExtensions, VideoStream } from "./video-stream.ts";

/** By then a session that begins has its picture, and the processor is free. */
const SPARE_AFTER_MS = 5_000;
/** How long closing waits for the relay to confirm that the allocation is gone. */
const DEALLOCATE_TIMEOUT_MS = 1_000;

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
  const { url, tls, family } = await reachRelay(options);
  const pc = new RTCPeerConnection({
    codecs: { audio: [], video: codecs.flatMap(codecParameters) },
    headerExtensions: { audio: [], video: headerExtensions() },
    iceServers: [{ urls: url, username: relay.username, credential: relay.credential }],
    iceTransportPolicy: "relay",
    iceUseIpv6: false, // of host candidates, of which there are none
    ...(family === 6 && { iceInterfaceAddresses: OVER_IPV6 }),
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
  readonly #video: VideoStream;
  readonly #transport: RTCDtlsTransport;
  readonly #control: RTCDataChannel;
  #expected: Fingerprint | undefined;
  #hearEarly = (): void => {};
  #endHandshake = (): void => {};
  #proven = false;
  #over = false;
  #closing: Promise<void> | undefined;

  constructor(pc: RTCPeerConnection, options: PeerOptions) {
    this.#pc = pc;
    this.relayUrl = options.relay.url;
    this.#handlers = options.handlers;
    const track = new MediaStreamTrack({ kind: "video" });
    // simple-peer reports a track only when the SDP carries a stream id
    const stream = new MediaStream({ id: "screen", tracks: [track] });
    const transceiver = pc.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    this.#video = new VideoStream(transceiver);
    this.#control = this.#channel(CONTROL_CHANNEL, (text) => options.handlers.control(text));
    this.#channel(POINTER_CHANNEL, (text) => options.handlers.pointer(text));
    this.#transport = transceiver.dtlsTransport;
    requireAead(this.#transport);
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
    tendStreams(this.#pc);
    this.#hearEarly = hearOnlyViewer(this.#pc);
    permitRelay(this.#pc);
  }

  async accept(answer: { sdp: string; fingerprint: Fingerprint }): Promise<boolean> {
    if (!answererIsDtlsClient(answer.sdp)) throw new Error("the answer does not make the viewer the DTLS client");
    this.#expected = answer.fingerprint;
    await this.#pc.setRemoteDescription({ type: "answer", sdp: relayOnly(answer.sdp) });
    return this.#video.negotiated();
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
    if (this.#proven && !this.#over) this.#video.send(packet, wide);
  }

  resend(packet: VideoPacket, wide: number): boolean {
    return this.#proven && !this.#over && this.#video.resend(packet, wide);
  }

  sendControl(text: string): boolean {
    if (!this.#proven || this.#over || this.#control.readyState !== "open") return false;
    if (this.#control.bufferedAmount > 4 * MAX_CHANNEL_MESSAGE_BYTES) return false;
    this.#control.send(text);
    return true;
  }

  get hasTransportFeedback(): boolean {
    return this.#video.hasTransportFeedback;
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
      // the library makes its DTLS socket right after this event
      if (state === "connecting") queueMicrotask(() => this.#bound());
      if (state === "connected") this.#prove();
      if (state === "failed") this.#lose(this.#whyHandshakeFailed());
      if (state === "closed") this.#lose({ kind: "path", problem: "the viewer closed the connection" });
    });
    this.#pc.connectionStateChange.subscribe((state) => {
      if (state === "failed") this.#lose({ kind: "path", problem: "no path through the relay" });
    });
    this.#transport.onRtcp.subscribe((packet) => {
      if (!this.#proven || this.#over) return;
      this.#handlers.heard();
      this.#video.feedback(packet, this.#handlers);
    });
  }

  #bound(): void {
    const socket = this.#transport.dtls;
    if (!socket) return;
    takeWholeMessages(socket);
    this.#endHandshake = sendFlightsWhole(socket);
    this.#hearEarly();
  }

  /** Runs within the event in which the transport became connected: nothing has been sent or handed on yet. */
  #prove(): void {
    const socket = this.#transport.dtls;
    const { codec } = this.#video;
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
    if (!proof.ok || !codec) return;
    // from here on only a repeated Finished may be answered; a new ClientHello, which anybody on the way can write, never
    const handle = socket.onHandleHandshakes;
    socket.onHandleHandshakes = (handshakes) =>
      handle(handshakes.filter((handshake) => handshake.msg_type === HANDSHAKE.finished));
    this.#endHandshake();
    acceptProtectedOnly(socket);
    numberOnwards(socket);
    mendReceiving(this.#pc);
    mendSending(this.#pc);
    socket.onData.subscribe(() => void (this.#over || this.#handlers.heard()));
    this.#proven = true;
    this.#handlers.connected(codec);
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
}

async function ownCertificate(): Promise<RTCCertificate> {
  const algorithm = { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 };
  const { keyPem, certPem, signatureHash } = await CipherContext.createSelfSignedCertificateWithKey(
    algorithm,
    NamedCurveAlgorithm.secp256r1_23,
  );
  return new RTCCertificate(keyPem, certPem, signatureHash);
}

const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

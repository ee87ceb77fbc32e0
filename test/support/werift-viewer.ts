/** A viewer made of werift, for tests of the agent: answers offers honestly or otherwise. */
import {
  CipherContext,
  DtlsClient,
  HashAlgorithm,
  NamedCurveAlgorithm,
  RTCCertificate,
  type RTCDataChannel,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  SignatureAlgorithm,
} from "werift";
import { OFFERED } from "../../agent/peer/sdp.ts";
import { CONTROL_CHANNEL, POINTER_CHANNEL } from "../../signaling/protocol/channels.ts";
import type { IceServer } from "../../signaling/protocol/ice-server.ts";
import type { Fingerprint, Nonce, SessionId, Signature } from "../../signaling/protocol/ids.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import { answerText, onlyFingerprint, sign } from "../../signaling/protocol/signed.ts";

/** Datagrams between two looks at what else there is to do. */
const FLOOD_BATCH = 20;

export interface Answered {
  sdp: string;
  signature: Signature;
}

interface ViewerOptions {
  readonly certificate?: RTCCertificate;
  readonly codec?: Codec;
  readonly silent?: boolean;
  /** Offered in place of the library's own (RFC 5764 §4.1.2). */
  readonly srtpProfiles?: readonly number[];
}

export class WeriftViewer {
  readonly messages: string[] = [];
  packets = 0;
  readonly #pc: RTCPeerConnection;
  readonly #control: RTCDataChannel;
  readonly #pointer: RTCDataChannel;
  #waiting: Array<() => void> = [];
  #seq = 0;
  #pointerSeq = 0;
  #closed = false;
  readonly #srtpProfiles: readonly number[] | undefined;

  private constructor(relay: IceServer, certificate: RTCCertificate, o: ViewerOptions) {
    const { codec = "av1-444", silent: isSilent = false } = o;
    this.#srtpProfiles = o.srtpProfiles;
    const { mimeType, payloadType, fmtp } = OFFERED[codec];
    const rtcpFeedback = [{ type: "nack" }, { type: "nack", parameter: "pli" }];
    this.#pc = new RTCPeerConnection({
      codecs: {
        audio: [],
        video: [
          new RTCRtpCodecParameters({ mimeType, clockRate: 90_000, payloadType, parameters: fmtp, rtcpFeedback }),
        ],
      },
      iceServers: [{ ...relay, urls: relay.urls }],
      iceTransportPolicy: "relay",
      bundlePolicy: "max-bundle",
      iceUseIpv6: false,
      certificates: [certificate],
    });
    const channel = ({ label, ...rest }: typeof CONTROL_CHANNEL | typeof POINTER_CHANNEL): RTCDataChannel =>
      this.#pc.createDataChannel(label, { ...rest, negotiated: true });
    this.#control = channel(CONTROL_CHANNEL);
    this.#pointer = channel(POINTER_CHANNEL);
    this.#control.onMessage.subscribe((data) => {
      this.messages.push(String(data));
      this.#wake();
    });
    this.#control.stateChanged.subscribe((state) => {
      // as the page does
      if (state === "open" && !isSilent) this.say({ type: "heartbeat", at: 0 });
      this.#wake();
    });
    this.#pc.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe(() => {
        this.packets += 1;
        this.#wake();
      }),
    );
  }

  static async open(relay: IceServer, o: ViewerOptions = {}): Promise<WeriftViewer> {
    return new WeriftViewer(relay, o.certificate ?? (await certificate()), o);
  }

  async answer(o: {
    offer: string;
    session: SessionId;
    attempt: number;
    nonce: Nonce;
    deviceKey: CryptoKey;
    /** Signed in place of the certificate's own. */
    claim?: Fingerprint;
  }): Promise<Answered> {
    await this.#pc.setRemoteDescription({ type: "offer", sdp: o.offer });
    if (this.#srtpProfiles)
      for (const transport of this.#pc.dtlsTransports) Object.assign(transport, { srtpProfiles: this.#srtpProfiles });
    await this.#pc.setLocalDescription(await this.#pc.createAnswer());
    let sdp = this.#pc.localDescription?.sdp ?? "";
    const own = onlyFingerprint(sdp);
    if (o.claim && own) sdp = sdp.replaceAll(new RegExp(own, "gi"), o.claim);
    const viewerFingerprint = onlyFingerprint(sdp);
    const agentFingerprint = onlyFingerprint(o.offer);
    if (!viewerFingerprint || !agentFingerprint) throw new Error("no fingerprint");
    const { session, attempt, nonce } = o;
    const text = answerText({ session, attempt, nonce, agentFingerprint, viewerFingerprint });
    return { sdp, signature: await sign(o.deviceKey, text) };
  }

  async controlOpen(): Promise<void> {
    await this.until(() => this.#control.readyState === "open");
  }

  say(message: Record<string, unknown>): void {
    this.#seq += 1;
    this.#control.send(JSON.stringify({ seq: this.#seq, ...message }));
  }

  move(x: number, y: number): void {
    this.#pointerSeq += 1;
    this.#pointer.send(JSON.stringify({ type: "move", seq: this.#pointerSeq, x, y }));
  }

  /** The first message from the agent of this type. */
  async told(type: string, which: (message: Record<string, unknown>) => boolean = () => true) {
    const find = (): Record<string, unknown> | undefined =>
      this.messages.map((text) => JSON.parse(text)).find((message) => message.type === type && which(message));
    await this.until(() => find() !== undefined);
    return find();
  }

  /** Begins a second DTLS handshake on the same path with a strange certificate, as somebody on the way could. */
  async secondHandshake(): Promise<{ replies: () => number }> {
    const connection = this.#pc.dtlsTransports[0]?.iceTransport.connection;
    if (!connection) throw new Error("not connected");
    let replies = 0;
    connection.onData.subscribe((data) => {
      if (data[0] === 22) replies += 1; // a handshake record, RFC 6347 §4.1
    });
    const { certPem, privateKey, signatureHash } = await certificate();
    const transport = { send: (data: Buffer) => connection.send(data), onData: () => {}, close: async () => {} };
    const stranger = new DtlsClient({
      transport: transport as never,
      cert: certPem,
      key: privateKey,
      signatureHash,
      extendedMasterSecret: true,
    });
    stranger.connect().catch(() => {}); // it is never answered
    return { replies: () => replies };
  }

  /** Datagrams sent in place of a handshake. */
  flooded = 0;

  /** Sends this without end on the very path, as soon as there is one, and never a handshake. To be called when the answer is made. */
  insteadOfHandshake(datagram: Buffer): void {
    const [transport] = this.#pc.dtlsTransports;
    if (!transport) throw new Error("not answered yet");
    const { connection } = transport.iceTransport;
    transport.start = async () => {
      while (connection.state !== "closed" && !this.#closed) {
        for (let i = 0; i < FLOOD_BATCH; i++) await connection.send(datagram);
        this.flooded += FLOOD_BATCH;
        this.#wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#pc.close();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

const ALGORITHM = { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 };

export async function certificate(): Promise<RTCCertificate> {
  const made = await CipherContext.createSelfSignedCertificateWithKey(ALGORITHM, NamedCurveAlgorithm.secp256r1_23);
  return new RTCCertificate(made.keyPem, made.certPem, made.signatureHash);
}

/** Shows one certificate and holds the key of another: what somebody on the way could do. */
export async function copiedCertificate(original: RTCCertificate): Promise<RTCCertificate> {
  const own = await certificate();
  return new RTCCertificate(own.privateKey, original.certPem, original.signatureHash);
}

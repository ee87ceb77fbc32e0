/**
 * Carries the screen from the desktop to the peer: asks for pictures when the plan says so, cuts them into packets, lets them go
 * at the pacer's speed, and answers what the viewer reports back. One per peer; it begins when the peer is connected.
 */
import type { AgentControl } from "../../signaling/protocol/channels.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import type { Desktop } from "../desktop/desktop.ts";
import type { Picture } from "../desktop/reports.ts";
import type { Peer, VideoPacket } from "../peer/peer.ts";
import { av1Packets } from "../sending/av1-packets.ts";
import { REFINED } from "../sending/budget.ts";
import { Congestion, type TransportFeedback } from "../sending/congestion.ts";
import type { FirstPicture } from "../sending/first-picture.ts";
import { Keyframes } from "../sending/keyframes.ts";
import { Pacer } from "../sending/pacer.ts";
import { OVERHEAD_BYTES, type Packetize } from "../sending/packets.ts";
import { PicturePlan } from "../sending/plan.ts";
import { Retransmission } from "../sending/retransmit.ts";
import { Unreported } from "../sending/unreported.ts";
import { vp9Packets } from "../sending/vp9-packets.ts";

/** How often the pacer looks while packets wait. Node's timers count whole milliseconds. */
const PACE_EVERY_MS = 2;
/** More is under way than letters: a picture stands in a queue of the line. */
const SOME_PACKETS_BYTES = 5_000;
/** An encoder that failed is opened again after this. */
const REOPEN_AFTER_MS = 500;
/** So many failures in a row, and the viewer has waited long enough to be told. */
const HOPELESS_FAILURES = 8;
/** A change larger than this share of the screen, coarsely coded, is worth a word to the viewer. */
const COARSE_SHARE = 0.02;

interface Outgoing extends VideoPacket {
  /** "late": the report on it is, and nobody has asked for it. */
  readonly repeated: false | "asked" | "late";
}

export interface StreamerOptions {
  readonly desktop: Pick<Desktop, "open" | "encode">;
  readonly peer: Pick<Peer, "send" | "resend" | "hasTransportFeedback">;
  readonly codec: Codec;
  /** Contract of the line, kbit/s. */
  readonly kbps: number;
  readonly notice: (message: AgentControl & { type: "picture" }) => void;
  /** Where the estimate begins, from an earlier attempt of the session. */
  readonly startBps?: number | undefined;
  /** Was asked of the desktop already; perhaps it is there. */
  readonly first?: FirstPicture | undefined;
  /** Monotonic, ms. */
  readonly now: () => number;
}

export class Streamer {
  readonly #options: StreamerOptions;
  readonly #packetize: Packetize;
  readonly #congestion: Congestion;
  readonly #pacer: Pacer<Outgoing>;
  readonly #retransmission = new Retransmission<VideoPacket>();
  readonly #unreported = new Unreported();
  readonly #keyframes = new Keyframes();
  readonly #plan: PicturePlan;
  readonly #timestampOffset = Math.floor(Math.random() * 2 ** 32);
  #timestamp = 0;
  #sequence = Math.floor(Math.random() * 0x7fff); // RFC 3711 §3.3.1: the first one below 2^15
  #wide = 0;
  #lastPictureAt: number;
  /** When packets last had to wait for their turn. */
  #waitedAt = Number.NEGATIVE_INFINITY;
  #coarse = false;
  /** The desktop still makes a picture in a codec that the viewer did not choose: nothing else can be asked of it. */
  #awaitsOtherCodec = false;
  /** Of the encoder, since the last picture. */
  #failures = 0;
  #planTimer: NodeJS.Timeout | undefined;
  #paceTimer: NodeJS.Timeout | undefined;
  #viewerReady = false;
  #lateTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: StreamerOptions) {
    this.#options = options;
    this.#packetize = options.codec.startsWith("av1") ? av1Packets : vp9Packets;
    this.#congestion = new Congestion({
      hasFeedback: options.peer.hasTransportFeedback,
      ...(options.startBps === undefined ? {} : { startBps: options.startBps }),
    });
    this.#pacer = new Pacer(this.#congestion);
    this.#plan = new PicturePlan(options.now(), options.kbps);
    this.#lastPictureAt = options.now();
    this.#begin(options.first);
  }

  #begin(first: FirstPicture | undefined): void {
    const { codec, desktop, now } = this.#options;
    if (first?.codec === codec) {
      this.#plan.begunWith(first.begin, now());
      if (first.picture) this.picture(first.picture);
      this.changed(first);
    } else if (first && !first.picture) {
      this.#awaitsOtherCodec = true;
    } else {
      desktop.open({ codec });
      this.#step();
    }
  }

  get rateBps(): number {
    return this.#congestion.rateBps;
  }

  /** Another contract of the line from now on. */
  follow(kbps: number): void {
    this.#plan.follow(kbps, this.#options.now());
  }

  wheelTurned(): void {
    this.#plan.wheelTurned(this.#options.now());
  }

  changed({ share, moving = 0, at }: { share: number; moving?: number; at?: number }): void {
    if (moving > 0) this.#plan.moves(moving);
    if (share > 0) this.#plan.changed(share, this.#options.now(), at);
    this.#step();
  }

  picture(picture: Picture): void {
    if (this.#closed) return;
    if (this.#awaitsOtherCodec) {
      this.#openAnew();
      return;
    }
    this.#failures = 0;
    const now = this.#options.now();
    const packets = this.#cut(picture);
    const bytes = packets.reduce((sum, packet) => sum + packet.payload.length + OVERHEAD_BYTES, 0);
    this.#plan.made(picture, bytes, now);
    if (picture.key) this.#keyframes.made(now);
    for (const packet of packets) this.#retransmission.remember(packet, now);
    this.#pacer.push(packets);
    this.#lastPictureAt = now;
    this.#tell(picture);
    this.#pace();
    this.#step();
  }

  /** The encoder is gone: open it again, which begins with a keyframe. "hopeless": that was tried often enough. */
  encodeFailed(): "again" | "hopeless" {
    if (this.#closed) return "again";
    if (++this.#failures >= HOPELESS_FAILURES) return "hopeless";
    this.#plan.failed();
    this.#plan.wantKey();
    clearTimeout(this.#planTimer);
    this.#planTimer = setTimeout(() => this.#openAnew(), REOPEN_AFTER_MS);
    return "again";
  }

  #openAnew(): void {
    this.#awaitsOtherCodec = false;
    this.#options.desktop.open({ codec: this.#options.codec });
    this.#step();
  }

  /** The desktop runs again after a crash. It was opened again and asked again for the picture it owed us. */
  desktopRestarted(): void {
    if (this.#closed || this.#plan.isWaiting) return;
    this.#plan.wantKey();
    this.#step();
  }

  keyframeRequested(): void {
    const now = this.#options.now();
    const isComing = !this.#pacer.isEmpty || this.#congestion.underWayBytes > SOME_PACKETS_BYTES;
    const comingAt = isComing ? now : this.#waitedAt;
    if (this.#closed || !this.#keyframes.requested(now, this.#lastPictureAt, comingAt)) return;
    this.#plan.wantKey();
    this.#step();
  }

  packetsLost(sequences: readonly number[]): void {
    this.#repeat(sequences, "asked");
  }

  /**
   * The viewer takes what comes. What is sent before is thrown away, by its DTLS or by a page that has no place for it yet; and of
   * a small first picture nothing would follow that shows the loss. Further calls do nothing.
   */
  viewerReady(): void {
    if (this.#viewerReady) return;
    this.#viewerReady = true;
    this.#pace();
  }

  transportFeedback(feedback: TransportFeedback): void {
    if (this.#closed) return;
    const now = this.#options.now();
    this.#congestion.feedback(feedback, now);
    const lost = this.#unreported.reported(feedback, now);
    this.#watchReports();
    if (lost.length > 0) this.#repeat(lost, "asked");
    else this.#pace();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#planTimer);
    clearTimeout(this.#paceTimer);
    clearTimeout(this.#lateTimer);
    this.#pacer.clear();
    this.#retransmission.clear();
  }

  #step(): void {
    if (this.#closed || this.#awaitsOtherCodec) return;
    clearTimeout(this.#planTimer);
    const now = this.#options.now();
    const { rateBps } = this.#congestion;
    const step = this.#plan.next(now, { waitingMs: this.#pacer.waitingMs, rateBps });
    if (step.kind === "ask") {
      const { kind: _, ...wish } = step;
      this.#options.desktop.encode({ ...wish, lineBps: this.#plan.lineBps(rateBps, now) });
    }
    if (step.kind === "wait") this.#planTimer = setTimeout(() => this.#step(), Math.max(1, Math.ceil(step.ms)));
  }

  #pace(): void {
    clearTimeout(this.#paceTimer);
    if (this.#closed || !this.#viewerReady) return;
    const now = this.#options.now();
    const before = this.#wide;
    for (let packet = this.#pacer.next(now); packet; packet = this.#pacer.next(now)) this.#send(packet, now);
    if (this.#wide !== before) this.#watchReports();
    if (this.#pacer.isEmpty) return;
    this.#waitedAt = now;
    this.#paceTimer = setTimeout(() => this.#pace(), PACE_EVERY_MS);
  }

  #send(packet: Outgoing, now: number): void {
    const { peer } = this.#options;
    this.#wide = (this.#wide + 1) & 0xffff;
    if (packet.repeated && !peer.resend(packet, this.#wide)) return;
    if (!packet.repeated) peer.send(packet, this.#wide);
    this.#unreported.sent(this.#wide, packet.sequence, now, { probe: packet.repeated === "late" });
    this.#congestion.sent(this.#wide, packet.payload.length + OVERHEAD_BYTES, now);
  }

  #repeat(sequences: readonly number[], repeated: "asked" | "late"): void {
    if (this.#closed) return;
    const again = this.#retransmission.lost(sequences, this.#congestion.rateBps, this.#options.now());
    this.#pacer.pushFirst(again.map((packet) => ({ ...packet, repeated })));
    this.#pace();
  }

  /** Anew with whatever was sent or reported. */
  #watchReports(): void {
    clearTimeout(this.#lateTimer);
    const ms = this.#options.peer.hasTransportFeedback ? this.#unreported.lateAfterMs : undefined;
    if (ms === undefined) return;
    this.#lateTimer = setTimeout(() => {
      this.#repeat(this.#unreported.late(), "late");
      this.#watchReports();
    }, ms);
  }

  #cut(picture: Picture): Outgoing[] {
    const timestamp = this.#nextTimestamp(picture.changedAt);
    const payloads = this.#packetize(picture.data, picture.key);
    return payloads.map((payload, index) => {
      this.#sequence = (this.#sequence + 1) & 0xffff;
      return { payload, marker: index === payloads.length - 1, timestamp, sequence: this.#sequence, repeated: false };
    });
  }

  /** 90 kHz from the time of the change; two pictures never share one, and time never goes back. */
  #nextTimestamp(changedAtMs: number): number {
    this.#timestamp = Math.max(this.#timestamp + 1, Math.round(changedAtMs * 90));
    return (this.#timestamp + this.#timestampOffset) % 2 ** 32;
  }

  #tell(picture: Picture): void {
    const coarse = picture.quality <= REFINED ? false : this.#coarse || picture.share > COARSE_SHARE;
    if (coarse === this.#coarse) return;
    this.#coarse = coarse;
    this.#options.notice({ type: "picture", state: coarse ? "coarse" : "sharp" });
  }
}

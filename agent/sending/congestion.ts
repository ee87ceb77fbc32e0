/**
 * How fast we may send: an estimate from the viewer's transport-wide feedback, by delay first and loss second. On TURN over
 * TLS nothing is ever lost, so a queue that grows is the only sign there is.
 *
 *   startup ──queue or loss──▶ steady      startup doubles with every good feedback, steady climbs while we are held back
 *
 * Pure arithmetic: the caller says what time it is.
 */

/** One feedback message: which packets arrived and when, on the viewer's clock (ms). */
export type TransportFeedback = ReadonlyArray<{ readonly wide: number; readonly arrivedAtMs: number | undefined }>;

export const START_BPS = 3_000_000;
export const MIN_BPS = 100_000;
/** A first picture of 150 kB in 30 ms: more would not be felt. */
export const MAX_BPS = 40_000_000;

/**
 * Standing queue (median of a feedback) that means too fast, and one that is no queue at all; on a slow line so many packets, one of which takes 30 ms at
 * 300 kbit/s.
 */
const QUEUE_HIGH_MS = 60;
const QUEUE_LOW_MS = 25;
const QUEUE_HIGH_PACKETS = 4;
const QUEUE_LOW_PACKETS = 2;
const PACKET_BYTES = 1_172;
/**
 * Of more than one packet in ten lost we are the cause, of one in fifty not (draft-ietf-rmcat-gcc-02 §6); but of the few packets
 * of an office's second two in ten are lost by chance on a line that always loses one in twenty, and slowing down for
 * chance ends at the floor. So what is taken for more than that is more by two standard deviations.
 */
const LOSS_HIGH = 0.1;
const LOSS_LOW = 0.02;
const DEVIATIONS = 2;
const FEW_PACKETS = 10;
/** After slowing down, what was sent before must drain before it is judged again. */
const DECREASE_EVERY_MS = 300;
const DECREASE_TO = 0.85;
/** While a queue stands, what arrives is what the line carries. The longer it is, the more is left to it to drain, in about a second. */
const DRAIN_PER_MS = 1 / 1_000;
const DECREASE_AT_MOST_TO = 0.5;
/** Growth per second while the pacer had to hold packets back: up to nearly what the line last carried, and from there on. */
const REGROWTH_PER_S = 3;
const REGROWTH_TO = 0.9;
const GROWTH_PER_S = 0.4;
/** Packets unanswered for this long are written off: the feedback itself was lost. */
const FORGET_MS = 2_000;
/** The shortest delay seen in this time counts as the path without a queue. */
const BASE_WINDOW_MS = 20_000;
/** What may be under way unanswered: this much time at the present rate, and never less than a few packets. */
const FLIGHT_MS = 250;
const MIN_FLIGHT_BYTES = 16_000;
/** Until the line has shown more: less than the smallest queue we expect (64 kB). Grows with what arrives without delay. */
const START_FLIGHT_BYTES = 40_000;
/** The same for a line that is known: this much time at its speed. */
const START_FLIGHT_MS = 60;
/** A pause in sending longer than this begins a new burst; arrival rates are measured within one burst. */
const BURST_GAP_MS = 50;
const RATE_WINDOW_MS = 500;

interface Sent {
  readonly at: number;
  readonly bytes: number;
  readonly burst: number;
}

export class Congestion {
  readonly #hasFeedback: boolean;
  readonly #sent = new Map<number, Sent>();
  #rate: number;
  #startup = true;
  /** What the line carried when a queue stood last. */
  #carriedBps = 0;
  #flight = 0;
  #shownFlight: number;
  #arrivedBytes = 0;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #burst = 0;
  #bases: { at: number; delay: number }[] = [];
  #arrivals: { at: number; bytes: number; burst: number }[] = [];
  #losses: { at: number; lost: number; of: number }[] = [];
  #decreasedAt = Number.NEGATIVE_INFINITY;
  #grewAt = Number.NEGATIVE_INFINITY;
  #heldBackAt = Number.NEGATIVE_INFINITY;

  /** Without feedback (an old viewer) the rate stays where it starts and nothing limits what is under way. */
  constructor(options: { hasFeedback: boolean; startBps?: number }) {
    this.#hasFeedback = options.hasFeedback;
    this.#rate = Math.min(Math.max(options.startBps ?? START_BPS, MIN_BPS), MAX_BPS);
    const known = options.startBps === undefined ? 0 : (this.#rate / 8_000) * START_FLIGHT_MS;
    this.#shownFlight = Math.max(START_FLIGHT_BYTES, known);
  }

  get rateBps(): number {
    return this.#rate;
  }

  /** May another packet go out, or is too much under way without an answer? */
  mayHaveMoreUnderWay(now: number): boolean {
    this.#forget(now);
    const steady = Math.max((this.#rate / 8_000) * FLIGHT_MS, MIN_FLIGHT_BYTES);
    return !this.#hasFeedback || this.#flight < Math.min(steady, this.#shownFlight);
  }

  /** Sent and not reported. */
  get underWayBytes(): number {
    return this.#flight;
  }

  /** Packets waited for their turn: only then does a higher rate mean anything. */
  heldBack(now: number): void {
    this.#heldBackAt = now;
  }

  sent(wide: number, bytes: number, now: number): void {
    if (!this.#hasFeedback) return;
    if (now - this.#lastSentAt > BURST_GAP_MS) this.#burst += 1;
    this.#lastSentAt = now;
    this.#drop(wide);
    this.#sent.set(wide, { at: now, bytes, burst: this.#burst });
    this.#flight += bytes;
  }

  feedback(feedback: TransportFeedback, now: number): void {
    const delays: number[] = [];
    let lost = 0;
    let known = 0;
    this.#arrivedBytes = 0;
    for (const { wide, arrivedAtMs } of feedback) {
      const packet = this.#drop(wide);
      if (!packet) continue;
      known += 1;
      if (arrivedAtMs === undefined) lost += 1;
      else {
        delays.push(arrivedAtMs - packet.at);
        this.#arrivedBytes += packet.bytes;
        this.#arrivals.push({ at: arrivedAtMs, bytes: packet.bytes, burst: packet.burst });
      }
    }
    if (known === 0) return;
    this.#forgetArrivals();
    this.#losses.push({ at: now, lost, of: known });
    this.#losses = this.#losses.filter((entry) => now - entry.at < 1_000);
    this.#judge(this.#queue(delays, now), now);
  }

  #judge(queueMs: number | undefined, now: number): void {
    const packetMs = (PACKET_BYTES * 8_000) / this.#rate;
    const queues = (queueMs ?? 0) > Math.max(QUEUE_HIGH_MS, QUEUE_HIGH_PACKETS * packetMs);
    const isFree = queueMs !== undefined && queueMs < Math.max(QUEUE_LOW_MS, QUEUE_LOW_PACKETS * packetMs);
    if (queues || this.#losesMoreThan(LOSS_HIGH)) {
      if (now - this.#decreasedAt < DECREASE_EVERY_MS) return;
      this.#rate = Math.max(MIN_BPS, queues ? this.#drained(queueMs ?? 0) : this.#reduced());
      this.#decreasedAt = now;
      this.#grewAt = now;
      this.#startup = false;
    } else if (isFree && !this.#losesMoreThan(LOSS_LOW)) this.#grow(now);
  }

  #drained(queueMs: number): number {
    const arriving = this.#arrivalBps();
    if (arriving === undefined) return this.#rate * (this.#carriedBps > 0 ? DECREASE_TO : DECREASE_AT_MOST_TO);
    this.#carriedBps = arriving;
    const part = DECREASE_TO - (queueMs - QUEUE_HIGH_MS) * DRAIN_PER_MS;
    return Math.min(this.#rate, arriving * Math.max(DECREASE_AT_MOST_TO, part));
  }

  #reduced(): number {
    const arriving = this.#arrivalBps();
    if (arriving !== undefined) return Math.min(this.#rate, arriving) * DECREASE_TO;
    return this.#rate * (1 - this.#loss.share / 2);
  }

  #grow(now: number): void {
    this.#shownFlight = Math.min((MAX_BPS / 8_000) * FLIGHT_MS, this.#shownFlight + this.#arrivedBytes);
    if (now - this.#heldBackAt > RATE_WINDOW_MS) {
      this.#grewAt = now;
      return;
    }
    const seconds = Math.min(now - this.#grewAt, RATE_WINDOW_MS) / 1_000;
    this.#rate = Math.min(MAX_BPS, this.#startup ? this.#rate * 2 : this.#grown(seconds));
    this.#grewAt = now;
  }

  #grown(seconds: number): number {
    const known = REGROWTH_TO * this.#carriedBps;
    if (this.#rate < known) return Math.min(known, this.#rate * (1 + REGROWTH_PER_S * seconds));
    return this.#rate * (1 + GROWTH_PER_S * seconds);
  }

  /** Median delay of this feedback over the shortest of late. */
  #queue(delays: number[], now: number): number | undefined {
    if (delays.length === 0) return undefined;
    this.#bases.push({ at: now, delay: Math.min(...delays) });
    this.#bases = this.#bases.filter((base) => now - base.at < BASE_WINDOW_MS);
    const median = delays.sort((a, b) => a - b)[delays.length >> 1] ?? 0;
    return median - Math.min(...this.#bases.map((base) => base.delay));
  }

  /** Of the last second. */
  get #loss(): { lost: number; of: number; share: number } {
    const of = this.#losses.reduce((sum, entry) => sum + entry.of, 0);
    const lost = this.#losses.reduce((sum, entry) => sum + entry.lost, 0);
    return { lost, of, share: of === 0 ? 0 : lost / of };
  }

  #losesMoreThan(share: number): boolean {
    const { lost, of } = this.#loss;
    return of >= FEW_PACKETS && lost > of * share + DEVIATIONS * Math.sqrt(of * share * (1 - share));
  }

  /**
   * With every feedback: a good line is never judged too fast, and would be remembered for the whole day. The clock is the viewer's:
   * what lies ahead of it was told before it was set back, or before its 24 bits ran over.
   */
  #forgetArrivals(): void {
    const last = this.#arrivals.at(-1);
    if (last) this.#arrivals = this.#arrivals.filter((arrival) => Math.abs(last.at - arrival.at) < RATE_WINDOW_MS);
  }

  /** How many packets it remembers, of those that arrived and those under way. */
  get remembered(): number {
    return this.#arrivals.length + this.#sent.size + this.#losses.length + this.#bases.length;
  }

  /** What arrived per second within the latest burst, on the viewer's clock. */
  #arrivalBps(): number | undefined {
    const last = this.#arrivals.at(-1);
    if (!last) return undefined;
    const burst = this.#arrivals.filter((arrival) => arrival.burst === last.burst);
    const span = last.at - (burst[0]?.at ?? last.at);
    if (burst.length < 4 || span < 10) return undefined; // too short to measure
    const bytes = burst.slice(1).reduce((sum, arrival) => sum + arrival.bytes, 0);
    return (bytes * 8_000) / span;
  }

  #drop(wide: number): Sent | undefined {
    const packet = this.#sent.get(wide);
    if (packet && this.#sent.delete(wide)) this.#flight -= packet.bytes;
    return packet;
  }

  #forget(now: number): void {
    for (const [wide, packet] of this.#sent) {
      if (now - packet.at < FORGET_MS) break; // a Map keeps the order of sending
      this.#drop(wide);
    }
  }
}

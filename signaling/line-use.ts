/**
 * What all sessions take of the line: what the edges that pages come to count of TURN, towards the relay and back (limits.ts). Every
 * page comes through one of them, whatever way its office PC takes, so this is every session's picture and input once.
 *
 * Left out: what TLS, TCP and IP put around it (some 5 % of a picture, more of input), and what was lost on the way from the office.
 */
const SAMPLE_MS = 10_000;
/** A quarter of an hour. */
const SAMPLES = 90;

export interface LinePoint {
  /** Epoch ms: the end of the time it is the mean of. */
  readonly at: number;
  readonly kbps: number;
}

type Read = () => Readonly<Record<string, number>>;

export class LineUse {
  readonly #now: () => number;
  readonly #sources: { readonly read: Read; bytes: number }[] = [];
  #at: number;
  #points: LinePoint[] = [];

  /** `now`: epoch ms. */
  constructor(now: () => number) {
    this.#now = now;
    this.#at = now();
  }

  /** One edge's counters; those of an edge that began anew count from zero. */
  count(read: Read): void {
    this.#sources.push({ read, bytes: bytesOf(read) });
  }

  /** Each SAMPLE_MS; somewhat late does no harm. Returns how to stop. */
  start(): () => void {
    const timer = setInterval(() => this.sample(), SAMPLE_MS);
    return () => clearInterval(timer);
  }

  sample(): void {
    const at = this.#now();
    const elapsedMs = at - this.#at;
    let bytes = 0;
    for (const source of this.#sources) {
      const count = bytesOf(source.read);
      bytes += count < source.bytes ? count : count - source.bytes;
      source.bytes = count;
    }
    this.#at = at;
    // after a jump of the clock nobody knows of how long this is the mean
    if (elapsedMs > 0 && elapsedMs < 6 * SAMPLE_MS)
      this.#points.push({ at, kbps: Math.round((bytes * 8) / elapsedMs) });
    this.#points = this.#points.slice(-SAMPLES);
  }

  /** Of the last quarter of an hour, oldest first. */
  points(): readonly LinePoint[] {
    return this.#points;
  }
}

function bytesOf(read: Read): number {
  const { toRelayBytes = 0, toClientBytes = 0 } = read();
  return toRelayBytes + toClientBytes;
}
